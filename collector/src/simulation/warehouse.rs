//! A ClickHouse as bad as it gets, but with a deduplication window: what a table promises, it keeps.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use crate::batch::Batch;
use crate::sink::row::{self, Head};
use crate::sink::{Sink, SinkError};
use crate::spool::sim::Dice;

/// Tokens that the table remembers. Other nodes insert, too: a late try may come after its token was forgotten.
const WINDOW: usize = 1_000;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Fine,
    /// Nothing listens.
    Away,
    /// Takes what it is sent, and is not heard.
    Mute,
    /// Ends the connection half-way through the rows.
    BreaksOff,
    /// Takes very long.
    Slow,
    /// 500 without a number.
    Broken,
    /// A number that means: later.
    Later(u32),
    /// A number that means: never.
    Never(u32),
}

impl Mood {
    pub(super) const ALL: [Self; 16] = [
        Self::Fine,
        Self::Fine,
        Self::Fine,
        Self::Fine,
        Self::Fine,
        Self::Away,
        Self::Mute,
        Self::Mute,
        Self::BreaksOff,
        Self::Slow,
        Self::Broken,
        Self::Later(252),
        Self::Later(242),
        Self::Later(241),
        Self::Never(60),
        Self::Never(117),
    ];
}

#[derive(Default)]
struct Table {
    rows: HashMap<Uuid, Vec<Uuid>>,
    tokens: VecDeque<String>,
    /// Inserts of a batch that are still being worked on: a look-up does not see them yet.
    inserts: u64,
}

pub(super) struct Warehouse {
    mood: Mutex<Mood>,
    table: Mutex<Table>,
    dice: Mutex<Dice>,
    foreign: AtomicU64,
}

impl Warehouse {
    pub(super) fn new(dice: Dice) -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(Mood::Fine),
            table: Mutex::default(),
            dice: Mutex::new(dice),
            foreign: AtomicU64::new(0),
        })
    }

    pub(super) fn become_(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Another node inserts: its tokens push ours out of the window.
    pub(super) fn insert_foreign(&self) {
        let number = self.foreign.fetch_add(1, Ordering::Relaxed);
        self.table
            .lock()
            .unwrap()
            .remember(format!("foreign-{number}"));
    }

    pub(super) fn events(&self) -> Vec<Uuid> {
        let table = self.table.lock().unwrap();
        table.rows.values().flatten().copied().collect()
    }

    pub(super) fn inserts(&self) -> u64 {
        self.table.lock().unwrap().inserts
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }

    async fn takes(&self, up_to_ms: u64) {
        let ms = self.dice.lock().unwrap().below(up_to_ms);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

impl Table {
    fn remember(&mut self, token: String) {
        self.tokens.push_back(token);
        if self.tokens.len() > WINDOW {
            self.tokens.pop_front();
        }
    }

    fn insert(&mut self, batch: &Batch) {
        self.inserts += 1;
        if self.tokens.contains(&batch.token) {
            return;
        }
        self.remember(batch.token.clone());
        let rows = self.rows.entry(batch.id).or_default();
        rows.extend(events_of(&batch.body));
    }
}

/// Ids of the events of a batch, whose rows are found by the batch id before each.
fn events_of(body: &[u8]) -> Vec<Uuid> {
    let (mark, _) = body.split_at(16);
    let starts =
        (0..body.len().saturating_sub(15)).filter(|at| body.get(*at..*at + 16) == Some(mark));
    starts
        .map(|at| {
            Head::read(row::VERSION, &body[at + 16..])
                .unwrap()
                .event_id
                .unwrap()
        })
        .collect()
}

/// The client of one process.
pub(super) struct Connection(pub(super) Arc<Warehouse>);

fn unclear(text: &str) -> SinkError {
    SinkError::Unclear(text.to_owned())
}

fn server(code: u32) -> SinkError {
    SinkError::Server {
        code,
        text: format!("Code: {code}"),
    }
}

impl Sink for Connection {
    async fn insert(&self, batch: &Batch) -> Result<(), SinkError> {
        let warehouse = &self.0;
        warehouse.takes(20).await;
        let mood = warehouse.mood();
        match mood {
            Mood::Away => return Err(unclear("connection refused")),
            Mood::BreaksOff => return Err(unclear("connection closed")),
            Mood::Broken => return Err(unclear("500 Internal Server Error")),
            Mood::Later(code) | Mood::Never(code) => return Err(server(code)),
            Mood::Fine | Mood::Mute | Mood::Slow => {}
        }
        // Goes on in the server even if the client is killed, or gives up.
        let (theirs, batch) = (Arc::clone(warehouse), batch.clone());
        let up_to_ms = if mood == Mood::Slow { 8_000 } else { 60 };
        let work = tokio::spawn(async move {
            theirs.takes(up_to_ms).await;
            theirs.table.lock().unwrap().insert(&batch);
        });
        match tokio::time::timeout(Duration::from_secs(4), work).await {
            Err(_) => return Err(unclear("no answer in time")),
            Ok(done) => done.unwrap(),
        }
        warehouse.takes(20).await;
        match mood {
            Mood::Mute => Err(unclear("connection reset")),
            _ => Ok(()),
        }
    }

    async fn rows_of(&self, batch: Uuid) -> Result<u64, SinkError> {
        self.0.takes(10).await;
        let count = || {
            let table = self.0.table.lock().unwrap();
            table.rows.get(&batch).map_or(0, |rows| rows.len() as u64)
        };
        match self.0.mood() {
            Mood::Away | Mood::BreaksOff => Err(unclear("connection refused")),
            Mood::Broken => Err(unclear("500 Internal Server Error")),
            Mood::Later(241) => Err(server(241)),
            Mood::Never(60) => Err(server(60)),
            Mood::Fine | Mood::Mute | Mood::Slow | Mood::Later(_) | Mood::Never(_) => Ok(count()),
        }
    }
}
