//! Who visits: users with and without a signature, visitors without a cookie, and those who want no part in this.

use std::net::SocketAddr;

use super::*;
use crate::address::Peer;
use crate::site::SiteId;

fn column<'a>(row: &'a [(String, String)], name: &str) -> &'a str {
    &row.iter().find(|(column, _)| column == name).unwrap().1
}

fn columns(rig: &Rig, name: &str) -> Vec<String> {
    let rows = rig.rows_after_crash();
    rows.iter()
        .map(|row| column(row, name).to_owned())
        .collect()
}

/// A batch with a user.
fn by(number: u128, user: Value) -> String {
    let mut batch = batch(&[event(number)]);
    batch["user"] = user;
    batch.to_string()
}

/// The signature that a site makes with its key.
fn signed(key: &str, id: &str) -> String {
    // HMAC-SHA256, as the documentation shows it.
    let block = |pad: u8| {
        let mut block = [pad; 64];
        for (to, from) in block.iter_mut().zip(key.bytes()) {
            *to ^= from;
        }
        block
    };
    use sha2::{Digest, Sha256};
    let inner = Sha256::new()
        .chain_update(block(0x36))
        .chain_update(id)
        .finalize();
    let outer = Sha256::new()
        .chain_update(block(0x5c))
        .chain_update(inner)
        .finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_user_is_claimed_unless_the_site_has_signed() {
    let rig = Rig::new();
    let key = rig
        .intake
        .settings
        .identity
        .site_key(&SiteId::parse("shop").unwrap());
    let other = rig
        .intake
        .settings
        .identity
        .site_key(&SiteId::parse("blog").unwrap());
    let long = "u".repeat(2_000);
    let cases = [
        (
            json!({ "id": "u42", "signature": signed(&key, "u42") }),
            "u42",
            "signed",
        ),
        (
            json!({ "id": "u42", "signature": signed(&key, "u42").to_uppercase() }),
            "u42",
            "signed",
        ),
        (json!({ "id": "u42" }), "u42", "claimed"),
        (
            json!({ "id": "u43", "signature": signed(&key, "u42") }),
            "u43",
            "claimed",
        ),
        (
            json!({ "id": "u42", "signature": signed(&other, "u42") }),
            "u42",
            "claimed",
        ),
        (json!({ "id": "u42", "signature": "x" }), "u42", "claimed"),
        (json!({ "id": "", "signature": signed(&key, "") }), "", ""),
        (json!({ "id": 7 }), "", ""),
        (json!({ "id": long }), "", ""),
        (json!({ "signature": "x" }), "", ""),
        (json!({}), "", ""),
    ];
    for (number, (user, ..)) in (1..).zip(&cases) {
        let answer = rig.post(by(number, user.clone())).await;
        assert_eq!(answer.status, 204, "{user}");
    }
    assert_eq!(
        rig.counted("weir_collector_events_changed_total{reason=\"bad_signature\"}"),
        3
    );
    let rows = rig.rows_after_crash();
    for (row, (user, id, source)) in rows.iter().zip(&cases) {
        let found = (column(row, "user_id"), column(row, "user_source"));
        assert_eq!(found, (*id, *source), "{user}");
    }
}

/// A rig whose site keeps nothing in browsers.
fn cookieless() -> Rig {
    let rig = Rig::new();
    rig.intake.sites.replace(vec![SiteSettings {
        cookieless: true,
        ..shop(&["shop.example"])
    }]);
    rig
}

/// A page load as one of them sends it: visitor and session of its own.
fn load(number: u128, load: u32, entry: &str) -> Value {
    let mut batch = batch(&[event(number)]);
    batch["visitor"] = json!(format!("{load:016x}"));
    batch["session"]["id"] = json!(format!("{:08x}{load:08x}", NOW / 1_000 - 60));
    batch["session"]["number"] = json!(1);
    batch["session"]["entry"] = json!({ "url": entry, "referrer": "" });
    batch
}

async fn send_from(rig: &Rig, address: &str, body: &Value) -> u16 {
    let mut request = post(body.to_string());
    let peer = SocketAddr::new(address.parse().unwrap(), 4711);
    request.extensions_mut().insert(Peer(peer));
    rig.send(request).await.status
}

const HOME: &str = "https://shop.example/";

#[tokio::test]
async fn page_loads_of_a_day_are_one_visitor_and_one_session() {
    let rig = cookieless();
    for (number, address) in [(1, "203.0.113.7"), (2, "203.0.113.7"), (3, "203.0.113.8")] {
        let body = load(number, u32::try_from(number).unwrap(), HOME);
        assert_eq!(send_from(&rig, address, &body).await, 204);
    }
    // A repeat is known, and one of another page load keeps its place.
    assert_eq!(send_from(&rig, "203.0.113.9", &load(1, 1, HOME)).await, 204);
    let mut more = load(4, 1, HOME);
    more["events"][0]["seq"] = json!(2);
    assert_eq!(send_from(&rig, "203.0.113.7", &more).await, 204);
    let rows = rig.rows_after_crash();
    assert_eq!(rows.len(), 4);
    let of = |name: &str| -> Vec<_> { rows.iter().map(|row| column(row, name)).collect() };
    let visitors = of("visitor_id");
    assert!(visitors[0] == visitors[1] && visitors[1] == visitors[3]);
    assert_ne!(visitors[0], visitors[2]);
    assert!(!["1", "2", "3"].contains(&visitors[0]), "not what was sent");
    let sessions = of("session_id");
    assert!(sessions[0] == sessions[1] && sessions[1] == sessions[3] && sessions[0] != sessions[2]);
    assert_eq!(of("session_seq"), ["1", "2", "1", "2"]);
    assert_eq!(of("person_id"), visitors);
    let stored = format!("{rows:?}");
    assert!(!stored.contains("203.0.113"));
}

#[tokio::test]
async fn another_campaign_begins_another_session_and_the_first_page_is_the_sessions() {
    let rig = cookieless();
    let bodies = [
        load(
            1,
            1,
            "https://shop.example/?utm_source=ads&utm_medium=cpc&utm_campaign=a",
        ),
        load(2, 2, "https://shop.example/other"),
        load(3, 3, "https://shop.example/?utm_source=mail&utm_campaign=b"),
        load(4, 4, HOME),
    ];
    for body in &bodies {
        assert_eq!(send_from(&rig, "203.0.113.7", body).await, 204);
    }
    let rows = rig.rows_after_crash();
    let of = |name: &str| -> Vec<_> { rows.iter().map(|row| column(row, name)).collect() };
    assert_eq!(of("utm_campaign"), ["a", "a", "b", "b"]);
    assert_eq!(of("session_number"), ["1", "1", "2", "2"]);
    let sessions = of("session_id");
    assert!(sessions[0] == sessions[1] && sessions[2] == sessions[3] && sessions[1] != sessions[2]);
}

#[tokio::test]
async fn without_an_address_a_page_load_is_all_that_is_known() {
    let rig = cookieless();
    for number in [1, 2] {
        let body = load(number, u32::try_from(number).unwrap(), HOME).to_string();
        assert_eq!(rig.post(body).await.status, 204);
    }
    assert_eq!(columns(&rig, "visitor_id"), ["1", "2"]);
}

#[tokio::test]
async fn of_who_has_opted_out_nothing_is_kept() {
    let rig = Rig::new();
    let mut bad = event(2);
    bad["name"] = json!("Bad Name");
    let mut request = post(batch(&[event(1), bad]).to_string());
    let headers = request.headers_mut();
    headers.insert("cookie", "_weir_optout=1".parse().unwrap());
    headers.insert("origin", "https://shop.example".parse().unwrap());
    headers.insert("host", "stats.shop.example".parse().unwrap());
    let answer = rig.send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("set-cookie"), "");
    assert_eq!(answer.body["rejected"][0]["reason"], "opted_out");
    assert_eq!(
        rig.counted("weir_collector_events_rejected_total{reason=\"opted_out\"}"),
        1
    );
    assert!(rig.rejected_after_crash().is_empty());
    assert!(rig.rows_after_crash().is_empty());
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_kept_aside_for_the_owner() {
    let rig = Rig::new();
    let call = json!({ "id": "1", "name": "call", "ts": NOW, "problem": "unknown_category", "given": "analitycs" });
    let answer = rig.post(batch(&[call]).to_string()).await;
    assert_eq!(answer.body["rejected"][0]["reason"], "bad_call");
    let aside = rig.rejected_after_crash();
    assert_eq!(column(&aside[0], "reason"), "bad_call");
    let sample = column(&aside[0], "sample");
    assert!(
        sample.contains("unknown_category") && sample.contains("analitycs"),
        "{sample}"
    );
}
