//! Links opened, refused, observed and revoked, over the real routes.

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::make;
use crate::store::Store;
use crate::store::audit::Actor;
use crate::testing::{Answer, Bench, get_with, send};

const ORIGIN: &str = "https://shop.example";
const PUBLISHED: &str = r#"{"weir":1,"site":{"id":"shop","domains":["shop.example"]}}"#;
const DRAFT: &str = r#"{"weir":1,"site":{"id":"shop","domains":["shop.example"]},
    "triggers":{"buy":{"click":{"selector":".buy"},"when":{"page.path":{"starts_with":"/cart"}}}},
    "tags":[{"name":"Buy","on":["buy"],"event":"buy"}]}"#;

struct Shop {
    _bench: Bench,
    store: Store,
    router: Router,
}

fn shop() -> Shop {
    let mut bench = Bench::new();
    let file = bench.write("shop.json", PUBLISHED);
    bench.publisher(&[&file], None);
    Shop {
        store: Store::open(&bench.folder.path().join("control.db")).unwrap(),
        router: bench.router(false),
        _bench: bench,
    }
}

/// The folder that a page asks for, of a new link.
fn folder(shop: &Shop, source: Option<&str>) -> String {
    let link = make(&shop.store, "shop", None, source, "test", 5).unwrap();
    let (page, token) = link.url.split_once("#weir_preview=").unwrap();
    assert_eq!(page, "https://shop.example/");
    token.to_owned()
}

async fn script(shop: &Shop, folder: &str, origin: &str) -> String {
    let referrer = format!("{origin}/page");
    let headers = [("referer", referrer.as_str())];
    let answer = get_with(&shop.router, &format!("/t/{folder}/tag.js"), &headers).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    answer.text().to_owned()
}

async fn report(shop: &Shop, folder: &str, origin: &str, body: &str) -> Answer {
    let request = Request::post(format!("/t/{folder}/events"))
        .header("host", "stats.example")
        .header("origin", origin)
        .body(Body::from(body.to_owned()))
        .unwrap();
    send(&shop.router, request).await
}

fn clicked() -> String {
    json!({ "v": 1, "load": "1", "events": [{ "no": 4, "at": 5, "kind": 1, "element": "a.buy", "url": "https://shop.example/x",
        "steps": [["m", 4], ["v", 0, 1, "/x"], ["c", 0, 0], ["t", 4, 0]], "fired": [] }] })
    .to_string()
}

