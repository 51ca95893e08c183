//! What could not be counted. One funnel that is too much for the server, or that it does not understand, must not keep all
//! others from being counted; and it is said once, not in every round.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::error::WarehouseError;

/// A trouble that lasts is said again after so long.
const SAID_AGAIN: Duration = Duration::from_secs(3_600);

/// What cannot be counted at present, by site and name, and when that was said.
#[derive(Debug, Default)]
pub(super) struct Troubles(BTreeMap<(String, String), Instant>);

impl Troubles {
    /// What came of counting `what` of `site`: nothing, if that did not succeed. An error is passed on only if ClickHouse is
    /// away, for then nothing else can be counted either.
    pub(super) fn note<T>(
        &mut self,
        site: &str,
        what: String,
        result: Result<T, WarehouseError>,
    ) -> Result<Option<T>, WarehouseError> {
        let key = (site.to_owned(), what);
        match result {
            Ok(counted) => {
                if self.0.remove(&key).is_some() {
                    tracing::info!("{} of site `{site}` is counted again", key.1);
                }
                Ok(Some(counted))
            }
            Err(error) if error.is_away() => Err(error),
            Err(error) => {
                let said = self.0.get(&key);
                if said.is_none_or(|at| at.elapsed() > SAID_AGAIN) {
                    tracing::warn!(
                        "cannot count {} of site `{site}`, which shows what was counted last: {error}",
                        key.1
                    );
                    self.0.insert(key, Instant::now());
                }
                Ok(None)
            }
        }
    }

    /// Whether `what` of `site` could not be counted last time.
    pub(super) fn has(&self, site: &str, what: &str) -> bool {
        self.0.keys().any(|(of, name)| of == site && name == what)
    }

    /// Whether something of `site` could not be counted last time.
    pub(super) fn are_of(&self, site: &str) -> bool {
        self.0.keys().any(|(of, _)| of == site)
    }

    /// Of a site that was published anew: what was in trouble may be another or gone.
    pub(super) fn forget(&mut self, site: &str) {
        self.0.retain(|(of, _), _| of != site);
    }
}

#[cfg(test)]
mod tests {
    use clickhouse::error::Error;

    use super::*;

    fn refused() -> Result<(), WarehouseError> {
        let source = Error::BadResponse("Code: 241. DB::Exception: memory".to_owned());
        Err(WarehouseError::from_client("counting", source))
    }

    #[test]
    fn what_cannot_be_counted_is_passed_over_and_what_takes_everything_is_not() {
        let mut troubles = Troubles::default();
        let name = || "funnel `a`".to_owned();
        assert_eq!(troubles.note("shop", name(), refused()).unwrap(), None);
        assert!(troubles.has("shop", "funnel `a`") && troubles.are_of("shop"));
        assert!(!troubles.has("shop", "funnel `b`") && !troubles.are_of("other"));
        // A statement that takes too long is its own trouble.
        let slow: Result<(), _> = Err(WarehouseError::from_client("counting", Error::TimedOut));
        assert_eq!(troubles.note("other", name(), slow).unwrap(), None);
        let away = Error::Network("refused".into());
        let away: Result<(), _> = Err(WarehouseError::from_client("counting", away));
        assert!(
            troubles
                .note("shop", "funnel `b`".to_owned(), away)
                .is_err()
        );
        assert_eq!(troubles.note("shop", name(), Ok(())).unwrap(), Some(()));
        assert!(!troubles.are_of("shop"));
        troubles.forget("other");
        assert!(!troubles.are_of("other"));
    }
}
