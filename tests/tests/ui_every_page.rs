//! Every page of the web application in real Chromium, light on a desktop in English and dark on a phone in Russian: axe finds nothing
//! serious, nothing sticks out of the window, no English is left on a Russian page, tables and drawings can be listened to, and the
//! console has nothing to say. Which pages there are is read from the application's own list of them.

use std::collections::BTreeMap;
use std::path::Path;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use weir_tests::marketer::Marketer;
use weir_tests::process::POLL;
use weir_tests::words::{TEXTS, Words};
use weir_tests::{Browsers, Stack, sender};

use super::ui_numbers;

/// What stands out of the window, and what says nothing to whoever listens to the page.
const LOOK: &str = "
    const shown = (one) => one.checkVisibility() && getComputedStyle(one).visibility !== 'hidden';
    const name = (one) => `${one.tagName.toLowerCase()}.${one.className} ${one.textContent.trim().slice(0, 40)}`;
    const found = [];
    if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const one of document.querySelectorAll('main *, header *')) {
      const box = one.getBoundingClientRect();
      if (box.width > 0 && (box.right > innerWidth + 1 || box.left < -1) && shown(one)
          && !one.closest('.table, .tabs, .wide, pre, .visually-hidden, .skip, [role=tooltip], [role=region], .cm-editor, nav')) found.push(`sticks out: ${name(one)}`);
    }
    for (const table of document.querySelectorAll('table')) {
      if (!table.caption?.textContent.trim()) found.push(`a table without a caption: ${name(table)}`);
      if (![...table.querySelectorAll('thead th')].every((one) => one.scope === 'col')) found.push(`heads of a table without a scope: ${name(table)}`);
    }
    for (const canvas of document.querySelectorAll('main canvas')) {
      // A name, and a sentence of what is to be seen.
      if (!(canvas.closest('[role=img]')?.getAttribute('aria-label') ?? '').includes(': ')) found.push(`a drawing that says nothing: ${canvas.closest('[role=img]')?.getAttribute('aria-label')}`);
    }
    return found.slice(0, 8);";

/// Opens what is folded, and the first answer that a funnel has to where people went.
const UNFOLD: &str = "
    for (const one of document.querySelectorAll('main details')) one.open = true;
    document.querySelector('.between button[aria-expanded=false]')?.click();";

/// Names that people gave, and values as SQL has them, which stand behind their Russian words; the catalogue has words like them.
const NAMES: [&str; 8] = [
    "Direct", "Email", "Referral", "Cart", "Checkout", "Purchase", "Result", "Lead",
];
/// How long a text of another language may stay, which comes from the server.
const SOON: Duration = Duration::from_secs(5);

/// How pages are looked at.
#[derive(Debug, Clone, Copy)]
enum Look {
    Desktop,
    Phone,
}

impl Look {
    async fn put_on(self, one: &Marketer) -> Result<()> {
        let (theme, size) = match self {
            Self::Desktop => (
                "light",
                json!({ "width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": false }),
            ),
            Self::Phone => (
                "dark",
                json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true }),
            ),
        };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }, { "name": "prefers-reduced-motion", "value": "reduce" }] });
        one.visitor
            .devtools("Emulation.setEmulatedMedia", media)
            .await?;
        one.visitor
            .devtools("Emulation.setDeviceMetricsOverride", size)
            .await?;
        Ok(())
    }
}

/// The lists of pages, as the application has them.
fn routes() -> Result<BTreeMap<String, Vec<String>>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/ui/src/routes.ts");
    let text = std::fs::read_to_string(file)?;
    let lists = text.lines().filter_map(|line| {
        let (name, list) = line.strip_prefix("export const ")?.split_once(" = ")?;
        let list = list.strip_suffix(" as const;")?;
        Some((name, list))
    });
    lists
        .map(|(name, list)| Ok((name.to_owned(), serde_json::from_str(list)?)))
        .collect()
}