#[tokio::test]
async fn a_good_link_brings_the_draft_and_what_it_needs() {
    let shop = shop();
    let folder = folder(&shop, Some(DRAFT));
    let script = script(&shop, &folder, ORIGIN).await;
    assert!(script.contains(&format!("\"token\":\"{folder}\"")));
    assert!(script.contains("\"version\":2,"), "it would be the second");
    let wasm = format!("/t/{folder}/");
    let (_, rest) = script.split_once(&wasm).unwrap();
    let module = format!("{wasm}{}", rest.split('"').next().unwrap());
    for (path, content) in [
        (module.clone(), "application/wasm"),
        (
            module.replace(".wasm", ".js"),
            "text/javascript; charset=utf-8",
        ),
        (format!("{wasm}panel.js"), "text/javascript; charset=utf-8"),
        (
            format!("{wasm}shop.calls.js"),
            "text/javascript; charset=utf-8",
        ),
    ] {
        let answer = get_with(&shop.router, &path, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), content);
        assert!(!answer.body.is_empty());
    }
    for path in [format!("{wasm}nothing.js"), format!("{wasm}0.wasm")] {
        let answer = get_with(&shop.router, &path, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn what_was_observed_is_answered_in_words() {
    let shop = shop();
    let folder = folder(&shop, Some(DRAFT));
    let release = weir_rules::compile(&weir_rules::check(DRAFT).container.unwrap(), 2);
    let release = weir_rules::release::Release::read(&release).unwrap();
    let trigger = release.trigger_named("buy").unwrap();
    let body = clicked()
        .replace("[\"m\",4]", &format!("[\"m\",{}]", trigger.index()))
        .replace("[\"t\",4,0]", &format!("[\"t\",{},0]", trigger.index()));
    let answer = report(&shop, &folder, ORIGIN, &body).await;
    assert_eq!(answer.status, StatusCode::OK);
    let told = &answer.json()["events"][0];
    assert_eq!(told["no"], 4);
    let reason = &told["en"]["does_not_fire"][0]["reasons"][0];
    assert_eq!(reason["conditions"][0]["seen"], "/x");
    assert!(told["ru"]["does_not_fire"][0]["reasons"][0]["message"].is_string());
}

#[tokio::test]
async fn links_that_are_no_good_say_why() {
    let shop = shop();
    let good = folder(&shop, Some(DRAFT));
    let forged = format!("shop.{}", "0".repeat(40));
    let code = async |folder: &str, origin: &str| {
        let script = script(&shop, folder, origin).await;
        assert!(
            script.contains("\"script\":\"/t/"),
            "it starts what is published"
        );
        let answer = report(&shop, folder, origin, &clicked()).await;
        let error: Value = answer.json()["error"].clone();
        assert!(error["en"]["message"] != error["ru"]["message"]);
        let code = error["code"].as_str().unwrap().to_owned();
        assert!(script.contains(&format!("\"code\":\"{code}\"")), "{script}");
        (answer.status.as_u16(), code)
    };
    assert_eq!(
        code(&forged, ORIGIN).await,
        (404, "unknown_preview".to_owned())
    );
    assert_eq!(
        code("shop.x", ORIGIN).await,
        (404, "unknown_preview".to_owned())
    );
    for origin in ["https://evil.example", "http://shop.example", "null"] {
        let wanted = (403, "preview_of_other_origin".to_owned());
        let (status, code) = if origin == "null" {
            let answer = report(&shop, &good, origin, &clicked()).await;
            let code = answer.json()["error"]["code"].as_str().unwrap().to_owned();
            (answer.status.as_u16(), code)
        } else {
            code(&good, origin).await
        };
        assert_eq!((status, code), wanted, "{origin}");
    }
    let actor = Actor {
        who: "ann@x",
        now_ms: super::now_ms(),
    };
    shop.store.revoke_previews("shop", actor).unwrap();
    assert_eq!(
        code(&good, ORIGIN).await,
        (410, "preview_revoked".to_owned())
    );
    // A draft that has got an error since.
    let link = make(&shop.store, "shop", None, Some(DRAFT), "test", 5).unwrap();
    let broken = DRAFT.replace("click", "clik");
    shop.store.change_preview(&link.id, &broken).unwrap();
    let token = link.url.split_once('=').unwrap().1;
    assert_eq!(
        code(token, ORIGIN).await,
        (422, "draft_has_errors".to_owned())
    );
    let hostile = script(&shop, "..%2fevil%22%3c.x", ORIGIN).await;
    assert!(
        hostile.contains("\"script\":\"/t/unknown.js\""),
        "{hostile}"
    );
    assert!(!hostile.contains("evil"));
}

#[tokio::test]
async fn a_link_observes_so_much_and_no_more() {
    let shop = shop();
    let folder = folder(&shop, None);
    let malformed = report(&shop, &folder, ORIGIN, "{").await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
    assert_eq!(malformed.error_code(), "malformed");
    let one = r#"{"no":1,"kind":"engagement","fired":[]}"#;
    let body = format!("{{\"events\":[{}]}}", vec![one; 50].join(","));
    for _ in 0..super::MAX_OBSERVED / 50 {
        assert_eq!(
            report(&shop, &folder, ORIGIN, &body).await.status,
            StatusCode::OK
        );
    }
    let full = report(&shop, &folder, ORIGIN, &body).await;
    assert_eq!(full.status, StatusCode::FORBIDDEN);
    assert_eq!(full.json()["error"]["code"], "preview_is_full");
}
