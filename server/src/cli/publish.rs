//! `weir publish`: makes a release of a container file, for a site that is managed in the page.
//!
//! Works on the control store, so that a server may run meanwhile; it takes the release up by itself. A site that the
//! server serves from a file is published by saving that file, and by nothing else.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use weir_rules::report;

use super::{Format, Language, check, token};
use crate::changes::{self, Change, Kind};
use crate::container;
use crate::failure::Failure;
use crate::publish::{EnvironmentError, LIVE, PublishError, create_by_text, publish_text};
use crate::store::drafts::DraftError;
use crate::store::{Draft, FOLLOWED_EVERY, Store};
use crate::suggest;
use crate::terminal::Terminal;

/// Who publishes, unless the command says.
const AUTHOR: &str = "command line";
const MAX_NOTE_CHARS: usize = 1000;
const MAX_AUTHOR_CHARS: usize = 100;

#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// The container; `site.id` in it says which site
    file: PathBuf,
    /// Why, for the history of the site
    #[arg(
        long,
        value_name = "WHY",
        default_value = "",
        hide_default_value = true
    )]
    note: String,
    /// Where to: the name of one of the site's environments [default: live]
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Make the site, if it is not there yet
    #[arg(long, conflicts_with = "environment")]
    create: bool,
    /// Say what would change, and publish nothing
    #[arg(long)]
    dry_run: bool,
    /// Who publishes, for the history of the site
    #[arg(long, value_name = "WHO", default_value = AUTHOR)]
    author: String,
    /// How to print what changed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the messages [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    pub(super) lang: Option<Language>,
    /// Data folder of the server; it may be running [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<String>,
}

