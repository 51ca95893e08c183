//! Environments: a release is tried on staging first, then made live; what staging sends is never the site's.

use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::client::{Client, Server};
use crate::accounts::Role;
use crate::config::DEFAULT_TAG_PREFIX;
use crate::testing::{Answer, send};

const SITE: &str = "/api/v1/sites/blog";
const STAGING: &str = "/api/v1/sites/blog/environments/staging";

/// A server with the site `blog` on `*.blog.example`, and its owner.
async fn blog() -> (Server, Client) {
    let server = Server::new();
    let owner = server.owner().await;
    let domains = json!(["blog.example", "*.blog.example"]);
    let wanted =
        json!({ "id": "blog", "domains": domains, "timezone": "Europe/Moscow", "currency": "RUB" });
    let made = owner.post("/api/v1/sites", wanted).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    (server, owner)
}

async fn put(client: &Client, path: &str, hosts: Value) -> Answer {
    client
        .call("PUT", path, Some(json!({ "hosts": hosts })))
        .await
}

async fn staging(owner: &Client) {
    let made = put(owner, STAGING, json!(["staging.blog.example"])).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text());
}

/// Saves a draft with one tag; says its revision.
async fn edit(client: &Client, name: &str) -> u64 {
    let draft = client.get(&format!("{SITE}/draft")).await.json();
    let container = json!({
        "weir": 1, "site": { "id": "blog", "domains": ["blog.example", "*.blog.example"] },
        "triggers": { "all": { "pageview": {} } },
        "tags": [{ "name": name, "on": ["all"], "event": "seen" }]
    });
    let body = json!({ "source": container.to_string(), "revision": draft["revision"] });
    let saved = client
        .call("PUT", &format!("{SITE}/draft"), Some(body))
        .await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    saved.json()["revision"].as_u64().unwrap()
}

async fn script(server: &Server, file: &str, page: &str) -> Answer {
    let mut request = Request::get(format!("/t/{file}"));
    if !page.is_empty() {
        request = request.header("referer", page);
    }
    send(
        &server.router,
        request.body(axum::body::Body::empty()).unwrap(),
    )
    .await
}

