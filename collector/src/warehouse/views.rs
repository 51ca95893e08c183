//! The views that every installation has: the files of `sql/views`, made anew at every start.
//!
//! A view is replaced in one step, so that whoever reads meanwhile sees the old or the new one. ClickHouse does not look
//! into a view with parameters when it is made: [`check`] runs each once, on a site that does not exist.

use clickhouse::Client;

use super::client::{execute, run};
use super::error::WarehouseError;
use super::saved;

/// A file of `sql/views`.
struct View {
    /// Database and name.
    name: &'static str,
    sql: &'static str,
    /// How to run it without reading anything.
    probe: &'static str,
}

/// In an order in which each finds the ones it reads from.
const VIEWS: &[View] = &[
    View {
        name: "weir.sessions",
        sql: include_str!("../../sql/views/sessions.sql"),
        probe: "SELECT * FROM weir.sessions WHERE site = ''",
    },
    View {
        name: "weir.session_items",
        sql: include_str!("../../sql/views/session_items.sql"),
        probe: "SELECT * FROM weir.session_items WHERE site = ''",
    },
    View {
        name: "weir.ctr",
        sql: include_str!("../../sql/views/ctr.sql"),
        probe: "SELECT * FROM weir.ctr WHERE site = ''",
    },
    View {
        name: "weir.landing_pages",
        sql: include_str!("../../sql/views/landing_pages.sql"),
        probe: "SELECT * FROM weir.landing_pages WHERE site = ''",
    },
    View {
        name: "weir.funnels",
        sql: include_str!("../../sql/views/funnels.sql"),
        probe: "SELECT * FROM weir.funnels WHERE site = ''",
    },
    View {
        name: "weir_fn.ctr",
        sql: include_str!("../../sql/views/fn_ctr.sql"),
        probe: "SELECT * FROM weir_fn.ctr(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.landing_pages",
        sql: include_str!("../../sql/views/fn_landing_pages.sql"),
        probe: "SELECT * FROM weir_fn.landing_pages(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.funnel_entries",
        sql: saved::FUNNEL_ENTRIES,
        probe: "SELECT * FROM weir_fn.funnel_entries(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.funnel",
        sql: saved::FUNNEL,
        probe: "SELECT * FROM weir_fn.funnel(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02')",
    },
];

/// Makes or replaces every view.
pub(super) async fn create(client: &Client) -> Result<(), WarehouseError> {
    for view in VIEWS {
        let sql = view.sql.trim_end().trim_end_matches(';');
        run(client, &format!("making view `{}`", view.name), sql).await?;
    }
    Ok(())
}

/// Runs every view once, the saved funnels too.
pub(super) async fn check(client: &Client) -> Result<(), WarehouseError> {
    for view in VIEWS {
        probe(client, view.name, view.probe).await?;
    }
    for name in saved::existing(client)
        .await?
        .into_iter()
        .map(|view| view.name)
    {
        let name = format!("weir.{name}");
        probe(client, &name, &format!("SELECT * FROM {name} LIMIT 0")).await?;
    }
    Ok(())
}

async fn probe(client: &Client, view: &str, sql: &str) -> Result<(), WarehouseError> {
    let query = client.query_raw(&format!("{sql} FORMAT Null"));
    execute(query)
        .await
        .map_err(|source| match WarehouseError::from_client("", source) {
            WarehouseError::Refused { source, .. } => WarehouseError::BrokenView {
                view: view.to_owned(),
                source,
            },
            WarehouseError::Unreachable { source, .. } => WarehouseError::Unreachable {
                doing: format!("running view `{view}`"),
                source,
            },
            other => other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_says_what_it_answers_and_makes_its_view() {
        for view in VIEWS {
            assert!(view.sql.starts_with("-- Question:  "), "{}", view.name);
            assert!(view.sql.contains("\n-- One row:   "), "{}", view.name);
            assert!(view.sql.contains("\n-- Units:     "), "{}", view.name);
            let create = format!("\nCREATE OR REPLACE VIEW {} AS\n", view.name);
            assert_eq!(view.sql.matches(&create).count(), 1, "{}", view.name);
        }
    }

    #[test]
    fn nothing_is_counted_twice_because_every_event_is_read_final() {
        for view in VIEWS {
            let reads = view.sql.matches("FROM weir.events").count();
            let finals = view.sql.matches("FROM weir.events FINAL\n").count();
            assert_eq!(reads, finals, "{}", view.name);
        }
    }
}