/// Prints what changed on standard output; warnings of the container, and what else there is to say, on standard error.
pub(super) fn run(
    args: &PublishArgs,
    data: &Path,
    language: Language,
    mut terminal: Terminal<'_>,
    remarks: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    bounded("--note", &args.note, MAX_NOTE_CHARS, language)?;
    bounded("--author", &args.author, MAX_AUTHOR_CHARS, language)?;
    let text = check::read(&args.file, "publish")?;
    let checked = container::check(&text);
    if !checked.problems.is_empty() {
        let name = args.file.display().to_string();
        let lang = container::lang(language);
        let told = report::render(&checked.problems, &text, &name, lang, false);
        writeln!(remarks, "{}", told.trim_end())?;
    }
    let Some(container) = checked.container else {
        let nothing = match language {
            Language::En => "nothing was published",
            Language::Ru => "ничего не опубликовано",
        };
        writeln!(remarks, "\n{nothing}")?;
        return Ok(ExitCode::from(1));
    };
    let site = container.site().to_owned();
    let store = token::existing_store(data)?;
    let publication = Draft {
        site: &site,
        file: "",
        source: &text,
        now_ms: token::now_ms(),
        author: &args.author,
        note: args.note.trim(),
    };
    let to = args.environment.as_deref().filter(|name| *name != LIVE);
    let done = publish(args, &store, to, publication);
    let done = done.map_err(|error| failure(&error, &store, &site, language))?;
    if done.new && !args.dry_run {
        tell_of_draft(&store, &site, &text, language, remarks)?;
        // Scripts look at the page at once: by then the server that runs has taken it up.
        std::thread::sleep(2 * FOLLOWED_EVERY);
    }
    let shown = match args.format {
        Format::Json => done.json(&site, to, args.dry_run, language),
        Format::Text => done.text(&site, to, args.dry_run, language),
    };
    terminal.write_all(shown.as_bytes())?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// What came of it.
struct Done {
    /// The release that is in use now; `None` for a site that would be made.
    version: Option<u32>,
    /// Whether it says anything new.
    new: bool,
    before: String,
    after: String,
}

fn publish(
    args: &PublishArgs,
    store: &Store,
    to: Option<&str>,
    publication: Draft<'_>,
) -> Result<Done, PublishError> {
    let latest = |store: &Store| match to {
        None => store.latest(publication.site),
        Some(name) => {
            let all = store.environments()?;
            let found = all
                .into_iter()
                .find(|one| one.site == publication.site && one.name == name);
            found.map_or(Ok(None), |one| store.latest(&one.id))
        }
    };
    let is_there = store.draft(publication.site)?.is_some();
    let before = latest(store)?.filter(|_| is_there);
    let old = before.as_ref().map(|release| release.source.clone());
    let old = old.unwrap_or_else(|| "{}".to_owned());
    let mut done = Done {
        version: before.as_ref().map(|release| release.version),
        new: true,
        before: old,
        after: publication.source.to_owned(),
    };
    if args.dry_run {
        if let Some(file) = store.file_of(publication.site)? {
            return Err(PublishError::File(file));
        }
        if !is_there && !args.create {
            return Err(DraftError::Unknown.into());
        }
        done.new = before.is_none_or(|release| release.source != publication.source);
        return Ok(done);
    }
    if args.create && !is_there {
        create_by_text(store, publication)?;
        done.version = store
            .latest(publication.site)?
            .map(|release| release.version);
        return Ok(done);
    }
    match publish_text(store, to, publication) {
        Ok(release) => done.version = Some(release.version),
        Err(PublishError::Draft(DraftError::Same)) => done.new = false,
        Err(error) => return Err(error),
    }
    Ok(done)
}

impl Done {
    fn changes(&self, language: Language) -> Vec<Change> {
        // The text was checked, so it can be told.
        changes::between(&self.before, &self.after, container::lang(language)).unwrap_or_default()
    }

    fn json(&self, site: &str, to: Option<&str>, dry_run: bool, language: Language) -> String {
        let changes = self.changes(language);
        let changes: Vec<_> = changes
            .iter()
            .map(|change| {
                json!({ "what": change.what, "name": change.name, "kind": change.kind,
                    "before": change.before, "after": change.after })
            })
            .collect();
        let told = json!({ "site": site, "environment": to.unwrap_or(LIVE), "release": self.version,
            "published": self.new && !dry_run, "changes": changes });
        format!("{told}\n")
    }

    fn text(&self, site: &str, to: Option<&str>, dry_run: bool, language: Language) -> String {
        let place = to.map_or_else(|| format!("`{site}`"), |name| format!("`{site}`, {name}"));
        let version = self.version.unwrap_or_default();
        let head = match (self.new, dry_run, language) {
            (false, _, Language::En) => {
                format!("{place}: nothing to publish, release {version} says the same")
            }
            (false, _, Language::Ru) => {
                format!("{place}: публиковать нечего, релиз {version} говорит то же самое")
            }
            (_, true, Language::En) => format!("{place}: would change, nothing was published"),
            (_, true, Language::Ru) => format!("{place}: изменилось бы, ничего не опубликовано"),
            (_, false, Language::En) => format!("{place}: release {version} is published"),
            (_, false, Language::Ru) => format!("{place}: опубликован релиз {version}"),
        };
        let mut out = format!("{head}\n");
        for change in self.changes(language) {
            let name = match change.name.as_str() {
                "" => String::new(),
                name => format!(" `{name}`"),
            };
            let kind = kind(change.kind, language);
            let what = what(change.what, language);
            out.push_str(&format!("  {kind:<9} {what}{name}\n"));
            for (mark, sentence) in [("-", &change.before), ("+", &change.after)] {
                if let Some(sentence) = sentence {
                    out.push_str(&format!("            {mark} {sentence}\n"));
                }
            }
        }
        out
    }
}

fn kind(kind: Kind, language: Language) -> &'static str {
    match (kind, language) {
        (Kind::Added, Language::En) => "new",
        (Kind::Removed, Language::En) => "gone",
        (Kind::Changed, Language::En) => "changed",
        (Kind::Added, Language::Ru) => "новое",
        (Kind::Removed, Language::Ru) => "удалено",
        (Kind::Changed, Language::Ru) => "изменено",
    }
}

