//! `weir preview`: a link that opens a site with a draft, and what happens on the page that it opens.
//!
//! Works on the control store, so that a server may run meanwhile; it is the server that answers the link.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::Value as Json;
use weir_rules::{Severity, report};

use super::{DEFAULT_SQL_URL, Language, check};
use crate::container;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::preview::events::{self, Observed};
use crate::preview::link::{DEFAULT_MINUTES, Link};
use crate::preview::{self, Refusal, word};
use crate::publish::read_text;
use crate::serve::open_store;
use crate::sql::Sql;
use crate::store::Store;
use crate::store::audit::Actor;
use crate::terminal::Terminal;

/// How often is looked for what has happened.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const TIMEOUT: Duration = Duration::from_secs(10);
/// Who makes links here.
const AUTHOR: &str = "command";

#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    /// The site
    site: String,
    /// The container to show [default: the site's draft, else what is published]
    #[arg(long, value_name = "FILE")]
    draft: Option<PathBuf>,
    /// The page to open [default: the first of the site's domains]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How long the link is good for
    #[arg(long, value_name = "MINUTES", default_value_t = DEFAULT_MINUTES, value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
    /// Print what happens on the page, as it happens; a draft that is saved meanwhile is shown from the next page load on
    #[arg(long)]
    follow: bool,
    /// Take back all links to the site, and make none
    #[arg(long, conflicts_with_all = ["draft", "url", "follow"])]
    revoke: bool,
    /// The SQL interface, for --follow
    #[arg(long, value_name = "URL", env = "WEIR_SQL", default_value = DEFAULT_SQL_URL, hide_env_values = true)]
    sql: String,
    /// Language of the messages [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    pub(super) lang: Option<Language>,
    /// Data folder of the server; it may be running [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<String>,
}

/// Prints the link, alone, on standard output; with `--follow`, what happens after it.
pub(super) async fn run(
    args: &PreviewArgs,
    data: &Path,
    language: Language,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    if !data.join("control.db").is_file() {
        return Err(Failure::usage(
            format!("there is no data of weir in `{}`", data.display()),
            "give the folder that the server uses with --data",
        ));
    }
    let store = open_store(&DataDir::open(data)?)?;
    if args.revoke {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let revoked = store
            .revoke_previews(
                &preview::site_of(&store, &args.site)
                    .map_err(|refusal| failure(&refusal, language))?,
                Actor {
                    who: "command line",
                    now_ms,
                },
            )
            .map_err(|error| Failure::environment(error.to_string(), ""))?;
        writeln!(
            terminal,
            "{}",
            match language {
                Language::En => format!("links taken back: {revoked}"),
                Language::Ru => format!("отозвано ссылок: {revoked}"),
            }
        )?;
        terminal.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let draft = match &args.draft {
        None => None,
        Some(file) => {
            let text = check::read(file, "preview SITE --draft")?;
            if !tell_problems(file, &text, language, terminal.rich)? {
                return Ok(ExitCode::from(1));
            }
            Some(text)
        }
    };
    let made = preview::make(
        &store,
        &args.site,
        args.url.as_deref(),
        draft.as_deref(),
        AUTHOR,
        args.minutes,
    );
    let link = made.map_err(|refusal| failure(&refusal, language))?;
    // Before the link is known, so that nothing which happens through it is missed.
    let reader = match args.follow {
        true => Some(Follow::start(args, &store, &link, draft, language).await?),
        false => None,
    };
    writeln!(terminal, "{}", link.url)?;
    terminal.flush()?;
    match reader {
        None => Ok(ExitCode::SUCCESS),
        Some(follow) => match follow.run(&mut terminal).await {
            // The reader of the pipe has seen enough.
            Err(Stopped::Pipe) => Ok(ExitCode::SUCCESS),
            Err(Stopped::Failed(failure)) => Err(failure),
            Ok(()) => Ok(ExitCode::SUCCESS),
        },
    }
}

fn failure(refusal: &Refusal, language: Language) -> Failure {
    let (message, hint) = (refusal.message(language), refusal.hint(language));
    match refusal {
        Refusal::Store { .. } => Failure::environment(message, hint),
        _ => Failure::usage(message, hint),
    }
}

/// Says what is wrong with a draft, as `weir check` does, on standard error; whether it can be shown.
fn tell_problems(file: &Path, text: &str, language: Language, rich: bool) -> Result<bool, Failure> {
    let checked = container::check(text);
    if !checked.problems.is_empty() {
        let name = file.display().to_string();
        let told = report::render(
            &checked.problems,
            text,
            &name,
            container::lang(language),
            rich,
        );
        std::io::stderr().write_all(format!("{}\n", told.trim_end()).as_bytes())?;
    }
    Ok(!checked
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Error))
}

/// Why nothing more is printed.
enum Stopped {
    Pipe,
    Failed(Failure),
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Failed(error.into()),
        }
    }
}

/// Prints what happens.
struct Follow<'a> {
    args: &'a PreviewArgs,
    store: &'a Store,
    link: &'a Link,
    sql: Sql,
    draft: Option<String>,
    language: Language,
    seen: u64,
}

