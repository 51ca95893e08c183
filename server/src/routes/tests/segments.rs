//! Filters by a name: who may save them, what is refused, and what is written down; and that an owner signs others out.

use http::StatusCode;
use serde_json::json;

use super::client::Server;
use crate::accounts::Role;
use crate::testing::container;

const SEGMENTS: &str = "/api/v1/sites/shop/segments";

#[tokio::test]
async fn filters_are_saved_by_a_name_and_seen_by_everybody() {
    let server = Server::at(
        "http://127.0.0.1:8080",
        &[("shop.json", &container("shop"))],
    );
    let owner = server.owner().await;
    let viewer = server.somebody("vic@x", Role::Viewer).await;
    // Any name that people write, also one that an address must quote.
    let path =
        format!("{SEGMENTS}/%D0%9C%D0%BE%D0%B1%D0%B8%D0%BB%D1%8C%D0%BD%D1%8B%D0%B5%20%2F%20Email");
    let filters = json!({ "filters": ["device:mobile", "channel!:Email"] });
    let repeated = json!({ "filters": ["device:mobile", "channel!:Email", "device:mobile"] });
    let refused = viewer.call("PUT", &path, Some(filters.clone())).await;
    assert_eq!(refused.error_code(), "not_allowed");
    let saved = owner.call("PUT", &path, Some(repeated)).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let told = viewer.get(SEGMENTS).await.json();
    assert_eq!(told[0]["name"], "Мобильные / Email");
    assert_eq!(told[0]["filters"], filters["filters"]);
    assert_eq!(told[0]["updated_by"], "ann@x");

    for (name, filters, code) in [
        ("x", json!([]), "empty_segment"),
        ("%20", json!(["os:iOS"]), "bad_segment_name"),
        ("a%0Ab", json!(["os:iOS"]), "bad_segment_name"),
        (&"n".repeat(81), json!(["os:iOS"]), "bad_segment_name"),
        ("x", json!(["shoes:red"]), "unknown_value"),
        ("x", json!(["os"]), "bad_filter"),
        ("x", json!("os:iOS"), "bad_json"),
    ] {
        let body = json!({ "filters": filters });
        let answer = owner
            .call("PUT", &format!("{SEGMENTS}/{name}"), Some(body))
            .await;
        assert_eq!(answer.error_code(), code, "{}", answer.text());
    }
    let elsewhere = owner
        .call("PUT", "/api/v1/sites/nosuch/segments/x", Some(filters))
        .await;
    assert_eq!(elsewhere.error_code(), "unknown_site");

    let removed = owner.call("DELETE", &path, None).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let again = owner.call("DELETE", &path, None).await;
    assert_eq!(
        (again.status, again.error_code().as_str()),
        (StatusCode::NOT_FOUND, "unknown_segment")
    );
    assert_eq!(viewer.get(SEGMENTS).await.json(), json!([]));
    let audit = owner.get("/api/v1/audit?site=shop").await.json();
    let told: Vec<(&str, &str)> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["action"].as_str().unwrap(),
                one["detail"].as_str().unwrap(),
            )
        })
        .filter(|(action, _)| action.starts_with("segment"))
        .collect();
    assert_eq!(
        told,
        [
            ("segment.remove", "Мобильные / Email"),
            (
                "segment.set",
                "Мобильные / Email: device:mobile, channel!:Email"
            ),
        ]
    );
}

#[tokio::test]
async fn an_owner_signs_somebody_out_everywhere_and_stays_signed_in() {
    let server = Server::new();
    let owner = server.owner().await;
    let editor = server.somebody("ed@x", Role::Editor).await;
    let users = owner.get("/api/v1/users").await.json();
    let id = |email: &str| {
        let mut users = users.as_array().unwrap().iter();
        let user = users.find(|user| user["email"] == email).unwrap();
        format!("/api/v1/users/{}/sessions", user["id"].as_str().unwrap())
    };
    let refused = editor.call("DELETE", &id("ann@x"), None).await;
    assert_eq!(refused.error_code(), "not_allowed");
    let ended = owner.call("DELETE", &id("ed@x"), None).await;
    assert_eq!(ended.json(), json!({ "ended": 1 }));
    let out = editor.get("/api/v1/me/sessions").await;
    assert_eq!(out.error_code(), "signed_out");
    let again = owner.call("DELETE", &id("ed@x"), None).await;
    assert_eq!(again.json(), json!({ "ended": 0 }));
    let own = owner.call("DELETE", &id("ann@x"), None).await;
    assert_eq!(own.json(), json!({ "ended": 0 }), "one's own stays");
    let nobody = owner
        .call("DELETE", "/api/v1/users/none/sessions", None)
        .await;
    assert_eq!(nobody.error_code(), "unknown_user");
    let audit = owner.get("/api/v1/audit").await.json();
    assert_eq!(
        (&audit[0]["action"], &audit[0]["detail"]),
        (&json!("session.end"), &json!("ed@x: 1"))
    );
}
