//! Who gets in, who may do what, and what is written down about it.

use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

use super::client::{PASSWORD, Server};
use crate::accounts::{IDLE_MS, Role};
use crate::routes::access::{Rule, TABLE};
use crate::testing::{container, send};

#[tokio::test]
async fn the_first_owner_needs_the_link_unless_they_sit_at_the_machine() {
    let server = Server::at("https://stats.example", &[]);
    let mut far = server.browser();
    let session = far.get("/api/v1/session").await.json();
    assert_eq!(
        (&session["user"], &session["setup_needed"]),
        (&Value::Null, &json!(true))
    );
    let wanted = json!({ "email": "ann@x", "name": "Ann", "password": PASSWORD });
    let without = far.post("/api/v1/setup", wanted.clone()).await;
    assert_eq!(
        (without.status, without.error_code().as_str()),
        (StatusCode::FORBIDDEN, "wrong_code")
    );
    // A proxy on this machine calls the server by a name of this machine.
    let near = super::client::Client {
        host: "127.0.0.1:8080".to_owned(),
        ..far.clone()
    };
    let proxied = near
        .request("POST", "/api/v1/setup")
        .header("content-type", "application/json")
        .header("x-forwarded-for", "203.0.113.7");
    let proxied = proxied.body(Body::from(wanted.to_string())).unwrap();
    let proxied = send(&server.router, proxied).await;
    assert_eq!(proxied.error_code(), "wrong_code");
    let other = near.get("/api/v1/users").await;
    assert_eq!(other.error_code(), "setup_needed");

    let mut with = wanted.clone();
    with["code"] = json!(server.accounts.setup_code().unwrap().expose());
    let weak =
        json!({ "code": with["code"], "email": "ann@x", "name": "Ann", "password": "1234567890" });
    let weak = far.post("/api/v1/setup", weak).await;
    assert_eq!(
        (weak.status, weak.error_code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "weak_password")
    );
    let answer = far.enter("/api/v1/setup", with.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let cookie = answer.header("set-cookie");
    for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!answer.text().contains("argon2"));
    let again = far.post("/api/v1/setup", with).await;
    assert_eq!(
        (again.status, again.error_code().as_str()),
        (StatusCode::CONFLICT, "already_set_up")
    );
    let session = far.get("/api/v1/session").await.json();
    assert_eq!(session["user"]["role"], "owner");
    assert_eq!(session["setup_needed"], false);
}

#[tokio::test]
async fn after_the_owner_nobody_reads_without_signing_in() {
    let server = Server::at(
        "http://127.0.0.1:8080",
        &[("shop.json", &container("shop"))],
    );
    let mut near = server.browser();
    near.host = "127.0.0.1:8080".to_owned();
    assert_eq!(near.get("/api/v1/sites").await.status, StatusCode::OK);
    server.owner().await;
    let answer = near.get("/api/v1/sites").await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::UNAUTHORIZED, "signed_out")
    );
    near.cookie = Some("weir_session=0123".to_owned());
    assert_eq!(
        near.get("/api/v1/sites").await.error_code(),
        "signed_out",
        "not by any cookie"
    );
    let bearing = near
        .request("GET", "/api/v1/sites/shop/releases")
        .header("authorization", "Bearer weir_0_0");
    let bearing = send(&server.router, bearing.body(Body::empty()).unwrap()).await;
    assert_eq!(bearing.error_code(), "bad_token");
}

/// A path of the table with something in place of its parameters.
fn filled(path: &str) -> String {
    path.replace("{site}", "shop")
        .replace("{version}", "1")
        .replace("{name}", "none")
        .replace("{id}", "none")
}

#[tokio::test]
async fn every_route_asks_for_its_role() {
    let server = Server::at(
        "http://127.0.0.1:8080",
        &[("shop.json", &container("shop"))],
    );
    let owner = server.owner().await;
    let mut everybody = vec![(Some(Role::Owner), owner), (None, server.browser())];
    for role in [Role::Editor, Role::Analyst, Role::Viewer] {
        let email = format!("{}@x", role.name());
        everybody.push((Some(role), server.somebody(&email, role).await));
    }
    for row in TABLE {
        // Those would end the session of who asks, or make somebody.
        let ends = row.path.ends_with("/session") && row.method == "DELETE";
        let (Rule::Reads(least) | Rule::Person(least) | Rule::Imports(least)) = row.rule else {
            continue;
        };
        for (role, client) in &everybody {
            if ends && role.is_some() {
                continue;
            }
            let body = (row.method != "GET").then(|| json!({}));
            let answer = client.call(row.method, &filled(row.path), body).await;
            let code = match answer.status.as_u16() {
                401 | 403 => answer.error_code(),
                _ => String::new(),
            };
            let expected = match role {
                None => "signed_out",
                Some(role) if *role < least => "not_allowed",
                Some(_) => "",
            };
            assert_eq!(
                code,
                expected,
                "{} {} by {role:?}: {}",
                row.method,
                row.path,
                answer.text()
            );
        }
        if row.method == "GET" {
            continue;
        }
        // Whoever may, may not without the header.
        let (_, owner) = &everybody[0];
        for csrf in [None, Some("0".repeat(32))] {
            let client = super::client::Client {
                csrf,
                ..owner.clone()
            };
            let body = Some(json!({}));
            let answer = client.call(row.method, &filled(row.path), body).await;
            assert_eq!(answer.error_code(), "csrf", "{} {}", row.method, row.path);
        }
    }
}

