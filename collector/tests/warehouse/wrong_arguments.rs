//! What is wrong with the arguments of a view is said while the query is read: before any event is, and of an empty site, too.

use clickhouse::Client;
use jiff::civil::date;

use crate::engine::Engine;
use crate::every_view::{Asked, Question};

const DAYS: &str = "site = 'nobody', from = '2026-01-01', to = '2026-01-31'";
const FUNNEL: &str = "steps = ['a', 'b'], window_s = 60";

/// A call, and how what is said of it begins.
const WRONG: [(&str, &str, &str); 17] = [
    (
        "funnel_by",
        "steps = ['a'], window_s = 60, mode = 'loose', unit = 'person', breakdown = ''",
        "the mode of a funnel is ordered, strict or any",
    ),
    (
        "funnel_by",
        "steps = ['a'], window_s = 60, mode = 'any', unit = 'user', breakdown = ''",
        "the unit of a funnel is person, session or device",
    ),
    (
        "funnel_entries_by",
        "steps = ['a'], window_s = 60, mode = '', unit = 'person', breakdown = ''",
        "the mode of a funnel is ordered, strict or any",
    ),
    (
        "funnel_drop_offs",
        "steps = ['a'], window_s = 60, mode = 'Ordered', unit = 'person'",
        "the mode of a funnel is ordered, strict or any",
    ),
    (
        "step_events",
        "steps = ['a'], window_s = 60, mode = 'any', unit = 'visitor', breakdown = ''",
        "the unit of a funnel is person, session or device",
    ),
    (
        "goal_funnel",
        "steps = ['a'], window_s = 60, mode = 'x', unit = 'person', value = ''",
        "the mode of a funnel is ordered, strict or any",
    ),
    (
        "funnel_trend",
        "steps = ['a'], window_s = 60, mode = 'any', unit = 'person', period = 'year'",
        "`period` is day, week or month",
    ),
    (
        "funnel_trend",
        "steps = ['a'], window_s = 60, mode = 'x', unit = 'person', period = 'day'",
        "the mode of a funnel is ordered, strict or any",
    ),
    (
        "funnel_entries_per",
        "steps = ['a'], window_s = 60, mode = 'any', unit = 'person', breakdown = '', period = ''",
        "`period` is day, week or month",
    ),
    (
        "retention",
        "period = 'weeks', event = ''",
        "`period` is day, week or month",
    ),
    ("traffic", "by = 'source'", "`by` is one of channel"),
    (
        "attribution",
        "conversion = 'purchase', lookback_days = 30, by = 'source'",
        "`by` is one of channel",
    ),
    (
        "marketing",
        "by = 'source', lead = '', model = 'last', lookback_days = 30",
        "`by` is one of channel",
    ),
    (
        "marketing",
        "by = '', lead = '', model = 'best', lookback_days = 30",
        "`model` is one of first",
    ),
    (
        "funnel",
        "steps = ['a?=b'], window_s = 60",
        "a condition of a step cannot be read",
    ),
    (
        "funnel",
        "steps = ['1','2','3','4','5','6','7','8','9','10','11','12','13'], window_s = 60",
        "a funnel has at most 12 steps",
    ),
    (
        "funnel",
        "steps = ['a'], window_s = 999999999",
        "a funnel spans at most 3000 days",
    ),
];

pub(crate) async fn run(engine: &Engine) {
    let reader = engine.analyst();
    let said =
        async |call: &str| explained(&reader, &format!("SELECT * FROM weir_fn.{call}")).await;
    for (view, arguments, wrong) in WRONG {
        let call = format!("{view}({DAYS}, {arguments})");
        let error = said(&call).await.expect_err(&call);
        assert!(error.contains(&format!("weir: {wrong}")), "{call}\n{error}");
    }
    let backwards = Asked {
        site: "nobody",
        from: date(2026, 1, 31),
        to: date(2026, 1, 1),
        steps: &["a", "b"],
        ready: &[],
    };
    for Question { view, sql } in backwards.questions() {
        if !view.starts_with("weir_fn.") {
            continue;
        }
        let error = explained(&reader, &sql).await.expect_err(&view);
        assert!(
            error.contains("weir: the period ends before it begins"),
            "{view}\n{error}"
        );
    }
    let right = format!("funnel({DAYS}, {FUNNEL})");
    said(&right).await.unwrap();
}

/// EXPLAIN reads no event.
async fn explained(reader: &Client, sql: &str) -> Result<(), String> {
    let sql = format!("EXPLAIN {sql}");
    let mut cursor = reader.query_raw(&sql).fetch_bytes("TSV").unwrap();
    cursor
        .collect()
        .await
        .map(|_| ())
        .map_err(|error| error.to_string())
}
