//! How large a container may be.

/// Bytes of the file.
pub const MAX_CONTAINER_BYTES: usize = 2 * 1024 * 1024;
/// Characters of names of tags, triggers, variables and steps, and of labels.
pub(crate) const MAX_NAME_CHARS: usize = 100;
/// Characters of texts compared with or sent, and of notes.
pub(crate) const MAX_TEXT_CHARS: usize = crate::value::MAX_TEXT_CHARS;
/// Entries of `variables`, `triggers` and `tags`, each.
pub(crate) const MAX_ENTRIES: usize = 5_000;
/// Domains of a site.
pub(crate) const MAX_DOMAINS: usize = 200;
/// Triggers in `on` or `except` of a tag.
pub(crate) const MAX_TAG_TRIGGERS: usize = 500;
/// Properties of an event.
pub(crate) const MAX_PROPERTIES: usize = 64;
/// Labels of a tag.
pub(crate) const MAX_LABELS: usize = 50;
/// Entries of a list that a value is compared with, or of conditions.
pub(crate) const MAX_LIST: usize = 1_000;
/// Funnels of a site.
pub(crate) const MAX_FUNNELS: usize = 200;
/// Steps of a funnel: what ClickHouse's `windowFunnel` takes.
pub(crate) const MAX_STEPS: usize = 32;
/// Longest time a funnel can look at, in seconds: a year and a day.
pub(crate) const MAX_WITHIN_S: u64 = 366 * 24 * 60 * 60;
/// Longest time an element can be asked to be in view, in milliseconds.
pub(crate) const MAX_FOR_MS: u32 = 600_000;
/// Scroll depths or percentages of a video that one trigger waits for.
pub(crate) const MAX_THRESHOLDS: usize = 100;
/// Pixels that can be scrolled to.
pub(crate) const MAX_PIXELS: u32 = 1_000_000;
/// Shortest and longest time between two firings of a timer, in milliseconds.
pub(crate) const MIN_EVERY_MS: u32 = 100;
/// See [`MIN_EVERY_MS`].
pub(crate) const MAX_EVERY_MS: u32 = 24 * 60 * 60 * 1_000;
/// Firings of a timer in one page view.
pub(crate) const MAX_TICKS: u32 = 1_000;
/// Triggers of a group.
pub(crate) const MAX_MEMBERS: usize = 32;
/// Longest time a group can look at, in seconds: a page is not open for longer.
pub(crate) const MAX_GROUP_WITHIN_S: u64 = 7 * 24 * 60 * 60;
/// Categories of consent.
pub(crate) const MAX_CATEGORIES: usize = 20;
/// Longest time to wait for an answer that was given before, in milliseconds.
pub(crate) const MAX_WAIT_MS: u32 = 10_000;
/// Priorities of tags, in both directions.
pub(crate) const MAX_PRIORITY: i32 = 1_000;
/// Characters of an address.
pub(crate) const MAX_URL_CHARS: usize = 2_000;
/// Goals of a site.
pub(crate) const MAX_GOALS: usize = 200;
/// KPIs of a site.
pub(crate) const MAX_KPIS: usize = 200;
/// Steps of an example.
pub(crate) const MAX_STEPS_OF_EXAMPLE: usize = 200;
/// Things that an example expects.
pub(crate) const MAX_EXPECTED: usize = 1_000;
/// Characters of the page of an example.
pub(crate) const MAX_HTML_CHARS: usize = 500_000;
/// Steps of a variable's `then`.
pub(crate) const MAX_STEPS_OF_VALUE: usize = 20;
