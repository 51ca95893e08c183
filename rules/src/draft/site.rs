//! Reads `site` and `funnels`.

use crate::bounds::{MAX_DOMAINS, MAX_STEPS};
use crate::report::Collector;

use super::reader::{Cursor, Entry};
use super::{At, DraftFunnel, DraftSite, DraftStep, condition};

pub(super) fn read(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftSite> {
    let known = ["id", "domains", "timezone", "currency"];
    let fields = cursor.fields(report, &known, &[], Some("{ \"id\": \"shop\" }"))?;
    Some(DraftSite {
        id: fields.needed(report, "id", "\"id\": \"shop\""),
        domains: fields
            .get("domains")
            .map_or_else(Vec::new, |domains| domains.texts(report, MAX_DOMAINS)),
        timezone: fields.text(report, "timezone"),
        currency: fields.text(report, "currency"),
        spot: fields.spot,
    })
}

pub(super) fn funnel(entry: Entry<'_>, report: &mut Collector<'_>) -> Option<DraftFunnel> {
    let fields = entry.value.fields(
        report,
        &["within", "steps"],
        &[],
        Some("{ \"steps\": [ { \"event\": \"pageview\" }, { \"event\": \"purchase\" } ] }"),
    )?;
    let steps = match fields.get("steps") {
        None => {
            fields.missing(
                report,
                "steps",
                "\"steps\": [ { \"event\": \"pageview\" }, { \"event\": \"purchase\" } ]",
            );
            None
        }
        Some(steps) => {
            let read = steps
                .list(report, MAX_STEPS)
                .iter()
                .filter_map(|cursor| step(cursor, report))
                .collect();
            Some(At {
                it: read,
                spot: steps.spot(),
            })
        }
    };
    Some(DraftFunnel {
        name: entry.name,
        within: fields.text(report, "within"),
        steps,
    })
}

fn step(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftStep> {
    let fields = cursor.fields(
        report,
        &["name", "event", "where"],
        &[],
        Some("{ \"event\": \"purchase\" }"),
    )?;
    Some(DraftStep {
        name: fields.text(report, "name"),
        event: fields.needed(report, "event", "\"event\": \"purchase\""),
        conditions: fields
            .get("where")
            .map_or_else(Vec::new, |part| condition::leaves(&part, report)),
    })
}
