//! Importing costs over HTTP, as far as it goes without ClickHouse.

use axum::body::Body;

use super::client::{Client, Server};
use crate::accounts::Role;
use crate::costs::MOST_BYTES;
use crate::testing::{Answer, container, send};

const PATH: &str = "/api/v1/sites/shop/costs";
const FILE: &str = "day,amount\n2026-11-01,5\n";

async fn import(client: &Client, path: &str, kind: &str, body: String) -> Answer {
    let request = client.request("POST", path).header("content-type", kind);
    send(&client.router, request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn who_may_not_or_sends_something_else_is_told_so() {
    let server = Server::at(
        "http://127.0.0.1:8080",
        &[("shop.json", &container("shop"))],
    );
    let owner = server.owner().await;
    let editor = server.somebody("bob@x", Role::Editor).await;
    let viewer = server.somebody("eve@x", Role::Analyst).await;
    for (client, path, kind, code) in [
        (&viewer, PATH, "text/csv", "not_allowed"),
        (&server.browser(), PATH, "text/csv", "signed_out"),
        (&editor, PATH, "text/plain", "not_csv"),
        (
            &editor,
            "/api/v1/sites/shp/costs",
            "text/csv",
            "unknown_site",
        ),
        (&owner, PATH, "text/csv; charset=utf-8", "costs_not_kept"),
    ] {
        let answer = import(client, path, kind, FILE.to_owned()).await;
        assert_eq!(answer.error_code(), code, "{}", answer.text());
    }
    let without = Client {
        csrf: None,
        ..editor.clone()
    };
    let answer = import(&without, PATH, "text/csv", FILE.to_owned()).await;
    assert_eq!(answer.error_code(), "csrf");
    let large = "x".repeat(MOST_BYTES + 1);
    let answer = import(&editor, PATH, "text/csv", large).await;
    assert_eq!(
        (answer.status.as_u16(), answer.error_code().as_str()),
        (413, "costs_too_large")
    );
    let russian = import(
        &editor,
        &format!("{PATH}?lang=ru"),
        "text/csv",
        FILE.to_owned(),
    )
    .await;
    assert_eq!(russian.status, 503);
    assert!(
        russian
            .text()
            .contains("ничего не загружено: ClickHouse не отвечает"),
        "{}",
        russian.text()
    );
}
