//! Reports in real Chromium, over visits of which every one is known: what the tables say is what plain counting says, whoever is sent the
//! link sees the same, and a question is not begun anew because the data begin on another day.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use weir_tests::marketer::Marketer;
use weir_tests::sender::{self, now_ms};
use weir_tests::{Stack, StackOptions};

const REPORTS: &str = "/sites/tea/reports";
const FILE: &str = "tea.json";
const DAY_MS: u64 = 86_400_000;
/// The days that are looked at, and as many before them; all of them within the week that a browser may be late.
const NOW: std::ops::RangeInclusive<u64> = 1..=3;
const BEFORE: std::ops::RangeInclusive<u64> = 4..=6;

/// Source, medium and campaign; none.
type From = [&'static str; 3];
const ADS: From = ["yandex", "cpc", "spring"];
const BRAND: From = ["yandex", "cpc", "brand"];
const MAIL: From = ["letter", "email", "news"];
const NONE: From = ["", "", ""];

/// One visit: who, how many days ago, where from, on which pages, with how many leads, each of which buys something.
struct Visit(u64, u64, From, &'static [&'static str], u64);

const VISITS: [Visit; 12] = [
    Visit(1, 6, ADS, &["/spring", "/tea"], 1),
    Visit(2, 6, NONE, &["/"], 0),
    Visit(3, 5, MAIL, &["/spring"], 0),
    Visit(1, 4, NONE, &["/", "/tea"], 1),
    Visit(1, 3, ADS, &["/spring", "/tea", "/cart"], 1),
    Visit(2, 3, BRAND, &["/tea"], 0),
    Visit(4, 2, ADS, &["/spring", "/tea", "/cart"], 1),
    Visit(5, 2, MAIL, &["/spring", "/tea"], 1),
    Visit(6, 2, NONE, &["/"], 0),
    Visit(4, 1, NONE, &["/", "/spring"], 0),
    Visit(7, 1, ADS, &["/spring"], 1),
    Visit(3, 1, MAIL, &["/tea", "/cart"], 0),
];

/// Of a site that is kept in a file.
pub(crate) fn options() -> StackOptions {
    StackOptions {
        containers: vec![(FILE.to_owned(), container(&json!([])).to_string())],
        demo: true,
        ..StackOptions::default()
    }
}

fn container(kpis: &Value) -> Value {
    json!({ "weir": 1, "site": { "id": "tea", "domains": ["tea.example"], "timezone": "UTC", "currency": "EUR" }, "kpis": kpis })
}

fn within(days: std::ops::RangeInclusive<u64>) -> impl Iterator<Item = &'static Visit> {
    VISITS.iter().filter(move |visit| days.contains(&visit.1))
}

/// Visits, visitors and leads of those that share something.
fn counted<K: Ord>(of: impl Fn(&Visit) -> K) -> BTreeMap<K, [String; 3]> {
    let mut found: BTreeMap<K, (u64, BTreeSet<u64>, u64)> = BTreeMap::new();
    for visit in within(NOW) {
        let (visits, visitors, leads) = found.entry(of(visit)).or_default();
        *visits += 1;
        visitors.insert(visit.0);
        *leads += visit.4;
    }
    let told = |(visits, visitors, leads): (u64, BTreeSet<u64>, u64)| {
        [visits, visitors.len() as u64, leads].map(|number| number.to_string())
    };
    found.into_iter().map(|(key, n)| (key, told(n))).collect()
}

fn named(text: &str) -> String {
    if text.is_empty() { "(none)" } else { text }.to_owned()
}

