//! The views that every installation has: the files of `sql/views`, made anew at every start.
//!
//! A view is replaced in one step, so that whoever reads meanwhile sees the old or the new one. ClickHouse does not look
//! into a view with parameters when it is made: [`check`] runs each once, on a site that does not exist.

use clickhouse::Client;

use super::client::{execute, run_on};
use super::cluster::Cluster;
use super::error::WarehouseError;
use super::{cluster, glossary, inline, saved, shared};

/// A view and the file of `sql/views` that makes it.
pub(super) struct View {
    /// Database and name.
    pub(super) name: &'static str,
    /// The whole file, which may make another view as well ([`shared`]).
    pub(super) sql: &'static str,
    /// How to run it without reading anything.
    probe: &'static str,
}

impl View {
    /// The statement that makes it.
    fn statement(&self) -> String {
        shared::of_view(self.name, self.sql)
    }
}

/// In an order in which each finds the ones it reads from.
pub(super) const VIEWS: &[View] = &[
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
        sql: include_str!("../../sql/views/ctr.sql"),
        probe: "SELECT * FROM weir_fn.ctr(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.landing_pages",
        sql: include_str!("../../sql/views/landing_pages.sql"),
        probe: "SELECT * FROM weir_fn.landing_pages(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.funnel_entries",
        sql: include_str!("../../sql/views/fn_funnel_entries.sql"),
        probe: "SELECT * FROM weir_fn.funnel_entries(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.funnel",
        sql: saved::FUNNEL,
        probe: "SELECT * FROM weir_fn.funnel(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir.channels",
        sql: include_str!("../../sql/views/channels.sql"),
        probe: "SELECT * FROM weir.channels WHERE site = ''",
    },
    View {
        name: "weir.sources",
        sql: include_str!("../../sql/views/sources.sql"),
        probe: "SELECT * FROM weir.sources WHERE site = ''",
    },
    View {
        name: "weir.campaigns",
        sql: include_str!("../../sql/views/campaigns.sql"),
        probe: "SELECT * FROM weir.campaigns WHERE site = ''",
    },
    View {
        name: "weir.pages",
        sql: include_str!("../../sql/views/pages.sql"),
        probe: "SELECT * FROM weir.pages WHERE site = ''",
    },
    View {
        name: "weir.paths",
        sql: include_str!("../../sql/views/paths.sql"),
        probe: "SELECT * FROM weir.paths WHERE site = ''",
    },
    View {
        name: "weir.retention",
        sql: include_str!("../../sql/views/retention.sql"),
        probe: "SELECT * FROM weir.retention WHERE site = ''",
    },
    View {
        name: "weir.stickiness",
        sql: include_str!("../../sql/views/stickiness.sql"),
        probe: "SELECT * FROM weir.stickiness WHERE site = ''",
    },
    View {
        name: "weir.orders",
        sql: include_str!("../../sql/views/orders.sql"),
        probe: "SELECT * FROM weir.orders WHERE site = ''",
    },
    View {
        name: "weir.refunds",
        sql: include_str!("../../sql/views/refunds.sql"),
        probe: "SELECT * FROM weir.refunds WHERE site = ''",
    },
    View {
        name: "weir.sales",
        sql: include_str!("../../sql/views/sales.sql"),
        probe: "SELECT * FROM weir.sales WHERE site = ''",
    },
    View {
        name: "weir.live",
        sql: include_str!("../../sql/views/live.sql"),
        probe: "SELECT * FROM weir.live WHERE site = ''",
    },
    View {
        name: "weir.live_pages",
        sql: include_str!("../../sql/views/live_pages.sql"),
        probe: "SELECT * FROM weir.live_pages WHERE site = ''",
    },
    View {
        name: "weir.freshness",
        sql: include_str!("../../sql/views/freshness.sql"),
        probe: "SELECT * FROM weir.freshness WHERE site = ''",
    },
    View {
        name: "weir.completeness",
        sql: include_str!("../../sql/views/completeness.sql"),
        probe: "SELECT * FROM weir.completeness WHERE site = ''",
    },
    View {
        name: "weir_fn.channels",
        sql: include_str!("../../sql/views/channels.sql"),
        probe: "SELECT * FROM weir_fn.channels(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.sources",
        sql: include_str!("../../sql/views/sources.sql"),
        probe: "SELECT * FROM weir_fn.sources(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.campaigns",
        sql: include_str!("../../sql/views/campaigns.sql"),
        probe: "SELECT * FROM weir_fn.campaigns(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.pages",
        sql: include_str!("../../sql/views/pages.sql"),
        probe: "SELECT * FROM weir_fn.pages(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.paths",
        sql: include_str!("../../sql/views/paths.sql"),
        probe: "SELECT * FROM weir_fn.paths(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.sales",
        sql: include_str!("../../sql/views/fn_sales.sql"),
        probe: "SELECT * FROM weir_fn.sales(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.customers",
        sql: include_str!("../../sql/views/fn_customers.sql"),
        probe: "SELECT * FROM weir_fn.customers(site = '', from = '2026-01-01', to = '2026-01-02', lost_after_days = 90)",
    },
    View {
        name: "weir_fn.stickiness",
        sql: include_str!("../../sql/views/fn_stickiness.sql"),
        probe: "SELECT * FROM weir_fn.stickiness(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.traffic",
        sql: include_str!("../../sql/views/fn_traffic.sql"),
        probe: "SELECT * FROM weir_fn.traffic(site = '', from = '2026-01-01', to = '2026-01-02', by = 'channel')",
    },
    View {
        name: "weir_fn.journeys",
        sql: include_str!("../../sql/views/fn_journeys.sql"),
        probe: "SELECT * FROM weir_fn.journeys(site = '', from = '2026-01-01', to = '2026-01-02', start = '', steps = 3)",
    },
    View {
        name: "weir_fn.retention",
        sql: include_str!("../../sql/views/fn_retention.sql"),
        probe: "SELECT * FROM weir_fn.retention(site = '', from = '2026-01-01', to = '2026-01-02', period = 'week', event = '')",
    },
    View {
        name: "weir_fn.attribution_touches",
        sql: include_str!("../../sql/views/fn_attribution_touches.sql"),
        probe: "SELECT * FROM weir_fn.attribution_touches(site = '', from = '2026-01-01', to = '2026-01-02', conversion = 'purchase', lookback_days = 30)",
    },
    View {
        name: "weir_fn.attribution",
        sql: include_str!("../../sql/views/fn_attribution.sql"),
        probe: "SELECT * FROM weir_fn.attribution(site = '', from = '2026-01-01', to = '2026-01-02', conversion = 'purchase', lookback_days = 30, by = 'channel')",
    },
    View {
        name: "weir.costs",
        sql: include_str!("../../sql/views/costs.sql"),
        probe: "SELECT * FROM weir.costs WHERE site = ''",
    },
    View {
        name: "weir_fn.customer_value",
        sql: include_str!("../../sql/views/fn_customer_value.sql"),
        probe: "SELECT * FROM weir_fn.customer_value(site = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.ltv",
        sql: include_str!("../../sql/views/fn_ltv.sql"),
        probe: "SELECT * FROM weir_fn.ltv(site = '', lost_after_days = 90, from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.funnel_entries_by",
        sql: include_str!("../../sql/views/fn_funnel_entries_by.sql"),
        probe: "SELECT * FROM weir_fn.funnel_entries_by(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02', mode = 'strict', unit = 'person', breakdown = 'channel')",
    },
    View {
        name: "weir_fn.funnel_entries_per",
        sql: include_str!("../../sql/views/fn_funnel_entries_by.sql"),
        probe: "SELECT * FROM weir_fn.funnel_entries_per(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02', mode = 'ordered', unit = 'person', breakdown = 'channel', period = 'week')",
    },
    View {
        name: "weir_fn.funnel_by",
        sql: include_str!("../../sql/views/fn_funnel_by.sql"),
        probe: "SELECT * FROM weir_fn.funnel_by(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02', mode = 'any', unit = 'session', breakdown = '')",
    },
    View {
        name: "weir_fn.funnel_trend",
        sql: include_str!("../../sql/views/fn_funnel_trend.sql"),
        probe: "SELECT * FROM weir_fn.funnel_trend(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02', mode = 'ordered', unit = 'person', period = 'day')",
    },
    View {
        name: "weir_fn.step_events",
        sql: include_str!("../../sql/views/fn_step_events.sql"),
        probe: "SELECT * FROM weir_fn.step_events(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02', mode = 'ordered', unit = 'person', breakdown = '')",
    },
    View {
        name: "weir_fn.marketing",
        sql: include_str!("../../sql/views/fn_marketing.sql"),
        probe: "SELECT * FROM weir_fn.marketing(site = '', by = 'channel', lead = 'a?item=c', model = 'last_non_direct', lookback_days = 30, from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.goal",
        sql: include_str!("../../sql/views/fn_goal.sql"),
        probe: "SELECT * FROM weir_fn.goal(site = '', step = 'a?item=c', value = 'revenue', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir_fn.goal_funnel",
        sql: include_str!("../../sql/views/fn_goal_funnel.sql"),
        probe: "SELECT * FROM weir_fn.goal_funnel(site = '', steps = ['a', 'b'], window_s = 60, mode = 'ordered', unit = 'person', value = '', from = '2026-01-01', to = '2026-01-02')",
    },
    View {
        name: "weir.goals",
        sql: include_str!("../../sql/views/goals.sql"),
        probe: "SELECT * FROM weir.goals WHERE site = ''",
    },
    View {
        name: "weir.kpi_status",
        sql: include_str!("../../sql/views/kpi_status.sql"),
        probe: "SELECT * FROM weir.kpi_status WHERE site = ''",
    },
    View {
        name: "weir_fn.funnel_drop_offs",
        sql: include_str!("../../sql/views/fn_funnel_drop_offs.sql"),
        probe: "SELECT * FROM weir_fn.funnel_drop_offs(site = '', steps = ['a', '/b/*?item=c'], window_s = 60, from = '2026-01-01', to = '2026-01-02', mode = 'ordered', unit = 'person')",
    },
];

