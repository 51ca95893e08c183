//! Real Chromium through chromedriver. Every [`Visitor`] has a fresh profile.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::prelude::*;

use crate::process::{Owned, POLL};
use crate::sender::USER_AGENT;

/// How long a page may take to do what it was asked to.
const PAGE_LIMIT: Duration = Duration::from_secs(20);

/// One chromedriver, which starts a browser for each visitor.
#[derive(Debug)]
pub struct Browsers {
    address: String,
    _driver: Owned,
}

impl Browsers {
    /// Starts chromedriver on a free port.
    pub fn start() -> Result<Self> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("start chromedriver; `tools/setup.sh browser` installs it")?;
        let output = child.stdout.take().context("chromedriver has no output")?;
        let driver = Owned::new(child);
        for line in BufReader::new(output).lines() {
            if let Some((_, port)) = line?.split_once("started successfully on port ") {
                let port = port.trim().trim_end_matches('.');
                return Ok(Self {
                    address: format!("http://127.0.0.1:{port}"),
                    _driver: driver,
                });
            }
        }
        bail!("chromedriver ended without naming its port")
    }

    /// A person with a new browser and an ordinary desktop window.
    pub async fn visitor(&self) -> Result<Visitor> {
        self.visitor_with(&[]).await
    }

    /// The same with further command-line arguments of Chromium.
    pub async fn visitor_with(&self, arguments: &[&str]) -> Result<Visitor> {
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
            _profile: profile,
        })
    }
}

/// One browser with a profile of its own.
#[derive(Debug)]
pub struct Visitor {
    driver: WebDriver,
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

    /// Errors and warnings that the page's console holds since the last call.
    pub async fn console(&self) -> Result<Vec<String>> {
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
