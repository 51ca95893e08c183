//! What an operator may set by name: `weir serve --limit site_rate=1000`, or the table `[limits]` of the settings' file.
//!
//! One line each: name, range, what it means. `docs/collector.md` has the same table, and a test compares the two.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::batch::MAX_ROWS;
use crate::collector::{CollectorConfig, MAX_SEAL_BYTES};

/// Something that can be set.
pub struct Setting {
    /// Its name, unit at the end.
    pub name: &'static str,
    /// What it may be.
    pub range: RangeInclusive<u64>,
    /// What it means.
    pub about: &'static str,
    get: fn(&CollectorConfig) -> u64,
    set: fn(&mut CollectorConfig, u64),
}

/// Why a limit cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is none of this name.
    #[error("there is no limit `{0}`")]
    Unknown(String),
    /// The value is no number, or out of range.
    #[error("`{name}` must be a whole number from {min} to {max}")]
    Range {
        /// The limit.
        name: &'static str,
        /// Least value.
        min: u64,
        /// Greatest value.
        max: u64,
    },
}

const MANY: u64 = u32::MAX as u64;

macro_rules! settings {
    ($($name:ident in $range:expr, $about:literal, $($field:ident).+ as $kind:ident;)+) => {
        /// All of them.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            range: $range,
            about: $about,
            get: |config| settings!(@get $kind config.$($field).+),
            set: |config, value| config.$($field).+ = settings!(@set $kind value),
        },)+];
    };
    (@get seconds $value:expr) => { $value.as_secs() };
    (@set seconds $value:expr) => { Duration::from_secs($value) };
    (@get millis $value:expr) => { u64::try_from($value.as_millis()).unwrap_or(u64::MAX) };
    (@set millis $value:expr) => { Duration::from_millis($value) };
    (@get u64 $value:expr) => { $value };
    (@set u64 $value:expr) => { $value };
    (@get u32 $value:expr) => { u64::from($value) };
    (@set u32 $value:expr) => { u32::try_from($value).unwrap_or(u32::MAX) };
    (@get usize $value:expr) => { $value as u64 };
    (@set usize $value:expr) => { usize::try_from($value).unwrap_or(usize::MAX) };
}

settings! {
    connections in 1..=1_000_000, "connections open at once; further ones wait", limits.connections as usize;
    connections_per_address in 1..=MANY, "of them, of one address", limits.connections_per_address as u32;
    header_timeout_s in 1..=3_600, "for the headers of a request to arrive", limits.header_timeout as seconds;
    body_timeout_s in 1..=3_600, "for a body to arrive", limits.body_timeout as seconds;
    requests in 1..=1_000_000, "requests worked on at the same time", limits.requests as usize;
    requests_per_address in 1..=MANY, "of them, of one address", limits.requests_per_address as u32;
    address_rate in 0..=MANY, "requests of one address in a second; 0: any number", limits.address_rate as u32;
    address_burst in 1..=MANY, "requests of one address at once, after a pause", limits.address_burst as u32;
    site_rate in 0..=MANY, "events of one site in a second; 0: any number", limits.site_rate as u32;
    site_burst in 1..=MANY, "events of one site at once, after a pause", limits.site_burst as u32;
    commit_wait_ms in 0..=1_000, "wait for more requests before a sync", commit_wait as millis;
    commit_bytes in 1_024..=67_108_864, "bytes written with one sync", commit_bytes as usize;
    seal_after_ms in 1..=3_600_000, "from a segment's first event to its insert", seal_after as millis;
    seal_bytes in 1..=MAX_SEAL_BYTES, "a larger segment is sealed at once", seal_bytes as u64;
    seal_rows in 1..=(MAX_ROWS / 2) as u64, "one with more events, too", seal_rows as u32;
    spool_bytes in 1_048_576..=u64::MAX, "size of the spool at which events are refused", max_spool_bytes as u64;
    remembered_ids in 1..=1_073_741_824, "ids of events whose repeats are known; about 30 bytes of memory each", remembered_ids as usize;
    remembered_s in 1..=31_536_000, "for how long they are", remembered_for as seconds;
    grace_s in 0..=86_400, "from the insert to the removal of the file", grace as seconds;
}

impl CollectorConfig {
    /// Sets a limit by its name.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let setting = SETTINGS
            .iter()
            .find(|setting| setting.name == name)
            .ok_or_else(|| SettingError::Unknown(name.to_owned()))?;
        let value = value.replace('_', "").parse().ok();
        let value =
            value
                .filter(|value| setting.range.contains(value))
                .ok_or(SettingError::Range {
                    name: setting.name,
                    min: *setting.range.start(),
                    max: *setting.range.end(),
                })?;
        (setting.set)(self, value);
        Ok(())
    }

    /// The value of a limit.
    pub fn value(&self, setting: &Setting) -> u64 {
        (setting.get)(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_name_within_their_range() {
        let mut config = CollectorConfig::default();
        for setting in SETTINGS {
            let default = config.value(setting);
            assert!(
                setting.range.contains(&default),
                "{} is {default}",
                setting.name
            );
            let least = *setting.range.start();
            config.set(setting.name, &least.to_string()).unwrap();
            assert_eq!(config.value(setting), least, "{}", setting.name);
            assert!(config.set(setting.name, "-1").is_err());
        }
        config.set("site_rate", "1_000").unwrap();
        assert_eq!(config.limits.site_rate, 1_000);
        assert_eq!(
            config.set("site_rat", "1").unwrap_err().to_string(),
            "there is no limit `site_rat`"
        );
        assert_eq!(
            config.set("header_timeout_s", "0").unwrap_err().to_string(),
            "`header_timeout_s` must be a whole number from 1 to 3600"
        );
    }

    #[test]
    fn the_documentation_has_the_same_table() {
        let page = include_str!("../../docs/collector.md");
        let config = CollectorConfig::default();
        for setting in SETTINGS {
            let line = format!(
                "| `{}` | {} | {} |",
                setting.name,
                config.value(setting),
                setting.about
            );
            assert!(page.contains(&line), "{line}");
        }
    }
}
