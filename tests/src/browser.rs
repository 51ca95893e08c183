//! Real Chromium through chromedriver, and real Firefox through geckodriver. Every [`Visitor`] has a browser of their own that knows
//! nothing of those before.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::driver::Driver;
use crate::process::POLL;
use crate::sender::USER_AGENT;
use crate::webdriver::Session;

/// How long a page is waited for before a test gives up; says nothing about speed: two browsers and two servers with their engines
/// share the processors.
const PAGE_LIMIT: Duration = Duration::from_secs(60);

/// Scrolls an element to the middle.
const INTO_VIEW: &str = "arguments[0].scrollIntoView({ block: 'center', inline: 'center' })";

/// Browsers that nobody uses at the moment. Starting one takes the processor as long as most tests take, so the next visitor gets it,
/// emptied.
static IDLE: Mutex<Vec<Idle>> = Mutex::new(Vec::new());

/// Whose browser it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    /// Debian's `chromium`.
    Chromium,
    /// Debian's `firefox-esr`.
    Firefox,
}

/// Where visitors come from. A browser ends with the process at the latest.
#[derive(Debug, Clone, Copy)]
pub struct Browsers {
    brand: Brand,
}

impl Browsers {
    /// Those of Chromium.
    pub fn chromium() -> Self {
        Self::of(Brand::Chromium)
    }

    /// Those of a brand. Where geckodriver is, the environment says: `WEIR_GECKODRIVER`.
    pub fn of(brand: Brand) -> Self {
        Self { brand }
    }

    /// A person with a browser that knows nothing, and an ordinary desktop window.
    pub async fn visitor(&self) -> Result<Visitor> {
        self.visitor_with(&[]).await
    }

    /// The same with further command-line arguments of Chromium.
    pub async fn visitor_with(&self, arguments: &[&str]) -> Result<Visitor> {
        let is_plain = self.brand == Brand::Chromium && arguments.is_empty();
        while let Some(idle) = is_plain.then(take_idle).flatten() {
            if let Ok(visitor) = idle.emptied().await {
                return Ok(visitor);
            }
        }
        // Now and then, on a busy machine, a browser does not come up.
        match self.start(arguments).await {
            Ok(visitor) => Ok(visitor),
            Err(error) => self
                .start(arguments)
                .await
                .with_context(|| format!("start the browser again, after: {error:#}")),
        }
    }

    async fn start(&self, arguments: &[&str]) -> Result<Visitor> {
        let driver = Driver::start(self.brand)?;
        let wishes = match self.brand {
            Brand::Chromium => chromium(&driver.profile(), arguments),
            Brand::Firefox => firefox(&driver.profile()),
        };
        let session = Session::start(&driver.port, wishes)
            .await
            .with_context(|| format!("start {:?}", self.brand))?;
        Ok(Visitor {
            session,
            brand: self.brand,
            driver: Some(driver),
            is_plain: self.brand == Brand::Chromium && arguments.is_empty(),
            origins: Mutex::default(),
        })
    }
}

fn chromium(profile: &Path, arguments: &[&str]) -> Value {
    let mut all: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push(format!("--user-agent={USER_AGENT}"));
    all.push(format!("--user-data-dir={}", profile.display()));
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "args": all },
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}

fn firefox(profile: &Path) -> Value {
    let profile = profile.display().to_string();
    let arguments = [
        "-headless",
        "-width=1280",
        "-height=900",
        "-profile",
        &profile,
    ];
    json!({ "browserName": "firefox", "moz:firefoxOptions": { "args": arguments } })
}

/// A browser between two visitors.
#[derive(Debug)]
struct Idle {
    driver: Driver,
    address: String,
    origins: HashSet<String>,
}

fn take_idle() -> Option<Idle> {
    IDLE.lock().ok()?.pop()
}

impl Idle {
    /// As a browser that was just started: one tab, in front, and nothing kept of those before.
    async fn emptied(self) -> Result<Visitor> {
        let session = Session::at(self.address)?;
        let before = session.get("window/handles").await?;
        let tab = session
            .post("window/new", &json!({ "type": "tab" }))
            .await?;
        let go_to = |handle: &Value| json!({ "handle": handle });
        for handle in before.as_array().context("handles are a list")? {
            session.post("window", &go_to(handle)).await?;
            session.delete("window").await?;
        }
        let tab = tab.get("handle").context("a tab has a handle")?;
        session.post("window", &go_to(tab)).await?;
        let visitor = Visitor {
            session,
            brand: Brand::Chromium,
            driver: Some(self.driver),
            is_plain: true,
            origins: Mutex::default(),
        };
        // A tab that another tab opens stays behind it.
        for command in [
            "Page.bringToFront",
            "Network.clearBrowserCookies",
            "Network.clearBrowserCache",
        ] {
            visitor.devtools(command, json!({})).await?;
        }
        for origin in self.origins {
            let what = json!({ "origin": origin, "storageTypes": "all" });
            visitor.devtools("Storage.clearDataForOrigin", what).await?;
        }
        visitor.console().await?;
        let seen = visitor
            .run("return document.visibilityState + document.hasFocus() + innerWidth + location.href")
            .await?;
        if seen != "visibletrue1280about:blank" {
            bail!("the new tab is not in front: {seen}");
        }
        Ok(visitor)
    }
}

/// One browser, which nobody has used before or nothing is left of in it.
#[derive(Debug)]
pub struct Visitor {
    session: Session,
    brand: Brand,
    /// None once it is somebody else's.
    driver: Option<Driver>,
    /// Whether it was started as most are.
    is_plain: bool,
    /// Where it has been.
    origins: Mutex<HashSet<String>>,
}

