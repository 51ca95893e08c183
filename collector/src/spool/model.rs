//! The spool against its promise, on a disk that forgets: journal, shelf, recovery and delivery, with a ClickHouse that
//! fails as it likes. Whatever happens, an acknowledged event is there exactly once in the end, and after one more start.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::ids::{IdHash, IdWindow};
use super::ids_log::IdsLog;
use super::io::Disk;
use super::journal::{Journal, SealAt};
use super::recover::recover;
use super::shelf::Shelf;
use super::sim::{Dice, SimDisk};
use super::writer::SpoolTime;
use super::{Now, REFUSED_DIR, Rows, SpoolError};
use crate::batch::Batch;
use crate::clock::SystemClock;
use crate::deliver::{Delivery, DeliveryStatus, Step};
use crate::metrics::Metrics;
use crate::sink::{Sink, SinkError};

const DIR: &str = "/spool";
const MAX_IDS: usize = 1_000_000;
const MAX_AGE: Duration = Duration::from_secs(1_000_000);

/// How ClickHouse will answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Fine,
    /// Nothing is inserted.
    Away,
    /// Everything is inserted, and nobody hears of it.
    Mute,
    /// Refuses for good.
    Picky,
}

/// A table with a deduplication window; what is in it survives everything.
struct Table {
    mood: Mood,
    batches: HashMap<Uuid, Vec<u64>>,
    tokens: HashSet<String>,
}

#[derive(Clone)]
struct Warehouse(Arc<Mutex<Table>>);

impl Sink for Warehouse {
    async fn insert(&self, batch: &Batch) -> Result<(), SinkError> {
        let mut table = self.0.lock().unwrap();
        match table.mood {
            Mood::Away => return Err(SinkError::Unclear("away".to_owned())),
            Mood::Picky => {
                return Err(SinkError::Server {
                    code: 60,
                    text: "no table".to_owned(),
                });
            }
            Mood::Fine | Mood::Mute => {}
        }
        if table.tokens.insert(batch.token.clone()) {
            table
                .batches
                .entry(batch.id)
                .or_default()
                .extend(events_of(&batch.body));
        }
        match table.mood {
            Mood::Mute => Err(SinkError::Unclear("closed".to_owned())),
            Mood::Fine | Mood::Away | Mood::Picky => Ok(()),
        }
    }

    async fn rows_of(&self, batch: Uuid) -> Result<u64, SinkError> {
        let table = self.0.lock().unwrap();
        match table.mood {
            Mood::Away => Err(SinkError::Unclear("away".to_owned())),
            Mood::Fine | Mood::Mute | Mood::Picky => Ok(table
                .batches
                .get(&batch)
                .map_or(0, |rows| rows.len() as u64)),
        }
    }
}

/// A row of this test is the number of its event: eight bytes.
fn events_of(body: &[u8]) -> Vec<u64> {
    body.chunks(24)
        .map(|row| u64::from_le_bytes(row[16..].try_into().unwrap()))
        .collect()
}

/// The process, and all it has in memory.
struct Process {
    journal: Journal<SimDisk>,
    shelf: Arc<Shelf<SimDisk>>,
    delivery: Delivery<SimDisk, Warehouse>,
}

struct World {
    disk: SimDisk,
    warehouse: Warehouse,
    process: Option<Process>,
    runtime: tokio::runtime::Runtime,
    dice: Dice,
    elapsed: Duration,
    /// Bits are flipped: what is in the middle of a segment may be damaged.
    flipping: bool,
    next_event: u64,
    acknowledged: HashSet<u64>,
    /// Sent, and to be sent again until it is acknowledged; some afterwards, because the answer was lost.
    pending: Vec<u64>,
}

#[derive(Debug, Clone)]
enum Action {
    Send {
        requests: u64,
        fresh: u64,
        repeats: u64,
    },
    SendOnFullDisk,
    Wait {
        ms: u64,
    },
    Deliver(Mood),
    Expire,
    /// The machine stops in the middle of a later operation.
    CrashAfter(u64),
    /// The process ends; the system's memory stays.
    Kill,
    FailSyncs(bool),
}

