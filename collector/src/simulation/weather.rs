//! What goes wrong, and when.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::World;
use super::node::DIR;
use super::warehouse::Mood;
use crate::spool::format::FileId;
use crate::spool::io::Disk;
use crate::spool::sim::{Dice, SimDisk};
use crate::spool::{AGAIN, REASON, REFUSED_DIR};

/// Changes something every now and then, until it is told to stop.
pub(super) async fn change(world: Arc<World>, mut dice: Dice) {
    loop {
        tokio::time::sleep(Duration::from_millis(dice.below(1_500))).await;
        match dice.below(14) {
            0..4 => {
                let mood = Mood::ALL[dice.place(Mood::ALL.len())];
                world.warehouse.become_(mood);
            }
            4 => world.warehouse.insert_foreign(),
            5 => world.kill(false),
            6 => world.kill(true),
            7 => world.disk.crash_after(dice.below(25)),
            8 => world.disk.fail_syncs(dice.once_in(2)),
            9 => world.disk.fail_next_sync(),
            10 => {
                let room = dice
                    .once_in(3)
                    .then(|| world.disk.used() + dice.place(3_000));
                world.disk.set_capacity(room);
            }
            11 => {
                let ms = if dice.once_in(2) { dice.below(900) } else { 0 };
                world.slow_disk_ms.store(ms, Ordering::Relaxed);
            }
            12 => {
                // A day at most: events further from it are clamped, which changes nothing about their number.
                let ms = i64::try_from(dice.below(172_800_000)).unwrap_or(0) - 86_400_000;
                world.clock.jump(ms);
            }
            _ => {
                if dice.once_in(2) {
                    replay_all(&world.disk);
                } else {
                    restart(&world).await;
                }
            }
        }
    }
}

/// SIGTERM and a new process.
async fn restart(world: &Arc<World>) {
    let node = world.node.lock().unwrap().take();
    if let Some(node) = node {
        node.stop().await;
    }
    world.start();
}

/// All faults end.
pub(super) fn clear(world: &Arc<World>) {
    world.warehouse.become_(Mood::Fine);
    world.disk.fail_syncs(false);
    world.disk.set_capacity(None);
    world.slow_disk_ms.store(0, Ordering::Relaxed);
    let stopped = world.node.lock().unwrap().is_none();
    if stopped {
        world.start();
    } else {
        world.kill(world.disk.has_crashed());
    }
}

/// What `weir spool replay --all` does.
pub(super) fn replay_all(disk: &SimDisk) {
    let refused = Path::new(DIR).join(REFUSED_DIR);
    for name in disk.list(&refused).unwrap_or_default() {
        if let Some(file) = FileId::parse(&name, REASON) {
            let again = refused.join(file.name(AGAIN));
            // A disk that has stopped renames nothing; the next call does.
            let _: Result<(), _> = disk.rename(&refused.join(&name), &again);
        }
    }
}
