//! Preview: a link opens the site's own page with a draft; the panel says what fires and why the rest does not; the server
//! hears the same; nothing of it is among real events.

use std::collections::HashMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use weir_tests::process::Owned;
use weir_tests::stack::weir_binary;
use weir_tests::{Browsers, Stack, StackOptions, Visitor};

const PUBLISHED: &str = r#"{ "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] },
    "triggers": { "buy": { "click": { "selector": "button.buy" } } },
    "tags": [ { "name": "Buy", "on": ["buy"], "event": "buy" } ] }"#;

const PAGE: &str = r#"<!doctype html><html><head><title>Shop</title><script async src="{tag}"></script></head>
    <body><h1>Shop</h1><button class=buy>Buy</button>
    <div class="css-1x2y3z" data-promo="spring"><a class="promo is-active" href="/more" onclick="event.preventDefault()">Весенняя скидка</a></div>
    <form id="lead" onsubmit="event.preventDefault()"><p><label>Phone <input name="phone"></label></p><button>Send</button></form>
    </body></html>"#;

/// What the published rules do, and more: a promotion; and a tag for the cart alone.
fn draft() -> Value {
    let mut draft: Value = serde_json::from_str(PUBLISHED).expect("the published container");
    draft["triggers"]["promo"] = json!({ "click": { "selector": "a.promo" } });
    draft["triggers"]["cart"] = json!({ "click": { "selector": "a.promo" },
        "when": { "page.path": { "starts_with": "/cart" } } });
    draft["tags"] = json!([
        { "name": "Buy", "on": ["buy"], "event": "buy" },
        { "name": "Promo", "on": ["promo"], "event": "promo_click", "with": { "text": "{{element.text}}" } },
        { "name": "From the cart", "on": ["cart"], "event": "cart_click" },
    ]);
    draft
}

/// A shop on an origin of its own: each path answers with the page, and with the policy that a test has set for it.
struct Shop {
    port: u16,
    policies: Arc<Mutex<HashMap<String, String>>>,
}

impl Shop {
    async fn open(tag: String) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let policies: Arc<Mutex<HashMap<String, String>>> = Arc::default();
        let known = Arc::clone(&policies);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (known, body) = (Arc::clone(&known), PAGE.replace("{tag}", &tag));
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    let length = stream.read(&mut head).await.unwrap_or_default();
                    let head = String::from_utf8_lossy(&head[..length]).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
                    let policy = known.lock().unwrap().get(&path).cloned();
                    let policy = policy.map_or_else(String::new, |policy| {
                        format!("content-security-policy: {policy}\r\n")
                    });
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n{policy}\
                         content-length: {}\r\nconnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Ok(Self { port, policies })
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn set_policy(&self, path: &str, policy: String) {
        self.policies
            .lock()
            .unwrap()
            .insert(path.to_owned(), policy);
    }
}

struct Bench {
    stack: Stack,
    shop: Shop,
    visitor: Visitor,
}

impl Bench {
    /// Runs `weir preview shop …`; (exit code, standard output, standard error).
    fn preview(&self, arguments: &[&str]) -> Result<(Option<i32>, String, String)> {
        let data = self.stack.data().display().to_string();
        let all = [
            &["preview", "shop", "--lang", "en", "--data", &data],
            arguments,
        ]
        .concat();
        self.stack.weir(&all)
    }

    /// A link to a page with this container.
    fn link(&self, container: &Value, path: &str) -> Result<String> {
        let file = self.stack.data().join("draft.json");
        std::fs::write(&file, container.to_string())?;
        let file = file.display().to_string();
        let (code, out, err) = self.preview(&["--draft", &file, "--url", &self.shop.url(path)])?;
        ensure!(code == Some(0), "{err}");
        Ok(out.trim().to_owned())
    }

    /// Opens a page for good: a change of what stands behind `#` alone would load nothing.
    async fn open(&self, url: &str) -> Result<()> {
        self.visitor.leave().await?;
        self.visitor.open(url).await
    }

    async fn in_panel(&self, script: &str) -> Result<Value> {
        self.visitor
            .run(&format!(
                "const root = document.querySelector('weir-preview').shadowRoot; {script}"
            ))
            .await
    }

    async fn wait_in_panel(&self, expression: &str) -> Result<()> {
        let whole = format!(
            "((root) => root && ({expression}))(document.querySelector('weir-preview')?.shadowRoot)"
        );
        self.visitor.wait_until(&whole).await
    }