impl World {
    fn new(seed: u64) -> Self {
        let table = Table {
            mood: Mood::Fine,
            batches: HashMap::new(),
            tokens: HashSet::new(),
        };
        let mut world = Self {
            disk: SimDisk::new(seed),
            warehouse: Warehouse(Arc::new(Mutex::new(table))),
            process: None,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            dice: Dice::new(seed ^ 0x5eed),
            elapsed: Duration::from_secs(1_000),
            flipping: false,
            next_event: 0,
            acknowledged: HashSet::new(),
            pending: Vec::new(),
        };
        world.disk.create_dir(Path::new(DIR)).unwrap();
        world.open();
        world
    }

    fn now(&self) -> Now {
        let ms = i64::try_from(self.elapsed.as_millis()).unwrap();
        Now {
            elapsed: self.elapsed,
            spool_ms: ms,
            wall_ms: ms,
        }
    }

    /// Starts the process. The machine may stop meanwhile.
    fn open(&mut self) {
        self.process = None;
        let dir = Path::new(DIR);
        let disk = Arc::new(self.disk.clone());
        let mut window = IdWindow::new(MAX_IDS, MAX_AGE);
        let log = IdsLog::open(Arc::clone(&disk), dir, MAX_IDS, MAX_AGE, &mut window);
        let found = recover(&*disk, dir, &mut window);
        let (Ok(log), Ok(found)) = (log, found) else {
            return;
        };
        if found.unreadable > 0 {
            return; // Not a state to judge: the disk failed during the start.
        }
        let damaged = found.damage.gaps + found.damage.headers;
        let excused = self.flipping || self.disk.has_holes();
        assert!(excused || damaged == 0, "{:?}", found.damage);
        let shelf = Arc::new(Shelf::new(
            Arc::clone(&disk),
            dir,
            Duration::ZERO,
            log,
            &found,
            None,
        ));
        let seal_at = SealAt {
            age: Duration::from_millis(1_000),
            bytes: 500,
            rows: 20,
        };
        let journal =
            Journal::new(disk, dir, seal_at, found.next_number, window).with_room_from(100);
        let delivery = Delivery::new(
            Arc::clone(&shelf),
            self.warehouse.clone(),
            Arc::new(Metrics::new()),
            Arc::new(SpoolTime::new(Arc::new(SystemClock))),
            Arc::new(Mutex::new(DeliveryStatus::default())),
        );
        self.process = Some(Process {
            journal,
            shelf,
            delivery,
        });
    }

