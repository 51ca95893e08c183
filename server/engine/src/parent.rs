//! The child's end of the bond with its parent: when to stop.

use std::io::{self, Read};

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

/// Name of the variable in which the parent leaves its process id.
pub(crate) const PARENT_PID: &str = "WEIR_ENGINE_PARENT";

/// Becomes true when the process must end: SIGTERM, or the end of standard input, which the parent holds open.
/// A process that nobody supervises (a person typed `weir engine`) ends by SIGINT too, and not by its input.
pub(crate) fn stop_signal() -> io::Result<watch::Receiver<bool>> {
    let parent = std::env::var(PARENT_PID)
        .ok()
        .and_then(|text| text.parse().ok())
        .and_then(Pid::from_raw);
    let (input_open, input_ended) = oneshot::channel::<()>();
    if let Some(parent) = parent {
        // SIGKILL: the parent is gone at once, and nothing that was acknowledged depends on a graceful end.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have died before the line above took effect.
        if getppid() != Some(parent) {
            return Err(io::Error::other("the supervising process is gone"));
        }
        // A thread of its own, because a read of standard input cannot be given up.
        std::thread::Builder::new()
            .name("weir-parent".to_owned())
            .spawn(move || {
                let mut bytes = [0_u8; 64];
                while matches!(io::stdin().read(&mut bytes), Ok(count) if count > 0) {}
                drop(input_open);
            })?;
    } else {
        // Never closed: the end of the process frees it.
        std::mem::forget(input_open);
    }
    let (send, receive) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::pin!(input_ended);
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = &mut input_ended => break,
                // A terminal sends SIGINT to parent and child alike; the parent still has events to insert.
                _ = interrupt.recv() => if parent.is_none() { break },
            }
        }
        send.send_replace(true);
    });
    Ok(receive)
}