/// Makes or replaces every view. One that is refused keeps none of the others from being made; it stays as it was.
pub(super) async fn create(client: &Client) -> Result<(), WarehouseError> {
    let cluster = cluster::of_database(client).await?;
    let mut broken = Broken::default();
    for view in VIEWS {
        broken.note(view.name, make(client, cluster.as_ref(), view).await)?;
    }
    broken.result()
}

async fn make(
    client: &Client,
    cluster: Option<&Cluster>,
    view: &View,
) -> Result<(), WarehouseError> {
    let sql = inline::statement(&view.statement());
    let sql = if view.name.starts_with("weir.") {
        glossary::with_columns(client, view.name, &sql).await?
    } else {
        glossary::with_question(&sql)
    };
    run_on(
        client,
        cluster,
        &format!("making view `{}`", view.name),
        &sql,
    )
    .await
}

/// Runs every view once, the saved funnels too.
pub(super) async fn check(client: &Client) -> Result<(), WarehouseError> {
    let mut broken = Broken::default();
    for view in VIEWS {
        broken.note(view.name, probe(client, view.name, view.probe).await)?;
    }
    for name in saved::existing(client)
        .await?
        .into_iter()
        .map(|view| view.name)
    {
        let name = format!("weir.{name}");
        let sql = format!("SELECT * FROM {name} LIMIT 0");
        broken.note(&name, probe(client, &name, &sql).await)?;
    }
    broken.result()
}

