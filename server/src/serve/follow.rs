//! Follows the control store: a token that another command makes or revokes, and a release that it publishes, hold within a
//! second.

use std::sync::Arc;

use weir_collector::Tokens;

use crate::failure::Failure;
use crate::publish::Publisher;
use crate::store::{FOLLOWED_EVERY, Store, StoreError};

/// Looks after which the tokens are read although no other process has written: what this one changes at the same moment
/// could have been overtaken by an older reading.
const READ_ANYWAY: u32 = 20;

/// Keeps the collector's tokens and what is published equal to the store's.
pub(super) struct Follow {
    store: Arc<Store>,
    tokens: Tokens,
    publisher: Publisher,
    seen: Option<i64>,
    looks: u32,
}

impl Follow {
    /// Reads them for the first time.
    pub(super) fn start(
        store: Arc<Store>,
        tokens: Tokens,
        publisher: Publisher,
    ) -> Result<Self, Failure> {
        let mut follow = Self {
            store,
            tokens,
            publisher,
            seen: None,
            looks: 0,
        };
        follow.look().map_err(|error| {
            Failure::environment(
                format!("cannot read the tokens: {error}"),
                "look at `control.db` in the data folder; if it is damaged, restore it from a copy",
            )
        })?;
        Ok(follow)
    }

    /// Looks again and again. A store that cannot be read leaves everything as it was.
    pub(super) async fn run(mut self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(FOLLOWED_EVERY).await;
            let looked = tokio::task::spawn_blocking(move || {
                let result = self.look();
                (self, result)
            });
            let Ok((follow, result)) = looked.await else {
                return;
            };
            self = follow;
            match result {
                Ok(()) => failing = false,
                Err(error) if !failing => {
                    tracing::error!(
                        "cannot read the control store, the known tokens and releases go on holding: {error}"
                    );
                    failing = true;
                }
                Err(_) => {}
            }
        }
    }

    fn look(&mut self) -> Result<(), StoreError> {
        let version = self.store.changes_of_others()?;
        self.looks = self.looks.wrapping_add(1);
        if self.seen != Some(version) || self.looks.is_multiple_of(READ_ANYWAY) {
            let tokens = self.store.tokens()?;
            self.tokens
                .replace(tokens.into_iter().map(|token| token.record).collect());
            self.publisher.follow()?;
            self.seen = Some(version);
        }
        Ok(())
    }
}
