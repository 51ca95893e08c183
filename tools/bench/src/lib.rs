//! Measurements with a baseline: both are measured in turns in the same run, so that whatever else the machine does falls
//! on both, and each becomes a file `target/bench/<name>.json`.
//!
//! ```no_run
//! # fn ours() {}
//! # fn by_hand() {}
//! use weir_bench::{Bench, Work};
//! let bench = Bench::from_arguments();
//! bench.compare(
//!     Work::new("evaluate_20", ours),
//!     Work::new("evaluate_by_hand", by_hand),
//!     &serde_json::json!({ "triggers": 20 }),
//! )?;
//! # anyhow::Ok(())
//! ```
//!
//! What cannot be called in a loop (a query, a page in a browser) brings its own samples: [`Bench::record`].
//! This is no statistics package: medians, no outlier hunt, no history. `docs/benchmarks.md` says how to add a figure.

#![expect(
    clippy::print_stdout,
    reason = "a bench is a program that says what it found"
)]

mod samples;

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

pub use samples::{Samples, median};

/// How often each side is measured.
const ROUNDS: usize = 25;
/// How long one measurement is to take at least, so that the clock does not matter.
const MEASUREMENT: Duration = Duration::from_millis(8);
/// More calls in one measurement are not made, however short they are.
const MAX_CALLS: u32 = 10_000_000;

/// The figures to measure, and where they go.
pub struct Bench {
    wanted: Vec<String>,
    folder: PathBuf,
}

/// Something that can be done again and again.
pub struct Work<'w> {
    name: String,
    once: Box<dyn FnMut() + 'w>,
}

impl<'w> Work<'w> {
    /// Work under the name its figure has.
    pub fn new<R>(name: &str, mut once: impl FnMut() -> R + 'w) -> Self {
        Self {
            name: name.to_owned(),
            once: Box::new(move || {
                black_box(once());
            }),
        }
    }

    /// Nanoseconds that one call takes, out of `calls`.
    fn time(&mut self, calls: u32) -> f64 {
        let begun = Instant::now();
        for _ in 0..calls {
            (self.once)();
        }
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    }

    /// How many calls make up one measurement.
    fn calls(&mut self) -> u32 {
        let mut calls = 1;
        loop {
            let begun = Instant::now();
            self.time(calls);
            if begun.elapsed() >= MEASUREMENT || calls >= MAX_CALLS {
                return calls;
            }
            calls *= 2;
        }
    }
}

impl Bench {
    /// The figures that the command line names by a part of their names, or all.
    pub fn from_arguments() -> Self {
        // Cargo adds `--bench`.
        let wanted = std::env::args()
            .skip(1)
            .filter(|argument| !argument.starts_with('-'));
        Self {
            wanted: wanted.collect(),
            folder: folder(),
        }
    }

    /// Whether a figure is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|part| name.contains(part.as_str()))
    }

    /// Measures how long the work and its baseline take, in turns, and writes both down. The ratio is that of the work to
    /// its baseline: 2 is twice as slow. `None` if the figure is not asked for.
    pub fn compare(
        &self,
        mut work: Work<'_>,
        mut baseline: Work<'_>,
        conditions: &Value,
    ) -> Result<Option<f64>> {
        if !self.wants(&work.name) {
            return Ok(None);
        }
        let (calls, baseline_calls) = (work.calls(), baseline.calls());
        let mut samples = Samples::default();
        for _ in 0..ROUNDS {
            samples.add(work.time(calls), baseline.time(baseline_calls));
        }
        self.record(&work.name, &baseline.name, "ns", &samples, conditions)
            .map(Some)
    }

    /// Writes down what somebody else has measured in turns: a figure and its baseline. Returns the ratio.
    pub fn record(
        &self,
        name: &str,
        baseline: &str,
        unit: &str,
        samples: &Samples,
        conditions: &Value,
    ) -> Result<f64> {
        let (value, base, ratio) = samples.medians().context("nothing was measured")?;
        let mut conditions = conditions.clone();
        if let (Some(all), Value::Object(machine)) = (conditions.as_object_mut(), machine()) {
            all.extend(machine);
            all.insert("rounds".to_owned(), samples.len().into());
            all.insert("spread".to_owned(), json!(samples.spread().map(short)));
        }
        self.write(baseline, base, unit, None, &conditions)?;
        self.write(name, value, unit, Some((baseline, ratio)), &conditions)?;
        println!(
            "{name:<28} {:>12} {unit}   {:>8} times {baseline} ({} {unit})",
            short(value),
            short(ratio),
            short(base)
        );
        Ok(ratio)
    }

    fn write(
        &self,
        name: &str,
        value: f64,
        unit: &str,
        against: Option<(&str, f64)>,
        conditions: &Value,
    ) -> Result<()> {
        if !is_name(name) {
            bail!("`{name}` is no name of a figure: lower-case letters, digits and `_`");
        }
        let text = json!({
            "name": name,
            "value": short(value),
            "unit": unit,
            "baseline": against.map(|(baseline, _)| baseline),
            "ratio": against.map(|(_, ratio)| short(ratio)),
            "conditions": conditions,
            "at": jiff::Timestamp::now().to_string(),
        });
        fs::create_dir_all(&self.folder).context("create target/bench")?;
        let file = self.folder.join(name).with_extension("json");
        fs::write(&file, format!("{text:#}\n")).with_context(|| format!("write {}", file.display()))
    }
}

/// `target/bench` of the workspace.
fn folder() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("bench")
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_')
}

/// What the figures depend on besides the code.
fn machine() -> Value {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown", |(_, name)| name.trim());
    json!({
        "processor": processor,
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "optimised": !cfg!(debug_assertions),
    })
}

/// Four digits are more than any of these figures is worth.
fn short(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powf(3.0 - value.abs().log10().floor());
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_kept() {
        for (value, kept) in [
            (0.0, 0.0),
            (123_456.0, 123_500.0),
            (1.000_04, 1.0),
            (0.012_345_6, 0.012_35),
            (9_999.6, 10_000.0),
        ] {
            assert!(
                (short(value) - kept).abs() < 1e-9,
                "{value}: {}",
                short(value)
            );
        }
    }

    #[test]
    fn figures_and_baselines_are_written() {
        let bench = Bench {
            wanted: vec!["some".to_owned()],
            folder: std::env::temp_dir().join(format!("weir-bench-{}", std::process::id())),
        };
        let conditions = json!({ "of": "the test" });
        let none = bench.compare(
            Work::new("other", || ()),
            Work::new("by_hand", || ()),
            &conditions,
        );
        assert_eq!(none.unwrap(), None);
        let mut samples = Samples::default();
        samples.add(30.0, 10.0);
        let ratio = bench.record("some_3", "by_hand", "ns", &samples, &conditions);
        assert!((ratio.unwrap() - 3.0).abs() < f64::EPSILON);
        let read = |name: &str| -> Value {
            let file = bench.folder.join(name).with_extension("json");
            serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
        };
        let (figure, baseline) = (read("some_3"), read("by_hand"));
        assert_eq!(figure["baseline"], "by_hand");
        assert_eq!(
            (&figure["ratio"], &baseline["ratio"]),
            (&json!(3.0), &Value::Null)
        );
        assert_eq!(figure["conditions"]["of"], "the test");
        assert!(
            bench
                .record("No name", "b", "ns", &samples, &conditions)
                .is_err()
        );
        fs::remove_dir_all(&bench.folder).unwrap();
    }
}