/// Views that ClickHouse refuses for good.
#[derive(Default)]
struct Broken {
    first: Option<(String, clickhouse::error::Error)>,
    others: Vec<String>,
}

impl Broken {
    /// What passes by itself is the caller's to wait for.
    fn note(&mut self, view: &str, done: Result<(), WarehouseError>) -> Result<(), WarehouseError> {
        match done {
            Err(error) if error.is_retriable() => Err(error),
            Err(WarehouseError::Refused { .. }) if self.first.is_some() => {
                self.others.push(view.to_owned());
                Ok(())
            }
            Err(WarehouseError::Refused { source, .. }) => {
                self.first = Some((view.to_owned(), source));
                Ok(())
            }
            other => other,
        }
    }

    fn result(self) -> Result<(), WarehouseError> {
        match self.first {
            None => Ok(()),
            Some((view, source)) => Err(WarehouseError::BrokenViews {
                view,
                source,
                others: self.others,
            }),
        }
    }
}

async fn probe(client: &Client, view: &str, sql: &str) -> Result<(), WarehouseError> {
    let query = client.query_raw(&format!("{sql} FORMAT Null"));
    execute(query)
        .await
        .map_err(|source| WarehouseError::from_client(format!("running view `{view}`"), source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_says_what_it_answers() {
        for view in VIEWS {
            let sql = view.statement();
            assert!(sql.starts_with("-- Question:  "), "{}", view.name);
            assert!(sql.contains("\n-- One row:   "), "{}", view.name);
            assert!(sql.contains("\n-- Units:     "), "{}", view.name);
            let create = format!("\nCREATE OR REPLACE VIEW {} AS\n", view.name);
            assert_eq!(sql.matches(&create).count(), 1, "{}", view.name);
            assert_eq!(sql.matches("CREATE OR REPLACE VIEW").count(), 1, "{sql}");
        }
    }

    #[test]
    fn what_is_seen_in_a_preview_is_in_no_view() {
        for view in VIEWS {
            let sql = view.statement();
            assert!(!sql.contains("preview_events"), "{}", view.name);
        }
    }

    #[test]
    fn visits_are_measured_alike_wherever_they_are_added_up() {
        let texts: Vec<(&str, String)> = VIEWS
            .iter()
            .map(|view| (view.name, view.statement()))
            .filter(|(_, sql)| sql.contains("\nFROM weir.sessions AS sessions\n"))
            .collect();
        let measures = |sql: &str| {
            let begin = sql.find("    count() AS sessions,\n").unwrap();
            let end = sql.find("FROM weir.sessions AS sessions\n").unwrap();
            sql.get(begin..end).unwrap().to_owned()
        };
        assert_eq!(texts.len(), 9);
        for pair in texts.windows(2) {
            let [(one, one_sql), (other, other_sql)] = pair else {
                unreachable!()
            };
            assert_eq!(measures(one_sql), measures(other_sql), "{one} and {other}");
        }
    }

    #[test]
    fn nothing_is_counted_twice_because_every_event_is_read_final() {
        for view in VIEWS {
            let sql = view.statement();
            let reads = sql.matches("FROM weir.events").count();
            let finals = sql.matches("FROM weir.events FINAL\n").count()
                + sql.matches("FROM weir.events AS events FINAL\n").count();
            // Where reading twice changes nothing, the file says so.
            let excused = sql.matches("-- Not FINAL: ").count();
            assert_eq!(reads, finals + excused, "{}", view.name);
        }
    }
}
