//! Views that an analyst reads like tables, without parameters: what stands beside a report's own, which takes the days.

use super::asked::Asked;

/// What each view with parameters is made of, or says day by day.
const PLAIN: &[(&str, &[&str])] = &[
    ("weir_fn.traffic", &["weir.sessions"]),
    ("weir_fn.channels", &["weir.channels"]),
    ("weir_fn.sources", &["weir.sources"]),
    ("weir_fn.campaigns", &["weir.campaigns"]),
    ("weir_fn.landing_pages", &["weir.landing_pages"]),
    ("weir_fn.ctr", &["weir.ctr"]),
    ("weir_fn.pages", &["weir.pages"]),
    ("weir_fn.paths", &["weir.paths"]),
    ("weir_fn.journeys", &["weir.paths"]),
    ("weir_fn.retention", &["weir.retention"]),
    ("weir_fn.stickiness", &["weir.stickiness"]),
    ("weir_fn.sales", &["weir.sales"]),
    ("weir_fn.customers", &["weir.orders"]),
    ("weir_fn.attribution", &["weir.orders"]),
    ("weir_fn.marketing", &["weir.costs", "weir.orders"]),
    ("weir_fn.ltv", &["weir.costs", "weir.orders"]),
    ("weir_fn.customer_value", &["weir.orders"]),
];

/// Those of a question: of its funnel and its goal, then those of its report.
pub(super) fn plain(asked: &Asked, view: &str) -> Vec<String> {
    let known = PLAIN.iter().find(|(of, _)| *of == view);
    let of_report = match known {
        Some((_, views)) => *views,
        None => &[],
    };
    let own = view.starts_with("weir.").then_some(view);
    let named = [&asked.view, &asked.goal_view]
        .into_iter()
        .flatten()
        .cloned();
    let told = own.into_iter().chain(of_report.iter().copied());
    named.chain(told.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::routes::reports::catalogue;

    #[test]
    fn every_plain_view_is_there_and_has_a_site() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../collector/sql/views");
        for (of, views) in PLAIN {
            assert!(catalogue::all().any(|report| report.view == *of), "{of}");
            for view in *views {
                let file = folder.join(format!("{}.sql", view.trim_start_matches("weir.")));
                let text = std::fs::read_to_string(&file).unwrap_or_default();
                let made = format!("CREATE OR REPLACE VIEW {view} AS");
                assert!(text.contains(&made) && text.contains("site"), "{view}");
            }
        }
    }
}
