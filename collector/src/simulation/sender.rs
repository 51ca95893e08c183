//! A sender as browsers and libraries are: repeats what it got no answer to, sometimes also what it got one to.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use http::Request;
use http::header::RETRY_AFTER;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{BATCHES, World};
use crate::clock::Clock;
use crate::spool::sim::Dice;

/// Sends its batches, each until it is answered or given up; the ids of all events that may be there.
pub(super) async fn send(world: Arc<World>, number: u64, mut dice: Dice) -> Vec<Uuid> {
    let mut sent = Vec::new();
    let mut earlier: Option<(String, Vec<Uuid>)> = None;
    for _ in 0..BATCHES {
        tokio::time::sleep(Duration::from_millis(dice.below(1_200))).await;
        let (body, ids) = match earlier.take().filter(|_| dice.once_in(6)) {
            // A page that comes back from a cache sends again what was answered long ago.
            Some(earlier) => earlier,
            None => batch(&world, number, &mut dice),
        };
        sent.extend(&ids);
        // Some give up.
        let tries = if dice.once_in(8) { 2 } else { u64::MAX };
        for _ in 0..tries {
            if attempt(&world, &body, &mut dice).await {
                world.acknowledged.lock().unwrap().extend(&ids);
                if !dice.once_in(4) {
                    break;
                }
                // The answer was lost on the way.
            }
            tokio::time::sleep(Duration::from_millis(dice.below(800))).await;
        }
        earlier = Some((body, ids));
    }
    sent
}

/// A batch, and the events of it that are to be stored; some are wrong.
fn batch(world: &World, number: u64, dice: &mut Dice) -> (String, Vec<Uuid>) {
    let now = world.clock.now_ms();
    let (mut ids, mut events) = (Vec::new(), Vec::<Value>::new());
    for _ in 0..=dice.below(4) {
        let id = Uuid::from_u64_pair(dice.below(u64::MAX), dice.below(u64::MAX));
        let is_wrong = dice.once_in(12);
        let name = if is_wrong { "Not a name" } else { "pageview" };
        events.push(json!({ "id": id.to_string(), "name": name, "ts": now,
            "props": { "sku": "x".repeat(dice.place(300)) } }));
        if !is_wrong {
            ids.push(id);
        }
    }
    let body = json!({ "v": 1, "site": "shop", "sent": now, "visitor": format!("{:016x}", number + 1),
        "pages": [{ "url": "https://shop.example/" }], "events": events });
    (body.to_string(), ids)
}

/// Whether it was answered 2xx.
async fn attempt(world: &Arc<World>, body: &str, dice: &mut Dice) -> bool {
    tokio::time::sleep(Duration::from_millis(dice.below(30))).await;
    let request = Request::post("/c")
        .header("origin", "https://shop.example")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let answer = match &*world.node.lock().unwrap() {
        Some(node) => node.request(request),
        None => return false,
    };
    // Killed, or the sender loses patience: no answer, and the request goes on for all that.
    let patience = Duration::from_millis(200 + dice.below(5_000));
    let Ok(Ok(response)) = tokio::time::timeout(patience, answer).await else {
        return false;
    };
    let status = response.status().as_u16();
    match status {
        200 | 204 => true,
        503 => {
            assert!(response.headers().contains_key(RETRY_AFTER));
            world.refusals.fetch_add(1, Ordering::Relaxed);
            false
        }
        _ => {
            let body = response.into_body().collect().await.unwrap().to_bytes();
            panic!("{status}: {}", String::from_utf8_lossy(&body));
        }
    }
}
