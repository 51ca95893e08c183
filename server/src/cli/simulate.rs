//! `weir simulate`: a container tried on a page: what fires, with its payload; what does not, and why not.
//!
//! Nothing is loaded and nothing is sent: the page is what is given here.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use weir_rules::action::{Action, ActionFault};
use weir_rules::page::{Page, Tree};
use weir_rules::simulate::{self, simulate};

use super::check::sound;
use super::{Format, Language};
use crate::container;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Bytes of a page, at most.
const MAX_HTML_BYTES: u64 = 16 << 20;

#[derive(Debug, Args)]
pub(super) struct SimulateArgs {
    /// The container file
    file: PathBuf,
    /// Address of the page
    #[arg(long, value_name = "URL")]
    url: String,
    /// What happens, in this order: pageview, click:SELECTOR, form:SELECTOR, scroll:50, visible:SELECTOR, timer:30s,
    /// custom:NAME … [default: pageview]
    #[arg(long = "event", value_name = "KIND[:WHAT]")]
    events: Vec<String>,
    /// The page's HTML; `-` for standard input. Without it the page is empty
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Address of the page before
    #[arg(long, value_name = "URL")]
    referrer: Option<String>,
    /// A cookie
    #[arg(long = "cookie", value_name = "NAME=VALUE")]
    cookies: Vec<String>,
    /// An entry of the browser's local storage
    #[arg(long = "storage", value_name = "NAME=VALUE")]
    storage: Vec<String>,
    /// What the page pushed to the data layer: an object, or a list of them
    #[arg(long, value_name = "JSON")]
    data_layer: Vec<String>,
    /// Global variables of the page: an object
    #[arg(long, value_name = "JSON")]
    globals: Option<String>,
    /// Details of what happens: {"event": {"value": 5}}
    #[arg(long, value_name = "JSON")]
    detail: Option<String>,
    /// Consent to a category: granted or denied [default: as the container says]
    #[arg(long = "consent", value_name = "CATEGORY=STATE")]
    consent: Vec<String>,
    /// Language of the browser
    #[arg(long, value_name = "LANGUAGE")]
    browser_language: Option<String>,
    /// Type of the device: desktop, mobile or tablet
    #[arg(long, value_name = "TYPE")]
    device: Option<String>,
    /// How to print the outcome
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the outcome [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    pub(super) lang: Option<Language>,
}

pub(super) fn run(
    args: &SimulateArgs,
    language: Language,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let Some(container) = sound(&args.file, "simulate", language, terminal.rich)? else {
        return Ok(ExitCode::from(1));
    };
    let actions = actions(&args.events)?;
    let page = page(args, Page::new(&args.url, &html(args.html.as_deref())?))?;
    let outcomes = simulate(&container, &page, &actions);
    let lang = container::lang(language);
    let shown = match args.format {
        Format::Json => simulate::to_json(&outcomes, &container, lang),
        Format::Text => simulate::render(&outcomes, &container, lang, terminal.rich),
    };
    terminal.write_all(shown.as_bytes())?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn html(file: Option<&Path>) -> Result<String, Failure> {
    let Some(file) = file else {
        return Ok(String::new());
    };
    let read = |source: &mut dyn Read| {
        let mut bytes = Vec::new();
        source
            .take(MAX_HTML_BYTES + 1)
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    };
    let bytes = if file == Path::new("-") {
        read(&mut std::io::stdin().lock())
    } else {
        std::fs::File::open(file).and_then(|mut file| read(&mut file))
    };
    let bytes = bytes.map_err(|error| {
        Failure::usage(
            format!("cannot read the page `{}`: {error}", file.display()),
            "save the page in the browser, or pipe it in: `curl -s URL | weir simulate … --html -`",
        )
    })?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_HTML_BYTES) {
        return Err(Failure::usage(
            format!(
                "the page `{}` has more than {} MB",
                file.display(),
                MAX_HTML_BYTES >> 20
            ),
            "give the part of the page that the rules are about",
        ));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The page as the arguments describe it.
fn page(args: &SimulateArgs, mut page: Page) -> Result<Page, Failure> {
    if !["http://", "https://"]
        .iter()
        .any(|scheme| args.url.starts_with(scheme))
    {
        return Err(Failure::usage(
            format!("`{}` is not the address of a page", args.url),
            "write it whole, such as `--url https://shop.example/cart`",
        ));
    }
    page.referrer = args.referrer.clone().unwrap_or_default();
    page.session.referrer = page.referrer.clone();
    page.language = args.browser_language.clone().unwrap_or_default();
    page.cookies = pairs("--cookie", &args.cookies)?;
    page.local_storage = pairs("--storage", &args.storage)?;
    for text in &args.data_layer {
        match json("--data-layer", text)? {
            Tree::List(entries) => page.data_layer.extend(entries),
            one => page.data_layer.push(one),
        }
    }
    if let Some(text) = &args.globals {
        page.globals = json("--globals", text)?;
    }
    if let Some(text) = &args.detail {
        page.detail = json("--detail", text)?;
    }
    for (category, state) in pairs("--consent", &args.consent)? {
        let granted = match state.as_str() {
            "granted" => true,
            "denied" => false,
            _ => {
                return Err(Failure::usage(
                    format!("consent cannot be `{state}`"),
                    format!(
                        "write `--consent {category}=granted` or `--consent {category}=denied`"
                    ),
                ));
            }
        };
        page.consent.insert(category, granted);
    }
    if let Some(device) = &args.device {
        page.device.kind.clone_from(device);
    }
    Ok(page)
}

fn pairs(flag: &str, written: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
        pair.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .ok_or_else(|| {
                Failure::usage(
                    format!("`{flag} {text}` has no name and value"),
                    format!("write `{flag} name=value`"),
                )
            })
    };
    written.iter().map(pair).collect()
}

fn json(flag: &str, text: &str) -> Result<Tree, Failure> {
    Tree::parse(text).ok_or_else(|| {
        Failure::usage(
            format!("what stands behind `{flag}` is not JSON"),
            format!("write it in single quotes: `{flag} '{{\"event\": \"order_sent\"}}'`"),
        )
    })
}

/// A page view if nothing is said.
fn actions(written: &[String]) -> Result<Vec<Action>, Failure> {
    if written.is_empty() {
        return Ok(vec![Action::pageview()]);
    }
    let action = |text: &String| Action::parse(text).map_err(|fault| no_action(text, &fault));
    written.iter().map(action).collect()
}

fn no_action(text: &str, fault: &ActionFault) -> Failure {
    Failure::usage(
        format!("`--event {text}` cannot happen"),
        action_hint(fault),
    )
}

/// What to write instead of what cannot happen.
pub(crate) fn action_hint(fault: &ActionFault) -> String {
    match fault {
        ActionFault::UnknownKind(_, Some(suggestion)) => format!("did you mean `{suggestion}`?"),
        ActionFault::UnknownKind(_, None) => {
            let kinds: Vec<&str> = Action::kinds().collect();
            format!("what can happen: {}", kinds.join(", "))
        }
        ActionFault::NeedsSelector(kind) => format!("say on which element: `{kind}:button.buy`"),
        ActionFault::NeedsNumber(kind) => format!("say how far, as a whole number: `{kind}:50`"),
        ActionFault::NeedsTime => "say how much time passes: `timer:30s`".to_owned(),
        ActionFault::NeedsName => {
            "say what the site calls its event: `custom:order_sent`".to_owned()
        }
        ActionFault::NeedsEntry => {
            "write the entry as JSON: `push:{\"event\": \"order_sent\", \"value\": 5}`".to_owned()
        }
        ActionFault::NeedsNothing(kind) => format!("write `{kind}` alone"),
    }
}