fn what(what: &'static str, language: Language) -> &'static str {
    if language == Language::En {
        return match what {
            "kpi" => "target",
            other => other,
        };
    }
    match what {
        "site" => "сайт",
        "tag" => "тег",
        "trigger" => "триггер",
        "variable" => "переменная",
        "goal" => "цель",
        "funnel" => "воронка",
        "kpi" => "показатель",
        _ => "настройка",
    }
}

/// Somebody edits the site in the page: what they have does not know of this release.
fn tell_of_draft(
    store: &Store,
    site: &str,
    text: &str,
    language: Language,
    remarks: &mut dyn Write,
) -> Result<(), Failure> {
    let draft = store.draft(site).map_err(|error| token::refused(&error))?;
    let Some(draft) = draft.filter(|draft| draft.open && draft.source != text) else {
        return Ok(());
    };
    let by = &draft.updated_by;
    let told = match language {
        Language::En => format!(
            "note: a draft of `{by}` is open in the page, and stays; the page shows what publishing it would change"
        ),
        Language::Ru => format!(
            "замечание: на странице открыт черновик `{by}`, он остаётся; что изменит его публикация, видно на странице"
        ),
    };
    writeln!(remarks, "{told}")?;
    Ok(())
}

fn bounded(flag: &str, text: &str, most: usize, language: Language) -> Result<(), Failure> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(match language {
        Language::En => Failure::usage(
            format!("`{flag}` has more than {most} characters"),
            "say it in a sentence",
        ),
        Language::Ru => Failure::usage(
            format!("в `{flag}` больше {most} знаков"),
            "скажите одним предложением",
        ),
    })
}

/// Why nothing was published.
fn failure(error: &PublishError, store: &Store, site: &str, language: Language) -> Failure {
    let (english, russian): ((String, String), (String, String)) = match error {
        PublishError::File(file) => (
            (
                format!("the site `{site}` is described by the file `{file}`"),
                "save the container there: saving publishes it; or take that file out of --container and start the server again".to_owned(),
            ),
            (
                format!("сайт `{site}` описан файлом `{file}`"),
                "сохраните контейнер в нём: сохранение публикует; или уберите этот файл из --container и запустите сервер снова".to_owned(),
            ),
        ),
        PublishError::Draft(DraftError::Unknown) => {
            let known = store.managed_sites().unwrap_or_default();
            let near = suggest::nearest(site, known.iter().map(String::as_str));
            (
                (
                    format!("no site `{site}` is managed in the page"),
                    match near {
                        Some(near) => format!("did you mean `{near}`? For a new site add --create"),
                        None => "add --create to make it".to_owned(),
                    },
                ),
                (
                    format!("сайта `{site}` среди тех, что ведут на странице, нет"),
                    match near {
                        Some(near) => format!("может быть, `{near}`? Для нового сайта добавьте --create"),
                        None => "чтобы завести его, добавьте --create".to_owned(),
                    },
                ),
            )
        }
        PublishError::SiteExists => (
            (
                format!("the id `{site}` is taken"),
                "choose another `site.id`".to_owned(),
            ),
            (
                format!("id `{site}` уже занят"),
                "выберите другой `site.id`".to_owned(),
            ),
        ),
        PublishError::Environment(EnvironmentError::Unknown { name, known }) => (
            (
                error.to_string(),
                suggest::hint(name, "environment", known.iter().map(String::as_str)),
            ),
            (
                format!("у сайта нет окружения `{name}`"),
                suggest::hint_in_russian(name, known.iter().map(String::as_str)),
            ),
        ),
        PublishError::Environment(EnvironmentError::Taken { host, environment }) => (
            (
                error.to_string(),
                "take the host out of `site.domains`, or out of the environment in the page".to_owned(),
            ),
            (
                format!("`{host}` уже относится к окружению `{environment}`"),
                "уберите хост из `site.domains` или, на странице, из окружения".to_owned(),
            ),
        ),
        PublishError::Problems(problems) => {
            let told = |language| {
                let told = problems.first().map(|problem| problem.told(language));
                told.map_or_else(
                    || (error.to_string(), String::new()),
                    |told| (told.message, told.hint),
                )
            };
            (told(Language::En), told(Language::Ru))
        }
        other => {
            return Failure::environment(
                other.to_string(),
                match language {
                    Language::En => "try again; if it stays, look at the disk of the data folder",
                    Language::Ru => "попробуйте ещё раз; если не проходит, проверьте диск папки данных",
                },
            );
        }
    };
    let (message, hint) = match language {
        Language::En => english,
        Language::Ru => russian,
    };
    Failure::usage(message, hint)
}

#[cfg(test)]
mod tests;
