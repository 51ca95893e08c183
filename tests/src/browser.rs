//! Real Chromium through chromedriver, and real Firefox through geckodriver. Every [`Visitor`] has a fresh profile.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;

use crate::process::{Owned, POLL};
use crate::sender::USER_AGENT;

/// How long a page may take to do what it was asked to.
const PAGE_LIMIT: Duration = Duration::from_secs(20);

/// How often a driver is started that ends before it listens.
const STARTS: usize = 3;

/// Whose browser it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    /// Debian's `chromium`.
    Chromium,
    /// Debian's `firefox-esr`.
    Firefox,
}

/// One driver, which starts a browser for each visitor.
#[derive(Debug)]
pub struct Browsers {
    brand: Brand,
    address: String,
    _driver: Owned,
}

impl Browsers {
    /// Starts chromedriver on a free port.
    pub fn start() -> Result<Self> {
        Self::start_of(Brand::Chromium)
    }

    /// Starts the driver of a browser on a free port. Where geckodriver is, the environment says: `WEIR_GECKODRIVER`.
    pub fn start_of(brand: Brand) -> Result<Self> {
        let (program, announced, advice) = match brand {
            Brand::Chromium => (
                OsString::from("chromedriver"),
                "started successfully on port ",
                "start chromedriver; `tools/setup.sh browser` installs it",
            ),
            Brand::Firefox => (
                std::env::var_os("WEIR_GECKODRIVER").unwrap_or_else(|| "geckodriver".into()),
                "Listening on 127.0.0.1:",
                "start geckodriver; `tools/setup.sh firefox` installs it and prints what `WEIR_GECKODRIVER` must be",
            ),
        };
        // Now and then, on a busy machine, chromedriver ends before it listens. Why is not known: what it says is told.
        let mut said = String::new();
        for _ in 0..STARTS {
            match listening(&program, announced, advice)? {
                Ok((driver, port)) => {
                    return Ok(Self {
                        brand,
                        address: format!("http://127.0.0.1:{port}"),
                        _driver: driver,
                    });
                }
                Err(last_words) => said = last_words,
            }
        }
        bail!("the driver ended {STARTS} times without naming its port; it said last: {said}")
    }

    /// A person with a new browser and an ordinary desktop window.
    pub async fn visitor(&self) -> Result<Visitor> {
        self.visitor_with(&[]).await
    }

    /// The same with further command-line arguments of Chromium.
    pub async fn visitor_with(&self, arguments: &[&str]) -> Result<Visitor> {
        if self.brand == Brand::Firefox {
            return self.firefox().await;
        }
        let profile = TempDir::with_prefix("weir-chromium-")?;
        let mut wishes = DesiredCapabilities::chrome();
        for argument in [
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
        ] {
            wishes.add_arg(argument)?;
        }
        wishes.add_arg(&format!("--user-agent={USER_AGENT}"))?;
        wishes.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        for argument in arguments {
            wishes.add_arg(argument)?;
        }
        wishes.set("goog:loggingPrefs", serde_json::json!({ "browser": "ALL" }))?;
        let driver = WebDriver::new(&self.address, wishes)
            .await
            .context("start Chromium")?;
        Ok(Visitor {
            driver,
            brand: Brand::Chromium,
            _profile: profile,
        })
    }

    async fn firefox(&self) -> Result<Visitor> {
        let profile = TempDir::with_prefix("weir-firefox-")?;
        let mut wishes = DesiredCapabilities::firefox();
        for argument in ["-headless", "-width=1280", "-height=900"] {
            wishes.add_arg(argument)?;
        }
        wishes.add_arg("-profile")?;
        wishes.add_arg(&profile.path().display().to_string())?;
        let driver = WebDriver::new(&self.address, wishes)
            .await
            .context("start Firefox")?;
        Ok(Visitor {
            driver,
            brand: Brand::Firefox,
            _profile: profile,
        })
    }
}

/// Starts a driver and waits until it names its port. Where it ends before that: what it said.
fn listening(
    program: &OsStr,
    announced: &str,
    advice: &'static str,
) -> Result<Result<(Owned, String), String>> {
    let mut child = Command::new(program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context(advice)?;
    let output = child.stdout.take().context("the driver has no output")?;
    let driver = Owned::new(child);
    let mut lines = BufReader::new(output).lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next() {
        let line = line?;
        if let Some((_, port)) = line.split_once(announced) {
            // A driver that nobody listens to stops when it wants to say something.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(Ok((driver, port.trim().trim_end_matches('.').to_owned())));
        }
        said.push(line);
    }
    Ok(Err(said.join(" | ")))
}

/// One browser with a profile of its own.
#[derive(Debug)]
pub struct Visitor {
    driver: WebDriver,
    brand: Brand,
    _profile: TempDir,
}

impl Visitor {
    /// Loads a page, its scripts included.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.driver
            .goto(url)
            .await
            .with_context(|| format!("open {url}"))
    }

    /// Clicks the first element that matches, scrolled into view as a person would.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let element = self.find(selector).await?;
        element.scroll_into_view().await?;
        element
            .click()
            .await
            .with_context(|| format!("click {selector}"))
    }

    /// Types into a field.
    pub async fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        Ok(self.find(selector).await?.send_keys(text).await?)
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
        let answer = self.driver.execute(script, Vec::new()).await;
        Ok(answer
            .with_context(|| format!("run {script}"))?
            .json()
            .clone())
    }

    /// Waits until a JavaScript expression is true.
    pub async fn wait_until(&self, expression: &str) -> Result<()> {
        let end = Instant::now() + PAGE_LIMIT;
        while self.run(&format!("return Boolean({expression})")).await? != Value::Bool(true) {
            if Instant::now() > end {
                let address = self.driver.current_url().await?;
                bail!("{address}: `{expression}` did not become true");
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
        self.driver
            .cdp()
            .send_raw(command, parameters)
            .await
            .with_context(|| format!("send {command} to the browser"))
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
        let entries = self.driver.get_log("browser").await?;
        Ok(entries.into_iter().map(|entry| entry.message).collect())
    }

    /// A picture of the window, as PNG.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.driver.screenshot_as_png().await?)
    }

    /// Leaves the site: its page gets its `pagehide` and says its last word. The browser stays open, because one that ends
    /// at once takes with it what it has not yet sent, whatever it has promised the page.
    pub async fn leave(&self) -> Result<()> {
        Ok(self.driver.goto("about:blank").await?)
    }

    /// Closes the browser.
    pub async fn quit(self) -> Result<()> {
        Ok(self.driver.quit().await?)
    }

    async fn find(&self, selector: &str) -> Result<WebElement> {
        self.driver
            .query(By::Css(selector))
            .wait(PAGE_LIMIT, POLL)
            .first()
            .await
            .with_context(|| format!("find {selector}"))
    }
}
