//! The page's API against the real server and engine: from the printed link to a published tag that is seen to fire, over a
//! SIGKILL, and back in after a forgotten password.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use weir_tests::sender;
use weir_tests::{Stack, StackOptions};

const PASSWORD: &str = "correct horse battery";

/// Somebody who is signed in.
struct Signed {
    client: Client,
    cookie: String,
    csrf: String,
}

impl Signed {
    async fn enter(stack: &Stack, path: &str, body: Value) -> Result<Self> {
        let client = sender::client()?;
        let answer = client.post(stack.url(path)).json(&body).send().await?;
        let cookie = answer.headers().get("set-cookie");
        let cookie = cookie.and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next());
        let cookie = cookie.unwrap_or_default().to_owned();
        let text = answer.text().await?;
        let session: Value = serde_json::from_str(&text)?;
        let csrf = session.get("csrf").and_then(Value::as_str);
        let csrf = csrf.context(text)?.to_owned();
        Ok(Self {
            client,
            cookie,
            csrf,
        })
    }

    async fn call(&self, stack: &Stack, method: Method, path: &str, body: Value) -> Result<Value> {
        let request = self
            .client
            .request(method, stack.url(path))
            .header("cookie", &self.cookie)
            .header("x-weir-csrf", &self.csrf)
            .json(&body);
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, stack: &Stack, path: &str) -> Result<Value> {
        self.call(stack, Method::GET, path, Value::Null).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_link_to_a_tag_that_fires() -> Result<()> {
    let mut stack = Stack::start(StackOptions::default()).await?;
    let code = stack.setup_code().await?;
    let owner =
        json!({ "code": code, "email": "ann@shop.example", "name": "Ann", "password": PASSWORD });
    let ann = Signed::enter(&stack, "/api/v1/setup", owner).await?;
    assert_eq!(stack.get("/api/v1/sites").await?.0, 401);

    let site = json!({ "id": "blog", "domains": ["blog.example"], "timezone": "Europe/Moscow", "currency": "RUB" });
    ann.call(&stack, Method::POST, "/api/v1/sites", site)
        .await?;
    let container = json!({
        "weir": 1, "site": { "id": "blog", "domains": ["blog.example"], "timezone": "Europe/Moscow" },
        "triggers": { "all": { "pageview": {} } },
        "tags": [{ "name": "Seen", "on": ["all"], "event": "seen" }, { "name": "Silent", "on": ["all"], "event": "silent" }],
        "funnels": { "reading": { "within": "1 day", "steps": [
            { "name": "Visit", "event": "pageview" }, { "name": "Seen", "event": "seen" } ] } }
    });
    let draft = json!({ "source": container.to_string(), "revision": 1 });
    ann.call(&stack, Method::PUT, "/api/v1/sites/blog/draft", draft)
        .await?;
    let publish = json!({ "revision": 2, "note": "the first tag" });
    let published = ann.call(&stack, Method::POST, "/api/v1/sites/blog/publish", publish);
    assert_eq!(published.await?["version"], 2);
    // The funnel is a view at once, and the release is where further nodes look for it.
    stack
        .wait_for_number("SELECT count() FROM weir.funnel_blog_reading", 2)
        .await?;
    stack
        .wait_for_number(
            "SELECT max(version) FROM weir.releases WHERE site = 'blog'",
            2,
        )
        .await?;

    // A crash keeps release, people and sessions.
    stack.kill();
    stack.restart().await?;
    let (status, script) = stack.get("/t/blog.js").await?;
    assert_eq!(status, 200);
    assert!(script.contains("\"site\":\"blog\",\"version\":2,"));

    let mut seen = sender::event("seen", 2);
    seen["tag"] = json!("Seen");
    seen["trigger"] = json!("all");
    let events = [sender::event("pageview", 1), seen];
    let (status, body) = stack
        .post(sender::batch("blog", 7, &events).to_string())
        .await?;
    assert_eq!(status, 204, "{body}");
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE site = 'blog' AND tag = 'Seen'",
            1,
        )
        .await?;
    let health = ann.get(&stack, "/api/v1/sites/blog/health").await?;
    let [fired, silent] = health.as_array().context("a list")?.as_slice() else {
        anyhow::bail!("two tags: {health}")
    };
    assert_eq!(
        (&fired["tag"], &fired["today"]),
        (&json!("Seen"), &json!(1))
    );
    assert_eq!(fired["days"].as_array().map(Vec::len), Some(14));
    assert!(fired["last_fired_at"].is_i64());
    assert_eq!(
        (&silent["today"], &silent["last_fired_at"]),
        (&json!(0), &Value::Null)
    );
    // What the list of sites knew a moment ago holds for some seconds.
    let mut site = Value::Null;
    for _ in 0..300 {
        site = ann.get(&stack, "/api/v1/sites").await?[0].take();
        if site["first_event_at"].is_i64() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(site["first_event_at"].is_i64(), "{site}");
    assert_eq!(site["first_event_at"], site["last_event_at"]);
    assert!(site["script_asked_at"].is_i64());

    // A forgotten password, while the server runs.
    let data = stack.data().display().to_string();
    let arguments = [
        "user",
        "reset-password",
        "Ann@shop.example",
        "--data",
        &data,
    ];
    let (exit, link, remarks) = stack.weir(&arguments)?;
    assert_eq!(exit, Some(0), "{remarks}");
    let (_, code) = link.trim().split_once("/reset#").context("a link")?;
    let reset = json!({ "code": code, "password": "another good one" });
    let again = Signed::enter(&stack, "/api/v1/reset", reset.clone()).await?;
    assert!(ann.get(&stack, "/api/v1/sites").await.is_err());
    assert!(Signed::enter(&stack, "/api/v1/reset", reset).await.is_err());
    let audit = again.get(&stack, "/api/v1/audit").await?;
    let actions: Vec<&str> = audit
        .as_array()
        .context("a list")?
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    let expected = [
        "sign_in",
        "reset",
        "reset.link",
        "publish",
        "draft.save",
        "site.create",
        "sign_in",
        "setup",
    ];
    assert_eq!(actions, expected);
    assert!(!stack.log().contains(code), "no code is logged");
    Ok(())
}
