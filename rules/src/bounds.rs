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
