//! Editing and publishing: two editors, sessions that end, hostile texts, files that have the last word.

use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

use super::client::{Client, PASSWORD, Server};
use crate::accounts::{IDLE_MS, Role};
use crate::config::DEFAULT_TAG_PREFIX;
use crate::testing::{container, get, send};

const DRAFT: &str = "/api/v1/sites/blog/draft";

/// A server with the site `blog`, managed in the page, and its owner.
async fn blog() -> (Server, Client) {
    let server = Server::new();
    let owner = server.owner().await;
    let wanted = json!({ "id": "blog", "domains": ["blog.example"], "timezone": "Europe/Moscow", "currency": "RUB" });
    let made = owner.post("/api/v1/sites", wanted).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let site = made.json();
    assert_eq!(
        (
            &site["managed"],
            &site["container_version"],
            &site["source"]
        ),
        (&json!("ui"), &json!(1), &json!(""))
    );
    assert_eq!(site["problems"], json!([]), "a starter is clean");
    assert_eq!(site["domains"], json!(["blog.example"]));
    (server, owner)
}

/// The starter with one tag.
fn with_tag(name: &str) -> String {
    let container = json!({
        "weir": 1, "site": { "id": "blog", "domains": ["blog.example"] },
        "triggers": { "all": { "pageview": {} } },
        "tags": [{ "name": name, "on": ["all"], "event": "seen" }]
    });
    serde_json::to_string_pretty(&container).unwrap()
}

async fn save(client: &Client, source: &str, revision: u64) -> crate::testing::Answer {
    let body = json!({ "source": source, "revision": revision });
    client.call("PUT", DRAFT, Some(body)).await
}

#[tokio::test]
async fn the_list_of_sites_says_what_people_call_funnels_and_goals() {
    let (server, owner) = blog().await;
    let container = json!({
        "weir": 1, "site": { "id": "blog", "domains": ["blog.example"] },
        "triggers": { "all": { "pageview": {} } },
        "tags": [{ "name": "Seen", "on": ["all"], "event": "seen" }],
        "goals": { "seen": { "title": "Увидели", "event": "seen" }, "plain": { "event": "seen" } },
        "funnels": { "put_k_zayavke": { "title": "Путь к заявке", "steps": [ { "event": "pageview" }, { "event": "seen" } ] } }
    });
    assert_eq!(
        save(&owner, &container.to_string(), 1).await.status,
        StatusCode::OK
    );
    let wanted = json!({ "revision": 2, "note": "" });
    owner.post("/api/v1/sites/blog/publish", wanted).await;
    let sites = owner.get("/api/v1/sites").await.json();
    let site = sites
        .as_array()
        .unwrap()
        .iter()
        .find(|site| site["id"] == "blog");
    assert_eq!(
        site.unwrap()["titles"],
        json!({ "funnels": { "put_k_zayavke": "Путь к заявке" }, "goals": { "seen": "Увидели" } })
    );
    drop(server);
}