#[tokio::test]
async fn another_page_changes_nothing() {
    let server = Server::new();
    let owner = server.owner().await;
    for (site, refused) in [
        ("cross-site", true),
        ("same-site", true),
        ("same-origin", false),
        ("none", false),
    ] {
        let request = owner
            .request("PATCH", "/api/v1/me")
            .header("content-type", "application/json")
            .header("sec-fetch-site", site);
        let request = request.body(Body::from("{\"language\":\"ru\"}")).unwrap();
        let answer = send(&server.router, request).await;
        assert_eq!(answer.status == StatusCode::FORBIDDEN, refused, "{site}");
    }
    // What a form can send.
    let request = server
        .browser()
        .request("POST", "/api/v1/session")
        .header("content-type", "text/plain");
    let request = request.body(Body::from("{}")).unwrap();
    let answer = send(&server.router, request).await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json")
    );
}

#[tokio::test]
async fn errors_are_told_in_the_language_of_the_question() {
    let server = Server::new();
    let owner = server.owner().await;
    let message = |answer: &crate::testing::Answer| {
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let path = "/api/v1/sites/nosuch/live";
    let english = owner.get(path).await;
    let russian = owner.get(&format!("{path}?lang=ru")).await;
    assert_eq!(message(&english), "there is no such site");
    assert_eq!(
        (message(&russian), russian.status),
        ("сайта `nosuch` нет".to_owned(), StatusCode::NOT_FOUND)
    );
    assert_eq!(russian.error_code(), "unknown_site");
    // Also of what no handler has seen, and by the header of a browser.
    let request = server
        .browser()
        .request("GET", "/api/v1/users")
        .header("accept-language", "ru-RU,ru;q=0.9,en;q=0.8");
    let nobody = send(&server.router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (message(&nobody), nobody.error_code()),
        ("никто не вошёл".to_owned(), "signed_out".to_owned())
    );
    let request = server
        .browser()
        .request("GET", "/api/v1/users?lang=en")
        .header("accept-language", "ru");
    let nobody = send(&server.router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(message(&nobody), "nobody is signed in");
}

#[tokio::test]
async fn signing_in_takes_the_right_password_and_patience() {
    let server = Server::new();
    server.owner().await;
    let mut browser = server.browser();
    let right = json!({ "email": "ANN@x", "password": PASSWORD });
    for (email, password) in [("ann@x", "wrong password"), ("bob@x", PASSWORD), ("", "")] {
        let wanted = json!({ "email": email, "password": password });
        let answer = browser.post("/api/v1/session", wanted).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (StatusCode::UNAUTHORIZED, "wrong_credentials")
        );
    }
    let answer = browser.enter("/api/v1/session", right.clone()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.header("set-cookie").contains("Secure"));
    let sessions = browser.get("/api/v1/me/sessions").await.json();
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    let current: Vec<bool> = sessions
        .as_array()
        .unwrap()
        .iter()
        .map(|session| session["current"].as_bool().unwrap())
        .collect();
    assert_eq!(current.iter().filter(|current| **current).count(), 1);

    let out = browser.call("DELETE", "/api/v1/session", None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("weir_session=;"));
    assert_eq!(
        browser.get("/api/v1/me/sessions").await.error_code(),
        "signed_out"
    );
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        let wrong = json!({ "email": "ann@x", "password": "guess guess guess" });
        let answer = browser.post("/api/v1/session", wrong).await;
        last = answer.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.error_code(), "too_many_tries");
            assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    for email in ["who@x", "my password by mistake", "else@x"] {
        let wrong = json!({ "email": email, "password": "guess guess guess" });
        browser.post("/api/v1/session", wrong).await;
    }
    server.bench.pass(IDLE_MS);
    let answer = browser.enter("/api/v1/session", right).await;
    assert_eq!(answer.status, StatusCode::OK);
    let audit = browser.get("/api/v1/audit").await.json();
    let failed = audit.as_array().unwrap().iter().rev();
    let failed = failed.filter(|entry| entry["action"] == "sign_in.failed");
    let who: Vec<&str> = failed.map(|entry| entry["who"].as_str().unwrap()).collect();
    assert_eq!(
        who,
        ["ann@x", ""],
        "one line an hour each, and no word of what was typed"
    );
}

