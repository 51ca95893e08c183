//! `weir import costs`: a file of costs, into the ClickHouse of the server that runs.
//!
//! Opened for writing by the secret in the data folder, as `weir demo seed` does it: whoever may read that folder needs no token.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use weir_collector::warehouse::WarehouseError;

use super::{Format, Language, token};
use crate::config::{Clickhouse, Config};
use crate::costs::{self, Doing, MOST_BYTES, Problems, Summary};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::ports;
use crate::routes::{action_of_costs, detail_of_costs};
use crate::sql::{self, Sql};
use crate::store::audit::Actor;
use crate::suggest;
use crate::terminal::Terminal;

/// How long a server may take to say that it is there.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Who imports here.
const AUTHOR: &str = "command line";

#[derive(Debug, Args)]
pub(super) struct CostsArgs {
    /// The CSV file, its first line the names of the columns; `-` for standard input
    file: String,
    /// The site
    #[arg(long, value_name = "ID")]
    site: String,
    /// Say what would come of it, and import nothing
    #[arg(long)]
    dry_run: bool,
    /// Take away the costs that are in the file
    #[arg(long)]
    remove: bool,
    /// How to print what came of it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the messages [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    pub(super) lang: Option<Language>,
    /// The SQL interface, with an account that may write [default: that of the server that runs on the data folder]
    #[arg(long, value_name = "URL", hide_env_values = true)]
    sql: Option<String>,
    /// Data folder of the server that runs [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<String>,
}

/// What came of it is on standard output, what is wrong with the file on standard error.
pub(super) async fn costs(
    args: &CostsArgs,
    config: &Config,
    language: Language,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let bytes = read(&args.file, language)?;
    let client = sql::client(&writer(args, config, language).await?)?;
    let told = |error: WarehouseError| {
        let message = match language {
            Language::En => format!("nothing was imported: {error}"),
            Language::Ru => format!("ничего не загружено: {error}"),
        };
        Failure::environment(message, error.hint())
    };
    let site = costs::site(&client, &args.site).await.map_err(told)?;
    let Some(site) = site else {
        let known = client
            .query_raw("SELECT id FROM weir.sites FINAL ORDER BY id")
            .fetch_all::<String>();
        let known = known.await.unwrap_or_default();
        let known = known.iter().map(String::as_str);
        return Err(match language {
            Language::En => Failure::usage(
                format!("there is no site `{}`", args.site),
                suggest::hint(&args.site, "site", known),
            ),
            Language::Ru => Failure::usage(
                format!("сайта `{}` нет", args.site),
                suggest::hint_in_russian(&args.site, known),
            ),
        });
    };
    let file = match costs::read(&bytes, &site) {
        Ok(file) => file,
        Err(problems) => {
            let told = match args.format {
                Format::Json => json_of(&problems, language),
                Format::Text => text_of(&problems, &args.file, language),
            };
            std::io::stderr().write_all(told.as_bytes())?;
            return Ok(ExitCode::from(1));
        }
    };
    let doing = match (args.dry_run, args.remove) {
        (true, _) => Doing::Try,
        (false, true) => Doing::Remove,
        (false, false) => Doing::Import,
    };
    let now_ms = token::now_ms();
    let summary = costs::carry_out(&client, &site, &file, doing, now_ms)
        .await
        .map_err(told)?;
    if doing != Doing::Try && config.data.join("control.db").is_file() {
        let store = token::existing_store(&config.data)?;
        let actor = Actor {
            who: AUTHOR,
            now_ms,
        };
        store
            .note(
                actor,
                action_of_costs(doing),
                &site.id,
                &detail_of_costs(&summary),
            )
            .map_err(|error| token::refused(&error))?;
    }
    let shown = match args.format {
        Format::Json => format!("{}\n", json!(summary)),
        Format::Text => told_in_lines(&summary, &site.id, language),
    };
    terminal.write_all(shown.as_bytes())?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &str, language: Language) -> Result<Vec<u8>, Failure> {
    let most = MOST_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let read = match file {
        "-" => std::io::stdin().lock().take(most).read_to_end(&mut bytes),
        path => std::fs::File::open(Path::new(path))
            .and_then(|file| file.take(most).read_to_end(&mut bytes)),
    };
    read.map_err(|error| match language {
        Language::En => Failure::usage(
            format!("cannot read `{file}`: {error}"),
            "give the path of a CSV file, or `-` for standard input",
        ),
        Language::Ru => Failure::usage(
            format!("`{file}` не читается: {error}"),
            "укажите путь к файлу CSV или `-` для стандартного ввода",
        ),
    })?;
    if bytes.len() > MOST_BYTES {
        let most = MOST_BYTES >> 20;
        return Err(match language {
            Language::En => Failure::usage(
                format!("`{file}` has more than {most} MiB"),
                "cut it into several files",
            ),
            Language::Ru => Failure::usage(
                format!("в `{file}` больше {most} МиБ"),
                "разделите его на несколько файлов",
            ),
        });
    }
    Ok(bytes)
}