#[tokio::test]
async fn a_draft_becomes_a_release_that_pages_get_also_after_a_restart() {
    let (mut server, owner) = blog().await;
    let editor = server.somebody("ed@x", Role::Editor).await;
    let draft = editor.get(DRAFT).await.json();
    assert_eq!(
        (&draft["open"], &draft["read_only"], &draft["file"]),
        (&json!(false), &json!(false), &Value::Null)
    );
    let saved = save(&editor, &with_tag("Seen"), 1).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    assert_eq!(
        (&saved.json()["revision"], &saved.json()["updated_by"]),
        (&json!(2), &json!("ed@x"))
    );
    let script = get(&server.router, "/t/blog.js").await;
    assert!(script.text().contains("\"site\":\"blog\",\"version\":1,"));

    let changes = editor.get("/api/v1/sites/blog/changes").await.json();
    assert_eq!(changes["from"], 1);
    let what: Vec<&str> = changes["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["what"].as_str().unwrap())
        .collect();
    assert_eq!(&what[..3], ["site", "tag", "trigger"], "{changes}");
    let russian = editor
        .get("/api/v1/sites/blog/changes?lang=ru")
        .await
        .json();
    assert_ne!(
        changes["changes"][1]["after"],
        russian["changes"][1]["after"]
    );

    let publish = |revision: u64, note: &str| {
        let body = json!({ "revision": revision, "note": note });
        let editor = editor.clone();
        async move { editor.post("/api/v1/sites/blog/publish", body).await }
    };
    let stale = publish(1, "").await;
    assert_eq!(stale.error_code(), "changed_meanwhile");
    let published = publish(2, "count <views> 🦊").await;
    assert_eq!(published.json()["version"], 2, "{}", published.text());
    let script = get(&server.router, "/t/blog.js").await;
    assert!(script.text().contains("\"site\":\"blog\",\"version\":2,"));
    assert_eq!(
        server.bench.intake.get("blog").unwrap().container_version,
        2
    );
    assert_eq!(publish(3, "").await.error_code(), "nothing_to_publish");

    let sites = editor.get("/api/v1/sites").await.json();
    assert!(sites[0]["script_asked_at"].is_i64(), "a page has the tag");
    assert_eq!(sites[1]["script_asked_at"], Value::Null, "{sites}");
    let releases = editor.get("/api/v1/sites/blog/releases").await.json();
    assert_eq!(
        (&releases[0]["author"], &releases[0]["note"]),
        (&json!("ed@x"), &json!("count <views> 🦊"))
    );
    let one = editor.get("/api/v1/sites/blog/releases/1").await.json();
    assert!(one["source"].as_str().unwrap().contains("\"tags\": []"));
    let none = editor.get("/api/v1/sites/blog/releases/9").await;
    assert_eq!(none.error_code(), "unknown_release");
    // What each release changed, in short; of the first one nothing can be told.
    assert_eq!(releases[0]["changed"], Value::Null, "not asked for");
    let told = editor
        .get("/api/v1/sites/blog/releases?changes=true")
        .await
        .json();
    let things = told[0]["changed"]["things"].as_array().unwrap();
    assert!(
        things.contains(&json!({ "what": "tag", "name": "Seen", "kind": "added" })),
        "{told}"
    );
    assert_eq!(told[0]["changed"]["more"], 0);
    assert_eq!(
        (told.as_array().unwrap().len(), &told[1]["changed"]),
        (2, &Value::Null)
    );
    // And what going back to a release would take away, before it is done.
    let back = editor.get("/api/v1/sites/blog/changes?to=1").await.json();
    let gone: Vec<_> = back["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["kind"] == "removed")
        .map(|change| {
            (
                change["name"].as_str().unwrap(),
                change["before"].is_string(),
            )
        })
        .collect();
    assert_eq!(
        (&back["from"], gone),
        (&json!(2), vec![("Seen", true), ("all", true)])
    );
    let none = editor.get("/api/v1/sites/blog/changes?to=9").await;
    assert_eq!(none.error_code(), "unknown_release");

    // A restart.
    server.bench.publisher(&[], None);
    let (_, router) = server
        .bench
        .routes(DEFAULT_TAG_PREFIX, false, "http://127.0.0.1:8080");
    let script = get(&router, "/t/blog.js").await;
    assert!(script.text().contains("\"site\":\"blog\",\"version\":2,"));
    assert_eq!(server.bench.definitions.borrow().len(), 1);

    let restore = async |body: Value| {
        owner
            .post("/api/v1/sites/blog/releases/1/restore", body)
            .await
    };
    let moved = restore(json!({ "note": "oops", "live": 1 })).await;
    assert_eq!(
        (moved.status, moved.error_code().as_str()),
        (StatusCode::CONFLICT, "environment_moved"),
        "another release is in use than was looked at"
    );
    let restored = restore(json!({ "note": "oops", "live": 2 })).await;
    assert_eq!(restored.json()["version"], 3, "{}", restored.text());
    let draft = editor.get(DRAFT).await.json();
    assert_eq!(
        (&draft["release_version"], &draft["open"]),
        (&json!(3), &json!(false))
    );
    assert_eq!(draft["source"], one["source"]);
}

#[tokio::test]
async fn the_second_of_two_editors_is_told_what_the_first_did() {
    let (server, owner) = blog().await;
    let editor = server.somebody("ed@x", Role::Editor).await;
    save(&owner, &with_tag("Ann's"), 1).await;
    let answer = save(&editor, &with_tag("Ed's"), 1).await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::CONFLICT, "changed_meanwhile")
    );
    let current = &answer.json()["current"];
    assert!(current["source"].as_str().unwrap().contains("Ann's"));
    assert_eq!(current["updated_by"], "ann@x");
    let revision = current["revision"].as_u64().unwrap();
    let merged = save(&editor, &with_tag("Both"), revision).await;
    assert_eq!(merged.status, StatusCode::OK);
    let path = format!("{DRAFT}?revision=2");
    let stale = owner.call("DELETE", &path, None).await;
    assert_eq!(stale.error_code(), "changed_meanwhile");
    let left = owner.call("DELETE", DRAFT, None).await.json();
    assert_eq!(
        (&left["open"], &left["revision"]),
        (&json!(false), &json!(4))
    );
}