/// Sends all visits, each at noon of its day, and tells the days by how long ago they are.
async fn send(stack: &Stack) -> Result<Vec<String>> {
    let noon = now_ms() / DAY_MS * DAY_MS + DAY_MS / 2;
    for (place, Visit(visitor, ago, from, pages, leads)) in (1_u64..).zip(&VISITS) {
        let begins = noon - ago * DAY_MS + place * 60_000;
        let mut events = Vec::new();
        for (page, number) in (0..pages.len()).zip(1..) {
            events.push(sender::event("pageview", number));
            events[page]["page"] = json!(page);
        }
        for _ in 0..*leads {
            let number = u32::try_from(events.len() + 1)?;
            events.push(sender::event("lead", number));
            let mut bought = sender::event("purchase", number + 1);
            bought["props"] =
                json!({ "order_id": format!("order-{place}"), "revenue": 100, "currency": "EUR" });
            events.push(bought);
        }
        for (seconds, event) in (0_u64..).zip(&mut events) {
            event["ts"] = json!(begins + seconds * 1000);
        }
        let mut batch = sender::batch("tea", *visitor, &events);
        let url = |path: &str| format!("http://127.0.0.1{path}");
        let [source, medium, campaign] = from;
        let entry = pages.first().copied().unwrap_or_default();
        let query = if source.is_empty() {
            String::new()
        } else {
            format!("?utm_source={source}&utm_medium={medium}&utm_campaign={campaign}")
        };
        batch["session"]["id"] = json!(format!("{:08x}{place:08x}", begins / 1000));
        batch["session"]["entry"]["url"] = json!(url(&format!("{entry}{query}")));
        batch["pages"] = pages
            .iter()
            .map(|path| json!({ "url": url(path), "title": path, "referrer": "" }))
            .collect();
        let (status, body) = stack.post(batch.to_string()).await?;
        ensure!(status == 204, "{body}");
    }
    let all: u64 = VISITS
        .iter()
        .map(|one| one.3.len() as u64 + 2 * one.4)
        .sum();
    stack
        .wait_for_number("SELECT count() FROM weir.events WHERE site = 'tea'", all)
        .await?;
    let days = stack
        .sql(&format!(
            "SELECT toString(toDate(fromUnixTimestamp64Milli({noon}), 'UTC') - number) FROM numbers(7)"
        ))
        .await?;
    Ok(days.lines().map(str::to_owned).collect())
}

/// The rows of the table of this name, each as what stands under some of its heads; and what changed is left out.
async fn rows(anna: &Marketer, caption: &str, heads: &[&str]) -> Result<Vec<Vec<String>>> {
    anna.settled().await?;
    let table = format!(
        "[...document.querySelectorAll('main table')].find((one) => one.caption?.textContent === {})",
        Value::from(caption)
    );
    anna.visitor
        .wait_until(&format!("{table}?.tBodies[0].rows.length > 0"))
        .await
        .with_context(|| format!("the table {caption}"))?;
    let read = format!(
        "const table = {table};
         const heads = [...table.tHead.rows[0].cells].map((one) => (one.querySelector('.sort') ?? one).textContent.trim());
         return [...table.tBodies[0].rows].map((row) => {}.map((head) => {{
           const cell = row.cells[heads.indexOf(head)];
           return cell ? (cell.querySelector('.figure, button') ?? cell).textContent.trim() : `no ${{head}} among ${{heads}}`;
         }}));",
        json!(heads)
    );
    Ok(serde_json::from_value(anna.visitor.run(&read).await?)?)
}

/// The same in the order of its texts.
async fn sorted(anna: &Marketer, caption: &str, heads: &[&str]) -> Result<Vec<Vec<String>>> {
    let mut found = rows(anna, caption, heads).await?;
    found.sort();
    Ok(found)
}

const NUMBERS: [&str; 3] = ["Visits", "Visitors", "Leads"];

