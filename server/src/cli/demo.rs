//! `weir demo seed`: a month of history for the read-only sample site.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use weir_collector::{sample, warehouse};

use crate::config::{Clickhouse, Config};
use crate::data_dir::DataDir;
use crate::demo_shop;
use crate::engine;
use crate::failure::Failure;
use crate::ports;
use crate::sql::{self, Sql};
use crate::terminal::Terminal;

/// How long a running server may take to say that it is there.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Through the server that runs, or through an engine of its own when none does.
pub(super) async fn seed(
    config: Config,
    sql: Option<String>,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    // Held until everything is done.
    let _alone = match DataDir::existing(&config.data).map(|data| data.seeding()) {
        Some(None) => return Err(at_work(&config)),
        alone => alone,
    };
    if let Some(url) = sql {
        let server = Clickhouse::parse(&url).map_err(|reason| {
            Failure::usage(
                format!("`--sql` cannot be used: {reason}"),
                "write it like http://weir:secret@127.0.0.1:8123",
            )
        })?;
        return fill(&sql::client(&server)?, &mut terminal).await;
    }
    if let Some(server) = &config.clickhouse {
        return fill(&sql::client(server)?, &mut terminal).await;
    }
    if let Some(data) = DataDir::existing(&config.data) {
        // The server that runs on this folder says where its engine is; one that was killed has left an old address behind,
        // where nobody answers, or not to this folder's secret.
        let listen = data.sql_address();
        let listen = listen.unwrap_or_else(|| ports::reachable(config.sql_listen));
        let url = format!("http://{listen}");
        let server = Clickhouse::new(&url, sql::WRITER, data.secret()?.expose());
        if Sql::new(&server, TIMEOUT)?.is_reachable().await {
            writeln!(terminal, "through the server that runs at {url}")?;
            return fill(&sql::client(&server)?, &mut terminal).await;
        }
    }
    let library = engine::find_library(&config)?;
    let data = DataDir::open(&config.data)?;
    let secret = data.secret()?;
    let listen = ports::free_for_sql(config.sql_listen).await?;
    writeln!(
        terminal,
        "no server runs: starting the engine on {}",
        data.path().display()
    )?;
    terminal.flush()?;
    let running = engine::supervise(&data, listen, &library).await?;
    let server = Clickhouse::new(
        &format!("http://{}", ports::reachable(listen)),
        sql::WRITER,
        secret.expose(),
    );
    let filled = match sql::client(&server) {
        Ok(client) => fill(&client, &mut terminal).await,
        Err(failure) => Err(failure),
    };
    running.stop().await;
    filled
}

fn at_work(config: &Config) -> Failure {
    Failure::environment(
        format!(
            "another weir is filling in the sample of `{}` at this moment",
            config.data.display()
        ),
        "nothing is lost: it fills in the same month. Try again when it is done, in about a minute",
    )
}

async fn fill(
    client: &clickhouse::Client,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let refused =
        |error: warehouse::WarehouseError| Failure::environment(error.to_string(), error.hint());
    warehouse::migrate(client).await.map_err(refused)?;
    warehouse::create_views(client).await.map_err(refused)?;
    let sample = demo_shop::sample_container().ok_or_else(|| {
        Failure::environment(
            "the demo's container does not check",
            "this should not happen: please report it",
        )
    })?;
    warehouse::publish_site(client, &sample.definition(demo_shop::SAMPLE_VERSION))
        .await
        .map_err(refused)?;
    let mut broken = None;
    let report = sample::seed(client, Timestamp::now(), |events| {
        if terminal.rich {
            let line = write!(terminal, "\r{events} events").and_then(|()| terminal.flush());
            broken = broken.take().or(line.err());
        }
    })
    .await
    .map_err(|error| Failure::environment(error.to_string(), error.hint()))?;
    broken.map_or(Ok(()), Err)?;
    // The ready views show what was counted last: without this, that nobody was there.
    let mut refresher = warehouse::Refresher::new(0);
    refresher.refresh(client).await.map_err(refused)?;
    writeln!(
        terminal,
        "{}{} events in {} sessions of {} days at site `{}`; {} of them are new",
        if terminal.rich { "\r" } else { "" },
        report.events,
        report.sessions,
        sample::DAYS,
        sample::SITE,
        report.added
    )?;
    Ok(ExitCode::SUCCESS)
}
