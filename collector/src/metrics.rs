//! What is counted: names begin with `weir_collector_`, reasons are labels, sites and addresses never are.
//!
//! Counters that every request touches are looked up once, here, and then are plain atomic numbers.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::enrich::Changes;
use crate::enrich::steps::{Step, Steps};
use crate::outcome::{Change, Refusal, Reject};
use crate::spool::format::Damage;
use crate::spool::journal::Receipt;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepName {
    step: &'static str,
}

/// One counter for each value of a closed enum.
struct ByReason(Vec<Counter>);

impl ByReason {
    fn register(
        registry: &mut Registry,
        name: &str,
        help: &str,
        reasons: impl Iterator<Item = &'static str>,
    ) -> Self {
        Self::register_as(registry, name, help, reasons, |reason| Reason { reason })
    }

    /// As [`register`](Self::register), under a label of another name.
    fn register_as<L>(
        registry: &mut Registry,
        name: &str,
        help: &str,
        values: impl Iterator<Item = &'static str>,
        label: impl Fn(&'static str) -> L,
    ) -> Self
    where
        L: Clone + Eq + std::hash::Hash + EncodeLabelSet + fmt::Debug + Send + Sync + 'static,
    {
        let family = Family::<L, Counter>::default();
        let counters = values
            .map(|value| family.get_or_create_owned(&label(value)))
            .collect();
        registry.register(name, help, family);
        Self(counters)
    }

    fn add(&self, index: usize, count: u64) {
        if let Some(counter) = self.0.get(index) {
            counter.inc_by(count);
        }
    }
}

/// Values that are asked for when metrics are read.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Readings {
    pub(crate) waiting_events: u64,
    pub(crate) waiting_batches: u64,
    pub(crate) spool_bytes: u64,
    pub(crate) max_spool_bytes: u64,
    pub(crate) requests_in_flight: u64,
    /// ms since 1970; 0: nothing was inserted yet.
    pub(crate) last_insert_ms: u64,
    pub(crate) oldest_age_ms: u64,
    pub(crate) remembered_ids: u64,
    pub(crate) refused_batches: u64,
    /// Of the spool of rejected events.
    pub(crate) rejected: RejectedReadings,
    pub(crate) accepting: bool,
}

/// What is asked of the spool of rejected events.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct RejectedReadings {
    pub(crate) waiting_events: u64,
    pub(crate) spool_bytes: u64,
    pub(crate) refused_batches: u64,
}

/// The collector's metrics.
pub(crate) struct Metrics {
    registry: Registry,
    accepted: Counter,
    repeated: Counter,
    refused: ByReason,
    rejected: ByReason,
    changed: ByReason,
    step_runs: ByReason,
    step_seconds: Vec<Histogram>,
    commits: Counter,
    commit_failures: Counter,
    commit_requests: Histogram,
    commit_seconds: Histogram,
    inserted_events: Counter,
    inserted_batches: Counter,
    found_batches: Counter,
    insert_retries: Counter,
    insert_seconds: Histogram,
    batch_events: Histogram,
    lag_seconds: Histogram,
    set_aside: Counter,
    damaged_records: Counter,
    damaged_bytes: Counter,
    torn_bytes: Counter,
    waiting_events: Gauge<u64, AtomicU64>,
    waiting_batches: Gauge<u64, AtomicU64>,
    spool_bytes: Gauge<u64, AtomicU64>,
    max_spool_bytes: Gauge<u64, AtomicU64>,
    requests_in_flight: Gauge<u64, AtomicU64>,
    last_insert_seconds: Gauge<f64, AtomicU64>,
    oldest_seconds: Gauge<f64, AtomicU64>,
    remembered_ids: Gauge<u64, AtomicU64>,
    refused_batches: Gauge<u64, AtomicU64>,
    /// Rejected events that could not be kept aside.
    pub(crate) rejected_unkept: Counter,
    rejected_waiting: Gauge<u64, AtomicU64>,
    rejected_spool_bytes: Gauge<u64, AtomicU64>,
    rejected_refused_batches: Gauge<u64, AtomicU64>,
    accepting: Gauge<u64, AtomicU64>,
}

