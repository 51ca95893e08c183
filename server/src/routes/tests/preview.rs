//! Links to a draft that is edited in the page: who may make them, and what they show.

use axum::body::Body;
use http::StatusCode;
use serde_json::json;

use super::client::Server;
use crate::accounts::Role;
use crate::testing::{get_with, send};

const PREVIEW: &str = "/api/v1/sites/blog/preview?lang=ru";

#[tokio::test]
async fn an_editor_makes_a_link_to_the_draft_and_takes_it_back() {
    let server = Server::new();
    let owner = server.owner().await;
    let site = json!({ "id": "blog", "domains": ["blog.example"], "timezone": "Europe/Moscow", "currency": "RUB" });
    assert_eq!(
        owner.post("/api/v1/sites", site).await.status,
        StatusCode::CREATED
    );
    let draft = json!({ "weir": 1, "site": { "id": "blog", "domains": ["blog.example"] },
        "triggers": { "all": { "pageview": {} } }, "tags": [{ "name": "Seen", "on": ["all"], "event": "seen" }] });
    let editor = server.somebody("ed@x", Role::Editor).await;
    let saved = json!({ "source": draft.to_string(), "revision": 1 });
    let saved = editor
        .call("PUT", "/api/v1/sites/blog/draft", Some(saved))
        .await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());

    let viewer = server.somebody("vi@x", Role::Viewer).await;
    let page = json!({ "url": "https://blog.example/post" });
    assert_eq!(
        viewer.post(PREVIEW, page.clone()).await.error_code(),
        "not_allowed"
    );
    let made = editor.post(PREVIEW, page).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let link = made.json()["link"].as_str().unwrap().to_owned();
    let token = link
        .strip_prefix("https://blog.example/post#weir_preview=")
        .unwrap();
    let origin = [("referer", "https://blog.example/")];
    let path = format!("/t/{token}/tag.js");
    let script = get_with(&server.router, &path, &origin).await;
    // What is being edited, under the number that it would get.
    assert!(
        script.text().contains("\"tags\":[\"Seen\"]"),
        "{}",
        script.text()
    );
    assert!(script.text().contains("\"version\":2,"));
    // Where the panel puts what is picked: where the link was made, else where pages find the server.
    assert!(
        script.text().contains("\"app\":\"http://127.0.0.1:8080\""),
        "{}",
        script.text()
    );
    for (origin, app) in [
        ("https://stats.internal:8443", "https://stats.internal:8443"),
        ("null", "http://127.0.0.1:8080"),
        ("javascript:alert(1)", "http://127.0.0.1:8080"),
    ] {
        let request = editor.request("POST", PREVIEW).header("origin", origin);
        let body = json!({ "url": "https://blog.example/post" }).to_string();
        let made = send(
            &server.router,
            request
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap(),
        )
        .await;
        let link = made.json()["link"].as_str().unwrap().to_owned();
        let (_, token) = link.split_once('=').unwrap();
        let page = [("referer", "https://blog.example/")];
        let script = get_with(&server.router, &format!("/t/{token}/tag.js"), &page).await;
        assert!(
            script.text().contains(&format!("\"app\":\"{app}\"")),
            "{origin}: {}",
            script.text()
        );
    }
    let foreign = editor
        .post(PREVIEW, json!({ "url": "https://evil.example/" }))
        .await;
    assert_eq!(foreign.error_code(), "foreign_url");
    assert!(
        foreign.text().contains("среди доменов"),
        "{}",
        foreign.text()
    );
    let revoked = editor.call("DELETE", PREVIEW, None).await;
    assert_eq!(revoked.json()["revoked"], 4, "{}", revoked.text());
    let script = get_with(&server.router, &path, &origin).await;
    assert!(script.text().contains("preview_revoked"));
}