#[tokio::test]
async fn a_session_that_ends_half_way_loses_no_draft() {
    let (server, mut owner) = blog().await;
    save(&owner, &with_tag("Half"), 1).await;
    server.bench.pass(IDLE_MS);
    let answer = save(&owner, &with_tag("Whole"), 2).await;
    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (StatusCode::UNAUTHORIZED, "signed_out")
    );
    let wanted = json!({ "email": "ann@x", "password": PASSWORD });
    owner.enter("/api/v1/session", wanted).await;
    let draft = owner.get(DRAFT).await.json();
    assert!(draft["source"].as_str().unwrap().contains("Half"));
    let answer = save(&owner, &with_tag("Whole"), 2).await;
    assert_eq!(answer.status, StatusCode::OK, "and it goes on from there");
}

#[tokio::test]
async fn what_has_errors_is_kept_and_not_published() {
    let (server, owner) = blog().await;
    for broken in ["", "{", "[]", "null", "{\"weir\":1}", "not json <script>"] {
        let draft = owner.get(DRAFT).await.json();
        let revision = draft["revision"].as_u64().unwrap();
        let saved = save(&owner, broken, revision).await;
        assert_eq!(saved.json()["source"], broken, "{}", saved.text());
        let body = json!({ "revision": revision + 1 });
        let answer = owner.post("/api/v1/sites/blog/publish?lang=ru", body).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "problems"),
            "{broken}"
        );
        let problems = answer.json();
        let problem = &problems["problems"][0];
        assert_eq!(problem["severity"], "error", "{problem}");
        let told = problem["message"].as_str().unwrap();
        assert!(told.chars().any(|c| ('а'..='я').contains(&c)), "{told}");
        let changes = owner.get("/api/v1/sites/blog/changes").await;
        assert_eq!(changes.error_code(), "problems");
    }
    let other = with_tag("T").replace("\"blog\"", "\"shop\"");
    let revision = owner.get(DRAFT).await.json()["revision"].as_u64().unwrap();
    save(&owner, &other, revision).await;
    let body = json!({ "revision": revision + 1 });
    let answer = owner.post("/api/v1/sites/blog/publish", body).await;
    assert_eq!(answer.json()["problems"][0]["code"], "site_id_changed");
    let failing = with_tag("T").replacen(
        "{",
        "{ \"examples\": [{ \"name\": \"no\", \"do\": [{ \"pageview\": true }], \"expect\": [] }],",
        1,
    );
    save(&owner, &failing, revision + 1).await;
    let body = json!({ "revision": revision + 2 });
    let answer = owner.post("/api/v1/sites/blog/publish", body).await;
    assert_eq!(answer.json()["problems"][0]["code"], "example_fails");
    let script = get(&server.router, "/t/blog.js").await;
    assert!(script.text().contains("\"version\":1,"), "nothing of it");
}

#[tokio::test]
async fn names_are_text_and_nothing_else() {
    let (server, owner) = blog().await;
    let name = "Robert'); DROP TABLE drafts;-- \"<script>alert(1)</script>\" 🦊 \u{202e}";
    let saved = save(&owner, &with_tag(name), 1).await;
    assert_eq!(saved.header("content-type"), "application/json");
    assert_eq!(saved.header("x-content-type-options"), "nosniff");
    let body = json!({ "revision": 2, "note": name });
    let published = owner.post("/api/v1/sites/blog/publish", body).await;
    assert_eq!(published.json()["version"], 2, "{}", published.text());
    let checked = json!({ "source": with_tag(name), "lang": "en" });
    let checked = owner.post("/api/v1/check", checked).await.json();
    assert_eq!(checked["tags"][0]["name"], name);
    let releases = owner.get("/api/v1/sites/blog/releases").await.json();
    assert_eq!(releases[0]["note"], name);
    let script = get(&server.router, "/t/blog.js").await;
    assert!(!script.text().contains("<script>alert"));
    for id in ["../x", "A", "a b", "<b>", "", "🦊", &"a".repeat(65)] {
        let wanted = json!({ "id": id, "domains": [], "timezone": "UTC", "currency": "EUR" });
        let answer = owner.post("/api/v1/sites", wanted).await;
        assert_eq!(answer.error_code(), "bad_site_id", "{id}");
    }
    for (domains, timezone, currency) in [
        (json!(["https://x/<script>"]), "UTC", "EUR"),
        (json!(["shop.example"]), "Mars/Base", "EUR"),
        (json!(["shop.example"]), "UTC", "\"}, \"x\": {\""),
    ] {
        let wanted =
            json!({ "id": "new", "domains": domains, "timezone": timezone, "currency": currency });
        let answer = owner.post("/api/v1/sites?lang=ru", wanted).await;
        assert_eq!(answer.error_code(), "problems", "{}", answer.text());
    }
    let again = json!({ "id": "blog", "domains": [], "timezone": "UTC", "currency": "EUR" });
    let again = owner.post("/api/v1/sites", again).await;
    assert_eq!(
        (again.status, again.error_code().as_str()),
        (StatusCode::CONFLICT, "site_exists")
    );
    let long = json!({ "revision": 3, "note": "x".repeat(1001) });
    let long = owner.post("/api/v1/sites/blog/publish", long).await;
    assert_eq!(long.error_code(), "long_note");
}