    fn restart_if_crashed(&mut self) {
        while self.disk.has_crashed() || self.process.is_none() {
            self.disk.restart();
            self.open();
        }
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Send {
                requests,
                fresh,
                repeats,
            } => self.send(*requests, *fresh, *repeats),
            Action::SendOnFullDisk => {
                let room = self.dice.place(200);
                self.disk.set_capacity(Some(self.disk.used() + room));
                self.send(3, 3, 1);
                self.disk.set_capacity(None);
            }
            Action::Wait { ms } => {
                self.elapsed += Duration::from_millis(*ms);
                let now = self.now();
                if let Some(process) = &mut self.process {
                    process.journal.tick(now);
                }
            }
            Action::Deliver(mood) => {
                self.warehouse.0.lock().unwrap().mood = *mood;
                if let Some(process) = &mut self.process {
                    self.runtime.block_on(process.delivery.step());
                }
            }
            Action::Expire => {
                let now = self.now();
                if let Some(process) = &self.process {
                    process.shelf.expire(now);
                }
            }
            Action::CrashAfter(operations) => self.disk.crash_after(*operations),
            Action::Kill => self.open(),
            Action::FailSyncs(failing) => self.disk.fail_syncs(*failing),
        }
        if let Some(process) = &mut self.process {
            for segment in process.journal.take_sealed() {
                process.shelf.put(segment);
            }
        }
        self.restart_if_crashed();
    }

    /// One group of requests, each of new events and of some that were sent before.
    fn send(&mut self, requests: u64, fresh: u64, repeats: u64) {
        let mut group = Vec::new();
        let mut events = Vec::new();
        for _ in 0..requests {
            let mut rows = Rows::default();
            let mut request = Vec::new();
            for _ in 0..fresh {
                request.push(self.next_event);
                self.next_event += 1;
            }
            for _ in 0..repeats.min(self.pending.len() as u64) {
                let at = self.dice.place(self.pending.len());
                request.push(self.pending[at]);
            }
            for event in &request {
                rows.push(IdHash::from_u64(*event), |out| {
                    out.extend(event.to_le_bytes())
                });
            }
            events.extend(request);
            group.push(rows);
        }
        let now = self.now();
        let Some(process) = &mut self.process else {
            return;
        };
        let answer = process.journal.commit(&group, now);
        // All that is done after the sync is to seal.
        let sealed = process.journal.open().1 == 0;
        if self.disk.has_crashed() && !sealed {
            assert!(answer.is_err() || group.iter().all(|rows| rows.len() == 0) || fresh == 0);
        }
        match answer {
            Ok(receipts) => {
                assert_eq!(receipts.len(), group.len());
                for (receipt, rows) in receipts.iter().zip(&group) {
                    assert_eq!((receipt.stored + receipt.repeated) as usize, rows.len());
                }
                self.acknowledged.extend(&events);
            }
            Err(error) => assert!(matches!(error, SpoolError::Full | SpoolError::Trouble)),
        }
        self.pending.extend(events);
    }

    /// Faults end; everything that was sent is sent until it is acknowledged, and delivered.
    fn settle(&mut self) {
        self.disk.restart();
        self.open();
        self.restart_if_crashed();
        self.warehouse.0.lock().unwrap().mood = Mood::Fine;
        // Senders repeat what was not acknowledged, and some of the rest because they did not hear the answer.
        let mut dice = self.dice.clone();
        let pending = self.pending.iter().copied();
        let pending: Vec<_> = pending
            .filter(|event| !self.acknowledged.contains(event) || dice.once_in(4))
            .collect();
        for chunk in pending.chunks(7) {
            let mut rows = Rows::default();
            for event in chunk {
                rows.push(IdHash::from_u64(*event), |out| {
                    out.extend(event.to_le_bytes())
                });
            }
            let now = self.now();
            self.process
                .as_mut()
                .unwrap()
                .journal
                .commit(&[rows], now)
                .unwrap();
            self.acknowledged.extend(chunk);
        }
        self.deliver_all();
    }

    fn deliver_all(&mut self) {
        let now = self.now();
        let process = self.process.as_mut().unwrap();
        process.journal.seal();
        for segment in process.journal.take_sealed() {
            process.shelf.put(segment);
        }
        let mut steps = 0;
        while self.runtime.block_on(process.delivery.step()) != Step::Idle {
            steps += 1;
            assert!(steps < 10_000, "delivery does not come to an end");
        }
        process.shelf.expire(now);
    }

    /// How often each event is in the table, or in a batch that was refused.
    fn copies(&self) -> HashMap<u64, u64> {
        let mut copies = HashMap::new();
        for event in self.warehouse.0.lock().unwrap().batches.values().flatten() {
            *copies.entry(*event).or_default() += 1;
        }
        let refused = Path::new(DIR).join(REFUSED_DIR);
        for name in self.disk.list(&refused).unwrap() {
            if let Some(file) = super::FileId::parse(&name, super::WAITING) {
                let content = self.disk.read(&refused.join(&name), u64::MAX).unwrap();
                for event in events_of(&Batch::read(file, &content).0.body) {
                    *copies.entry(event).or_default() += 1;
                }
            }
        }
        copies
    }

    fn check(&self) {
        let copies = self.copies();
        for event in &self.acknowledged {
            assert_eq!(
                copies.get(event),
                Some(&1),
                "event {event} was acknowledged"
            );
        }
        assert_eq!(copies.len(), self.acknowledged.len());
    }

    fn check_to_the_end(mut self) {
        self.settle();
        self.check();
        // Once more, after a crash: nothing comes back.
        self.disk.restart();
        self.open();
        self.restart_if_crashed();
        self.settle();
        self.check();
        assert_eq!(
            self.disk.list(Path::new(DIR)).unwrap(),
            Vec::<String>::new(),
            "the spool is empty"
        );
    }
}