/// The addresses of all pages for whoever is in. `kettle` is edited in the page, `shop` is kept in a file, `demo` has numbers.
fn pages() -> Result<Vec<String>> {
    let mut lists = routes()?;
    // What follows the name of a page in its address, and what a list cannot say.
    let mut all: Vec<String> = [
        "/sites/kettle",
        "/sites/shop",
        "/sites/demo",
        "/sites/nosuch",
        "/sites/kettle/nothing",
        "/sites/shop/live",
        "/sites/shop/tags",
        "/sites/shop/publish",
        "/sites/kettle__staging/publish",
        "/sites/kettle/tags/edit/%D0%97%D0%B0%D1%8F%D0%B2%D0%BA%D0%B0%20%D1%81%20%D1%84%D0%BE%D1%80%D0%BC%D1%8B",
        "/sites/kettle/tags/new",
        "/sites/kettle/tags/json",
        "/sites/kettle/tags/triggers/form",
        "/sites/kettle/tags/variables/phone",
        "/sites/kettle/reports/funnels/new",
        "/sites/kettle/reports/targets",
        "/sites/kettle/reports",
        "/sites/demo/reports/funnels/checkout?breakdown=device",
        "/sites/demo/reports/targets/wall",
        "/sites/demo/reports/nothing",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut take = |list: &str, address: &dyn Fn(&str) -> String| -> Result<()> {
        let names = lists
            .remove(list)
            .with_context(|| format!("no list {list}"))?;
        all.extend(names.iter().map(|name| address(name)));
        Ok(())
    };
    take("OF_ALL", &|name| format!("/{name}"))?;
    take("PEOPLE", &|name| format!("/people/{name}"))?;
    take("OF_SITE", &|name| format!("/sites/kettle/{name}"))?;
    take("TAGS", &|name| format!("/sites/kettle/tags/{name}"))?;
    take("SIMULATE", &|name| format!("/sites/kettle/simulate/{name}"))?;
    take("REPORTS", &|name| {
        format!("/sites/demo/reports/{name}?period=7d")
    })?;
    take("SOURCES", &|kind| {
        format!("/sites/demo/reports/sources?period=7d&kind={kind}")
    })?;
    // Those of whoever is not in are looked at by `front`.
    lists.remove("FRONT");
    ensure!(
        lists.is_empty(),
        "pages that nothing here looks at: {lists:?}"
    );
    Ok(all)
}

/// Texts of the page that are English still.
async fn not_russian(one: &Marketer, words: &Words) -> Result<Vec<String>> {
    let end = Instant::now() + SOON;
    loop {
        let texts: Vec<String> = serde_json::from_value(one.visitor.run(TEXTS).await?)?;
        ensure!(texts.len() > 3, "{texts:?}");
        let left = words
            .not_russian(&texts)
            .into_iter()
            .filter(|text| !NAMES.contains(text));
        let left: Vec<_> = left.map(|text| format!("is not Russian: {text}")).collect();
        if left.is_empty() || Instant::now() > end {
            return Ok(left);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// What is wrong with the page that is open.
async fn complaints(one: &Marketer, page: &str, words: Option<&Words>) -> Result<Vec<String>> {
    one.visitor
        .wait_until("document.querySelector('main h1, .wall h1, main h2') && !document.querySelector('.loading, [aria-busy=true]')")
        .await
        .with_context(|| page.to_owned())?;
    // What is folded is a part of the page.
    one.visitor.run(UNFOLD).await?;
    one.settled().await?;
    let mut found: Vec<String> = serde_json::from_value(one.visitor.run(LOOK).await?)?;
    if let Err(error) = one.accessible(page).await {
        found.push(format!("{error:#}"));
    }
    if let Some(words) = words {
        found.extend(not_russian(one, words).await?);
    }
    // A hint of the browser about passwords of whom it is not told.
    let console = one.visitor.console().await?.into_iter();
    found.extend(console.filter(|line| !line.contains("[DOM] Password forms")));
    Ok(found.iter().map(|one| format!("{page}: {one}")).collect())
}

/// Goes to a page as a link of the application does: what was downloaded stays.
async fn follow(one: &Marketer, page: &str) -> Result<()> {
    let page = Value::from(page);
    one.visitor
        .run(&format!(
            "window.drawn = null; history.pushState(null, '', {page}); dispatchEvent(new PopStateEvent('popstate'));
             requestAnimationFrame(() => requestAnimationFrame(() => {{ window.drawn = {page}; }}))"
        ))
        .await?;
    one.visitor
        .wait_until(&format!("window.drawn === {page}"))
        .await
}

const CONTAINER: &str = r##"{
  "weir": 1,
  "site": { "id": "kettle", "domains": ["www.kettle.example"], "timezone": "Europe/Moscow", "currency": "RUB" },
  "variables": { "phone": { "text": { "selector": "#phone" } } },
  "triggers": { "form": { "form": { "selector": "#lead" }, "when": { "page.path": { "starts_with": "/contact" } } } },
  "tags": [
    { "name": "Заявка с формы", "on": ["form"], "event": "lead", "with": { "phone": "{{phone}}" }, "labels": ["leads"] },
    { "name": "Очень длинное имя тега, которое не помещается в строку ни на каком телефоне", "on": ["form"], "event": "seen", "paused": true }
  ],
  "goals": { "lead": { "event": "lead" } },
  "kpis": [{ "name": "Заявки", "metric": "leads", "goal": "lead", "to": 100, "by": "2099-12-31" }]
}"##;

/// A site with rules that are edited in the page, one of its own for staging, and an event that has just come.
async fn a_site_of_her_own(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.fill("input[name=domains]", "https://www.kettle.example/")
        .await?;
    anna.press("Add the site").await?;
    anna.reads("Waiting for the first event").await?;
    let container = serde_json::from_str(CONTAINER)?;
    anna.put_draft("kettle", &container).await?;
    anna.visitor
        .run(
            "window.done = null; (async () => {
               const { csrf } = await (await fetch('/api/v1/session')).json();
               const headers = { 'content-type': 'application/json', 'x-weir-csrf': csrf };
               window.done = (await fetch('/api/v1/sites/kettle/environments/staging', { method: 'PUT', headers, body: JSON.stringify({ hosts: ['staging.kettle.example'] }) })).status;
             })()",
        )
        .await?;
    anna.visitor.wait_until("window.done !== null").await?;
    ensure!(
        anna.value_of("window.done")
            .await?
            .as_u64()
            .is_some_and(|status| status < 300)
    );
    let events = [sender::event("pageview", 1), sender::event("lead", 2)];
    let (status, body) = stack
        .post(sender::batch("shop", 9, &events).to_string())
        .await?;
    ensure!(status == 204, "{body}");
    Ok(())
}

/// What is live can be taken along as reports can: figures, pages and events, each as a file, as SQL and as a picture.
async fn live_is_taken_along(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/shop/live", "Live").await?;
    anna.visitor
        .run(
            // The page may not fetch what it has made itself: it is looked at as it is made.
            "window.files = {}; let made = null; const asItWas = URL.createObjectURL;
             URL.createObjectURL = (blob) => { made = blob; return asItWas(blob); };
             HTMLAnchorElement.prototype.click = function () {
               const name = this.download;
               made.text().then((text) => { window.files[name] = name.endsWith('.csv') ? text : text.length; });
             }",
        )
        .await?;
    let file = async |title: &str, words: &str, name: &str, kind: &str| -> Result<Value> {
        anna.visitor
            .click(&format!("[aria-label='{words}: {title}']"))
            .await?;
        let found = format!(
            "Object.keys(window.files).find((one) => one.startsWith('{name}') && one.endsWith('{kind}'))"
        );
        anna.visitor.wait_until(&found).await?;
        anna.value_of(&format!("window.files[{found}]")).await
    };
    for (title, name, wanted) in [
        (
            "Live",
            "shop-live-",
            vec![
                "What,How many",
                "visitors now,1",
                "\"visitors, 30 minutes\",1",
            ],
        ),
        (
            "Where they are",
            "shop-live_pages-",
            vec!["Host,Page,visitors now", "127.0.0.1,/product/42,1"],
        ),
        (
            "Latest events",
            "shop-live_events-",
            vec![
                "Time (UTC),Event,Page,",
                ",lead,http://127.0.0.1/product/42,",
                ",pageview,http://127.0.0.1/product/42,",
            ],
        ),
    ] {
        let text = file(title, "CSV", name, ".csv").await?;
        let text = text.as_str().context("a file")?;
        for words in wanted {
            ensure!(text.contains(words), "{title}: {words} is not in {text}");
        }
        let picture = file(title, "PNG", name, ".png").await?;
        ensure!(
            picture.as_u64().is_some_and(|bytes| bytes > 1000),
            "{title}: {picture}"
        );
    }
    anna.visitor
        .click("[aria-label='SQL: Latest events']")
        .await?;
    let sql = anna
        .value_of("document.querySelector('dialog[open] pre').textContent")
        .await?;
    let sql = sql.as_str().context("SQL")?;
    ensure!(
        stack
            .number(&format!("SELECT count() FROM ({sql})"))
            .await?
            == 2,
        "{sql}"
    );
    Ok(())
}

/// What somebody sees who is not in.
async fn front(stack: &Stack, stranger: &Marketer, words: Option<&Words>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let names = routes()?.remove("FRONT").context("the list FRONT")?;
    for name in names {
        let page = format!("/{name}#a-code");
        stranger.visitor.open("about:blank").await?;
        stranger.visitor.open(&stack.url(&page)).await?;
        found.extend(complaints(stranger, &page, words).await?);
    }
    // That a code leads nowhere is said on the page, and the browser says that it was not found.
    found.retain(|line| !line.contains("/api/v1/invitations/find"));
    Ok(found)
}

/// All of them, in one look.
async fn all(anna: &Marketer, words: Option<&Words>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for page in pages()? {
        follow(anna, &page).await?;
        found.extend(complaints(anna, &page, words).await?);
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_read_and_its_numbers_are_those_that_were_sent() -> Result<()> {
    let words = Words::read()?;
    let stack = Stack::start(ui_numbers::options()).await?;
    let browsers = Browsers::chromium();
    let (anna, boris) = (
        Marketer::new(&browsers).await?,
        Marketer::new(&browsers).await?,
    );
    let mut found = Vec::new();
    for look in [Look::Desktop, Look::Phone] {
        look.put_on(&anna).await?;
        anna.visitor.open(&stack.url("/")).await?;
        anna.reads("Welcome to Weir").await?;
        found.extend(complaints(&anna, "setting up", None).await?);
    }
    Look::Desktop.put_on(&anna).await?;
    anna.set_up().await?;
    a_site_of_her_own(&stack, &anna).await.context("a site")?;
    Look::Desktop.put_on(&boris).await?;
    found.extend(front(&stack, &boris, None).await.context("in front")?);
    stack.wait_for_numbers().await?;
    live_is_taken_along(&stack, &anna).await.context("live")?;
    ui_numbers::numbers(&stack, &anna, &boris).await?;

    stack.wait_for_sample().await?;
    found.extend(all(&anna, None).await.context("in English")?);
    anna.press("Русский").await?;
    Look::Phone.put_on(&anna).await?;
    found.extend(all(&anna, Some(&words)).await.context("in Russian")?);
    // An open page would go on asking, and be refused.
    boris.visitor.open("about:blank").await?;
    boris
        .visitor
        .devtools("Network.clearBrowserCookies", json!({}))
        .await?;
    boris.visitor.open(&stack.url("/sign-in")).await?;
    boris.press("Русский").await?;
    boris.reads("Войти").await?;
    Look::Phone.put_on(&boris).await?;
    found.extend(
        front(&stack, &boris, Some(&words))
            .await
            .context("in front, in Russian")?,
    );
    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}
