//! A sender that speaks the protocol of `docs/protocol.md` by hand: batches for `POST /c`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use uuid::Uuid;

/// Headless Chromium and HTTP libraries call themselves bots, or nothing; views leave bots out.
pub const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                              Chrome/141.0.0.0 Safari/537.36";

/// An HTTP client that looks like a browser and gives up in time.
pub fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .timeout(Duration::from_secs(30))
        .build()
}

/// Now, in milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// One event with an id of its own.
pub fn event(name: &str, seq: u32) -> Value {
    json!({ "id": Uuid::new_v4().to_string(), "name": name, "ts": now_ms(), "seq": seq, "page": 0,
            "props": {} })
}

/// A batch of one visitor whose session began now.
pub fn batch(site: &str, visitor: u64, events: &[Value]) -> Value {
    let now = now_ms();
    json!({
        "v": 1, "site": site, "sent": now, "visitor": format!("{visitor:016x}"),
        "session": { "id": format!("{:08x}{:08x}", now / 1000, visitor & 0xffff_ffff), "number": 1,
                     "entry": { "url": "http://127.0.0.1/", "referrer": "" } },
        "release": 1, "consent": ["analytics"],
        "pages": [ { "url": "http://127.0.0.1/product/42", "title": "Kettle", "referrer": "" } ],
        "events": events,
    })
}

/// The id of an event built by [`event`].
pub fn id(event: &Value) -> String {
    event
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A small generator, so that a failing run can be repeated from its printed seed.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The seed in `WEIR_SEED`, or one from the clock; printed.
    #[expect(
        clippy::print_stdout,
        reason = "the seed belongs into the output of a failing test"
    )]
    pub fn new() -> Self {
        let given = std::env::var("WEIR_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(now_ms) | 1;
        println!("WEIR_SEED={seed}");
        Self(seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

impl Default for Dice {
    fn default() -> Self {
        Self::new()
    }
}
