//! `POST /api/v1/sites/{site}/costs`: a file of costs, tried, imported or taken away. `weir import costs` does the same.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;
use weir_collector::warehouse::WarehouseError;

use super::error::Body;
use super::sites::require;
use super::{ApiError, App};
use crate::accounts::Signed;
use crate::cli::Language;
use crate::costs::{self, Doing, MOST_BYTES, Problems, Summary, Told};
use crate::store::audit::{Action, Actor};

/// Who imports with a token.
const OF_TOKEN: &str = "import token";

/// What is to be done with the file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Say what would come of it, and import nothing.
    #[serde(default)]
    dry_run: bool,
    /// Take away the costs that are in the file, instead of importing them.
    #[serde(default)]
    remove: bool,
    /// `en`, or `ru`.
    #[serde(default)]
    lang: Option<String>,
}

/// Imports costs from a CSV file: all of them, or none and everything that is wrong with it as `problems` beside `error`, each with
/// its line and column. What has the same days, kind, channel, source, medium, campaign and item takes the place of what was there.
#[utoipa::path(post, path = "/api/v1/sites/{site}/costs", tag = "reports", params(("site" = String, Path), Wanted),
    request_body(content = String, content_type = "text/csv", description = "The file: docs/costs.md"),
    responses((status = 200, body = Summary), (status = 422, body = Told, description = "As `problems`, beside `error`"),
        (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn import(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(wanted): Query<Wanted>,
    signed: Option<Extension<Signed>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Summary>, ApiError> {
    require(&app.published.load(), &site)?;
    let language = match wanted.lang.as_deref() {
        Some("ru") => Language::Ru,
        _ => Language::En,
    };
    // A form of another site's page can send text, and without asking first; CSV it cannot.
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("text/csv") {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_csv",
            "the body is not announced as CSV",
            "send the header `Content-Type: text/csv`",
        ));
    }
    let body = body.map_err(|_| {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "costs_too_large",
            "the file is too large",
            format!(
                "a file of costs has at most {} MiB: cut it into several",
                MOST_BYTES >> 20
            ),
        )
    })?;
    let Some(known) = costs::site(&app.writer, &site)
        .await
        .map_err(|error| away(&error))?
    else {
        return Err(ApiError::not_ready());
    };
    let place = app.heavy().await?;
    let (file, known) = app
        .blocking(move || (costs::read(&body, &known), known))
        .await?;
    drop(place);
    let file = file.map_err(|problems| refused(&problems, language))?;
    let doing = match (wanted.dry_run, wanted.remove) {
        (true, _) => Doing::Try,
        (false, true) => Doing::Remove,
        (false, false) => Doing::Import,
    };
    let now_ms = app.accounts.now_ms();
    let done = costs::carry_out(&app.writer, &known, &file, doing, now_ms).await;
    let summary = done.map_err(|error| away(&error))?;
    if doing != Doing::Try {
        let who = signed.map_or_else(|| OF_TOKEN.to_owned(), |signed| signed.user.email.clone());
        let (action, detail) = (action(doing), detail(&summary));
        app.with_store(move |store| {
            let actor = Actor { who: &who, now_ms };
            store.note(actor, action, &site, &detail)
        })
        .await?;
    }
    Ok(Json(summary))
}

/// What the audit log calls it.
pub(crate) fn action(doing: Doing) -> Action {
    match doing {
        Doing::Remove => Action::CostsRemove,
        Doing::Try | Doing::Import => Action::CostsImport,
    }
}

/// What the audit log says of it.
pub(crate) fn detail(summary: &Summary) -> String {
    format!(
        "{} … {}, {:.2} {}, {}",
        summary.from, summary.to, summary.amount, summary.currency, summary.costs
    )
}

fn refused(problems: &Problems, language: Language) -> ApiError {
    let told: Vec<Told> = problems
        .told
        .iter()
        .map(|problem| problem.told(language))
        .collect();
    let count = told.len() + problems.more;
    let (message, hint) = match language {
        Language::En => (
            format!("nothing was imported: there is something wrong with the file, {count} times"),
            "mend what `problems` name, and send the whole file again",
        ),
        Language::Ru => (
            format!("ничего не загружено: ошибок в файле — {count}"),
            "исправьте то, что названо в `problems`, и пришлите весь файл снова",
        ),
    };
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_costs", message, hint)
        .told()
        .with("problems", told)
        .with("more", problems.more)
}

/// ClickHouse did not do it.
fn away(error: &WarehouseError) -> ApiError {
    if error.is_retriable() {
        return ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "costs_not_kept",
            format!("nothing was imported: {error}"),
            "send the file again when ClickHouse answers; a file that comes twice counts once",
        );
    }
    tracing::error!("costs cannot be imported: {error}");
    ApiError::new(
        StatusCode::BAD_GATEWAY,
        "costs_refused",
        format!("nothing was imported: {error}"),
        "look at the server's log, and report it if it stays",
    )
}