/// Where ClickHouse is, for who may write.
async fn writer(
    args: &CostsArgs,
    config: &Config,
    language: Language,
) -> Result<Clickhouse, Failure> {
    if let Some(url) = &args.sql {
        return Clickhouse::parse(url).map_err(|reason| {
            Failure::usage(
                format!("`--sql` cannot be used: {reason}"),
                "write it like http://weir:secret@127.0.0.1:8123",
            )
        });
    }
    if let Some(server) = &config.clickhouse {
        return Ok(server.clone());
    }
    if let Some(data) = DataDir::existing(&config.data) {
        let listen = data.sql_address();
        let listen = listen.unwrap_or_else(|| ports::reachable(config.sql_listen));
        let server = Clickhouse::new(
            &format!("http://{listen}"),
            sql::WRITER,
            data.secret()?.expose(),
        );
        if Sql::new(&server, TIMEOUT)?.is_reachable().await {
            return Ok(server);
        }
    }
    let data = config.data.display();
    Err(match language {
        Language::En => Failure::environment(
            format!("no server runs on `{data}`, and nothing was imported"),
            "start it with `weir serve`, or give its data folder with --data",
        ),
        Language::Ru => Failure::environment(
            format!("на `{data}` не работает ни один сервер, ничего не загружено"),
            "запустите его командой `weir serve` или укажите его папку данных в --data",
        ),
    })
}

fn json_of(problems: &Problems, language: Language) -> String {
    let told: Vec<_> = problems
        .told
        .iter()
        .map(|problem| problem.told(language))
        .collect();
    format!("{}\n", json!({ "problems": told, "more": problems.more }))
}

/// A block for each problem, as `weir check` has them.
fn text_of(problems: &Problems, file: &str, language: Language) -> String {
    let mut out = String::new();
    for problem in &problems.told {
        let told = problem.told(language);
        let (line, column) = match language {
            Language::En => ("line", "column"),
            Language::Ru => ("строка", "столбец"),
        };
        let mut place = file.to_owned();
        if told.line > 0 {
            place.push_str(&format!(", {line} {}", told.line));
        }
        if !told.column.is_empty() {
            place.push_str(&format!(", {column} `{}`", told.column));
        }
        out.push_str(&format!("{place}: {}\n  {}\n", told.message, told.hint));
    }
    let count = problems.told.len() + problems.more;
    let more = problems.more;
    match language {
        Language::En if more > 0 => out.push_str(&format!("… and {more} more\n")),
        Language::Ru if more > 0 => out.push_str(&format!("… и ещё {more}\n")),
        _ => {}
    }
    out.push_str(&match language {
        Language::En => format!("\nnothing was imported: {count} to mend\n"),
        Language::Ru => format!("\nничего не загружено: исправить — {count}\n"),
    });
    out
}

fn told_in_lines(summary: &Summary, site: &str, language: Language) -> String {
    let Summary {
        costs,
        replaced,
        from,
        to,
        amount,
        currency,
        ..
    } = summary;
    let head = match (language, summary.done, summary.removed) {
        (Language::En, false, _) => "nothing was imported; it would be",
        (Language::En, true, false) => "imported",
        (Language::En, true, true) => "taken away",
        (Language::Ru, false, _) => "ничего не загружено; было бы",
        (Language::Ru, true, false) => "загружено",
        (Language::Ru, true, true) => "убрано",
    };
    let mut out = match language {
        Language::En => format!(
            "{head}: {} costs of `{site}`, {from} to {to}, {amount:.2} {currency}; {replaced} of them were there already\n",
            costs
        ),
        Language::Ru => format!(
            "{head}: расходов сайта `{site}` — {costs}, с {from} по {to}, {amount:.2} {currency}; уже были — {replaced}\n"
        ),
    };
    let none = match language {
        Language::En => "no channel",
        Language::Ru => "без канала",
    };
    for part in &summary.parts {
        let channel = if part.channel.is_empty() {
            none
        } else {
            &part.channel
        };
        out.push_str(&format!(
            "  {:<10} {channel:<18} {:>6} {:>16.2}\n",
            part.kind, part.costs, part.amount
        ));
    }
    if !summary.ignored_columns.is_empty() {
        let columns = summary.ignored_columns.join("`, `");
        out.push_str(&match language {
            Language::En => format!("columns that were not read: `{columns}`\n"),
            Language::Ru => format!("не прочитаны столбцы: `{columns}`\n"),
        });
    }
    if summary.windows_1251 {
        out.push_str(match language {
            Language::En => "the file was read as Windows-1251\n",
            Language::Ru => "файл прочитан как Windows-1251\n",
        });
    }
    out
}