fn release(site: &str, version: u32) -> String {
    format!("\"site\":\"{site}\",\"version\":{version},")
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_release_is_tried_on_staging_then_made_live() {
    let (mut server, owner) = blog().await;
    let editor = server.somebody("ed@x", Role::Editor).await;
    staging(&editor).await;
    let list = editor.get(&format!("{SITE}/environments")).await.json();
    assert_eq!(
        (
            &list[0]["version"],
            &list[0]["same_as_live"],
            &list[0]["id"]
        ),
        (&json!(1), &json!(true), &json!("blog__staging")),
        "it starts with what is live"
    );

    let revision = edit(&editor, "Seen").await;
    let body = json!({ "revision": revision, "note": "try", "environment": "staging" });
    let published = editor.post(&format!("{SITE}/publish"), body.clone()).await;
    assert_eq!(published.json()["version"], 2, "{}", published.text());
    let again = editor.post(&format!("{SITE}/publish"), body).await;
    assert_eq!(code(&again), "nothing_to_publish");
    let draft = editor.get(&format!("{SITE}/draft")).await.json();
    assert_eq!(
        (&draft["open"], &draft["release_version"]),
        (&json!(true), &json!(1))
    );

    // The same line on both hosts: each gets its own.
    let on_staging = script(&server, "blog.js", "https://STAGING.blog.example:8443/a").await;
    assert!(on_staging.text().contains(&release("blog__staging", 2)));
    for page in ["https://www.blog.example/", "", "nonsense"] {
        let live = script(&server, "blog.js", page).await;
        assert!(live.text().contains(&release("blog", 1)), "{page}");
    }
    let vary: Vec<_> = on_staging.headers.get_all("vary").iter().collect();
    assert!(vary.iter().any(|it| *it == "referer"), "{vary:?}");
    let named = script(&server, "blog__staging.js", "").await;
    assert!(named.text().contains(&release("blog__staging", 2)));

    let changes = format!("{SITE}/changes?environment=staging");
    let changes = editor.get(&changes).await.json();
    assert_eq!(changes["from"], 1);
    assert!(changes["changes"].to_string().contains("Seen"), "{changes}");
    let history = editor
        .get("/api/v1/sites/blog__staging/releases")
        .await
        .json();
    assert_eq!(
        (&history[0]["version"], &history[0]["note"]),
        (&json!(2), &json!("try"))
    );

    let promote = format!("{STAGING}/promote");
    let stale = editor
        .post(&promote, json!({ "version": 1, "live": 1 }))
        .await;
    assert_eq!(
        (stale.status, code(&stale).as_str()),
        (StatusCode::CONFLICT, "environment_moved")
    );
    let stale = editor
        .post(&promote, json!({ "version": 2, "live": 7 }))
        .await;
    assert_eq!(code(&stale), "environment_moved", "what is live is another");
    let live = editor
        .post(&promote, json!({ "version": 2, "live": 1, "note": "good" }))
        .await;
    assert_eq!(live.json()["version"], 2, "{}", live.text());
    let draft = editor.get(&format!("{SITE}/draft")).await.json();
    assert_eq!(
        (&draft["open"], &draft["release_version"]),
        (&json!(false), &json!(2))
    );
    let live = script(&server, "blog.js", "https://blog.example/").await;
    assert!(live.text().contains(&release("blog", 2)));
    let again = editor
        .post(&promote, json!({ "version": 2, "live": 2 }))
        .await;
    assert_eq!(code(&again), "nothing_to_publish");

    server.bench.publisher(&[], None);
    let (_, router) = server
        .bench
        .routes(DEFAULT_TAG_PREFIX, false, "http://127.0.0.1:8080");
    server.router = router;
    let on_staging = script(&server, "blog.js", "https://staging.blog.example/").await;
    assert!(
        on_staging.text().contains(&release("blog__staging", 2)),
        "also after a restart"
    );
    let audit = owner.get("/api/v1/audit").await.json().to_string();
    assert!(
        audit.contains("environment.set") && audit.contains("staging: 2: try"),
        "{audit}"
    );
}

#[tokio::test]
async fn an_environment_that_comes_back_goes_on_with_what_it_had() {
    let (server, owner) = blog().await;
    staging(&owner).await;
    let revision = edit(&owner, "Seen").await;
    let body = json!({ "revision": revision, "note": "", "environment": "staging" });
    owner.post(&format!("{SITE}/publish"), body).await;
    let page = "https://staging.blog.example/";
    let removed = owner.call("DELETE", STAGING, None).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let live = script(&server, "blog.js", page).await;
    assert!(live.text().contains(&release("blog", 1)));
    staging(&owner).await;
    let back = script(&server, "blog.js", page).await;
    assert!(back.text().contains(&release("blog__staging", 2)));
}

#[tokio::test]
async fn a_site_that_a_file_takes_over_has_no_environments() {
    let (mut server, owner) = blog().await;
    staging(&owner).await;
    let file = server.bench.folder.path().join("blog.json");
    let container = json!({
        "weir": 1, "site": { "id": "blog", "domains": ["blog.example", "*.blog.example"] },
        "triggers": { "all": { "pageview": {} } },
        "tags": [{ "name": "Of the file", "on": ["all"], "event": "seen" }]
    });
    std::fs::write(&file, container.to_string()).unwrap();
    server.bench.publisher(&[&file], None);
    let id = |site: &str| server.bench.intake.get(site).is_some();
    assert!(id("blog") && !id("blog__staging"));
    let blog = server.bench.intake.get("blog").unwrap();
    assert!(blog.allows("staging.blog.example"));
}

#[tokio::test]
async fn staging_hosts_are_no_hosts_of_the_site() {
    let (server, owner) = blog().await;
    staging(&owner).await;
    let id = |site: &str| server.bench.intake.get(site).unwrap();
    assert_eq!(id("blog__staging").id.as_str(), "blog__staging");
    assert!(!id("blog__staging").allows("www.blog.example"));

    for path in ["draft", "publish", "environments/two"] {
        let path = format!("/api/v1/sites/blog__staging/{path}");
        let answer = match path.rsplit('/').next().unwrap() {
            "draft" => {
                owner
                    .call("PUT", &path, Some(json!({ "source": "{}", "revision": 1 })))
                    .await
            }
            "publish" => owner.post(&path, json!({ "revision": 1 })).await,
            _ => put(&owner, &path, json!(["x.example"])).await,
        };
        assert_eq!(code(&answer), "read_only", "{path}");
    }
    let shown = owner.get("/api/v1/sites/blog__staging/draft").await.json();
    assert_eq!(
        (&shown["read_only"], &shown["file"]),
        (&json!(true), &Value::Null)
    );

    let gone = owner.call("DELETE", STAGING, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    let live = script(&server, "blog.js", "https://staging.blog.example/").await;
    assert!(live.text().contains(&release("blog", 1)));
    let gone = script(&server, "blog__staging.js", "").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    staging(&owner).await;
    let list = owner.get(&format!("{SITE}/environments")).await.json();
    assert_eq!(
        list[0]["hosts"],
        json!(["staging.blog.example"]),
        "it can come back"
    );
    let removed = owner.call("DELETE", SITE, None).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert!(
        server.bench.intake.get("blog__staging").is_none(),
        "it goes with its site"
    );
}

#[tokio::test]
async fn what_cannot_be_an_environment_is_refused() {
    let (server, owner) = blog().await;
    staging(&owner).await;
    let of = |name: &str| format!("{SITE}/environments/{name}");
    for name in ["live", "Stage", "a_b", "a-b", "aaaaaaaaaaaaaaaaaaaaa"] {
        let answer = put(&owner, &of(name), json!(["x.example"])).await;
        assert_eq!(code(&answer), "bad_environment", "{name}");
    }
    for (hosts, wanted) in [
        (json!([]), "bad_hosts"),
        (json!(["https://x.example"]), "bad_host"),
        (json!(["blog.example"]), "host_taken"),
        (json!(["*.blog.example"]), "host_taken"),
        (json!(["staging.blog.example"]), "host_taken"),
        (
            json!(["*.staging.blog.example", "staging.blog.example"]),
            "host_taken",
        ),
    ] {
        let answer = put(&owner, &of("test"), hosts.clone()).await;
        assert_eq!(code(&answer), wanted, "{hosts}");
    }
    let russian = put(
        &owner,
        &format!("{}?lang=ru", of("test")),
        json!(["staging.blog.example"]),
    )
    .await;
    assert!(
        russian
            .text()
            .contains("уже относится к окружению `staging`"),
        "{}",
        russian.text()
    );
    // The other way round: a domain that an environment has does not become live.
    let draft = owner.get(&format!("{SITE}/draft")).await.json();
    let container = json!({ "weir": 1, "site": { "id": "blog", "domains": ["blog.example", "staging.blog.example"] } });
    let body = json!({ "source": container.to_string(), "revision": draft["revision"] });
    let revision = owner
        .call("PUT", &format!("{SITE}/draft"), Some(body))
        .await
        .json()["revision"]
        .clone();
    let answer = owner
        .post(&format!("{SITE}/publish"), json!({ "revision": revision }))
        .await;
    assert_eq!(code(&answer), "host_taken", "{}", answer.text());

    let body = json!({ "revision": revision, "environment": "stagin" });
    let unknown = owner.post(&format!("{SITE}/publish"), body).await;
    assert_eq!(code(&unknown), "unknown_environment");
    assert!(
        unknown.text().contains("did you mean `staging`?"),
        "{}",
        unknown.text()
    );
    for (method, path) in [
        ("DELETE", of("nope")),
        ("POST", format!("{}/promote", of("nope"))),
    ] {
        let answer = owner
            .call(method, &path, Some(json!({ "version": 1, "live": 1 })))
            .await;
        assert_eq!(code(&answer), "unknown_environment", "{path}");
    }
    let changes = owner.get(&format!("{SITE}/changes?environment=nope")).await;
    assert_eq!(code(&changes), "unknown_environment");
    let viewer = server.somebody("vi@x", Role::Viewer).await;
    let answer = put(&viewer, STAGING, json!(["x.example"])).await;
    assert_eq!(code(&answer), "not_allowed");
}

#[tokio::test]
async fn a_preview_opens_on_the_hosts_of_an_environment() {
    let (server, owner) = blog().await;
    staging(&owner).await;
    edit(&owner, "Draft").await;
    let preview = |site: &str| format!("/api/v1/sites/{site}/preview?lang=ru");
    let page = json!({ "url": "https://staging.blog.example/post" });
    let made = owner.post(&preview("blog"), page.clone()).await;
    let link = made.json()["link"].as_str().unwrap_or_default().to_owned();
    let token = link
        .strip_prefix("https://staging.blog.example/post#weir_preview=")
        .unwrap_or_else(|| panic!("{}", made.text()));
    // The tag of such a page is the companion's, and looks for a link of its own.
    assert!(token.starts_with("blog__staging."), "{token}");
    let tag = |token: &str| format!("{token}/tag.js");
    let draft = script(&server, &tag(token), "https://staging.blog.example/").await;
    assert!(
        draft.text().contains(&release("blog__staging", 2)),
        "{}",
        draft.text()
    );
    assert!(draft.text().contains("\"tags\":[\"Draft\"]"));
    assert!(draft.text().contains("/t/blog__staging.js"));
    for page in ["https://www.blog.example/", "https://other.example/"] {
        let refused = script(&server, &tag(token), page).await;
        assert!(refused.text().contains("preview_of_other_origin"), "{page}");
    }
    let live = owner
        .post(
            &preview("blog"),
            json!({ "url": "https://www.blog.example/" }),
        )
        .await;
    assert!(live.text().contains("#weir_preview=blog."));
    let foreign = owner
        .post(&preview("blog"), json!({ "url": "https://evil.example/" }))
        .await;
    assert!(
        foreign.text().contains("`staging.blog.example`"),
        "{}",
        foreign.text()
    );
    let by_companion = owner.post(&preview("blog__staging"), json!({})).await;
    assert!(
        by_companion
            .text()
            .contains("https://staging.blog.example/#weir_preview=blog__staging."),
        "{}",
        by_companion.text()
    );
    let revoked = owner.call("DELETE", &preview("blog"), None).await;
    assert_eq!(revoked.json()["revoked"], 3, "all of the site's");
    let gone = script(&server, &tag(token), "https://staging.blog.example/").await;
    assert!(gone.text().contains("preview_revoked"));
}

#[tokio::test]
async fn an_older_release_of_an_environment_comes_back() {
    let (server, owner) = blog().await;
    staging(&owner).await;
    let revision = edit(&owner, "Seen").await;
    let body = json!({ "revision": revision, "note": "", "environment": "staging" });
    owner.post(&format!("{SITE}/publish"), body).await;
    let page = "https://staging.blog.example/";
    let restore = |version: u32| format!("{SITE}/releases/{version}/restore");
    let wanted = json!({ "note": "oops", "environment": "staging" });
    let back = owner.post(&restore(1), wanted.clone()).await;
    assert_eq!(back.json()["version"], 3, "{}", back.text());
    let script = script(&server, "blog.js", page).await;
    assert!(script.text().contains(&release("blog__staging", 3)));
    let draft = owner.get(&format!("{SITE}/draft")).await.json();
    assert_eq!(
        (&draft["open"], &draft["release_version"]),
        (&json!(true), &json!(1)),
        "neither the draft nor what is live"
    );
    let list = owner.get(&format!("{SITE}/environments")).await.json();
    assert_eq!(list[0]["same_as_live"], json!(true));
    assert_eq!(
        code(&owner.post(&restore(1), wanted.clone()).await),
        "nothing_to_publish"
    );
    assert_eq!(
        code(&owner.post(&restore(9), wanted).await),
        "unknown_release"
    );
    let nowhere = json!({ "note": "", "environment": "stagin" });
    let unknown = owner.post(&restore(1), nowhere).await;
    assert_eq!(code(&unknown), "unknown_environment");
    let audit = owner.get("/api/v1/audit").await.json().to_string();
    assert!(audit.contains("staging: 3: = 1. oops"), "{audit}");
}