/// Sources and campaigns, each by its own three names; landing pages, also broken down by where their visits came from.
async fn visits_by_what_they_are(stack: &Stack, anna: &Marketer, period: &str) -> Result<()> {
    let open = async |path: &str, heading| {
        let path = format!("{REPORTS}{path}{period}&compare=none");
        anna.open(stack, &path, heading).await
    };
    let told = |rows: BTreeMap<Vec<String>, [String; 3]>| -> Vec<Vec<String>> {
        let joined = rows
            .into_iter()
            .map(|(key, numbers)| [key, numbers.to_vec()].concat());
        let mut all: Vec<_> = joined.collect();
        all.sort();
        all
    };
    let heads = |keys: &[&'static str]| [keys, &NUMBERS[..]].concat();

    open("/sources?kind=campaigns&", "Sources").await?;
    let shown = sorted(anna, "Campaigns", &heads(&["Campaign", "Source", "Medium"])).await?;
    let by_campaign = counted(|one| [one.2[2], one.2[0], one.2[1]].map(named).to_vec());
    assert_eq!(shown, told(by_campaign), "campaigns");

    open("/sources?kind=sources&", "Sources").await?;
    let shown = sorted(anna, "Sources", &heads(&["Source", "Medium"])).await?;
    let by_source = counted(|one| [one.2[0], one.2[1]].map(named).to_vec());
    assert_eq!(shown, told(by_source), "sources");

    open("/landing?", "Landing pages").await?;
    let shown = sorted(anna, "Landing pages", &heads(&["Landing page"])).await?;
    let landing = |one: &Visit| named(one.3.first().copied().unwrap_or_default());
    assert_eq!(
        shown,
        told(counted(|one| vec![landing(one)])),
        "landing pages"
    );

    anna.select("select[aria-label='Break down by']", "utm_source")
        .await?;
    anna.visitor
        .wait_until("location.search.includes('breakdown=utm_source') && document.querySelector('main thead').innerText.includes('Breakdown')")
        .await?;
    let shown = sorted(
        anna,
        "Landing pages",
        &heads(&["Landing page", "Breakdown"]),
    )
    .await?;
    let broken = counted(|one| vec![landing(one), named(one.2[0])]);
    assert_eq!(shown, told(broken), "landing pages, broken down");
    Ok(())
}

/// Of those who came first on a day, the share that was there again so many days later.
async fn who_comes_back(stack: &Stack, anna: &Marketer, days: &[String]) -> Result<()> {
    let first = |visitor: u64| {
        let all = VISITS.iter().filter(|one| one.0 == visitor);
        all.map(|one| one.1).max().unwrap_or_default()
    };
    let mut cohorts: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for Visit(visitor, ..) in &VISITS {
        cohorts.entry(first(*visitor)).or_default().insert(*visitor);
    }
    let wanted: Vec<Vec<String>> = cohorts
        .iter()
        .rev()
        .map(|(began, people)| {
            let back = (1..=*began).rev().map(|ago| {
                let there = |one: &&u64| {
                    VISITS
                        .iter()
                        .any(|visit| visit.0 == **one && visit.1 == ago)
                };
                let share = people.iter().filter(there).count() * 1000 / people.len();
                let (whole, tenth) = (share / 10, share % 10);
                if tenth == 0 {
                    format!("{whole}%")
                } else {
                    format!("{whole}.{tenth}%")
                }
            });
            [people.len().to_string()].into_iter().chain(back).collect()
        })
        .collect();
    let path = format!("{REPORTS}/retention?by=day&from={}&to={}", days[6], days[1]);
    anna.open(stack, &path, "Retention").await?;
    let columns: Vec<String> = (0..6).map(|day| format!("Day {day}")).collect();
    let heads: Vec<&str> = std::iter::once("People")
        .chain(columns.iter().map(String::as_str))
        .collect();
    let mut shown = rows(anna, "Who comes back", &heads).await?;
    // Today, which goes on, stands behind the days that are over.
    for (row, wanted) in shown.iter_mut().zip(&wanted) {
        row.truncate(wanted.len());
    }
    assert_eq!(shown, wanted, "who comes back");
    Ok(())
}

/// Ways from the landing page on, and each step from one page to the next.
async fn ways(stack: &Stack, anna: &Marketer, period: &str) -> Result<()> {
    let mut ways: BTreeMap<String, u64> = BTreeMap::new();
    let mut steps: BTreeMap<(String, String), u64> = BTreeMap::new();
    for Visit(_, _, _, pages, _) in within(NOW) {
        *ways.entry(pages.join(" → ")).or_default() += 1;
        let after = pages.iter().skip(1).copied().chain(["the visit ends"]);
        for (page, next) in pages.iter().zip(after) {
            *steps
                .entry(((*page).to_owned(), next.to_owned()))
                .or_default() += 1;
        }
    }
    let path = format!("{REPORTS}/paths?{period}&compare=none");
    anna.open(stack, &path, "Paths").await?;
    let shown = sorted(anna, "Ways through the site", &["Way", "Visits"]).await?;
    let wanted: Vec<_> = ways
        .iter()
        .map(|(way, n)| vec![way.clone(), n.to_string()])
        .collect();
    assert_eq!(shown, wanted, "ways");
    let shown = sorted(anna, "Next pages", &["Page", "Next page", "Times"]).await?;
    let wanted: Vec<_> = steps
        .iter()
        .map(|((page, next), n)| vec![page.clone(), next.clone(), n.to_string()])
        .collect();
    assert_eq!(shown, wanted, "steps");
    // Whoever cannot see the drawing is told what is most of it.
    let (most, times) = ways.iter().max_by_key(|(_, n)| **n).context("a way")?;
    let drawing = anna
        .value_of("document.querySelector('main [role=img]').getAttribute('aria-label')")
        .await?;
    let said = format!("{most} → the visit ends: {times}");
    ensure!(
        drawing.as_str().is_some_and(|one| one.contains(&said)),
        "{drawing}"
    );
    Ok(())
}

/// A target that is published stands on the card of its number, beside the period before.
async fn a_target_on_its_card(stack: &Stack, anna: &Marketer, period: &str) -> Result<()> {
    let orders = |days| within(days).map(|one| one.4).sum::<u64>();
    let (now, before) = (orders(NOW), orders(BEFORE));
    let kpis =
        json!([{ "name": "Sold", "metric": "orders", "from": 0, "to": 10, "by": "2099-12-31" }]);
    std::fs::write(stack.container_path(FILE), container(&kpis).to_string())?;
    stack
        .wait_for_number(
            "SELECT toUInt64(ifNull(max(value), 0)) FROM weir.kpi_status WHERE site = 'tea'",
            now + before,
        )
        .await?;
    anna.open(stack, &format!("{REPORTS}?{period}"), "Overview")
        .await?;
    let card = "[...document.querySelectorAll('main article.card')].find((one) => one.querySelector('.name').textContent === 'Orders')";
    anna.visitor
        .wait_until(&format!(
            "{card}?.querySelector('.delta') && {card}.querySelector('.goal [role=img]')"
        ))
        .await?;
    let told = anna
        .value_of(&format!(
            "[{card}.querySelector('.value').textContent, {card}.querySelector('.delta').textContent.trim(), {card}.querySelector('.delta').title,
              {card}.querySelector('.goal p').textContent, {card}.querySelector('.goal [role=img]').getAttribute('aria-label')]"
        ))
        .await?;
    let grew = format!("▲ +{}%", (now - before) * 100 / before);
    let way = format!("{}% of the way", (now + before) * 100 / 10);
    assert_eq!(
        told,
        json!([
            now.to_string(),
            grew,
            format!("before:\u{a0}{before}"),
            "Target: 10 by 31 December 2099",
            way
        ])
    );
    Ok(())
}

