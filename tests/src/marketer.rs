//! Somebody who works with the web application in real Chromium, and a page of their site.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{Browsers, Stack, Visitor};

/// What Anna signs in with.
pub const PASSWORD: &str = "samovar on the table";
/// A name that a page which is careless with text would run.
pub const HOSTILE: &str = "\"><script>window.hacked=1</script>'😀";

/// One page with the tag and a form on it, for any path.
pub async fn page_with_form(script_tag: &str) -> Result<String> {
    let form = "<form id='lead' action='/thanks'><input name='phone'><button>Send</button></form>";
    page_with(script_tag, form).await
}

/// One page with the tag and with what is in its body, for any path.
pub async fn page_with(script_tag: &str, body: &str) -> Result<String> {
    let body = format!("<!doctype html><meta charset=utf-8><title>Shop</title>{script_tag}{body}");
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(answer.as_bytes()).await;
            });
        }
    });
    Ok(address)
}

/// Somebody at the web application.
#[derive(Debug)]
pub struct Marketer {
    /// Their browser.
    pub visitor: Visitor,
    axe: String,
}

impl Marketer {
    /// With a browser of their own.
    pub async fn new(browsers: &Browsers) -> Result<Self> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../server/ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&file)
            .with_context(|| format!("{}: `make ui` installs it", file.display()))?;
        Ok(Self {
            visitor: browsers.visitor().await?,
            axe,
        })
    }

    /// Clicks the button or the link that says so, once it can be clicked.
    pub async fn press(&self, words: &str) -> Result<()> {
        let find = format!(
            "(() => {{ document.querySelector('[data-pressed]')?.removeAttribute('data-pressed');
               const all = [...document.querySelectorAll('dialog[open] button, dialog[open] a')];
               const found = (all.length > 0 ? all : [...document.querySelectorAll('button, a')])
                 .find((one) => !one.disabled && one.textContent.includes({}) && one.checkVisibility());
               found?.setAttribute('data-pressed', '');
               return found; }})()",
            Value::from(words)
        );
        // A page that is drawn anew in between has another button of the same words: a person would press that one.
        for _ in 0..2 {
            self.visitor.wait_until(&find).await?;
            match self.visitor.click("[data-pressed]").await {
                Err(error) if format!("{error:#}").contains("stale element") => {}
                pressed => return pressed,
            }
        }
        self.visitor.wait_until(&find).await?;
        self.visitor.click("[data-pressed]").await
    }

    /// Types into a field in the place of what is there.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let quoted = Value::from(selector);
        self.visitor
            .wait_until(&format!("document.querySelector({quoted})"))
            .await?;
        self.visitor
            .run(&format!("document.querySelector({quoted}).select()"))
            .await?;
        self.visitor.type_into(selector, text).await
    }

    /// The field that is labelled so.
    pub async fn fill_labelled(&self, label: &str, text: &str) -> Result<()> {
        let mark = format!(
            "(() => {{ document.querySelector('[data-filled]')?.removeAttribute('data-filled');
               const found = [...document.querySelectorAll('label')].find((one) => one.textContent.includes({}))?.querySelector('input, textarea');
               found?.setAttribute('data-filled', '');
               return found; }})()",
            Value::from(label)
        );
        self.visitor.wait_until(&mark).await?;
        self.fill("[data-filled]", text).await
    }

    /// Sets the field of a dialog whose label begins so, as choosing does.
    pub async fn choose(&self, label: &str, value: &str) -> Result<()> {
        self.put("dialog[open] label", label, value).await
    }

    /// Sets the field of one of these labels, at once and whether keys would reach it or not.
    pub async fn put(&self, labels: &str, label: &str, value: &str) -> Result<()> {
        let set = format!(
            "(() => {{ const field = [...document.querySelectorAll({})].find((one) => one.textContent.trim().startsWith({}))?.querySelector('input, select');
               if (!field) return false;
               field.value = {};
               for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }}));
               return true; }})()",
            Value::from(labels),
            Value::from(label),
            Value::from(value)
        );
        self.visitor.wait_until(&set).await
    }

    /// All that was asked for is there.
    pub async fn settled(&self) -> Result<()> {
        self.visitor
            .wait_until("!document.querySelector('.loading, [aria-busy=true]')")
            .await
    }

    /// The page says so, now or in a moment.
    pub async fn reads(&self, words: &str) -> Result<()> {
        let said = format!("document.body.innerText.includes({})", Value::from(words));
        self.visitor.wait_until(&said).await
    }

    /// What was changed is in the draft.
    pub async fn saved(&self) -> Result<()> {
        self.reads("Saved in the draft").await
    }

    /// Signs in as Anna.
    pub async fn sign_in(&self) -> Result<()> {
        self.fill("input[name=email]", "anna@example.com").await?;
        self.fill("input[name=password]", PASSWORD).await?;
        self.press("Sign in").await
    }

    /// Answers the page that asks whose installation it is.
    pub async fn set_up(&self) -> Result<()> {
        self.fill("input[name=name]", "Anna").await?;
        self.fill("input[name=email]", "anna@example.com").await?;
        self.fill("input[name=password]", PASSWORD).await?;
        self.fill("input[name=repeat]", PASSWORD).await?;
        self.press("Set up").await?;
        self.reads("Add a site").await
    }

    /// Adds a site of these domains, which then waits for its first event.
    pub async fn add_site(&self, domains: &str) -> Result<()> {
        self.fill("input[name=domains]", domains).await?;
        self.press("Add the site").await?;
        self.reads("Waiting for the first event").await
    }

    /// The draft of a site, as the page's own session reads it.
    pub async fn draft(&self, site: &str) -> Result<String> {
        self.visitor
            .run(&format!("window.draft = null; fetch('/api/v1/sites/{site}/draft').then((one) => one.json()).then((one) => {{ window.draft = one.source; }})"))
            .await?;
        self.visitor.wait_until("window.draft !== null").await?;
        let draft = self.visitor.run("return window.draft").await?;
        Ok(draft.as_str().context("a draft")?.to_owned())
    }

    /// Writes a draft as the page's own session does, for what no form is to be gone through.
    pub async fn put_draft(&self, site: &str, container: &Value) -> Result<()> {
        let source = Value::from(container.to_string());
        self.visitor
            .run(&format!(
                "window.put = null; (async () => {{
                   const draft = await (await fetch('/api/v1/sites/{site}/draft')).json();
                   const {{ csrf }} = await (await fetch('/api/v1/session')).json();
                   const headers = {{ 'content-type': 'application/json', 'x-weir-csrf': csrf }};
                   const body = JSON.stringify({{ source: {source}, revision: draft.revision }});
                   window.put = (await fetch('/api/v1/sites/{site}/draft', {{ method: 'PUT', headers, body }})).status;
                 }})()"
            ))
            .await?;
        self.visitor.wait_until("window.put === 200").await
    }

    /// Opens the preview of the page whose address stands in the field, and whoever looks at that page by the same link.
    pub async fn previews(&self, browsers: &Browsers) -> Result<Visitor> {
        self.press("Open in preview").await?;
        // It has opened a tab of its own in front of this one.
        self.visitor
            .devtools("Page.bringToFront", json!({}))
            .await?;
        self.reads("The preview is open in another tab").await?;
        let link = self
            .value_of("document.querySelector('.code pre').textContent")
            .await?;
        let visitor = browsers.visitor().await?;
        visitor.open(link.as_str().context("a link")?).await?;
        visitor
            .wait_until("document.querySelector('weir-preview')?.shadowRoot")
            .await?;
        Ok(visitor)
    }

    /// Chooses a file for the page's field of one, as somebody does it in the window of the operating system.
    pub async fn choose_file(&self, name: &str, text: &str) -> Result<()> {
        let chosen = format!(
            "(() => {{ const field = document.querySelector('input[type=file]:not(:disabled)');
               if (!field) return false;
               const files = new DataTransfer();
               files.items.add(new File([{}], {}, {{ type: 'application/json' }}));
               field.files = files.files;
               field.dispatchEvent(new Event('change', {{ bubbles: true }}));
               return true; }})()",
            Value::from(text),
            Value::from(name)
        );
        self.visitor.wait_until(&chosen).await
    }

    /// Chooses in a field that stands by itself.
    pub async fn select(&self, selector: &str, value: &str) -> Result<()> {
        let set = format!(
            "(() => {{ const field = document.querySelector({});
               if (!field || ![...field.options].some((one) => one.value === {value})) return false;
               field.value = {value};
               field.dispatchEvent(new Event('change', {{ bubbles: true }}));
               return true; }})()",
            Value::from(selector),
            value = Value::from(value),
        );
        self.visitor.wait_until(&set).await
    }

    /// What an expression is at the moment.
    pub async fn value_of(&self, expression: &str) -> Result<Value> {
        self.visitor.run(&format!("return {expression}")).await
    }

    /// Nothing that came as a name was run, and nothing of it became an element.
    pub async fn unharmed(&self) -> Result<()> {
        let harm = "return [window.hacked ?? null, document.querySelectorAll('img[src=x], body script:not([src])').length]";
        let harm = self.visitor.run(harm).await?;
        ensure!(harm == json!([null, 0]), "a name was run: {harm}");
        let console = self.visitor.console().await?;
        let bad = console.iter().find(|line| {
            ["Content Security Policy", "Uncaught"]
                .iter()
                .any(|words| line.contains(words))
        });
        ensure!(bad.is_none(), "{bad:?}");
        Ok(())
    }

    /// What axe calls serious or critical.
    pub async fn accessible(&self, page: &str) -> Result<()> {
        if self.value_of("window.axe === undefined").await? == json!(true) {
            self.visitor.run(&self.axe).await?;
        }
        self.visitor
            .run("window.found = null; axe.run(document, { resultTypes: ['violations'] }).then((all) => { window.found = all.violations
                .filter((one) => one.impact === 'serious' || one.impact === 'critical')
                .map((one) => `${one.id}: ${one.help} (${one.nodes.map((node) => node.html).slice(0, 3).join(' ')})`); })")
            .await?;
        self.visitor.wait_until("window.found !== null").await?;
        let found = self.visitor.run("return window.found").await?;
        if found != json!([]) {
            bail!("{page}: axe found {found:#}");
        }
        Ok(())
    }

    /// Opens a page and waits until its heading is there.
    pub async fn open(&self, stack: &Stack, path: &str, heading: &str) -> Result<()> {
        self.visitor.open(&stack.url(path)).await?;
        let there = format!(
            "[...document.querySelectorAll('h1')].some((one) => one.textContent.includes({})) && !document.querySelector('.loading')",
            Value::from(heading)
        );
        self.visitor.wait_until(&there).await
    }
}
