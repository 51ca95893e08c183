//! Every statement that the documents show runs, as user `analyst`: those of the pages, of the dashboard for Grafana, of the
//! notebook.
//!
//! On a site that has what the pages speak of, so that ready views are there and some rows are read. What the numbers mean is
//! compared elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clickhouse::Client;
use futures_util::StreamExt as _;
use serde_json::Value;
use weir_collector::warehouse;

use crate::engine::Engine;
use crate::upgrade;

/// Statements under way at once.
const AT_ONCE: usize = 4;

/// What people put in themselves: shell variables, fields of Metabase.
const PUT_IN: [(&str, &str); 3] = [
    ("$month", "202611"),
    ("{{from}}", "'2026-11-01'"),
    ("{{to}}", "'2026-11-30'"),
];

/// Statements, and where each stands.
type Shown = BTreeMap<String, String>;

/// `engine` has the site of the sample.
pub(crate) async fn run(engine: &Engine) {
    let writer = engine.writer();
    // The pages on getting started call it so.
    let mut mysite = upgrade::definition("mysite");
    mysite.kpis.clear();
    warehouse::publish_site(&writer, &mysite).await.unwrap();

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut shown = Shown::new();
    let mut pages = vec![root.join("README.md")];
    add_pages(&root.join("docs"), &mut pages);
    let mut take = |file: &Path, line: usize, sql: &str| {
        let name = file.strip_prefix(&root).unwrap().display();
        let sql = PUT_IN
            .iter()
            .fold(sql.trim().to_owned(), |sql, (word, value)| {
                sql.replace(word, value)
            });
        shown
            .entry(sql)
            .or_insert_with(|| format!("{name}, line {line}"));
    };
    let mut of_pages = 0;
    for page in &pages {
        for (line, sql) in of_page(&fs::read_to_string(page).unwrap()) {
            take(page, line, &sql);
            of_pages += 1;
        }
    }
    let dashboard = root.join("docs/bi/grafana-dashboard.json");
    let queries = of_dashboard(&fs::read_to_string(&dashboard).unwrap());
    let of_dashboard = queries.len();
    for sql in queries {
        take(&dashboard, 1, &sql);
    }
    let notebook = root.join("docs/bi/first-look.ipynb");
    let queries = of_notebook(&fs::read_to_string(&notebook).unwrap());
    let of_notebook = queries.len();
    for sql in queries {
        take(&notebook, 1, &sql);
    }
    // Statements that are no longer found would all be right.
    assert!(of_pages > 120 && of_dashboard == 7 && of_notebook == 4);

    let reader = &engine.analyst();
    let count = shown.len();
    let failed: Vec<String> = futures_util::stream::iter(shown)
        .map(async |(sql, place)| {
            let error = ask(reader, &sql).await.err()?;
            Some(format!("{place}: {sql}\n{error}"))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(async |failed| failed)
        .collect()
        .await;
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    println!("statements of the documents: {count} run");
}

async fn ask(reader: &Client, sql: &str) -> Result<(), clickhouse::error::Error> {
    let mut query = reader.query_raw(sql);
    let steps = ["pageview", "add_to_cart", "purchase"];
    // As the notebook binds them.
    for (name, value) in [
        ("site", "shop"),
        ("from", "2026-11-01"),
        ("to", "2026-11-30"),
    ] {
        if sql.contains(&format!("{{{name}:")) {
            query = query.param(name, value);
        }
    }
    if sql.contains("{steps:") {
        query = query.param("steps", &steps[..]);
    }
    query.execute().await
}

fn add_pages(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_pages(&path, pages);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
}

/// Statements of a page with their lines: blocks of SQL, what `curl` and `weir query` are given, statements in a sentence.
fn of_page(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // What is no block, with its lines where they were.
    let mut prose = String::new();
    let mut block: Option<(usize, &str, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let fence = line.trim_start().strip_prefix("```");
        prose.push('\n');
        match (&mut block, fence) {
            (None, Some(language)) => block = Some((number, language.trim(), String::new())),
            (None, None) => prose.push_str(line),
            (Some((_, _, inside)), None) => {
                inside.push_str(line);
                inside.push('\n');
            }
            (Some((start, language, inside)), Some(_)) => {
                if *language == "sql" {
                    let statements = inside.split(";\n").filter(|sql| !sql.trim().is_empty());
                    found.extend(statements.map(|sql| (*start, sql.to_owned())));
                } else {
                    found.extend(quoted(inside).map(|sql| (*start, sql)));
                }
                block = None;
            }
        }
    }
    assert!(block.is_none(), "a block without an end");
    let mut line = 0;
    for (number, piece) in prose.split('`').enumerate() {
        // Every second piece stands between a pair.
        if number % 2 == 1 && is_complete(piece) {
            found.push((line, piece.replace('\n', " ")));
        }
        line += piece.matches('\n').count();
    }
    found
}

/// Whether this is a statement, and not the pattern of one.
fn is_complete(text: &str) -> bool {
    let is_statement = text.starts_with("SELECT ") || text.starts_with("DESCRIBE ");
    is_statement && !text.contains('…') && !text.contains('<')
}

/// Statements between quotes of a shell.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    let at_quote = |(start, _): (usize, &str)| {
        let quote = text[..start].chars().next_back()?;
        let length = text[start..].find(quote)?;
        matches!(quote, '"' | '\'').then(|| text[start..start + length].to_owned())
    };
    text.match_indices("SELECT ").filter_map(at_quote)
}

/// The queries of a dashboard, as Grafana's data source writes them out.
fn of_dashboard(text: &str) -> Vec<String> {
    let dashboard: Value = serde_json::from_str(text).unwrap();
    let mut queries = Vec::new();
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if variable["type"] == "query" {
            queries.push(variable["query"].as_str().unwrap().to_owned());
        }
    }
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            queries.push(target["rawSql"].as_str().unwrap().to_owned());
        }
    }
    for sql in &mut queries {
        for (word, value) in [
            ("$site", "shop"),
            ("$__fromTime", "toDateTime(1793491200)"),
            ("$__toTime", "toDateTime(1796083199)"),
        ] {
            *sql = sql.replace(word, value);
        }
        assert!(
            !sql.contains('$'),
            "a macro that this test does not know: {sql}"
        );
    }
    queries
}

/// What a notebook gives to `query` and `query_df`: literals of Python, one after the other.
fn of_notebook(text: &str) -> Vec<String> {
    let notebook: Value = serde_json::from_str(text).unwrap();
    let mut queries = Vec::new();
    for cell in notebook["cells"].as_array().unwrap() {
        let lines = cell["source"].as_array().unwrap();
        let code: String = lines.iter().filter_map(Value::as_str).collect();
        for (at, _) in code.match_indices(".query") {
            let (_, arguments) = code[at..].split_once('(').unwrap();
            queries.push(python_text(arguments));
        }
    }
    queries
}

fn python_text(mut code: &str) -> String {
    let mut text = String::new();
    loop {
        code = code.trim_start();
        let Some(quote) = ["'''", "\"\"\"", "'", "\""]
            .into_iter()
            .find(|quote| code.starts_with(quote))
        else {
            assert!(!text.is_empty(), "no text: {code}");
            return text;
        };
        let (literal, rest) = code[quote.len()..].split_once(quote).unwrap();
        text.push_str(literal);
        code = rest;
    }
}
