//! Everything that answers over HTTP, but the intake, which is the collector's.
//!
//! [`router`] is a plain function of its state, so that tests need no socket.

mod access;
mod api;
mod check;
mod costs;
mod drafts;
mod environments;
mod error;
mod guard;
mod health;
mod history;
mod input;
mod invitations;
mod latest;
mod live;
mod openapi;
mod operations;
mod people;
mod preview;
mod releases;
mod reports;
mod russian;
mod schema;
mod segments;
mod session;
mod signs;
mod sites;
mod statics;
mod tag;
#[cfg(test)]
mod tests;
mod undo;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use http::StatusCode;
use tokio::sync::{Semaphore, SemaphorePermit};
use weir_collector::{Observer, ProxySettings, Tokens};

pub(crate) use costs::{action as action_of_costs, detail as detail_of_costs};
pub use error::ApiError;
pub use latest::Latest;
pub use live::Lives;
pub use signs::Kept;
pub use sites::Activity;
pub(crate) use sites::script_tag;
pub use undo::TakenBack;

use crate::accounts::{AccountError, Accounts};
use crate::preview::{MAX_BODY_BYTES, Previews};
use crate::publish::Publisher;
use crate::publish::site::PublishedHandle;
use crate::sql::Sql;
use crate::store::Store;
use crate::store::invitations::CancelledInvitation;
use crate::tag::TagBuild;
use crate::warehouse::Ready;

/// Containers that are judged or tried at the same time: a large one takes a core for a while, and intake needs some, too.
const HEAVY_AT_ONCE: usize = 2;
/// Who would wait longer for that is sent away.
const HEAVY_PATIENCE: Duration = Duration::from_secs(10);

/// What the routes read.
#[derive(Clone)]
pub struct App {
    /// Sites and their scripts.
    pub published: PublishedHandle,
    /// What all scripts share.
    pub build: Arc<TagBuild>,
    /// Drafts on the sites' own pages.
    pub previews: Previews,
    /// How the collector is doing.
    pub collector: Observer,
    /// Who may send, and read one site.
    pub tokens: Tokens,
    /// Who people are.
    pub accounts: Accounts,
    /// Drafts, releases, people.
    pub store: Arc<Store>,
    /// Publishes what was edited.
    pub publisher: Publisher,
    /// Which proxies are believed when they say for whom they ask.
    pub proxy: ProxySettings,
    /// When sites had events.
    pub activity: Activity,
    /// Sites whose numbers can be asked for.
    pub ready: Ready,
    /// What arrived a moment ago.
    pub lives: Arc<Lives>,
    /// The latest events, by name, of a moment ago.
    pub latest: Arc<Latest>,
    /// Tokens that were taken back a moment ago.
    pub taken_back: Arc<TakenBack<()>>,
    /// Invitations that were.
    pub uninvited: Arc<TakenBack<CancelledInvitation>>,
    /// What was wrong with tags a while ago.
    pub signs: Arc<Kept>,
    /// Places for heavy work.
    pub heavy: Arc<Semaphore>,
    /// ClickHouse, for the page.
    pub sql: Sql,
    /// The same with an account that may write, for costs.
    pub writer: clickhouse::Client,
    /// The address of the SQL interface, as people are told it.
    pub sql_url: String,
    /// The address under which browsers reach this server, without a slash at the end.
    pub public_url: String,
    /// First part of the tag's path.
    pub tag_prefix: String,
    /// Whether the demo shop is served.
    pub demo: bool,
    /// The data folder, whose disk is watched.
    pub data: PathBuf,
    /// Connections that are open.
    pub connections: Arc<AtomicUsize>,
}

impl App {
    /// Places for heavy work, all of them free.
    pub fn places() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(HEAVY_AT_ONCE))
    }

    /// Waits for a place for heavy work.
    async fn heavy(&self) -> Result<SemaphorePermit<'_>, ApiError> {
        let place = tokio::time::timeout(HEAVY_PATIENCE, self.heavy.acquire()).await;
        match place {
            Ok(Ok(place)) => Ok(place),
            _ => Err(ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "the server is judging other containers",
                "try again in a moment",
            )),
        }
    }

    /// Does what takes its time on a thread for blocking work.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| AccountError::Stopping.into())
    }

    /// Works on the control store, there.
    async fn with_store<T: Send + 'static, E: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        ApiError: From<E>,
    {
        let store = Arc::clone(&self.store);
        Ok(self.blocking(move || work(&store)).await??)
    }
}

/// All routes. `intake`: those of the collector.
pub fn router(app: App, intake: Router) -> Router {
    let app = Arc::new(app);
    let tag = Router::new()
        .route(&format!("{}{{file}}", app.tag_prefix), get(tag::file))
        .route(
            &format!("{}{{folder}}/{{file}}", app.tag_prefix),
            get(preview::file),
        )
        .route(
            &format!("{}{{folder}}/events", app.tag_prefix),
            post(preview::observe).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)),
        )
        .layer(from_fn(guard::tag_headers));
    let (api, description) = openapi::api();
    let api = api
        .route("/api/openapi.json", openapi::served(&description))
        .layer(from_fn_with_state(Arc::clone(&app), access::enforce));
    let page = Router::new()
        .route("/ui/{*path}", get(statics::page_file))
        .layer(from_fn(guard::page_headers));
    let operations = Router::new()
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics))
        .route("/container.schema.json", get(schema::container_schema));
    let mut ours = tag.merge(api).merge(page).merge(operations);
    if app.demo {
        let demo = Router::new()
            .route("/demo", get(statics::demo_redirect))
            .route("/demo/", get(statics::demo))
            .route("/demo/{*path}", get(statics::demo_file))
            .layer(from_fn_with_state(Arc::clone(&app), guard::demo_headers));
        ours = ours.merge(demo);
    }
    ours.with_state(app)
        .merge(intake)
        .fallback(statics::page_or_nothing)
        .method_not_allowed_fallback(async || ApiError::wrong_method())
        .layer(from_fn(russian::speak))
        .layer(from_fn(guard::every_answer))
}