fn actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (1..4_u64, 0..4_u64, 0..3_u64)
            .prop_map(|(requests, fresh, repeats)| Action::Send { requests, fresh, repeats }),
        1 => Just(Action::SendOnFullDisk),
        3 => (0..1_500_u64).prop_map(|ms| Action::Wait { ms }),
        4 => prop_oneof![4 => Just(Mood::Fine), 1 => Just(Mood::Away), 2 => Just(Mood::Mute), 1 => Just(Mood::Picky)]
            .prop_map(Action::Deliver),
        2 => Just(Action::Expire),
        2 => (0..12_u64).prop_map(Action::CrashAfter),
        1 => Just(Action::Kill),
        1 => any::<bool>().prop_map(Action::FailSyncs),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn acknowledged_events_are_there_once_whatever_happens(
        actions in prop::collection::vec(actions(), 1..60),
        seed in any::<u64>(),
    ) {
        let mut world = World::new(seed);
        for action in &actions {
            world.act(action);
        }
        world.check_to_the_end();
    }
}

proptest! {
    #[test]
    fn a_flipped_bit_costs_at_most_the_event_it_is_in(seed in any::<u64>(), bit in any::<prop::sample::Index>()) {
        let mut world = World::new(seed);
        world.flipping = true;
        for _ in 0..3 {
            world.act(&Action::Send { requests: 1, fresh: 4, repeats: 0 });
        }
        let name = world.disk.list(Path::new(DIR)).unwrap().remove(0);
        let path = Path::new(DIR).join(name);
        let bits = 8 * world.disk.length(&path).unwrap();
        world.disk.flip(&path, bit.index(usize::try_from(bits).unwrap()));
        world.act(&Action::Kill);
        world.deliver_all();
        let copies = world.copies();
        prop_assert!(copies.values().all(|count| *count == 1));
        prop_assert!(copies.len() >= 11, "{copies:?}");
        // Its sender may repeat what was lost: then it is there again, and the others are not there twice.
        world.acknowledged.clear();
        world.settle();
        world.check();
    }
}

#[test]
fn a_crash_at_every_single_operation_loses_and_doubles_nothing() {
    let scenario = [
        Action::Send {
            requests: 2,
            fresh: 3,
            repeats: 0,
        },
        Action::Send {
            requests: 3,
            fresh: 2,
            repeats: 2,
        },
        Action::Wait { ms: 1_200 },
        Action::Deliver(Mood::Mute),
        Action::Send {
            requests: 1,
            fresh: 4,
            repeats: 1,
        },
        Action::Deliver(Mood::Fine),
        Action::Expire,
        Action::Wait { ms: 1_200 },
        Action::Deliver(Mood::Picky),
        Action::Send {
            requests: 1,
            fresh: 30,
            repeats: 3,
        },
        Action::Deliver(Mood::Fine),
        Action::Expire,
        Action::Send {
            requests: 2,
            fresh: 1,
            repeats: 4,
        },
    ];
    let run = |crash: Option<u64>, seed| {
        let mut world = World::new(seed);
        if let Some(operations) = crash {
            world.disk.crash_after(operations);
        }
        for action in &scenario {
            world.act(action);
        }
        let operations = world.disk.operations();
        world.check_to_the_end();
        operations
    };
    let operations = run(None, 0);
    assert!(operations > 40, "{operations}");
    for crash in 0..operations {
        for seed in 0..8 {
            run(Some(crash), seed);
        }
    }
}
