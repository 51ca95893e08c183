//! Ends the engine's process as a power cut would, and starts it again where it was.

use std::path::Path;

use crate::engine::Engine;

/// Has something done to the folder in between. Clients of before are of no use afterwards.
pub(crate) async fn restart(engine: &mut Engine, meanwhile: impl FnOnce(&Path)) {
    engine.process.kill().unwrap();
    engine.process.wait().unwrap();
    meanwhile(engine.place.data.path());
    engine.process = engine.place.spawn();
    engine.wait_until_up().await;
}
