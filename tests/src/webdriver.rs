//! The few commands of W3C WebDriver that the tests need, as JSON over HTTP.
//!
//! A client from the registry did the same, but made Cargo unify features: with it in the workspace, `serde_json` kept the order
//! of keys and everything that is shipped was built twice, once as it is and once for the tests.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// The name that the standard gives the id of an element in an answer.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long a page may load, or a script take, before the driver gives up; says nothing about speed.
const PATIENCE_MS: u64 = 180_000;
/// Longer than the driver takes to give up.
const ANSWER_LIMIT: Duration = Duration::from_secs(240);

/// One browser, as its driver sees it.
#[derive(Debug)]
pub(crate) struct Session {
    client: reqwest::Client,
    pub(crate) address: String,
}

impl Session {
    /// Starts a browser as `wishes` say, which are the options of its brand.
    pub(crate) async fn start(port: &str, wishes: Value) -> Result<Self> {
        let client = client()?;
        let address = format!("http://127.0.0.1:{port}/session");
        let mut wishes = wishes;
        if let Some(wishes) = wishes.as_object_mut() {
            let timeouts = json!({ "script": PATIENCE_MS, "pageLoad": PATIENCE_MS, "implicit": 0 });
            wishes.insert("timeouts".to_owned(), timeouts);
        }
        let body = json!({ "capabilities": { "alwaysMatch": wishes } });
        let answer = value_of(client.post(&address).json(&body)).await?;
        let id = text(&answer, "sessionId")
            .with_context(|| format!("the driver names no session: {answer}"))?;
        Ok(Self {
            client,
            address: format!("{address}/{id}"),
        })
    }

    /// One that was started before, by a client that is gone.
    pub(crate) fn at(address: String) -> Result<Self> {
        let client = client()?;
        Ok(Self { client, address })
    }

    /// Asks for something.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        value_of(self.client.get(format!("{}/{path}", self.address))).await
    }

    /// Has something done.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        value_of(
            self.client
                .post(format!("{}/{path}", self.address))
                .json(body),
        )
        .await
    }

    /// Has something closed.
    pub(crate) async fn delete(&self, path: &str) -> Result<Value> {
        value_of(self.client.delete(format!("{}/{path}", self.address))).await
    }

    /// The first element that matches, if any does.
    pub(crate) async fn find(&self, selector: &str) -> Result<Option<String>> {
        let by = json!({ "using": "css selector", "value": selector });
        let found = self.post("elements", &by).await?;
        let first = found.get(0).and_then(|element| text(element, ELEMENT));
        Ok(first.map(str::to_owned))
    }

    /// Runs JavaScript as the body of a function, with an element as its first argument if one is given.
    pub(crate) async fn run(&self, script: &str, element: Option<&str>) -> Result<Value> {
        let arguments: Vec<_> = element.iter().map(|id| json!({ ELEMENT: id })).collect();
        self.post(
            "execute/sync",
            &json!({ "script": script, "args": arguments }),
        )
        .await
    }

    /// Closes the browser.
    pub(crate) async fn end(&self) -> Result<()> {
        value_of(self.client.delete(&self.address)).await?;
        Ok(())
    }
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(ANSWER_LIMIT).build()?)
}

/// What the driver answers, or what it says went wrong.
async fn value_of(request: reqwest::RequestBuilder) -> Result<Value> {
    let answer = request.send().await?;
    let status = answer.status();
    let body: Value = answer.json().await.context("the driver answers no JSON")?;
    let value = body.get("value").cloned().unwrap_or_default();
    if !status.is_success() {
        let said = |key| text(&value, key).unwrap_or_default();
        bail!("{}: {}", said("error"), said("message"));
    }
    Ok(value)
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}