/// What somebody chose, a segment of it, shows the same in a browser that has never been here.
async fn a_link_in_another_browser(
    stack: &Stack,
    anna: &Marketer,
    boris: &Marketer,
    period: &str,
) -> Result<()> {
    const SEEN: &str = "JSON.stringify([document.querySelector('main tbody')?.innerText, document.querySelector('main .said')?.textContent,
        document.querySelector('.segment select')?.value, document.querySelector('#compare')?.value, document.querySelector('#period')?.value,
        [...document.querySelectorAll('input[type=date]')].map((one) => one.value), [...document.querySelectorAll('.chip.filter')].map((one) => one.innerText)])";
    anna.open(
        stack,
        &format!("{REPORTS}/landing?{period}"),
        "Landing pages",
    )
    .await?;
    anna.press("+ Filter").await?;
    anna.select("select[aria-label='Only visits by']", "utm_source")
        .await?;
    anna.fill("input[aria-label='Value']", "yandex").await?;
    anna.visitor.click("form.adding button.primary").await?;
    anna.press("Save as a segment").await?;
    anna.fill("input[aria-label='Name of the segment']", "Из Яндекса")
        .await?;
    anna.visitor.click("form.naming button.primary").await?;
    anna.visitor
        .wait_until("document.querySelector('.segment select')?.value === 'Из Яндекса' && document.querySelector('main td .delta')")
        .await?;
    let heads = ["Landing page", "Visits", "Leads"];
    let shown = sorted(anna, "Landing pages", &heads).await?;
    let mut wanted: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for Visit(_, _, _, pages, leads) in within(NOW).filter(|one| one.2[0] == "yandex") {
        let entry = wanted.entry(pages.first().copied().unwrap_or_default());
        let (visits, all) = entry.or_default();
        *visits += 1;
        *all += leads;
    }
    let wanted: Vec<Vec<String>> = wanted
        .into_iter()
        .map(|(page, (visits, leads))| vec![page.to_owned(), visits.to_string(), leads.to_string()])
        .collect();
    assert_eq!(shown, wanted, "of the segment alone");
    let (address, seen) = (
        anna.value_of("location.href").await?,
        anna.value_of(SEEN).await?,
    );
    let address = address.as_str().context("an address")?;
    let [from, to] =
        ["from=", "to="].map(|name| period.split('&').find(|part| part.starts_with(name)));
    for part in [from.unwrap_or("?"), to.unwrap_or("?"), "filters=utm_source"] {
        ensure!(address.contains(part), "{address}");
    }

    boris.visitor.open(address).await?;
    boris.sign_in().await?;
    let same = format!("{SEEN} === {seen}");
    boris.visitor.wait_until(&same).await?;
    // The same address with another comparison is another page.
    boris
        .visitor
        .open(&format!("{address}&compare=none"))
        .await?;
    boris
        .visitor
        .wait_until("document.querySelector('#compare')?.value === 'none' && document.querySelectorAll('main tbody tr').length > 0 && !document.querySelector('main td .delta')")
        .await
}

