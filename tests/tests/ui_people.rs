//! The web application in real Chromium, in Russian from the first page to a report; then who may do what, how one gets in again, and
//! what is seen while ClickHouse is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use weir_tests::marketer::{Marketer, PASSWORD, page_with_form};
use weir_tests::process::{POLL, descendants};
use weir_tests::words::{TEXTS, Words};
use weir_tests::{Browsers, Stack};

/// A name that a careless page would run.
const VERA: &str = "Vera <script>alert(1)</script> \"'😀 <img src=x onerror=window.hacked=1>";

/// Nothing on the page is English, and no key stands in the place of words.
async fn is_russian(anna: &Marketer, words: &Words) -> Result<()> {
    anna.settled().await?;
    let texts = anna.visitor.run(TEXTS).await?;
    let texts: Vec<String> = serde_json::from_value(texts)?;
    let left = words.not_russian(&texts);
    let path = anna.value_of("location.pathname").await?;
    ensure!(left.is_empty(), "{path}: {left:#?}");
    ensure!(texts.len() > 5, "{path}: {texts:?}");
    Ok(())
}

/// A site, a tag, its release, a visit, and all reports: all of it in Russian.
async fn in_russian(stack: &Stack, anna: &Marketer, browsers: &Browsers) -> Result<()> {
    let words = Words::read()?;
    anna.visitor.open(&stack.url("/")).await?;
    anna.press("Русский").await?;
    anna.reads("Добро пожаловать в Weir").await?;
    is_russian(anna, &words).await?;
    anna.fill("input[name=name]", "Анна").await?;
    anna.fill("input[name=email]", "anna@example.com").await?;
    anna.fill("input[name=password]", PASSWORD).await?;
    anna.fill("input[name=repeat]", PASSWORD).await?;
    anna.press("Настроить").await?;
    anna.reads("Новый сайт").await?;
    is_russian(anna, &words).await?;
    anna.fill("input[name=domains]", "https://www.tea.example/")
        .await?;
    anna.press("Добавить сайт").await?;
    anna.reads("Ждём первое событие").await?;
    is_russian(anna, &words).await?;
    anna.press("Теги").await?;
    anna.reads("Тегов пока нет").await?;
    is_russian(anna, &words).await?;
    anna.press("Новый тег").await?;
    anna.reads("Отправлена форма").await?;
    is_russian(anna, &words).await?;
    anna.press("Отправлена форма").await?;
    anna.reads("Сохранено в черновике").await?;
    anna.reads("Это любая форма сайта").await?;
    anna.visitor
        .run("for (const one of document.querySelectorAll('details')) one.open = true")
        .await?;
    is_russian(anna, &words).await?;
    // What is wrong is told in Russian, too.
    anna.fill_labelled("Имя события", "Новая заявка").await?;
    anna.visitor
        .wait_until("document.querySelector('button.problems:not(:disabled)')")
        .await?;
    is_russian(anna, &words).await?;
    anna.visitor.click("button.problems").await?;
    is_russian(anna, &words).await?;
    anna.visitor.click("dialog .close").await?;
    anna.fill_labelled("Имя события", "lead").await?;
    anna.reads("Сохранено в черновике").await?;
    anna.press("Опубликовать…").await?;
    anna.reads("Что нового после релиза 1").await?;
    is_russian(anna, &words).await?;
    anna.press("Опубликовать релиз 2").await?;
    anna.reads("После релиза 2 ничего не изменилось").await?;
    is_russian(anna, &words).await?;

    a_lead(stack, browsers).await?;
    stack.wait_for_numbers().await?;
    // All other pages: `ui_every_page.rs`. Here nothing of a release has been counted yet.
    for (path, heading) in [
        ("/sites/tea/reports", "Обзор"),
        ("/sites/tea/reports/marketing", "Маркетинг"),
        ("/sites/tea/live", ""),
        ("/setup", "Добро пожаловать"),
    ] {
        anna.open(stack, path, heading).await?;
        is_russian(anna, &words).await?;
    }
    Ok(())
}

/// Somebody sends the form.
async fn a_lead(stack: &Stack, browsers: &Browsers) -> Result<()> {
    let tag = stack.script_tag("tea");
    let visitor = browsers.visitor().await?;
    visitor.open(&page_with_form(&tag).await?).await?;
    visitor.wait_until("window.weir").await?;
    visitor.click("#lead button").await?;
    stack
        .wait_for_number("SELECT count() FROM weir.events WHERE name = 'lead'", 1)
        .await?;
    visitor.quit().await
}

