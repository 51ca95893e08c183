//! How many statements run at once, and how many may wait.
//!
//! Analysts and the writer have places of their own, so that no crowd of analysts holds up the inserts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Code, SqlError};
use crate::user::User;

/// Statements of analysts that run at once.
const ANALYST_PLACES: usize = 5;
/// Statements of the writer that run at once.
const WRITER_PLACES: usize = 3;
/// Statements of one user that may wait for a place.
const MAX_WAITING: usize = 64;
/// How long one waits.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The places.
#[derive(Debug)]
pub(crate) struct Pool {
    analysts: Lane,
    writers: Lane,
}

#[derive(Debug)]
struct Lane {
    places: Arc<Semaphore>,
    size: usize,
    waiting: AtomicUsize,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held for the place")] OwnedSemaphorePermit);

impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            analysts: Lane::new(ANALYST_PLACES),
            writers: Lane::new(WRITER_PLACES),
        }
    }

    /// Waits for a place, not for long and not in a long queue.
    pub(crate) async fn place(&self, user: User) -> Result<Place, SqlError> {
        match user {
            User::Analyst => self.analysts.place().await,
            User::Writer => self.writers.place().await,
        }
    }
}

impl Lane {
    fn new(size: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(size)),
            size,
            waiting: AtomicUsize::new(0),
        }
    }

    async fn place(&self) -> Result<Place, SqlError> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(Place(permit));
        }
        let waiting = Waiting::join(&self.waiting);
        if waiting.before >= MAX_WAITING {
            return Err(self.too_many());
        }
        match tokio::time::timeout(MAX_WAIT, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place(permit)),
            Ok(Err(_)) | Err(_) => Err(self.too_many()),
        }
    }

    fn too_many(&self) -> SqlError {
        let size = self.size;
        let sentence = format!(
            "Too many simultaneous queries: {size} run and others wait already, try again later"
        );
        SqlError::new(Code::TooManySimultaneousQueries, sentence)
    }
}

/// One who waits; counted out when dropped, also when the client leaves.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiting<'a> {
    fn join(count: &'a AtomicUsize) -> Self {
        let before = count.fetch_add(1, Ordering::Relaxed);
        Self { count, before }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_full_house_of_analysts_leaves_the_writer_its_places() {
        let pool = Pool::new();
        let mut held = Vec::new();
        for _ in 0..ANALYST_PLACES {
            held.push(pool.place(User::Analyst).await.unwrap());
        }
        assert_eq!(pool.place(User::Analyst).await.unwrap_err().code, 202);
        assert!(pool.place(User::Writer).await.is_ok());
        held.pop();
        assert!(pool.place(User::Analyst).await.is_ok());
    }
}