/// As while a history comes day by day: with each time that the list of sites is asked, the data begin a day earlier. The report is held
/// back meanwhile.
const A_HISTORY_COMES: &str = "window.asItWas = window.fetch; window.asked = 0; window.ended = 0; window.lists = 0; window.held = new Promise((done) => { window.letGo = done; });
    window.fetch = async (asked, ...rest) => {
      const address = String(asked);
      if (address.includes('/tea/reports/channels')) { window.asked += 1; rest[0].signal.addEventListener('abort', () => { window.ended += 1; }); await window.held; }
      const answer = await window.asItWas(asked, ...rest);
      if (!/api\\/v1\\/sites(\\?|$)/.test(address)) return answer;
      const sites = await answer.json();
      window.lists += 1;
      for (const site of sites) site.first_day = `2020-01-${String(28 - Math.min(window.lists, 27)).padStart(2, '0')}`;
      return Response.json(sites);
    };";

/// A report on its way is waited for, whatever day the data begin on by then; and is asked for again when it is there.
async fn a_question_is_not_begun_anew(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(
        stack,
        &format!("{REPORTS}/pages?period=7d&compare=none"),
        "Pages",
    )
    .await?;
    anna.settled().await?;
    anna.visitor.run(A_HISTORY_COMES).await?;
    anna.press("Sources").await?;
    anna.visitor.wait_until("window.asked === 1").await?;
    anna.visitor
        .run("window.before = window.lists; window.nudge = setInterval(() => document.dispatchEvent(new Event('visibilitychange')), 200)")
        .await?;
    anna.visitor
        .wait_until("window.lists > window.before + 3")
        .await?;
    let asked = anna.value_of("[window.asked, window.ended]").await?;
    ensure!(asked == json!([1, 0]), "asked and given up: {asked}");
    anna.visitor
        .run("clearInterval(window.nudge); window.letGo()")
        .await?;
    anna.visitor
        .wait_until("window.asked > 1 && document.querySelectorAll('main tbody tr').length > 1")
        .await?;
    anna.visitor.run("window.fetch = window.asItWas").await?;
    Ok(())
}

/// All of it, as Anna, who is signed in; Boris is in a browser of his own.
pub(crate) async fn numbers(stack: &Stack, anna: &Marketer, boris: &Marketer) -> Result<()> {
    let days = send(stack).await?;
    let period = format!("from={}&to={}", days[3], days[1]);
    visits_by_what_they_are(stack, anna, &period)
        .await
        .context("visits")?;
    who_comes_back(stack, anna, &days)
        .await
        .context("retention")?;
    ways(stack, anna, &period).await.context("ways")?;
    a_target_on_its_card(stack, anna, &period)
        .await
        .context("a target")?;
    a_link_in_another_browser(stack, anna, boris, &period)
        .await
        .context("a link")?;
    a_question_is_not_begun_anew(stack, anna)
        .await
        .context("begun anew")
}
