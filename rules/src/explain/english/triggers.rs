//! Triggers in English: what stands behind "when".

use crate::container::{CustomName, FieldAct, FormStage, TriggerKind, VideoAct};
use crate::link::LinkKind;
use crate::selector::Selector;

use super::super::words::{code, path_of};
use super::English;
use super::words::{a, duration, listed, numbers, times};

impl English<'_> {
    /// What happens, as a clause: "someone clicks a `button.buy`".
    pub(in crate::explain) fn happens(&self, kind: &TriggerKind) -> String {
        match kind {
            TriggerKind::Pageview => "a page is opened".to_owned(),
            TriggerKind::Init => "the tag starts".to_owned(),
            TriggerKind::DomReady => "the document has been read".to_owned(),
            TriggerKind::WindowLoaded => "everything of the page has loaded".to_owned(),
            TriggerKind::Click(None) => "someone clicks anything".to_owned(),
            TriggerKind::Click(Some(selector)) => format!("someone clicks {}", a(selector)),
            TriggerKind::Link { selector, kinds } => link(selector.as_ref(), kinds),
            TriggerKind::Form { selector, stage } => form(selector.as_ref(), stage),
            TriggerKind::Field { selector, on } => field(selector.as_ref(), *on),
            TriggerKind::Scroll {
                thresholds,
                in_pixels,
                across,
            } => {
                let unit = if *in_pixels { "pixels" } else { "%" };
                let way = if *across { "across" } else { "down" };
                format!(
                    "someone has scrolled {} {unit} {way} the page",
                    numbers(thresholds)
                )
            }
            TriggerKind::Visible {
                selector,
                percent,
                for_ms,
            } => {
                let time = match for_ms {
                    0 => String::new(),
                    ms => format!(" for {}", duration(u64::from(*ms))),
                };
                match percent {
                    100 => format!("all of {} has been in view{time}", a(selector)),
                    part => format!(
                        "at least {part} % of {} has been in view{time}",
                        a(selector)
                    ),
                }
            }
            TriggerKind::Appears(selector) => format!("{} is added to the page", a(selector)),
            TriggerKind::Timer {
                every_ms,
                limit,
                by_wall_clock,
            } => {
                let time = duration(u64::from(*every_ms));
                let place = if *by_wall_clock {
                    "since the page was opened"
                } else {
                    "in front of the visitor"
                };
                match limit {
                    1 => format!("{} passed {place}", has(&time)),
                    limit => format!(
                        "another {} passed {place}, at most {} in a page view",
                        has(time.strip_prefix("1 ").unwrap_or(&time)),
                        times(*limit)
                    ),
                }
            }
            TriggerKind::History => "the address changes without a load".to_owned(),
            TriggerKind::Custom(CustomName::Is(name)) => format!("the site reports {}", code(name)),
            TriggerKind::Custom(CustomName::Fits(pattern)) => {
                format!(
                    "the site reports an event whose name fits {}",
                    code(pattern.source())
                )
            }
            TriggerKind::Video(VideoAct::Start) => "a video begins".to_owned(),
            TriggerKind::Video(VideoAct::Pause) => "a video is paused".to_owned(),
            TriggerKind::Video(VideoAct::Progress(percent)) => {
                format!("{} % of a video has been played", numbers(percent))
            }
            TriggerKind::Video(VideoAct::Complete) => {
                "a video has been played to its end".to_owned()
            }
            TriggerKind::Error => "a script of the page fails".to_owned(),
            TriggerKind::ExitIntent => "the pointer leaves the page at its top".to_owned(),
            TriggerKind::RageClick(None) => "someone clicks one place again and again".to_owned(),
            TriggerKind::RageClick(Some(selector)) => {
                format!("someone clicks {} again and again", a(selector))
            }
            TriggerKind::Copy(None) => "someone copies something".to_owned(),
            TriggerKind::Copy(Some(selector)) => {
                format!("someone copies something in {}", a(selector))
            }
            TriggerKind::WebVitals => "it is known how fast the page was".to_owned(),
            TriggerKind::Group {
                members,
                in_order,
                within_ms,
            } => self.group(members, *in_order, *within_ms),
            TriggerKind::AnyEvent => "anything happens".to_owned(),
        }
    }

    fn group(&self, members: &[usize], in_order: bool, within_ms: Option<u32>) -> String {
        let triggers = &self.container.triggers;
        let names = members.iter().filter_map(|at| triggers.get(*at));
        let names: Vec<String> = names.map(|trigger| code(&trigger.name)).collect();
        let mut text = match names.len() {
            1 | 2 => format!("{} have fired in one page view", listed(&names, "and")),
            _ => format!("{} have all fired in one page view", listed(&names, "and")),
        };
        if in_order {
            text.push_str(", in this order");
        }
        if let Some(ms) = within_ms {
            text.push_str(&format!(", within {}", duration(u64::from(ms))));
        }
        text
    }
}

/// A length of time with its verb: a single unit has, several have.
fn has(time: &str) -> String {
    let is_one = time.starts_with("1 ") || !time.starts_with(|char: char| char.is_ascii_digit());
    format!("{time} {}", if is_one { "has" } else { "have" })
}

fn link(selector: Option<&Selector>, kinds: &[LinkKind]) -> String {
    let what = |kind: &LinkKind| match kind {
        LinkKind::Internal => "a link to a page of the site",
        LinkKind::Outbound => "a link to another site",
        LinkKind::Download => "a link to a file",
        LinkKind::Phone => "a phone number",
        LinkKind::Mail => "an e-mail address",
        LinkKind::Messenger => "a link to a chat",
        LinkKind::Other => "a link that only the page understands",
    };
    let all: Vec<&str> = kinds.iter().map(what).collect();
    let what = if all.is_empty() {
        "a link".to_owned()
    } else {
        listed(&all, "or")
    };
    match selector {
        None => format!("someone clicks {what}"),
        Some(selector) => format!("someone clicks {what} at {}", code(selector.as_str())),
    }
}

fn form(selector: Option<&Selector>, stage: &FormStage) -> String {
    let form = match selector {
        None => "a form".to_owned(),
        Some(selector) => format!("the form {}", code(selector.as_str())),
    };
    match stage {
        FormStage::Submit => format!("{form} is sent"),
        FormStage::Attempt => format!("someone tries to send {form}"),
        FormStage::SuccessVisible(shown) => {
            format!("{form} is sent and then {} is in view", a(shown))
        }
        FormStage::SuccessPath(path) => {
            let (path, whole) = path_of(path.source());
            let is = if whole { "is" } else { "begins with" };
            format!(
                "{form} is sent and then a page is open whose path {is} {}",
                code(&path)
            )
        }
    }
}

fn field(selector: Option<&Selector>, on: FieldAct) -> String {
    let field = match selector {
        None => "a field of a form".to_owned(),
        Some(selector) => format!("the field {}", code(selector.as_str())),
    };
    match on {
        FieldAct::Focus => format!("someone enters {field}"),
        FieldAct::Change => format!("someone changes {field}"),
        FieldAct::Abandon => format!("someone enters {field} and leaves it as it was"),
    }
}