impl Drop for Visitor {
    fn drop(&mut self) {
        // What a test that failed has left behind is nobody's business.
        if !self.is_plain || std::thread::panicking() {
            return;
        }
        let origins = self.origins.get_mut().map(std::mem::take);
        if let (Some(driver), Ok(origins), Ok(mut idle)) =
            (self.driver.take(), origins, IDLE.lock())
        {
            let address = self.session.address.clone();
            idle.push(Idle {
                driver,
                address,
                origins,
            });
        }
    }
}

impl Visitor {
    /// Loads a page, its scripts included.
    pub async fn open(&self, url: &str) -> Result<()> {
        let origin: Vec<_> = url.splitn(4, '/').take(3).collect();
        if let Ok(mut origins) = self.origins.lock() {
            origins.insert(origin.join("/"));
        }
        self.session
            .post("url", &json!({ "url": url }))
            .await
            .with_context(|| format!("open {url}"))?;
        Ok(())
    }

    /// Clicks the first element that matches, scrolled into view as a person would.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let element = self.find(selector).await?;
        let doing = || format!("click {selector}");
        self.session
            .run(INTO_VIEW, Some(&element))
            .await
            .with_context(doing)?;
        self.session
            .post(&format!("element/{element}/click"), &json!({}))
            .await
            .with_context(doing)?;
        Ok(())
    }

    /// Types into a field.
    pub async fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.find(selector).await?;
        self.session
            .post(
                &format!("element/{element}/value"),
                &json!({ "text": text }),
            )
            .await
            .with_context(|| format!("type into {selector}"))?;
        Ok(())
    }

    /// Scrolls an element to the middle of the window.
    pub async fn look_at(&self, selector: &str) -> Result<()> {
        self.run(&format!(
            "document.querySelector({}).scrollIntoView({{block: 'center', behavior: 'instant'}})",
            Value::from(selector)
        ))
        .await?;
        Ok(())
    }

    /// Runs JavaScript as the body of a function and returns its value.
    pub async fn run(&self, script: &str) -> Result<Value> {
        self.session
            .run(script, None)
            .await
            .with_context(|| format!("run {script}"))
    }

    /// Waits until a JavaScript expression is true.
    pub async fn wait_until(&self, expression: &str) -> Result<()> {
        let end = Instant::now() + PAGE_LIMIT;
        while self.run(&format!("return Boolean({expression})")).await? != Value::Bool(true) {
            if Instant::now() > end {
                let address = self.session.get("url").await?;
                let seen = self
                    .run("return document.body?.innerText.slice(0, 2000)")
                    .await?;
                bail!("{address}: `{expression}` did not become true on {seen:#}");
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Waits until the path of the address is this one and the page is loaded.
    pub async fn wait_for_path(&self, path: &str) -> Result<()> {
        self.wait_until(&format!(
            "location.pathname === {} && document.readyState === 'complete'",
            Value::from(path)
        ))
        .await
    }

    /// Sends a command of the DevTools protocol and returns its answer.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        self.session
            .post(
                "goog/cdp/execute",
                &json!({ "cmd": command, "params": parameters }),
            )
            .await
            .with_context(|| format!("send {command} to the browser"))
    }

    /// Opens another tab and works there; the number of it. Those before keep what they show.
    pub async fn tab(&self) -> Result<Value> {
        let tab = self
            .session
            .post("window/new", &json!({ "type": "tab" }))
            .await?;
        let handle = tab.get("handle").cloned().context("a tab has a handle")?;
        self.go_to_tab(&handle).await?;
        Ok(handle)
    }

    /// Works in another tab, in front of all others.
    pub async fn go_to_tab(&self, handle: &Value) -> Result<()> {
        self.session
            .post("window", &json!({ "handle": handle }))
            .await?;
        self.devtools("Page.bringToFront", json!({})).await?;
        Ok(())
    }

    /// Bytes that JavaScript holds once what nobody needs is gone, the memory of WebAssembly included.
    pub async fn heap(&self) -> Result<f64> {
        // What only a finalizer lets go of is gone after the second time.
        for _ in 0..2 {
            self.devtools("HeapProfiler.collectGarbage", json!({}))
                .await?;
        }
        let usage = self.devtools("Runtime.getHeapUsage", json!({})).await?;
        let bytes = |key| usage.get(key).and_then(Value::as_f64).unwrap_or_default();
        Ok(bytes("usedSize") + bytes("backingStorageSize"))
    }

    /// Errors and warnings that Chromium's console holds since the last call; of Firefox's, no driver tells.
    pub async fn console(&self) -> Result<Vec<String>> {
        if self.brand == Brand::Firefox {
            return Ok(Vec::new());
        }
        let entries = self
            .session
            .post("se/log", &json!({ "type": "browser" }))
            .await?;
        let entries = entries.as_array().context("a log is a list")?;
        let message = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        Ok(entries.iter().map(message).collect())
    }

    /// Leaves the site: its page gets its `pagehide` and says its last word. The browser stays open, because one that ends
    /// at once takes with it what it has not yet sent, whatever it has promised the page.
    pub async fn leave(&self) -> Result<()> {
        self.open("about:blank").await
    }

    /// Closes the browser.
    pub async fn quit(mut self) -> Result<()> {
        self.is_plain = false;
        self.session.end().await
    }

    async fn find(&self, selector: &str) -> Result<String> {
        let end = Instant::now() + PAGE_LIMIT;
        loop {
            let found = self.session.find(selector).await;
            if let Some(element) = found.with_context(|| format!("find {selector}"))? {
                return Ok(element);
            }
            if Instant::now() > end {
                bail!("`{selector}` is not on the page");
            }
            tokio::time::sleep(POLL).await;
        }
    }
}
