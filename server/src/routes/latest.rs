//! The latest events of a site, all or those of one name, of a moment ago: many who look cost one question. Of a rare name the
//! events of a whole day are gone through, and each page that shows it asks every few seconds.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::live::Recent;

/// How long an answer is good for everybody else who looks: less than the page waits before it asks again, so that nobody is
/// told the same twice.
const FRESH: Duration = Duration::from_secs(5);
/// Answers that are kept. Names come from whoever asks: the oldest gives way.
const MAX_KEPT: usize = 256;

/// The last answers, by site and name.
#[derive(Debug)]
pub struct Latest<T = Recent> {
    fresh: Duration,
    kept: std::sync::Mutex<HashMap<(String, String), Kept<T>>>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            fresh: FRESH,
            kept: std::sync::Mutex::default(),
        }
    }
}

#[derive(Debug)]
struct Kept<T> {
    /// When it was last looked for.
    asked: Instant,
    place: Arc<Place<T>>,
}

/// Whoever asks meanwhile waits for the same answer.
type Place<T> = Mutex<Option<Answer<T>>>;

#[derive(Debug)]
struct Answer<T> {
    at: Instant,
    /// How many were asked for.
    limit: usize,
    events: Vec<T>,
}

impl<T: Clone> Latest<T> {
    /// At most so many events of this name: those of a moment ago, else what `ask` answers. A refusal is not kept.
    pub(super) async fn get<E>(
        &self,
        site: &str,
        name: &str,
        limit: usize,
        ask: impl AsyncFnOnce() -> Result<Vec<T>, E>,
    ) -> Result<Vec<T>, E> {
        let place = self.place(site, name);
        let mut kept = place.lock().await;
        if let Some(answer) = &*kept
            && answer.at.elapsed() < self.fresh
            && answer.limit >= limit
        {
            return Ok(answer.events.iter().take(limit).cloned().collect());
        }
        let events = ask().await?;
        *kept = Some(Answer {
            at: Instant::now(),
            limit,
            events: events.clone(),
        });
        Ok(events)
    }

    fn place(&self, site: &str, name: &str) -> Arc<Place<T>> {
        let mut places = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (site.to_owned(), name.to_owned());
        // What is too old for everybody is not kept until something new comes: an answer may be large.
        places.retain(|_, kept| {
            kept.asked.elapsed() < self.fresh * 2 || Arc::strong_count(&kept.place) > 1
        });
        if !places.contains_key(&key) && places.len() >= MAX_KEPT {
            let oldest = places.iter().min_by_key(|(_, kept)| kept.asked);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                places.remove(&oldest);
            }
        }
        let asked = Instant::now();
        let kept = places.entry(key).or_insert_with(|| Kept {
            asked,
            place: Arc::default(),
        });
        kept.asked = asked;
        Arc::clone(&kept.place)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Answers that are counted: as many events as were asked for, of three that there are.
    struct Source {
        latest: Latest<u64>,
        asked: AtomicUsize,
    }

    impl Source {
        fn new() -> Self {
            Self {
                latest: Latest::default(),
                asked: AtomicUsize::new(0),
            }
        }

        async fn get(&self, site: &str, name: &str, limit: usize) -> Vec<u64> {
            let ask = async || {
                self.asked.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok::<_, ()>((0..3).take(limit).collect())
            };
            self.latest.get(site, name, limit, ask).await.unwrap()
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn many_who_look_cost_one_question() {
        let source = Source::new();
        let (first, second) = tokio::join!(
            source.get("shop", "lead", 20),
            source.get("shop", "lead", 20)
        );
        assert_eq!((first, second), (vec![0, 1, 2], vec![0, 1, 2]));
        assert_eq!(source.asked(), 1);
        assert_eq!(source.get("shop", "lead", 2).await, [0, 1], "and fewer");
        assert_eq!(source.asked(), 1);
        source.get("shop", "lead", 200).await;
        assert_eq!(source.asked(), 2, "for more");
        source.get("shop", "lead", 20).await;
        assert_eq!(source.asked(), 2);
        source.get("shop", "", 20).await;
        source.get("other", "lead", 20).await;
        assert_eq!(source.asked(), 4, "another name, another site");
    }

    #[tokio::test]
    async fn what_is_old_is_asked_for_again() {
        let mut source = Source::new();
        source.get("shop", "lead", 1).await;
        source.latest.fresh = Duration::ZERO;
        source.get("shop", "lead", 1).await;
        assert_eq!(source.asked(), 2);
    }

    #[tokio::test]
    async fn a_refusal_is_not_kept() {
        let source = Source::new();
        let refused = async || Err::<Vec<u64>, _>("no");
        assert!(source.latest.get("shop", "lead", 1, refused).await.is_err());
        assert_eq!(source.get("shop", "lead", 1).await, [0]);
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded_and_the_oldest_gives_way() {
        let source = Source::new();
        for name in 0..=MAX_KEPT {
            source.get("shop", &name.to_string(), 1).await;
        }
        assert_eq!(source.latest.kept.lock().unwrap().len(), MAX_KEPT);
        let before = source.asked();
        source.get("shop", &MAX_KEPT.to_string(), 1).await;
        assert_eq!(source.asked(), before);
        source.get("shop", "0", 1).await;
        assert_eq!(source.asked(), before + 1);
    }
}