    async fn click(&self, selector: &str) -> Result<()> {
        self.visitor.click(selector).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_a_draft_on_the_sites_own_page_and_counts_nothing() -> Result<()> {
    let stack = Stack::start(StackOptions {
        containers: vec![("shop.json".to_owned(), PUBLISHED.to_owned())],
        ..StackOptions::default()
    })
    .await?;
    let shop = Shop::open(stack.url("/t/shop.js")).await?;
    let browsers = Browsers::chromium();
    let visitor = browsers.visitor().await?;
    let bench = Bench {
        stack,
        shop,
        visitor,
    };
    mistakes_are_told_by_the_command(&bench)?;
    the_panel_says_what_fires_and_why_not(&bench).await?;
    a_picked_element_becomes_a_rule_that_fires(&bench).await?;
    a_strict_page_is_heard_all_the_same(&bench).await?;
    nothing_was_counted(&bench).await?;
    a_link_that_is_no_good_leaves_what_is_published(&bench).await?;
    bench.visitor.quit().await
}

fn mistakes_are_told_by_the_command(bench: &Bench) -> Result<()> {
    let bad = bench.stack.data().join("bad.json");
    std::fs::write(&bad, PUBLISHED.replace("\"click\"", "\"clik\""))?;
    let (code, out, err) = bench.preview(&["--draft", &bad.display().to_string()])?;
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("`clik`") && err.contains("`click`"), "{err}");
    let (code, _, err) = bench.preview(&["--url", "https://evil.example/"])?;
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("`evil.example`") && err.contains("shop.example"),
        "{err}"
    );
    let data = bench.stack.data().display().to_string();
    let (code, _, err) = bench
        .stack
        .weir(&["preview", "nosuch", "--lang", "ru", "--data", &data])?;
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("`nosuch`") && err.contains("опубликуйте"),
        "{err}"
    );
    Ok(())
}

async fn the_panel_says_what_fires_and_why_not(bench: &Bench) -> Result<()> {
    let link = bench.link(&draft(), "/product")?;
    bench.open(&link).await?;
    bench
        .wait_in_panel("root.querySelector('details[data-no]')")
        .await?;
    let address = bench.visitor.run("return location.href").await?;
    assert_eq!(address, Value::from(bench.shop.url("/product")));
    bench.click("a.promo").await?;
    bench
        .wait_in_panel(
            "[...root.querySelectorAll('.chip')].some((chip) => chip.textContent === 'Promo')",
        )
        .await?;
    // The reasons come from the server.
    bench
        .in_panel("root.querySelectorAll('details[data-no]').forEach((one) => (one.open = true))")
        .await?;
    bench
        .wait_in_panel("/From the cart: .*requires that .*`\\/cart`, but it is `\\/product`/.test(root.querySelector('main').textContent)")
        .await?;
    let text = bench
        .in_panel("return root.querySelector('main').textContent")
        .await?;
    let text = text.as_str().unwrap_or_default();
    assert!(text.contains("sends `promo_click`"), "{text}");
    assert!(text.contains("Весенняя скидка"), "{text}");
    // What happens in the panel is no click of a visitor, and the page's own layout does not know of it.
    let before = bench
        .in_panel("return root.querySelectorAll('details[data-no]').length")
        .await?;
    bench
        .in_panel("root.querySelector('header button').click()")
        .await?;
    bench
        .in_panel("root.querySelector('header .pick').click()")
        .await?;
    let after = bench
        .in_panel("return root.querySelectorAll('details[data-no]').length")
        .await?;
    assert_eq!(before, after);
    let height = "return document.documentElement.scrollHeight <= innerHeight";
    assert_eq!(bench.visitor.run(height).await?, Value::Bool(true));
    let complaints = bench.visitor.console().await?;
    assert!(complaints.is_empty(), "{complaints:?}");
    bench
        .stack
        .wait_for_number(
            "SELECT count() FROM weir.preview_events WHERE site = 'shop' AND kind = 'click' \
             AND fired = ['Promo'] AND element = 'a.promo.is-active'",
            1,
        )
        .await?;
    // Nothing is kept of a visitor but for the tab; a cookie says that there is something in one.
    let kept = bench
        .visitor
        .run("return [document.cookie, ...Object.keys(localStorage)]")
        .await?;
    assert_eq!(kept, json!(["_weir_p=1"]));
    // The next page of the tab is a preview, too.
    bench.visitor.open(&bench.shop.url("/cart/1")).await?;
    bench
        .wait_in_panel("root.querySelector('main > details[data-no]')")
        .await?;
    // What the page before has fired is not gone with it.
    let before = bench
        .in_panel("return root.querySelector('.before').textContent")
        .await?;
    let before = before.as_str().unwrap_or_default();
    assert!(
        before.contains("/product") && before.contains("Promo"),
        "{before}"
    );
    bench.click("a.promo").await?;
    bench
        .wait_in_panel("[...root.querySelectorAll('.chip')].some((chip) => chip.textContent === 'From the cart')")
        .await?;
    let (_, told) = bench
        .stack
        .get("/api/v1/sites/shop/preview/events?lang=ru")
        .await?;
    assert!(
        told.contains("просмотр страницы") && told.contains("\"Promo\""),
        "{told}"
    );
    Ok(())
}

