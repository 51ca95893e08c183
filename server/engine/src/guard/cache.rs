//! Remembers verdicts by statement text, because tools send the same statements again and again and a verdict costs
//! more than many of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Verdict;
use crate::error::SqlError;
use crate::user::User;

/// Verdicts kept; when there are more, all are forgotten.
const MAX_VERDICTS: usize = 2_000;
/// Longest text whose verdict is kept.
const MAX_TEXT_BYTES: usize = 16 << 10;

type Judged = Result<Verdict, SqlError>;

#[derive(Debug, Default)]
pub(super) struct Verdicts(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Verdicts hold for one state of the catalogue.
    generation: u64,
    analyst: HashMap<String, Judged>,
    writer: HashMap<String, Judged>,
}

impl Kept {
    fn of(&mut self, user: User) -> &mut HashMap<String, Judged> {
        match user {
            User::Analyst => &mut self.analyst,
            User::Writer => &mut self.writer,
        }
    }
}

impl Verdicts {
    pub(super) fn find(&self, user: User, sql: &str, generation: u64) -> Option<Judged> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation != generation {
            return None;
        }
        kept.of(user).get(sql).cloned()
    }

    pub(super) fn keep(&self, user: User, sql: &str, generation: u64, judged: Judged) {
        if sql.len() > MAX_TEXT_BYTES {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation != generation {
            *kept = Kept {
                generation,
                ..Kept::default()
            };
        }
        let verdicts = kept.of(user);
        if verdicts.len() >= MAX_VERDICTS {
            verdicts.clear();
        }
        verdicts.insert(sql.to_owned(), judged);
    }
}