/// A viewer sees all and why nothing can be changed; an editor publishes; and what was refused is not shown as done.
async fn roles(stack: &Stack, anna: &Marketer, vera: &Marketer) -> Result<()> {
    anna.open(stack, "/people", "People").await?;
    anna.fill("input[name=email]", "vera@example.com").await?;
    anna.reads("Sees reports. Changes nothing.").await?;
    anna.press("Make the link").await?;
    anna.reads("Only this computer can open this link").await?;
    let link = anna
        .value_of("document.querySelector('.notice .code pre').textContent")
        .await?;
    vera.visitor.open(link.as_str().context("a link")?).await?;
    vera.reads("vera@example.com · viewer").await?;
    vera.accessible("an invitation that is opened").await?;
    vera.fill("input[name=name]", VERA).await?;
    vera.fill("input[name=password]", PASSWORD).await?;
    vera.fill("input[name=repeat]", PASSWORD).await?;
    vera.press("Join").await?;
    vera.reads("Events are arriving").await?;

    let mayless = "You may look at the rules, not change them. An owner can make you an editor.";
    let no_button = |words: &str| {
        format!(
            "![...document.querySelectorAll('main button, main a')].some((one) => one.textContent.includes('{words}'))"
        )
    };
    for (path, heading, missing) in [
        ("/sites/tea/publish", "Publish", "Publish release"),
        ("/sites/tea/tags", "Tags", "New tag"),
        ("/sites/tea/tags/json", "Tags", "Publish…"),
    ] {
        vera.open(stack, path, heading).await?;
        vera.reads(mayless).await?;
        vera.visitor.wait_until(&no_button(missing)).await?;
        vera.accessible(path).await?;
    }
    vera.open(stack, "/sites/tea/simulate", "Try it").await?;
    vera.reads("Your role may follow previews, and not make links for them")
        .await?;
    vera.visitor.open(&stack.url("/people")).await?;
    vera.reads("Your role does not allow this").await?;
    vera.accessible("a page that is not for her").await?;

    // What the server refuses is not shown as if it were so.
    let field = "document.querySelector('tr:has(.danger) select')";
    anna.open(stack, "/people", "People").await?;
    anna.reads(VERA).await?;
    anna.visitor
        .run("window.asItWas = window.fetch; window.fetch = async (asked, ...rest) => rest[0]?.method === 'PATCH'
               ? Response.json({ error: { code: 'last_owner', message: 'no', hint: '' } }, { status: 409 }) : window.asItWas(asked, ...rest)")
        .await?;
    anna.select("tr:has(.danger) select", "editor").await?;
    anna.reads("There must be an owner").await?;
    anna.visitor
        .wait_until(&format!("{field}.value === 'viewer'"))
        .await?;
    anna.visitor.run("window.fetch = window.asItWas").await?;
    for (role, told) in [("owner", "is owner now"), ("editor", "is editor now")] {
        anna.select("tr:has(.danger) select", role).await?;
        anna.reads(told).await?;
    }
    vera.open(stack, "/sites/tea/publish", "Publish").await?;
    vera.reads("Change a tag, and what changed is told here")
        .await?;
    vera.visitor
        .wait_until(&format!("!document.body.innerText.includes('{mayless}')"))
        .await?;
    // The way back from the last change of all.
    anna.visitor
        .run("[...document.querySelectorAll('.toast')].at(-1).querySelector('button').click()")
        .await?;
    anna.reads("is owner now").await?;
    anna.visitor
        .wait_until(&format!("{field}.value === 'owner'"))
        .await?;
    anna.unharmed().await
}

/// Sessions are ended from another one; a forgotten password is replaced by a link that works once.
async fn in_again(stack: &Stack, vera: &Marketer, phone: &Marketer) -> Result<()> {
    phone.visitor.open(&stack.url("/account")).await?;
    phone.fill("input[name=email]", "vera@example.com").await?;
    phone
        .fill("input[name=password]", "not the one of hers")
        .await?;
    phone.press("Sign in").await?;
    phone
        .reads("The e-mail address or the password is wrong")
        .await?;
    phone.accessible("a wrong password").await?;
    phone.fill("input[name=password]", PASSWORD).await?;
    phone.press("Sign in").await?;
    phone.reads("Where you are signed in").await?;
    vera.open(stack, "/account", "Your account").await?;
    vera.press("Sign out there").await?;
    vera.reads("That session has ended").await?;
    vera.visitor
        .wait_until("![...document.querySelectorAll('button')].some((one) => one.textContent === 'Sign out there')")
        .await?;
    phone.visitor.open(&stack.url("/account")).await?;
    phone
        .reads("A lost password is reset by whoever runs the server")
        .await?;

    let data = stack.data().display().to_string();
    let reset = [
        "user",
        "reset-password",
        "vera@example.com",
        "--data",
        &data,
    ];
    let (code, link, told) = stack.weir(&reset)?;
    ensure!(code == Some(0), "{told}");
    // The command does not know on which port a server listens that was told so on its command line.
    let (_, code) = link.trim().split_once('#').context("a link")?;
    let link = stack.url(&format!("/reset#{code}"));
    phone.visitor.open(&stack.url("/reset#%E0%A4%A")).await?;
    for is_good in [false, true] {
        if is_good {
            phone.visitor.open("about:blank").await?;
            phone.visitor.open(&link).await?;
            phone.accessible("a new password").await?;
        }
        phone
            .fill("input[name=password]", "kettle on the stove")
            .await?;
        phone
            .fill("input[name=repeat]", "kettle on the stov")
            .await?;
        phone.reads("The two passwords differ").await?;
        phone
            .fill("input[name=repeat]", "kettle on the stove")
            .await?;
        phone.press("Set the password").await?;
        if is_good {
            phone.reads("Events are arriving").await?;
        } else {
            phone.reads("This link is no longer valid").await?;
        }
    }
    phone.visitor.open("about:blank").await?;
    phone.visitor.open(&link).await?;
    phone
        .fill("input[name=password]", "samovar at the door")
        .await?;
    phone
        .fill("input[name=repeat]", "samovar at the door")
        .await?;
    phone.press("Set the password").await?;
    phone.reads("This link is no longer valid").await?;
    phone.reads("Ask for a new one").await?;
    phone.accessible("a link that was used").await?;
    // Whoever knew the old password is out, and the new one can be changed again.
    vera.visitor.open(&stack.url("/account")).await?;
    vera.fill("input[name=email]", "vera@example.com").await?;
    vera.fill("input[name=password]", "kettle on the stove")
        .await?;
    vera.press("Sign in").await?;
    vera.reads("Where you are signed in").await?;
    vera.fill(
        "input[autocomplete=current-password]",
        "kettle on the stove",
    )
    .await?;
    vera.fill("input[name=password]", "samovar at the door")
        .await?;
    vera.fill("input[name=repeat]", "samovar at the door")
        .await?;
    vera.press("Change the password").await?;
    vera.reads("The password is changed. Your other sessions have ended.")
        .await?;
    phone.visitor.open(&stack.url("/account")).await?;
    phone
        .reads("A lost password is reset by whoever runs the server")
        .await
}

/// Who is removed is out at once; what was done with people is in the audit log.
async fn removed(stack: &Stack, anna: &Marketer, vera: &Marketer) -> Result<()> {
    anna.open(stack, "/people", "People").await?;
    anna.visitor
        .click("td.remove button[aria-label^=Remove]")
        .await?;
    anna.reads("ends their sessions at once").await?;
    anna.accessible("removing somebody").await?;
    anna.press("Cancel").await?;
    anna.reads("Vera").await?;
    anna.visitor
        .click("td.remove button[aria-label^=Remove]")
        .await?;
    anna.press("Remove Vera").await?;
    anna.visitor
        .wait_until("!document.body.innerText.includes('Vera')")
        .await?;
    vera.visitor.open(&stack.url("/account")).await?;
    vera.fill("input[name=email]", "vera@example.com").await?;
    vera.fill("input[name=password]", "samovar at the door")
        .await?;
    vera.press("Sign in").await?;
    vera.reads("The e-mail address or the password is wrong")
        .await?;
    anna.open(stack, "/people/audit", "People").await?;
    for words in [
        "removed a person",
        "changed a role",
        "set a new password",
        "ended a session",
        "accepted an invitation",
    ] {
        anna.reads(words).await?;
    }
    anna.unharmed().await
}

/// Kills the engine, and whatever is started in its place, until it may come back.
fn keep_away(server: u32) -> Arc<AtomicBool> {
    let is_away = Arc::new(AtomicBool::new(true));
    let until = Arc::clone(&is_away);
    tokio::spawn(async move {
        while until.load(Ordering::SeqCst) {
            for id in descendants(server) {
                if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
                    // The error would be that it has gone already.
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
            tokio::time::sleep(POLL).await;
        }
    });
    is_away
}

/// The engine is killed under four open pages: each says so and keeps what it has, and goes on by itself when it is back.
async fn clickhouse_away(stack: &Stack, anna: &Marketer, browsers: &Browsers) -> Result<()> {
    let mut container: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    container["funnels"] = json!({ "way": { "within": "1 day", "steps": [
        { "name": "Visit", "event": "pageview" }, { "name": "Lead", "event": "lead" } ] } });
    anna.put_draft("tea", &container).await?;
    anna.open(stack, "/sites/tea/publish", "Publish").await?;
    anna.press("Publish release 3").await?;
    anna.reads("Nothing has changed since release 3").await?;
    let pages = [
        ("/sites/tea/reports", "Overview", ["Visitors", "Visitors"]),
        // Whether who comes meanwhile is among them already depends on what was quicker.
        (
            "/sites/tea/reports/funnels/way",
            "Funnels",
            ["1 reached", "reached"],
        ),
        ("/sites/tea/live", "Live", ["lead", "lead"]),
        ("/sites/tea/tags", "Tags", ["today", "today"]),
    ];
    let mut tabs = Vec::new();
    for (path, heading, shown) in pages {
        let tab = anna.visitor.tab().await?;
        anna.open(stack, path, heading).await?;
        anna.settled().await?;
        let [before, after] = shown;
        anna.reads(before).await.context(path)?;
        tabs.push((tab, path, before, after));
    }
    let is_away = keep_away(stack.id().context("the server runs")?);
    for (tab, path, before, _) in &tabs {
        anna.visitor.go_to_tab(tab).await?;
        if path.contains("/reports") {
            // Reports are asked for again when something else is asked.
            anna.select("#period", "7d").await?;
        }
        anna.reads("ClickHouse does not answer at the moment")
            .await
            .context(*path)?;
        anna.reads(before).await.context(*path)?;
        anna.accessible(path).await?;
    }
    // Events are taken in all the same, and rules are still edited.
    let tag = stack.script_tag("tea");
    let visitor = browsers.visitor().await?;
    visitor.open(&page_with_form(&tag).await?).await?;
    visitor.wait_until("window.weir").await?;
    visitor.click("#lead button").await?;
    visitor.leave().await?;
    anna.visitor
        .run("document.querySelector('ul.list a').click()")
        .await?;
    anna.fill("details textarea", "Written while ClickHouse was away")
        .await?;
    anna.saved().await?;
    anna.press("Tags").await?;
    is_away.store(false, Ordering::SeqCst);
    for (tab, path, _, after) in tabs.iter().rev() {
        anna.visitor.go_to_tab(tab).await?;
        anna.visitor
            .wait_until("!document.body.innerText.includes('ClickHouse does not answer') && !document.querySelector('.loading, [aria-busy=true], .stale')")
            .await
            .context(*path)?;
        anna.reads(after).await.context(*path)?;
    }
    stack
        .wait_for_number("SELECT count() FROM weir.events WHERE name = 'lead'", 2)
        .await?;
    ensure!(
        anna.draft("tea")
            .await?
            .contains("while ClickHouse was away")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_russian_by_role_and_without_clickhouse() -> Result<()> {
    let stack = Stack::start_empty().await?;
    let browsers = Browsers::chromium();
    let anna = Marketer::new(&browsers).await?;
    in_russian(&stack, &anna, &browsers)
        .await
        .context("in Russian")?;
    anna.press("English").await?;
    let (vera, phone) = (
        Marketer::new(&browsers).await?,
        Marketer::new(&browsers).await?,
    );
    roles(&stack, &anna, &vera).await.context("roles")?;
    in_again(&stack, &vera, &phone).await.context("in again")?;
    removed(&stack, &anna, &vera).await.context("removed")?;
    phone.visitor.quit().await?;
    vera.visitor.quit().await?;
    clickhouse_away(&stack, &anna, &browsers)
        .await
        .context("ClickHouse away")
}
