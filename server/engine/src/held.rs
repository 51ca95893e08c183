//! Sessions of clients that name them: one statement at a time in each.
//!
//! A session of ClickHouse keeps settings made by SET and temporary tables. Neither is allowed here, so that a session has
//! nothing to keep: what a client can rely on is that its statements do not overlap, that a session it asks for by
//! `session_check` is there, and that one it left alone for `session_timeout` is gone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Code, SqlError};
use crate::user::User;

/// Longest id.
const MAX_ID_CHARS: usize = 256;
/// Sessions that are remembered; of those left alone, the one that ends first makes room.
const MAX_SESSIONS: usize = 10_000;
/// How long one is remembered unless the client says otherwise, as in ClickHouse.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest that a client may say, as in ClickHouse.
const MAX_TIMEOUT: Duration = Duration::from_secs(3_600);

/// What a request says about its session.
#[derive(Debug, Default, Clone)]
pub(crate) struct SessionClaim {
    pub(crate) id: String,
    /// Seconds, as written.
    pub(crate) timeout: String,
    /// The session must be there already.
    pub(crate) check: bool,
    /// It ends with this statement.
    pub(crate) close: bool,
}

/// All sessions that are remembered.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    known: Mutex<HashMap<Name, State>>,
}

type Name = (User, String);

#[derive(Debug, Clone, Copy)]
struct State {
    is_busy: bool,
    ends_at: Instant,
}

/// A session in use, given back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    sessions: Arc<Sessions>,
    name: Name,
    timeout: Duration,
    close: bool,
}

impl Sessions {
    /// Takes the session that a request names, if it names one.
    pub(crate) fn hold(
        self: &Arc<Self>,
        user: User,
        claim: &SessionClaim,
    ) -> Result<Option<Held>, SqlError> {
        if claim.id.is_empty() {
            return Ok(None);
        }
        if claim.id.chars().count() > MAX_ID_CHARS {
            let sentence = format!("a session id is at most {MAX_ID_CHARS} characters long");
            return Err(SqlError::new(Code::BadArguments, sentence));
        }
        let timeout = timeout(&claim.timeout)?;
        let name = (user, claim.id.clone());
        let now = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, state| state.is_busy || state.ends_at > now);
        match known.get(&name) {
            Some(state) if state.is_busy => {
                let sentence = format!("Session {} is locked by a concurrent client", claim.id);
                return Err(SqlError::new(Code::SessionIsLocked, sentence));
            }
            None if claim.check => {
                let sentence = format!("Session {} not found", claim.id);
                return Err(SqlError::new(Code::SessionNotFound, sentence));
            }
            None if known.len() >= MAX_SESSIONS => make_room(&mut known),
            _ => {}
        }
        let state = State {
            is_busy: true,
            ends_at: now + timeout,
        };
        known.insert(name.clone(), state);
        Ok(Some(Held {
            sessions: Arc::clone(self),
            name,
            timeout,
            close: claim.close,
        }))
    }
}

fn make_room(known: &mut HashMap<Name, State>) {
    let first = known
        .iter()
        .filter(|(_, state)| !state.is_busy)
        .min_by_key(|(_, state)| state.ends_at)
        .map(|(name, _)| name.clone());
    if let Some(name) = first {
        known.remove(&name);
    }
}

fn timeout(text: &str) -> Result<Duration, SqlError> {
    if text.is_empty() {
        return Ok(DEFAULT_TIMEOUT);
    }
    text.parse()
        .ok()
        .map(Duration::from_secs)
        .filter(|timeout| *timeout <= MAX_TIMEOUT)
        .ok_or_else(|| {
            let shown: String = text.chars().take(20).collect();
            let sentence = format!(
                "Invalid session timeout `{}`: it is a number of seconds, {} at most",
                shown.escape_debug(),
                MAX_TIMEOUT.as_secs()
            );
            SqlError::new(Code::InvalidSessionTimeout, sentence)
        })
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut known = self
            .sessions
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.close {
            known.remove(&self.name);
        } else if let Some(state) = known.get_mut(&self.name) {
            state.is_busy = false;
            state.ends_at = Instant::now() + self.timeout;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(id: &str) -> SessionClaim {
        SessionClaim {
            id: id.to_owned(),
            ..SessionClaim::default()
        }
    }

    #[test]
    fn statements_of_a_session_do_not_overlap() {
        let sessions = Arc::new(Sessions::default());
        let held = sessions.hold(User::Analyst, &claim("a")).unwrap();
        assert_eq!(
            sessions.hold(User::Analyst, &claim("a")).unwrap_err().code,
            373
        );
        assert!(sessions.hold(User::Analyst, &claim("b")).is_ok());
        assert!(
            sessions.hold(User::Writer, &claim("a")).is_ok(),
            "another's session"
        );
        drop(held);
        assert!(sessions.hold(User::Analyst, &claim("a")).is_ok());
        assert!(sessions.hold(User::Analyst, &claim("")).unwrap().is_none());
    }

    #[test]
    fn a_session_that_is_asked_for_must_be_there() {
        let sessions = Arc::new(Sessions::default());
        let check = SessionClaim {
            check: true,
            ..claim("a")
        };
        assert_eq!(sessions.hold(User::Analyst, &check).unwrap_err().code, 372);
        drop(sessions.hold(User::Analyst, &claim("a")).unwrap());
        drop(sessions.hold(User::Analyst, &check).unwrap());
        let close = SessionClaim {
            close: true,
            ..claim("a")
        };
        drop(sessions.hold(User::Analyst, &close).unwrap());
        assert_eq!(sessions.hold(User::Analyst, &check).unwrap_err().code, 372);
        let at_once = SessionClaim {
            timeout: "0".to_owned(),
            ..claim("a")
        };
        drop(sessions.hold(User::Analyst, &at_once).unwrap());
        assert_eq!(sessions.hold(User::Analyst, &check).unwrap_err().code, 372);
    }

    #[test]
    fn a_timeout_is_a_number_within_an_hour() {
        for text in ["3601", "x", "-1", "1.5"] {
            assert_eq!(timeout(text).unwrap_err().code, 374, "{text}");
        }
        assert_eq!(timeout("3600").unwrap(), MAX_TIMEOUT);
        assert_eq!(timeout("").unwrap(), DEFAULT_TIMEOUT);
    }

    #[test]
    fn no_crowd_of_sessions_fills_the_memory() {
        let sessions = Arc::new(Sessions::default());
        for number in 0..MAX_SESSIONS + 10 {
            drop(
                sessions
                    .hold(User::Analyst, &claim(&number.to_string()))
                    .unwrap(),
            );
        }
        assert_eq!(sessions.known.lock().unwrap().len(), MAX_SESSIONS);
    }
}
