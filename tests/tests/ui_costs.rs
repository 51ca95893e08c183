//! Costs in real Chromium: the page says what the file is, what is wrong with one, what would come of it; imports it, shows what it
//! brought, and takes it away again.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use weir_tests::marketer::Marketer;
use weir_tests::{Browsers, Stack};

const BAD: &str = "day;kind;amount\n31.11.2026;ads;1,234\n";

/// A good file, as Excel writes it; `DAY` is yesterday.
const GOOD: &str = "\u{feff}день;вид;источник;тип трафика;сумма;CTR\r\nDAY;;yandex;cpc;1 234,50;1\r\nDAY;зарплаты;;;5000;\r\n";

/// Chooses a file, as somebody does it in the window of the operating system.
async fn choose(anna: &Marketer, text: &str) -> Result<()> {
    let chosen = format!(
        "(() => {{ const field = document.querySelector('dialog[open] input[type=file]:not(:disabled)');
           if (!field) return false;
           const files = new DataTransfer();
           const day = new Date(Date.now() - 86400000).toISOString().slice(0, 10);
           files.items.add(new File([{}.replaceAll('DAY', day)], 'costs.csv', {{ type: 'text/csv' }}));
           field.files = files.files;
           field.dispatchEvent(new Event('change', {{ bubbles: true }}));
           return true; }})()",
        Value::from(text)
    );
    anna.visitor.wait_until(&chosen).await
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_are_brought_in_by_somebody_who_has_a_spreadsheet() -> Result<()> {
    let stack = Stack::start_empty().await?;
    let anna = Marketer::new(&Browsers::chromium()).await?;
    anna.visitor.open(&stack.url("/")).await?;
    anna.set_up().await?;
    anna.add_site("https://www.tea.example/").await?;
    anna.open(&stack, "/sites/tea/reports/marketing", "Marketing")
        .await?;
    // The page was opened before there were numbers: it goes on by itself.
    stack.wait_for_numbers().await?;
    anna.reads("No costs in this period yet").await?;
    anna.reads("Download a file to begin with").await?;
    anna.accessible("without costs").await?;

    anna.press("Import costs").await?;
    choose(&anna, BAD).await?;
    // A server that was just started does not know the site yet: the page asks again by itself.
    stack
        .wait_for_number("SELECT count() FROM weir.sites WHERE id = 'tea'", 1)
        .await?;
    anna.reads("Nothing was imported: 2 to mend in the file")
        .await?;
    anna.reads("31.11.2026 is no day")
        .await
        .context("code is shown without its marks")?;
    anna.reads("1,234 can be 1234 or 1.234").await?;
    anna.accessible("a bad file").await?;

    choose(&anna, GOOD).await?;
    anna.reads("Costs in the file: 2").await?;
    anna.reads("All of them are new.").await?;
    anna.reads("These columns mean nothing here and are left out: CTR.")
        .await?;
    anna.accessible("a good file").await?;
    anna.press("Import").await?;
    anna.reads("Imported: 2").await?;
    anna.press("Done").await?;
    anna.reads("Paid Search").await?;
    anna.reads("Belongs to none of them").await?;
    anna.settled().await?;
    anna.accessible("with costs").await?;
    // In Russian channels have their words; the value that SQL knows stands behind them.
    anna.press("Русский").await?;
    anna.visitor
        .wait_until(
            "document.querySelector('[title=\"Paid Search\"]')?.textContent === 'Реклама в поиске'",
        )
        .await?;
    anna.press("English").await?;

    anna.press("Import costs").await?;
    choose(&anna, GOOD).await?;
    anna.reads("Of these, 2 take the place of costs that are there already.")
        .await?;
    anna.press("Import").await?;
    anna.press("Take these costs away again").await?;
    anna.reads("Taken away again: 2").await?;
    anna.press("Done").await?;
    anna.reads("No costs in this period yet").await?;
    let console = anna.visitor.console().await?;
    // The file that was refused is a request that failed, which a browser says. What cannot be answered yet was not asked.
    let errors: Vec<_> = console
        .iter()
        .filter(|line| !line.contains("422"))
        .collect();
    assert_eq!(json!(errors), json!([]));
    Ok(())
}
