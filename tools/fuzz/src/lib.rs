//! What must hold for any bytes at all: a [`Target`] takes bytes and panics if it does not.
//!
//! `make fuzz` lets libFuzzer look for such bytes; the ordinary tests run each target on its corpus and on a few thousand
//! mutations of it, the same ones every time. To add a target: a function in a module here, a line in [`TARGETS`], and seeds
//! in `corpus/<name>/` or from [`seeds`]. Bytes that once made a target panic are kept in its corpus for ever.

mod collector;
pub mod mutate;
mod rules;
pub mod seeds;

/// Something that reads bytes from strangers.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Reads, and panics if anything is not as it must be.
    pub run: fn(&[u8]),
    /// How many mutations the ordinary tests try.
    pub tries: usize,
}

/// Everything that is fuzzed.
pub const TARGETS: &[Target] = &[
    Target {
        name: "release",
        run: rules::release,
        tries: 4_000,
    },
    Target {
        name: "draft",
        run: rules::draft,
        tries: 1_500,
    },
    Target {
        name: "pattern",
        run: rules::pattern,
        tries: 1_500,
    },
    Target {
        name: "selector",
        run: rules::selector,
        tries: 1_500,
    },
    Target {
        name: "payload",
        run: rules::payload,
        tries: 4_000,
    },
    Target {
        name: "intake",
        run: collector::intake,
        tries: 1_500,
    },
    Target {
        name: "v1",
        run: collector::v1,
        tries: 1_500,
    },
    Target {
        name: "segment",
        run: collector::segment,
        tries: 4_000,
    },
];

/// The target of a name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