async fn a_picked_element_becomes_a_rule_that_fires(bench: &Bench) -> Result<()> {
    let published: Value = serde_json::from_str(PUBLISHED)?;
    let link = bench.link(&published, "/product")?;
    bench.open(&link).await?;
    bench
        .wait_in_panel("root.querySelector('header .pick')")
        .await?;
    bench
        .in_panel("root.querySelector('header .pick').click()")
        .await?;
    bench.click("a.promo").await?;
    bench
        .wait_in_panel("root.querySelector('form textarea')")
        .await?;
    let rule = bench
        .in_panel("return root.querySelector('form textarea').value")
        .await?;
    let rule: Value = serde_json::from_str(rule.as_str().context("a rule")?)?;
    // One click away from the draft: the form of the web application, with the same filled in.
    let put = bench
        .in_panel("const put = root.querySelector('form a.put'); return [put.href, put.target, put.rel, root.querySelector('form details').open]")
        .await?;
    let address = reqwest::Url::parse(put[0].as_str().context("an address")?)?;
    assert!(
        address
            .as_str()
            .starts_with(&bench.stack.url("/sites/shop/tags/new?")),
        "{address}"
    );
    let asked: HashMap<_, _> = address.query_pairs().into_owned().collect();
    assert_eq!(asked["kind"], "click");
    assert!(asked["selector"].contains("a.promo"), "{address}");
    assert_eq!(asked["event"], "click_vesennyaya_skidka");
    assert_eq!(asked["name"], "Click vesennyaya skidka");
    assert_eq!(
        put.as_array().map(|put| &put[1..]),
        Some(&[json!("_blank"), json!("noopener noreferrer"), json!(false)][..])
    );
    // By what people have named, and not by what is generated or true at the moment.
    let text = rule.to_string();
    assert!(
        text.contains("a.promo") && !text.contains("css-") && !text.contains("is-active"),
        "{text}"
    );
    assert_eq!(rule["tags"][0]["event"], "click_vesennyaya_skidka");
    let clicks = "return root.querySelectorAll('main > details[data-no] .chip:not(.plain)').length";
    assert_eq!(
        bench.in_panel(clicks).await?,
        json!(0),
        "picking is no click"
    );
    // Who clicks a field of a form most likely means the form; the field itself can be had as well.
    bench
        .in_panel("root.querySelector('header .pick').click()")
        .await?;
    bench.click("#lead input").await?;
    bench.wait_in_panel("root.querySelector('.what')").await?;
    let told = "return [root.querySelector('.selector').value, root.querySelector('.when').value, root.querySelector('.event').value]";
    assert_eq!(
        bench.in_panel(told).await?,
        json!(["#lead", "form", "lead"])
    );
    bench
        .in_panel("const what = root.querySelector('.what'); what.value = 'picked'; what.dispatchEvent(new Event('change'))")
        .await?;
    let field = bench.in_panel(told).await?;
    assert_eq!(field[1], "field", "{field}");
    assert!(
        field[0].as_str().is_some_and(|one| one.contains("phone")),
        "{field}"
    );

    let mut whole = published;
    let triggers = rule["triggers"].as_object().context("triggers")?;
    for (name, trigger) in triggers {
        whole["triggers"][name] = trigger.clone();
    }
    let tags = whole["tags"].as_array_mut().context("tags")?;
    tags.push(rule["tags"][0].clone());
    let file = bench.stack.data().join("picked.json");
    std::fs::write(&file, whole.to_string())?;
    let (code, out, _) =
        bench
            .stack
            .weir(&["check", &file.display().to_string(), "--lang", "en"])?;
    assert_eq!(code, Some(0), "{out}");
    bench.open(&bench.link(&whole, "/product")?).await?;
    bench
        .wait_in_panel("root.querySelector('details[data-no]')")
        .await?;
    bench.click("a.promo").await?;
    bench
        .wait_in_panel("[...root.querySelectorAll('.chip')].some((chip) => chip.textContent === 'Click vesennyaya skidka')")
        .await
}

