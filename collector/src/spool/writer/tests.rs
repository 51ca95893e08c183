use std::path::Path;

use super::*;
use crate::clock::SystemClock;
use crate::spool::ids::{IdHash, IdWindow};
use crate::spool::ids_log::IdsLog;
use crate::spool::journal::{Receipt, SealAt};
use crate::spool::recover::Recovered;
use crate::spool::sim::SimDisk;

fn writer(disk: &SimDisk) -> Writer<SimDisk> {
    let dir = Path::new("/spool");
    let day = Duration::from_secs(86_400);
    disk.create_dir(dir).unwrap();
    let shared = Arc::new(disk.clone());
    let mut window = IdWindow::new(1_000, day);
    let log = IdsLog::open(Arc::clone(&shared), dir, 1_000, day, &mut window).unwrap();
    let shelf = Shelf::new(
        Arc::clone(&shared),
        dir,
        day,
        log,
        &Recovered::default(),
        None,
    );
    let seal_at = SealAt {
        age: day,
        bytes: 1 << 30,
        rows: 1_000,
    };
    let journal = Journal::new(shared, dir, seal_at, 1, window);
    let time = Arc::new(SpoolTime::new(Arc::new(SystemClock)));
    let limits = QueueLimits {
        commit_wait: Duration::ZERO,
        commit_bytes: 1 << 22,
        max_spool_bytes: 1 << 30,
    };
    Writer::start(
        journal,
        Arc::new(shelf),
        time,
        Arc::new(Metrics::new()),
        limits,
    )
    .unwrap()
}

fn rows(id: u64) -> Rows {
    let mut rows = Rows::default();
    rows.push(IdHash::from_u64(id), |out| out.push(7));
    rows
}

#[test]
fn a_repeat_waits_for_the_sync_of_what_it_repeats() {
    let disk = SimDisk::new(1);
    let writer = writer(&disk);
    disk.hold_syncs(true);
    let mut first = writer.submit(rows(1)).unwrap();
    disk.wait_for_held_sync();
    // The first copy is written, and not synced: its repeat must not be told that it is there.
    let mut repeat = writer.submit(rows(1)).unwrap();
    assert!(first.try_recv().is_err() && repeat.try_recv().is_err());
    disk.hold_syncs(false);
    assert_eq!(
        first.blocking_recv().unwrap(),
        Ok(Receipt {
            stored: 1,
            repeated: 0
        })
    );
    assert_eq!(
        repeat.blocking_recv().unwrap(),
        Ok(Receipt {
            stored: 0,
            repeated: 1
        })
    );
}

#[test]
fn a_repeat_of_what_could_not_be_synced_is_stored() {
    let disk = SimDisk::new(1);
    let writer = writer(&disk);
    disk.hold_syncs(true);
    let first = writer.submit(rows(1)).unwrap();
    disk.wait_for_held_sync();
    let repeat = writer.submit(rows(1)).unwrap();
    disk.fail_next_sync();
    disk.hold_syncs(false);
    assert_eq!(first.blocking_recv().unwrap(), Err(SpoolError::Trouble));
    assert_eq!(
        repeat.blocking_recv().unwrap(),
        Ok(Receipt {
            stored: 1,
            repeated: 0
        })
    );
}

#[test]
fn what_gathers_during_a_sync_shares_the_next() {
    let disk = SimDisk::new(1);
    let writer = writer(&disk);
    disk.hold_syncs(true);
    let first = writer.submit(rows(0)).unwrap();
    disk.wait_for_held_sync();
    let others: Vec<_> = (1..100)
        .map(|id| writer.submit(rows(id)).unwrap())
        .collect();
    let before = disk.operations();
    disk.hold_syncs(false);
    for answer in others.into_iter().chain([first]) {
        assert_eq!(
            answer.blocking_recv().unwrap(),
            Ok(Receipt {
                stored: 1,
                repeated: 0
            })
        );
    }
    // The sync that was held and that of the folder, for the first; append and sync, for all the others together.
    assert_eq!(disk.operations() - before, 4);
}

#[test]
fn closing_answers_everybody_and_refuses_what_comes_later() {
    let disk = SimDisk::new(1);
    let writer = writer(&disk);
    let answers: Vec<_> = (0..50).map(|id| writer.submit(rows(id)).unwrap()).collect();
    writer.close();
    for answer in answers {
        assert_eq!(
            answer.blocking_recv().unwrap(),
            Ok(Receipt {
                stored: 1,
                repeated: 0
            })
        );
    }
    assert_eq!(writer.submit(rows(1)).err(), Some(SpoolError::Stopping));
    assert_eq!(
        (writer.status().open_rows, writer.shelf.waiting().rows),
        (0, 50)
    );
}