#[tokio::test]
async fn bodies_are_bounded() {
    let (server, owner) = blog().await;
    let send_raw = async |method: &str, path: &str, body: String| {
        let request = owner.request(method, path);
        let request = request.header("content-type", "application/json; charset=utf-8");
        send(&server.router, request.body(Body::from(body)).unwrap()).await
    };
    let long = "x".repeat(5 << 20);
    let source = json!({ "source": long, "revision": 1 }).to_string();
    let huge = "x".repeat(13 << 20);
    for (method, path, body) in [
        ("PUT", DRAFT, &source),
        ("PUT", DRAFT, &huge),
        ("POST", "/api/v1/check", &source),
        ("POST", "/api/v1/sites", &source),
        ("POST", "/api/v1/session", &source),
    ] {
        let answer = send_raw(method, path, body.clone()).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            "{path}"
        );
    }
    for body in ["", "{", "[]", "{\"source\":1}", "\u{0}"] {
        let answer = send_raw("PUT", DRAFT, body.to_owned()).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (StatusCode::BAD_REQUEST, "bad_json"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_file_has_the_last_word() {
    let mut server = Server::at(
        "http://127.0.0.1:8080",
        &[("shop.json", &container("shop"))],
    );
    let owner = server.owner().await;
    let draft = owner.get("/api/v1/sites/shop/draft").await.json();
    assert_eq!(draft["read_only"], true);
    assert_eq!(draft["source"], container("shop"));
    assert!(draft["file"].as_str().unwrap().ends_with("shop.json"));
    let sample = owner.get("/api/v1/sites/demo/draft").await.json();
    assert_eq!(
        (&sample["read_only"], &sample["file"]),
        (&json!(true), &Value::Null)
    );
    for site in ["shop", "demo"] {
        let path = |end: &str| format!("/api/v1/sites/{site}/{end}");
        let body = json!({ "source": "{}", "revision": 1 });
        for answer in [
            owner.call("PUT", &path("draft"), Some(body)).await,
            owner.call("DELETE", &path("draft"), None).await,
            owner.post(&path("publish"), json!({ "revision": 1 })).await,
            owner.post(&path("releases/1/restore"), json!({})).await,
        ] {
            assert_eq!(
                (answer.status, answer.error_code().as_str()),
                (StatusCode::CONFLICT, "read_only")
            );
        }
        let changes = owner.get(&path("changes")).await.json();
        assert_eq!(changes["changes"], json!([]), "{site}");
    }
    let taken = json!({ "id": "shop", "domains": [], "timezone": "UTC", "currency": "EUR" });
    let taken = owner.post("/api/v1/sites", taken).await;
    assert_eq!(taken.error_code(), "site_exists");

    // A file comes for a site that was managed in the page, and goes again.
    let wanted = json!({ "id": "blog", "domains": [], "timezone": "UTC", "currency": "EUR" });
    owner.post("/api/v1/sites", wanted).await;
    save(&owner, &with_tag("Mine"), 1).await;
    let file = server.bench.write("blog.json", &with_tag("By file"));
    server.bench.publisher(&[&file], None);
    let again = |server: &Server| {
        let (_, router) = server
            .bench
            .routes(DEFAULT_TAG_PREFIX, false, "http://127.0.0.1:8080");
        router
    };
    let router = again(&server);
    let request = owner.request("GET", "/api/v1/sites");
    let sites = send(&router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (
            &sites.json()[0]["managed"],
            &sites.json()[0]["container_version"]
        ),
        (&json!("file"), &json!(2))
    );
    server.bench.publisher(&[], None);
    let router = again(&server);
    let request = owner.request("GET", DRAFT);
    let draft = send(&router, request.body(Body::empty()).unwrap()).await;
    let draft = draft.json();
    assert_eq!(
        (&draft["base_version"], &draft["release_version"]),
        (&json!(1), &json!(2))
    );
    assert!(draft["source"].as_str().unwrap().contains("Mine"));
}

#[tokio::test]
async fn a_site_that_was_made_by_mistake_can_go() {
    let (server, owner) = blog().await;
    let path = "/api/v1/sites/blog";
    let gone = owner.call("DELETE", path, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(get(&server.router, "/t/blog.js").await.status, 404);
    assert!(server.bench.intake.get("blog").is_none());
    let again = owner.call("DELETE", path, None).await;
    assert_eq!(again.error_code(), "unknown_site");
    let sample = owner.call("DELETE", "/api/v1/sites/demo", None).await;
    assert_eq!(sample.error_code(), "read_only");
    let wanted =
        json!({ "id": "blog", "domains": ["blog.example"], "timezone": "UTC", "currency": "EUR" });
    let made = owner.post("/api/v1/sites", wanted).await.json();
    assert_eq!(made["container_version"], 2, "numbers go on");
    let releases = owner.get("/api/v1/sites/blog/releases").await.json();
    assert_eq!(releases.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_container_is_judged_and_tried_before_it_is_published() {
    let (_server, owner) = blog().await;
    let check = async |source: &str, lang: &str| {
        let body = json!({ "source": source, "lang": lang });
        owner.post("/api/v1/check", body).await.json()
    };
    let english = check(&with_tag("Seen"), "en").await;
    let russian = check(&with_tag("Seen"), "ru").await;
    assert_eq!(english["publishable"], true);
    assert_ne!(
        english["tags"][0]["sentence"],
        russian["tags"][0]["sentence"]
    );
    assert!(english["site"].as_str().unwrap().contains("blog"));
    assert_eq!(english["triggers"][0]["name"], "all");
    let broken = check(
        "{ \"weir\": 1, \"site\": { \"id\": \"blog\" },\n \"tigers\": {} }",
        "en",
    )
    .await;
    assert_eq!(broken["publishable"], false);
    let problems = broken["problems"].as_array().unwrap();
    let tigers = problems
        .iter()
        .find(|problem| problem["code"] == "unknown_key");
    assert_eq!(tigers.unwrap()["line"], 2, "{broken}");
    assert_eq!(broken["tags"], json!([]));

    let simulate = async |body: Value| owner.post("/api/v1/simulate", body).await;
    let wanted =
        json!({ "source": with_tag("Seen"), "url": "https://blog.example/", "event": "pageview" });
    let outcome = simulate(wanted.clone()).await.json();
    let fired: Vec<&str> = outcome[0]["fires"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fired| fired["tag"].as_str().unwrap())
        .collect();
    assert_eq!(fired, ["", "Seen"], "{outcome}");
    let mut click = wanted.clone();
    click["event"] = json!("click:button");
    click["html"] = json!("<button>Buy</button>");
    let outcome = simulate(click).await.json();
    let reason = &outcome[0]["does_not_fire"][0]["reasons"][0];
    assert!(!reason["message"].as_str().unwrap().is_empty(), "{outcome}");
    for (key, value) in [
        ("event", json!("clik:button")),
        ("url", json!("javascript:alert(1)")),
        ("events", json!(vec!["pageview"; 101])),
    ] {
        let mut bad = wanted.clone();
        bad[key] = value;
        let answer = simulate(bad).await;
        assert_eq!(answer.error_code(), "bad_simulation", "{key}");
    }
    let mut bad = wanted.clone();
    bad["source"] = json!("{");
    assert_eq!(simulate(bad).await.error_code(), "problems");
}

#[tokio::test]
async fn without_clickhouse_sites_are_listed_and_health_says_why_not() {
    let (_server, owner) = blog().await;
    let sites = owner.get("/api/v1/sites").await;
    assert_eq!(sites.status, StatusCode::OK);
    assert_eq!(sites.json()[0]["last_event_at"], Value::Null);
    let health = owner.get("/api/v1/sites/blog/health").await;
    assert_eq!(
        (health.status, health.error_code().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "clickhouse_away")
    );
    let unknown = owner.get("/api/v1/sites/blg/health").await;
    assert_eq!(unknown.json()["error"]["hint"], "did you mean `blog`?");
}