impl<'a> Follow<'a> {
    async fn start(
        args: &'a PreviewArgs,
        store: &'a Store,
        link: &'a Link,
        draft: Option<String>,
        language: Language,
    ) -> Result<Self, Failure> {
        let sql = Sql::connect(&args.sql, TIMEOUT)?;
        let seen = events::newest(&sql, &link.site).await?;
        Ok(Self {
            args,
            store,
            link,
            sql,
            draft,
            language,
            seen,
        })
    }

    /// Until the link is no longer good.
    async fn run(mut self, terminal: &mut Terminal<'_>) -> Result<(), Stopped> {
        let mut is_away = false;
        while jiff::Timestamp::now().as_millisecond() < self.link.expires_at {
            match events::read(&self.sql, &self.link.site, self.seen, events::MAX_READ).await {
                Ok(rows) => {
                    is_away = false;
                    for row in rows {
                        self.seen = self.seen.max(row.id);
                        if row.preview == self.link.id {
                            terminal.write_all(self.told(&row).as_bytes())?;
                        }
                    }
                    terminal.flush()?;
                }
                Err(error) => {
                    if !is_away {
                        writeln!(std::io::stderr(), "weir: {error}; trying again")?;
                    }
                    is_away = true;
                }
            }
            self.show_saved(terminal.rich)?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let over = Refusal::Expired.message(self.language);
        writeln!(std::io::stderr(), "weir: {over}")?;
        Ok(())
    }

    /// A draft that was saved is what the link shows from now on, unless it has errors.
    fn show_saved(&mut self, rich: bool) -> Result<(), Stopped> {
        let (Some(file), Some(before)) = (&self.args.draft, &self.draft) else {
            return Ok(());
        };
        let Ok(text) = read_text(file) else {
            return Ok(());
        };
        if text == *before {
            return Ok(());
        }
        let is_sound = tell_problems(file, &text, self.language, rich).map_err(Stopped::Failed)?;
        if is_sound {
            self.store
                .change_preview(&self.link.id, &text)
                .map_err(|error| Stopped::Failed(Failure::environment(error.to_string(), "")))?;
            let said = match self.language {
                Language::En => "the draft was saved: load the page again",
                Language::Ru => "черновик сохранён: загрузите страницу заново",
            };
            writeln!(std::io::stderr(), "weir: {said}")?;
        }
        self.draft = Some(text);
        Ok(())
    }

    /// One thing that happened, in lines.
    fn told(&self, row: &Observed) -> String {
        let details = row.details(self.language);
        let at = jiff::Timestamp::from_millisecond(row.at).unwrap_or_default();
        let at = jiff::ZonedDateTime::new(at, jiff::tz::TimeZone::system());
        let about = [&*row.name, &*row.element, &*row.page_url];
        let about: Vec<&str> = about.into_iter().filter(|text| !text.is_empty()).collect();
        let mut out = format!(
            "{}  {}  {}\n",
            at.strftime("%H:%M:%S"),
            word(&row.kind, self.language),
            plain(&about.join("  "))
        );
        let (fires, silent, other, nothing, without) = match self.language {
            Language::En => (
                "fires",
                "does not fire",
                "tags that wait for something else",
                "nothing fires",
                "without any rule",
            ),
            Language::Ru => (
                "сработал",
                "не сработал",
                "ждут другого",
                "ничего не сработало",
                "без правил",
            ),
        };
        let list = |key: &str| {
            let list = details.get(key).and_then(Json::as_array);
            list.map(Vec::as_slice).unwrap_or_default()
        };
        let text = |json: &Json, key: &str| {
            let text = json.get(key).and_then(Json::as_str);
            plain(text.unwrap_or_default())
        };
        let (fired, still) = (list("fires"), list("does_not_fire"));
        if fired.is_empty() && !still.is_empty() {
            out.push_str(&format!("  {nothing}\n"));
        }
        for fired in fired {
            let tag = match text(fired, "tag") {
                tag if tag.is_empty() => without.to_owned(),
                tag => format!("`{tag}`"),
            };
            out.push_str(&format!("  {fires} {tag}: {}\n", text(fired, "message")));
            let with = fired.get("with").and_then(Json::as_object);
            for (name, value) in with.into_iter().flatten() {
                out.push_str(&format!("      {}: {value}\n", plain(name)));
            }
        }
        let mut others = 0;
        for still in still {
            let reasons = still.get("reasons").and_then(Json::as_array);
            let reasons = reasons.map(Vec::as_slice).unwrap_or_default();
            let waits = |reason: &Json| text(reason, "code") == "waits_for_other";
            if reasons.iter().all(waits) {
                others += 1;
                continue;
            }
            let told: Vec<String> = reasons.iter().map(|it| text(it, "message")).collect();
            out.push_str(&format!(
                "  {silent} `{}`: {}\n",
                text(still, "tag"),
                told.join("; ")
            ));
        }
        if others > 0 {
            out.push_str(&format!("  {other}: {others}\n"));
        }
        out
    }
}

/// What a page says, without what would move the cursor of a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).collect()
}
