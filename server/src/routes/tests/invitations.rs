//! Invitations that were taken back.

use http::StatusCode;
use serde_json::json;

use super::client::Server;
use crate::accounts::Role;

#[tokio::test]
async fn an_invitation_that_was_taken_back_can_be_had_again_for_a_moment() {
    let server = Server::new();
    let owner = server.owner().await;
    let wanted = json!({ "email": "bob@x", "role": "viewer" });
    let invite = async || owner.post("/api/v1/invitations", wanted.clone()).await;
    let made = invite().await.json();
    let (_, code) = made["url"].as_str().unwrap().split_once('#').unwrap();
    let listed = owner.get("/api/v1/invitations").await;
    let find = async || {
        let found = server.browser();
        let found = found.post("/api/v1/invitations/find", json!({ "code": code }));
        found.await.status
    };
    let path = format!(
        "/api/v1/invitations/{}",
        listed.json()[0]["id"].as_str().unwrap()
    );
    let undo = format!("{path}/restore");
    let taken_back = owner.call("DELETE", &path, None).await;
    assert_eq!(taken_back.status, StatusCode::NO_CONTENT);
    assert_eq!(find().await, StatusCode::GONE);
    let second = server.somebody("second@x", Role::Owner).await;
    let refused = second.post(&undo, json!({})).await;
    assert_eq!(refused.error_code(), "invitation_gone");
    let undone = owner.post(&undo, json!({})).await;
    assert_eq!(undone.status, StatusCode::NO_CONTENT, "{}", undone.text());
    assert_eq!(find().await, StatusCode::OK, "the same link holds again");
    let again = owner.post(&undo, json!({})).await;
    assert_eq!(again.error_code(), "invitation_gone");
    let audit = owner.get("/api/v1/audit").await.json();
    assert_eq!(audit[0]["action"], "invitation.restore");

    // Not once it is late, or the address has another invitation.
    owner.call("DELETE", &path, None).await;
    server.bench.pass(120_001);
    let late = owner.post(&undo, json!({})).await;
    assert_eq!(late.error_code(), "invitation_gone");
    invite().await;
    let listed = owner.get("/api/v1/invitations").await.json();
    let path = format!("/api/v1/invitations/{}", listed[0]["id"].as_str().unwrap());
    owner.call("DELETE", &path, None).await;
    invite().await;
    let refused = owner.post(&format!("{path}/restore"), json!({})).await;
    assert_eq!(refused.error_code(), "invitation_gone");
    assert_eq!(
        owner
            .get("/api/v1/invitations")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
