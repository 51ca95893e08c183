//! How often each step was done, and how long it takes.
//!
//! Every run is counted. Only one request in [`TIMED`] is timed: reading the clock around each of the small steps of every
//! request would cost more than some of them do.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// One request in this many is timed, of those of a thread: a count that all share would go from core to core.
const TIMED: u32 = 32;

thread_local! {
    static REQUESTS: Cell<u32> = const { Cell::new(0) };
}

/// A step of `enrich`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Geo,
    Device,
    Bot,
    Channel,
    Identity,
    Time,
    Props,
}

impl Step {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 7] = [
        Self::Geo,
        Self::Device,
        Self::Bot,
        Self::Channel,
        Self::Identity,
        Self::Time,
        Self::Props,
    ];

    /// The stable name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Geo => "geo",
            Self::Device => "device",
            Self::Bot => "bot",
            Self::Channel => "channel",
            Self::Identity => "identity",
            Self::Time => "time",
            Self::Props => "props",
        }
    }
}

/// What the steps of one request took.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Steps {
    runs: [u32; Step::ALL.len()],
    took: [Duration; Step::ALL.len()],
    is_timed: bool,
}

impl Steps {
    /// For a request; perhaps it is one of those that are timed.
    pub(crate) fn begin() -> Self {
        let before = REQUESTS.get();
        REQUESTS.set(before.wrapping_add(1));
        Self {
            is_timed: before.is_multiple_of(TIMED),
            ..Self::default()
        }
    }

    /// Does a step.
    pub(crate) fn run<T>(&mut self, step: Step, work: impl FnOnce() -> T) -> T {
        let started = self.start();
        let result = work();
        self.end(step, started);
        result
    }

    /// Begins a step that is done where these counts are; [`end`](Self::end) takes what this gives.
    pub(crate) fn start(&self) -> Option<Instant> {
        self.is_timed.then(Instant::now)
    }

    /// A step is done.
    pub(crate) fn end(&mut self, step: Step, started: Option<Instant>) {
        let at = step as usize;
        if let Some(runs) = self.runs.get_mut(at) {
            *runs += 1;
        }
        if let Some(started) = started
            && let Some(took) = self.took.get_mut(at)
        {
            *took += started.elapsed();
        }
    }

    /// Whether the time of each step was taken.
    pub(crate) fn is_timed(&self) -> bool {
        self.is_timed
    }

    /// Adds what another call took.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, more) in self.runs.iter_mut().zip(other.runs) {
            *sum += more;
        }
        if !other.is_timed {
            return;
        }
        self.is_timed = true;
        for (sum, more) in self.took.iter_mut().zip(other.took) {
            *sum += more;
        }
    }

    /// Runs of each step, with the mean time of one if it was taken.
    pub(crate) fn each(&self) -> impl Iterator<Item = (Step, u32, Option<Duration>)> {
        let timed = self.is_timed;
        Step::ALL
            .into_iter()
            .zip(self.runs.into_iter().zip(self.took))
            .filter(|(_, (runs, _))| *runs > 0)
            .map(move |(step, (runs, took))| (step, runs, timed.then(|| took / runs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_and_some_are_timed() {
        let mut timed = 0;
        for _ in 0..TIMED {
            let mut steps = Steps::begin();
            assert_eq!(steps.run(Step::Bot, || 7), 7);
            steps.run(Step::Props, || ());
            let mut more = Steps::default();
            more.run(Step::Props, || ());
            steps.add(&more);
            let seen: Vec<_> = steps.each().collect();
            assert_eq!((seen[0].0, seen[0].1), (Step::Bot, 1));
            assert_eq!((seen[1].0, seen[1].1), (Step::Props, 2));
            timed += u32::from(seen[0].2.is_some());
        }
        // Other tests enrich at the same time, and take their turns.
        assert!(timed <= TIMED);
        let always = Steps {
            is_timed: true,
            ..Steps::default()
        };
        let mut always = always;
        always.run(Step::Geo, || std::thread::sleep(Duration::from_millis(2)));
        assert!(always.each().next().unwrap().2.unwrap() >= Duration::from_millis(2));
    }

    #[test]
    fn steps_are_in_the_order_of_their_numbers() {
        for (at, step) in Step::ALL.iter().enumerate() {
            assert_eq!(*step as usize, at);
        }
    }
}
