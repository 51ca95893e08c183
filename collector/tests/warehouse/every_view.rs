//! A question to each view that there is, for whoever asks them all.
//!
//! A view that has no question here is an error: the list cannot fall behind the views.

use std::collections::BTreeSet;

use clickhouse::Client;
use jiff::civil::Date;

/// What is asked of a site.
pub(crate) struct Asked<'a> {
    pub(crate) site: &'a str,
    pub(crate) from: Date,
    pub(crate) to: Date,
    /// Of funnels; the last one is a goal, too.
    pub(crate) steps: &'a [&'a str],
    /// Views of `weir` that this site's funnels and goals have, without the database.
    pub(crate) ready: &'a [&'a str],
}

pub(crate) struct Question {
    /// Database and name.
    pub(crate) view: String,
    pub(crate) sql: String,
}

/// Views of `weir` by day that are views of `weir_fn` over a period, too.
const BOTH: [&str; 8] = [
    "ctr",
    "landing_pages",
    "channels",
    "sources",
    "campaigns",
    "pages",
    "paths",
    "stickiness",
];

impl Asked<'_> {
    pub(crate) fn questions(&self) -> Vec<Question> {
        let mut all = self.of_plain_views();
        all.extend(self.of_called_views());
        all
    }

    /// Whether these are as many as there are views.
    pub(crate) async fn none_is_left_out(&self, reader: &Client) {
        let sql = "SELECT concat(database, '.', name) FROM system.tables \
                   WHERE database IN ('weir', 'weir_fn') AND engine = 'View' \
                   AND NOT (database = 'weir' AND match(name, '^(funnel|goal)_'))";
        let views = reader.query_raw(sql).fetch_all::<String>().await.unwrap();
        let ready = self.ready.iter().map(|name| format!("weir.{name}"));
        let there: BTreeSet<String> = views.into_iter().chain(ready).collect();
        let asked: BTreeSet<String> = self.questions().into_iter().map(|one| one.view).collect();
        assert_eq!(
            asked, there,
            "views that are asked, and views that there are"
        );
    }

    fn of_plain_views(&self) -> Vec<Question> {
        const DAYS: [(&str, &[&str]); 7] = [
            ("session_date", &BOTH),
            (
                "session_date",
                &["sessions", "session_items", "completeness"],
            ),
            ("order_date", &["orders"]),
            ("refund_date", &["refunds"]),
            ("cost_date", &["costs"]),
            ("sales_date", &["sales"]),
            (
                "",
                &[
                    "retention",
                    "live",
                    "live_pages",
                    "freshness",
                    "funnels",
                    "goals",
                    "kpi_status",
                ],
            ),
        ];
        let Self { site, from, to, .. } = self;
        let mut all = Vec::new();
        for (day, views) in DAYS {
            for view in views {
                let days = match day {
                    "" => String::new(),
                    day => format!(" AND {day} BETWEEN '{from}' AND '{to}'"),
                };
                all.push(Question {
                    view: format!("weir.{view}"),
                    sql: format!("SELECT * FROM weir.{view} WHERE site = '{site}'{days}"),
                });
            }
        }
        all.extend(self.ready.iter().map(|view| Question {
            view: format!("weir.{view}"),
            sql: format!("SELECT * FROM weir.{view}"),
        }));
        all
    }

    fn of_called_views(&self) -> Vec<Question> {
        let Self { site, from, to, .. } = self;
        let steps: Vec<String> = self.steps.iter().map(|step| format!("'{step}'")).collect();
        let funnel = format!("steps = [{}], window_s = 604800", steps.join(", "));
        let by = "mode = 'ordered', unit = 'person'";
        let last = steps.last().unwrap();
        let conversion = "conversion = 'purchase', lookback_days = 30";
        let mut all = Vec::new();
        let mut called = |view: &str, more: &str| {
            let comma = if more.is_empty() { "" } else { ", " };
            all.push(Question {
                view: format!("weir_fn.{view}"),
                sql: format!(
                    "SELECT * FROM weir_fn.{view}(site = '{site}', from = '{from}', to = '{to}'{comma}{more})"
                ),
            });
        };
        for view in BOTH {
            called(view, "");
        }
        called("sales", "");
        called("traffic", "by = 'country'");
        called("journeys", "start = '', steps = 4");
        called("retention", "period = 'week', event = ''");
        called("customers", "lost_after_days = 90");
        called("customer_value", "");
        called("ltv", "lost_after_days = 90");
        called(
            "marketing",
            &format!("by = 'channel', lead = {last}, model = 'linear', lookback_days = 30"),
        );
        called("attribution_touches", conversion);
        called("attribution", &format!("{conversion}, by = 'channel'"));
        called("goal", &format!("step = {last}, value = 'revenue'"));
        for view in ["funnel", "funnel_entries"] {
            called(view, &funnel);
        }
        for view in ["step_events", "funnel_entries_by", "funnel_by"] {
            called(view, &format!("{funnel}, {by}, breakdown = 'channel'"));
        }
        called(
            "funnel_entries_per",
            &format!("{funnel}, {by}, breakdown = 'channel', period = 'week'"),
        );
        called("funnel_trend", &format!("{funnel}, {by}, period = 'week'"));
        called("funnel_drop_offs", &format!("{funnel}, {by}"));
        called("goal_funnel", &format!("{funnel}, {by}, value = 'revenue'"));
        all
    }
}