#[tokio::test]
async fn people_are_invited_promoted_and_removed_but_never_the_last_owner() {
    let server = Server::new();
    let owner = server.owner().await;
    let me = owner.get("/api/v1/session").await.json();
    let me = me["user"]["id"].as_str().unwrap();
    let bad = json!({ "email": "<script>@x", "role": "editor" });
    let bad = owner.post("/api/v1/invitations", bad).await;
    assert_eq!(bad.error_code(), "bad_email");
    let king = json!({ "email": "bob@x", "role": "king" });
    let king = owner.post("/api/v1/invitations", king).await;
    assert_eq!(king.error_code(), "bad_json");
    let wanted = json!({ "email": "bob@x", "role": "viewer" });
    let made = owner.post("/api/v1/invitations", wanted).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let url = made.json()["url"].as_str().unwrap().to_owned();
    let code = url.strip_prefix("http://127.0.0.1:8080/invite#").unwrap();
    let listed = owner.get("/api/v1/invitations").await;
    assert_eq!(listed.json()[0]["email"], "bob@x");
    assert!(!listed.text().contains(code), "shown once");

    let mut bob = server.browser();
    let found = bob.post("/api/v1/invitations/find", json!({ "code": code }));
    assert_eq!(found.await.json()["role"], "viewer");
    let name = "Боб \"the\" <script>alert(1)</script> 🦊";
    let wanted = json!({ "code": code, "name": name, "password": PASSWORD, "language": "ru" });
    let entered = bob
        .enter("/api/v1/invitations/accept", wanted.clone())
        .await;
    assert_eq!(entered.json()["user"]["name"], name);
    let other = server.browser();
    let again = other.post("/api/v1/invitations/accept", wanted).await;
    assert_eq!(
        (again.status, again.error_code().as_str()),
        (StatusCode::GONE, "link_invalid")
    );
    let id = entered.json()["user"]["id"].as_str().unwrap().to_owned();

    let path = format!("/api/v1/users/{me}");
    let demoted = owner.call("PATCH", &path, Some(json!({ "role": "editor" })));
    assert_eq!(demoted.await.error_code(), "last_owner");
    let removed = owner.call("DELETE", &path, None).await;
    assert_eq!(removed.error_code(), "last_owner");

    let users = bob.get("/api/v1/users").await;
    assert_eq!(users.error_code(), "not_allowed");
    let path = format!("/api/v1/users/{id}");
    let promoted = owner.call("PATCH", &path, Some(json!({ "role": "owner" })));
    assert_eq!(promoted.await.json()["role"], "owner");
    let users = bob.get("/api/v1/users").await;
    assert_eq!(
        users.json().as_array().unwrap().len(),
        2,
        "a role holds at once"
    );
    let mine = format!("/api/v1/users/{me}");
    let gone = bob.call("DELETE", &mine, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(owner.get("/api/v1/users").await.error_code(), "signed_out");
    let unknown = bob.call("DELETE", &mine, None).await;
    assert_eq!(unknown.error_code(), "unknown_user");

    let entries = bob.get("/api/v1/audit?limit=3").await.json();
    let told: Vec<(&str, &str, &str)> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap();
            (text("who"), text("action"), text("detail"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("bob@x", "user.remove", "ann@x"),
            ("ann@x", "user.role", "bob@x: viewer → owner"),
            ("bob@x", "sign_in", "")
        ]
    );
    let last = entries[2]["id"].as_i64().unwrap();
    let older = bob
        .get(&format!("/api/v1/audit?before={last}&limit=1"))
        .await;
    assert_eq!(older.json()[0]["action"], "invitation.accept");
}

#[tokio::test]
async fn people_change_themselves() {
    let server = Server::new();
    let owner = server.owner().await;
    let change = |body: Value| owner.call("PATCH", "/api/v1/me", Some(body));
    let renamed = change(json!({ "name": "Анна", "language": "ru" })).await;
    assert_eq!(
        (&renamed.json()["name"], &renamed.json()["language"]),
        (&json!("Анна"), &json!("ru"))
    );
    assert_eq!(
        change(json!({ "name": " " })).await.error_code(),
        "bad_name"
    );
    let wrong = json!({ "password": "another good one", "old_password": "nope nope nope" });
    assert_eq!(change(wrong).await.error_code(), "wrong_credentials");
    let without = change(json!({ "password": "another good one" })).await;
    assert_eq!(without.error_code(), "wrong_credentials");
    let right = json!({ "password": "another good one", "old_password": PASSWORD });
    assert_eq!(change(right).await.status, StatusCode::OK);
    let mut other = server.browser();
    let wanted = json!({ "email": "ann@x", "password": "another good one" });
    assert_eq!(other.enter("/api/v1/session", wanted).await.status, 200);
    let sessions = owner.get("/api/v1/me/sessions").await.json();
    let others = sessions.as_array().unwrap().iter();
    let id = others
        .filter(|session| session["current"] == false)
        .map(|session| session["id"].as_str().unwrap())
        .next()
        .unwrap();
    let path = format!("/api/v1/me/sessions/{id}");
    let ended = owner.call("DELETE", &path, None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(other.get("/api/v1/sites").await.error_code(), "signed_out");
    let unknown = owner.call("DELETE", &path, None).await;
    assert_eq!(unknown.error_code(), "unknown_session");
}

#[tokio::test]
async fn a_token_holds_at_once_and_is_shown_once() {
    let server = Server::at(
        "http://127.0.0.1:8080",
        &[("shop.json", &container("shop"))],
    );
    let owner = server.owner().await;
    let editor = server.somebody("ed@x", Role::Editor).await;
    let path = "/api/v1/sites/shop/tokens";
    let wanted = |scope: &str| json!({ "scope": scope, "note": "<b>\"crm\"</b> 🦊" });
    for scope in ["read", "import"] {
        let refused = editor.post(path, wanted(scope)).await;
        assert_eq!(refused.error_code(), "not_allowed", "{scope}");
    }
    let written = editor.post(path, wanted("write")).await;
    assert_eq!(written.status, StatusCode::CREATED);
    let made = owner.post(path, wanted("read")).await.json();
    let (id, token) = (&made["id"].as_str().unwrap(), &made["token"]);
    let token = token.as_str().unwrap();
    let listed = editor.get(path).await;
    assert!(!listed.text().contains(token));
    assert_eq!(listed.json()[1]["note"], "<b>\"crm\"</b> 🦊");

    let reading = async |path: &str| {
        let request = server.browser().request("GET", path);
        let request = request.header("authorization", format!("Bearer {token}"));
        send(&server.router, request.body(Body::empty()).unwrap()).await
    };
    let releases = reading("/api/v1/sites/shop/releases").await;
    assert_eq!(releases.status, StatusCode::OK, "{}", releases.text());
    for other in ["/api/v1/sites", "/api/v1/sites/demo/releases"] {
        assert_eq!(reading(other).await.error_code(), "not_allowed");
    }
    assert_eq!(reading(path).await.error_code(), "signed_out");

    let path = format!("/api/v1/tokens/{id}");
    let refused = editor.call("DELETE", &path, None).await;
    assert_eq!(refused.error_code(), "not_allowed");
    let revoked = owner.call("DELETE", &path, None).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    let gone = reading("/api/v1/sites/shop/releases").await;
    assert_eq!(gone.error_code(), "bad_token");
    let sample = owner.post("/api/v1/sites/demo/tokens", wanted("write"));
    assert_eq!(sample.await.error_code(), "read_only");
    let audit = owner.get("/api/v1/audit?site=shop").await;
    assert!(!audit.text().contains(token));
    assert_eq!(audit.json()[0]["action"], "token.revoke");

    // It can be undone for a moment, by who did it, and then it holds at once, too.
    let undo = format!("{path}/restore");
    let other = server.somebody("two@x", Role::Owner).await;
    assert_eq!(other.post(&undo, json!({})).await.error_code(), "too_late");
    let undone = owner.post(&undo, json!({})).await;
    assert_eq!(undone.status, StatusCode::NO_CONTENT, "{}", undone.text());
    let again = reading("/api/v1/sites/shop/releases").await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(owner.post(&undo, json!({})).await.error_code(), "too_late");
    let audit = owner.get("/api/v1/audit?site=shop").await.json();
    assert_eq!(audit[0]["action"], "token.restore");
    owner.call("DELETE", &path, None).await;
    server.bench.pass(120_001);
    assert_eq!(owner.post(&undo, json!({})).await.error_code(), "too_late");
    let gone = reading("/api/v1/sites/shop/releases").await;
    assert_eq!(gone.error_code(), "bad_token");
    let none = owner.post("/api/v1/tokens/nope/restore", json!({})).await;
    assert_eq!(none.error_code(), "unknown_token");
}