/// Registers metrics one after the other.
struct Registrar(Registry);

impl Registrar {
    fn counter(&mut self, name: &str, help: &str) -> Counter {
        let counter = Counter::default();
        self.0.register(name, help, counter.clone());
        counter
    }

    fn gauge(&mut self, name: &str, help: &str) -> Gauge<u64, AtomicU64> {
        let gauge = Gauge::default();
        self.0.register(name, help, gauge.clone());
        gauge
    }

    fn histogram(&mut self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        let histogram = Histogram::new(bounds.iter().copied());
        self.0.register(name, help, histogram.clone());
        histogram
    }
}

/// Upper bounds in seconds: of a sync, and of an insert.
const COMMIT_SECONDS: &[f64] = &[
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0,
];
const BATCH_EVENTS: &[f64] = &[
    1.0, 10.0, 100.0, 1_000.0, 10_000.0, 50_000.0, 100_000.0, 500_000.0,
];
const LAG_SECONDS: &[f64] = &[0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3_600.0, 86_400.0];
const INSERT_SECONDS: &[f64] = &[0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0];
const STEP_SECONDS: &[f64] = &[1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 1e-3];
const COMMIT_REQUESTS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0, 2_000.0];

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut all = Registrar(Registry::with_prefix("weir_collector"));
        let refused = ByReason::register(
            &mut all.0,
            "requests_refused",
            "Requests refused as a whole",
            Refusal::ALL.iter().map(|reason| reason.name()),
        );
        let rejected = ByReason::register(
            &mut all.0,
            "events_rejected",
            "Events of accepted requests that were not stored",
            Reject::ALL.iter().map(|reason| reason.name()),
        );
        let changed = ByReason::register(
            &mut all.0,
            "events_changed",
            "Changes made to events that were stored",
            Change::ALL.iter().map(|reason| reason.name()),
        );
        let step_seconds = Family::<StepName, Histogram>::new_with_constructor(|| {
            Histogram::new(STEP_SECONDS.iter().copied())
        });
        all.0.register(
            "step_seconds",
            "Mean time of a step of enrichment in a request, of one request in 32",
            step_seconds.clone(),
        );
        let step_runs = ByReason::register_as(
            &mut all.0,
            "step_runs",
            "How often a step of enrichment was done",
            Step::ALL.iter().map(|step| step.name()),
            |step| StepName { step },
        );
        let oldest_seconds = Gauge::default();
        let help = "Age of the oldest event that is not in ClickHouse";
        all.0.register_with_unit(
            "oldest_waiting",
            help,
            Unit::Seconds,
            oldest_seconds.clone(),
        );
        let last_insert_seconds = Gauge::default();
        all.0.register_with_unit(
            "last_insert_timestamp",
            "When a batch was inserted last, since 1970",
            Unit::Seconds,
            last_insert_seconds.clone(),
        );
        Self {
            accepted: all.counter("events_accepted", "Events stored"),
            repeated: all.counter(
                "events_repeated",
                "Events acknowledged that were stored before",
            ),
            refused,
            rejected,
            changed,
            step_runs,
            step_seconds: Step::ALL
                .iter()
                .map(|step| step_seconds.get_or_create_owned(&StepName { step: step.name() }))
                .collect(),
            commits: all.counter("spool_commits", "Groups of requests written and synced"),
            commit_failures: all
                .counter("spool_commit_failures", "Groups that could not be written"),
            commit_requests: all.histogram(
                "spool_commit_requests",
                "Requests in a group",
                COMMIT_REQUESTS,
            ),
            commit_seconds: all.histogram(
                "spool_commit_seconds",
                "Time to write and sync a group",
                COMMIT_SECONDS,
            ),
            inserted_events: all.counter("events_inserted", "Events that ClickHouse has"),
            inserted_batches: all.counter("batches_inserted", "Batches that ClickHouse has"),
            found_batches: all.counter(
                "batches_found",
                "Batches that were in ClickHouse before they were tried again",
            ),
            insert_retries: all.counter("insert_retries", "Inserts that will be tried again"),
            insert_seconds: all.histogram(
                "insert_seconds",
                "Time of an insert that succeeded",
                INSERT_SECONDS,
            ),
            batch_events: all.histogram(
                "batch_events",
                "Events of a batch that was inserted",
                BATCH_EVENTS,
            ),
            lag_seconds: all.histogram(
                "lag_seconds",
                "From the first event of a batch to the end of its insert",
                LAG_SECONDS,
            ),
            set_aside: all.counter(
                "batches_set_aside",
                "Batches that ClickHouse refused for good",
            ),
            damaged_records: all
                .counter("spool_damaged_records", "Gaps where a checksum was wrong"),
            damaged_bytes: all.counter("spool_damaged_bytes", "Bytes in those gaps"),
            torn_bytes: all.counter(
                "spool_torn_bytes",
                "Bytes of writes that a stop interrupted",
            ),
            waiting_events: all.gauge("waiting_events", "Events that are not in ClickHouse yet"),
            waiting_batches: all.gauge(
                "waiting_batches",
                "Sealed batches that are not in ClickHouse yet",
            ),
            spool_bytes: all.gauge("spool_bytes", "Bytes of the spool on disk"),
            max_spool_bytes: all.gauge("spool_max_bytes", "Bytes at which events are refused"),
            requests_in_flight: all.gauge("requests_in_flight", "Requests that are worked on"),
            last_insert_seconds,
            oldest_seconds,
            remembered_ids: all.gauge("remembered_ids", "Event ids whose repeats are recognised"),
            refused_batches: all.gauge(
                "refused_batches",
                "Batches in the folder of those refused for good",
            ),
            rejected_unkept: all.counter(
                "rejected_unkept",
                "Rejected events that could not be kept aside for weir.rejected_events",
            ),
            rejected_waiting: all.gauge(
                "rejected_waiting_events",
                "Rejected events that are kept aside and not in ClickHouse yet",
            ),
            rejected_spool_bytes: all.gauge(
                "rejected_spool_bytes",
                "Bytes on disk of the spool of rejected events",
            ),
            rejected_refused_batches: all.gauge(
                "rejected_refused_batches",
                "Batches of rejected events that ClickHouse refused for good",
            ),
            accepting: all.gauge("accepting", "1 while events are acknowledged"),
            registry: all.0,
        }
    }

    /// What became of the requests of a group.
    pub(crate) fn stored<'a>(&self, group: impl Iterator<Item = (Receipt, &'a Changes)>) {
        // Counted here first: counters that all threads see are dear.
        let (mut receipts, mut all) = (Receipt::default(), Changes::default());
        for (receipt, changes) in group {
            receipts.stored += receipt.stored;
            receipts.repeated += receipt.repeated;
            all += changes;
            if changes.steps.is_timed() {
                self.timed(&changes.steps);
            }
        }
        self.accepted.inc_by(u64::from(receipts.stored));
        self.repeated.inc_by(u64::from(receipts.repeated));
        for (change, count) in all.counts() {
            self.changed.add(change.index(), u64::from(count));
        }
        for (step, runs, _) in all.steps.each() {
            self.step_runs.add(step as usize, u64::from(runs));
        }
    }

    fn timed(&self, steps: &Steps) {
        for (step, _, took) in steps.each() {
            if let Some(took) = took
                && let Some(seconds) = self.step_seconds.get(step as usize)
            {
                seconds.observe(took.as_secs_f64());
            }
        }
    }

    pub(crate) fn refused(&self, reason: Refusal) {
        self.refused.add(reason.index(), 1);
    }

    pub(crate) fn rejected(&self, reason: Reject) {
        self.rejected.add(reason.index(), 1);
    }

    pub(crate) fn committed(&self, requests: usize, took: Duration, ok: bool) {
        if ok {
            self.commits.inc();
            self.commit_requests
                .observe(f64::from(u32::try_from(requests).unwrap_or(u32::MAX)));
            self.commit_seconds.observe(took.as_secs_f64());
        } else {
            self.commit_failures.inc();
        }
    }

    /// `lag`: from the batch's first event.
    pub(crate) fn inserted(&self, rows: u64, took: Duration, lag: Duration) {
        self.inserted_batches.inc();
        self.batch_events
            .observe(f64::from(u32::try_from(rows).unwrap_or(u32::MAX)));
        self.lag_seconds.observe(lag.as_secs_f64());
        self.inserted_events.inc_by(rows);
        self.insert_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn found(&self) {
        self.found_batches.inc();
    }

    pub(crate) fn retried(&self) {
        self.insert_retries.inc();
    }

    pub(crate) fn set_aside(&self) {
        self.set_aside.inc();
    }

    pub(crate) fn damaged(&self, damage: Damage) {
        self.damaged_records.inc_by(damage.gaps + damage.headers);
        self.damaged_bytes.inc_by(damage.gap_bytes);
        self.torn_bytes.inc_by(damage.tail_bytes);
    }

    /// Everything in the text format of Prometheus.
    pub(crate) fn text(&self, readings: Readings) -> String {
        self.waiting_events.set(readings.waiting_events);
        self.waiting_batches.set(readings.waiting_batches);
        self.spool_bytes.set(readings.spool_bytes);
        self.max_spool_bytes.set(readings.max_spool_bytes);
        self.requests_in_flight.set(readings.requests_in_flight);
        self.last_insert_seconds
            .set(Duration::from_millis(readings.last_insert_ms).as_secs_f64());
        self.oldest_seconds
            .set(Duration::from_millis(readings.oldest_age_ms).as_secs_f64());
        self.remembered_ids.set(readings.remembered_ids);
        self.refused_batches.set(readings.refused_batches);
        let rejected = readings.rejected;
        self.rejected_waiting.set(rejected.waiting_events);
        self.rejected_spool_bytes.set(rejected.spool_bytes);
        self.rejected_refused_batches.set(rejected.refused_batches);
        self.accepting.set(u64::from(readings.accepting));
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _: Result<(), fmt::Error> = text::encode(&mut out, &self.registry);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashboards_alerts_and_documentation_name_metrics_that_exist() {
        let text = Metrics::new().text(Readings::default());
        let pages = [
            include_str!("../../docs/operations/grafana-collector.json"),
            include_str!("../../docs/operations/alerts.yml"),
            include_str!("../../docs/collector.md"),
        ];
        let mut named = 0;
        for page in pages {
            for (at, prefix) in page.match_indices("weir_collector_") {
                let (_, rest) = page.split_at(at + prefix.len());
                let end = rest.find(|char: char| !char.is_ascii_lowercase() && char != '_');
                let (name, _) = rest.split_at(end.unwrap_or(rest.len()));
                let name = name.trim_end_matches('_');
                let base = ["_total", "_bucket", "_sum", "_count"]
                    .iter()
                    .find_map(|suffix| name.strip_suffix(suffix))
                    .unwrap_or(name);
                let line = format!("# TYPE weir_collector_{base} ");
                assert!(name.is_empty() || text.contains(&line), "{name}");
                named += 1;
            }
        }
        assert!(named > 40, "{named}");
        // The table in the operator's page has them without the prefix.
        let page = include_str!("../../docs/operations.md");
        for line in text.lines() {
            let Some(rest) = line.strip_prefix("# TYPE weir_collector_") else {
                continue;
            };
            let (name, kind) = rest.split_once(' ').unwrap();
            let shown = match kind {
                "counter" => format!("{name}_total"),
                _ => name.to_owned(),
            };
            assert!(page.contains(&format!("`{shown}")), "{shown}");
        }
    }
}
