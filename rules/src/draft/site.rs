//! Reads `site` and `funnels`.

use crate::bounds::{MAX_DOMAINS, MAX_STEPS};
use crate::diagnostic::{Detail, Found};
use crate::report::Collector;

use super::reader::{Cursor, Entry};
use super::{DraftFunnel, DraftSite, DraftStep, condition};

/// One step is no funnel.
const MIN_STEPS: usize = 2;

pub(super) fn read(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftSite> {
    let known = ["id", "domains", "timezone", "currency", "script_hosts"];
    let fields = cursor.fields(report, &known, Some("{ \"id\": \"shop\" }"))?;
    let domains = fields.get("domains");
    let lacks_domains = match &domains {
        Some(domains) => matches!(domains.found(), Found::EmptyList),
        None => !fields.is_misspelt("domains"),
    };
    Some(DraftSite {
        id: fields.needed(report, "id", "\"id\": \"shop\""),
        domains: domains.map_or_else(Vec::new, |domains| domains.texts(report, MAX_DOMAINS)),
        lacks_domains,
        timezone: fields.text(report, "timezone"),
        currency: fields.text(report, "currency"),
        script_hosts: fields
            .get("script_hosts")
            .map_or_else(Vec::new, |hosts| hosts.texts(report, MAX_DOMAINS)),
        spot: fields.spot,
    })
}

/// The keys of a funnel.
pub(crate) const FUNNEL_KEYS: &[&str] = &["title", "within", "order", "per", "steps"];

pub(super) fn funnel(entry: Entry<'_>, report: &mut Collector<'_>) -> Option<DraftFunnel> {
    let fields = entry.value.fields(
        report,
        FUNNEL_KEYS,
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
            let written = steps.list(report, MAX_STEPS);
            // Only a list can be too short.
            let is_list = matches!(steps.found(), Found::List | Found::EmptyList);
            if is_list && written.len() < MIN_STEPS {
                let detail = Detail::TooFew {
                    count: written.len(),
                    min: MIN_STEPS,
                };
                report.add(detail, &steps.spot());
            }
            Some(
                written
                    .iter()
                    .filter_map(|cursor| step(cursor, report))
                    .collect(),
            )
        }
    };
    let within = fields.duration(report, "within", "days");
    Some(DraftFunnel {
        name: entry.name,
        title: fields.text(report, "title"),
        within,
        order: fields.text(report, "order"),
        per: fields.text(report, "per"),
        steps,
    })
}

fn step(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftStep> {
    let event = match cursor.found() {
        Found::Text(event) => event,
        _ => "purchase".to_owned(),
    };
    let example = format!("{{ \"event\": \"{event}\" }}");
    let fields = cursor.fields(report, &["name", "event", "where"], Some(&example))?;
    Some(DraftStep {
        name: fields.text(report, "name"),
        event: fields.needed(report, "event", "\"event\": \"purchase\""),
        conditions: fields
            .get("where")
            .map_or_else(Vec::new, |part| condition::leaves(&part, report)),
    })
}