async fn a_strict_page_is_heard_all_the_same(bench: &Bench) -> Result<()> {
    let server = bench.stack.url("");
    // No wasm, no style of the page's: the panel is there.
    bench.shop.set_policy(
        "/strict",
        format!("default-src 'none'; script-src {server}; connect-src {server}"),
    );
    bench.open(&bench.link(&draft(), "/strict")?).await?;
    bench
        .wait_in_panel("root.querySelector('details[data-no]')")
        .await?;
    bench
        .wait_in_panel("getComputedStyle(root.querySelector('section')).display === 'flex'")
        .await?;

    // Not even the panel: it is heard at the command line.
    let file = bench.stack.data().join("draft.json");
    let mut follow = Command::new(weir_binary()?)
        .args(["preview", "shop", "--lang", "en", "--follow", "--data"])
        .arg(bench.stack.data())
        .args(["--sql", &bench.stack.sql_url(), "--draft"])
        .arg(&file)
        .args(["--url", &bench.shop.url("/closed")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut printed = follow.stdout.take().context("its output")?;
    let follow = Owned::new(follow);
    let (lines, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = printed.read(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            if lines.send(text).is_err() {
                return;
            }
        }
    });
    let limit = std::time::Duration::from_secs(60);
    let mut text = String::new();
    while !text.contains('\n') {
        text.push_str(&heard.recv_timeout(limit).context("the link")?);
    }
    let link = text.trim().to_owned();
    let token = link
        .split_once("weir_preview=")
        .context("a token")?
        .1
        .to_owned();
    bench.shop.set_policy(
        "/closed",
        format!(
            "default-src 'none'; script-src {server}/t/shop.js {server}/t/{token}/tag.js 'unsafe-inline' 'wasm-unsafe-eval'; connect-src {server}"
        ),
    );
    bench.open(&link).await?;
    while !text.contains("the page does not let the panel in") {
        text.push_str(&heard.recv_timeout(limit).with_context(|| text.clone())?);
    }
    bench.click("a.promo").await?;
    while !text.contains("does not fire `From the cart`") {
        text.push_str(&heard.recv_timeout(limit).with_context(|| text.clone())?);
    }
    assert!(
        text.contains("fires `Promo`: sends `promo_click`"),
        "{text}"
    );
    assert!(text.contains("text: \"Весенняя скидка\""), "{text}");
    follow.signal(rustix::process::Signal::TERM);
    let _ = bench.visitor.console().await?;
    Ok(())
}

async fn nothing_was_counted(bench: &Bench) -> Result<()> {
    bench.visitor.leave().await?;
    let stored = bench
        .stack
        .number("SELECT count() FROM weir.events")
        .await?;
    assert_eq!(stored, 0);
    let tokens = "SELECT count() FROM weir.preview_events WHERE page_url LIKE '%weir_preview%' OR details LIKE '%weir_preview%'";
    assert_eq!(bench.stack.number(tokens).await?, 0);
    Ok(())
}

async fn a_link_that_is_no_good_leaves_what_is_published(bench: &Bench) -> Result<()> {
    let link = bench.link(&draft(), "/product")?;
    let forged = format!(
        "{}#weir_preview=shop.{}",
        bench.shop.url("/forged"),
        "0".repeat(40)
    );
    let elsewhere = link.replacen("127.0.0.1", "localhost", 1);
    for (url, why) in [(&forged, "not one of ours"), (&elsewhere, "opens pages of")] {
        bench.open(url).await?;
        bench
            .wait_in_panel(&format!(
                "/{why}/.test(root.querySelector('.note').textContent)"
            ))
            .await?;
    }
    let (code, out, err) = bench.preview(&["--revoke"])?;
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("links taken back: "), "{out}");
    bench.open(&link).await?;
    bench
        .wait_in_panel("/was taken back/.test(root.querySelector('.note').textContent)")
        .await?;
    bench.click("button.buy").await?;
    bench
        .stack
        .wait_for_number("SELECT count() FROM weir.events WHERE name = 'buy'", 1)
        .await?;
    // Three page views, each without the token.
    bench
        .stack
        .wait_for_number("SELECT count() FROM weir.events WHERE name = 'pageview'", 3)
        .await?;
    let tokens = "SELECT count() FROM weir.events WHERE page_url LIKE '%weir_preview%'";
    assert_eq!(bench.stack.number(tokens).await?, 0);
    Ok(())
}
