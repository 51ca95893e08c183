//! Which stored moments can speak for which trigger of the draft, and the container in which they do.

use super::known::{Portrait, Scope, unknown};
use crate::container::{
    Automatic, Condition, Container, CustomName, Tag, TagKind, Trigger, TriggerKind,
};
use crate::link::LinkKind;
use crate::release::{EventKind, OncePer};

/// What can be said of one tag of the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagPlan {
    /// Its name.
    pub tag: String,
    /// Each of its triggers by name, and what speaks for it.
    pub triggers: Vec<(String, Answer)>,
    /// Exceptions of which nothing stored says whether they held: the tag may have fired less often than is counted.
    pub exceptions: Vec<String>,
    /// It is paused.
    pub paused: bool,
}

/// What speaks for a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What is stored.
    From(Source),
    /// Nothing.
    Unknown(Unknown),
}

/// What is stored of moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Page views.
    Pageviews,
    /// Clicks on links that lead out, to files, to people.
    Links,
    /// Events of a tag of the release that has the same trigger.
    Tag {
        /// The tag.
        tag: String,
        /// What the trigger is called in the release.
        trigger: String,
        /// It fires whenever the tag of the draft would. Else the trigger may have fired more often than is counted.
        complete: bool,
    },
}

/// Why nothing speaks for a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// Such moments are stored only if they make a tag fire, and no tag of the release waits for the same.
    NotStored,
    /// Its condition reads variables that are not stored.
    Reads(Vec<String>),
    /// The automatic event by which it would be known is switched off in the release.
    Off(&'static str),
}

/// The name of the event that stands for a tag of the release having fired by one of its triggers.
pub(super) fn event_of(tag: &str, trigger: &str) -> String {
    format!("{tag}\n{trigger}")
}

/// The plan, and the draft as it is evaluated: without what cannot be answered, sending nothing.
pub(super) fn of(draft: &Container, release: &Container) -> (Vec<TagPlan>, Container) {
    let mut bench = draft.clone();
    bench.automatic = Automatic {
        pageview: false,
        engagement: false,
        outbound_click: false,
        file_download: false,
        contact_click: false,
        ecommerce: false,
    };
    let portraits = |container: &Container| {
        let triggers = container.triggers.iter();
        triggers
            .map(|trigger| Portrait::of(trigger, container))
            .collect()
    };
    let planner = Planner {
        draft,
        release,
        drafted: portraits(draft),
        released: portraits(release),
    };
    let mut plans = Vec::new();
    for (tag, benched) in draft.tags.iter().zip(&mut bench.tags) {
        let (plan, asked) = planner.tag(tag, &mut bench.triggers);
        benched.on = asked.on;
        benched.except = asked.except;
        benched.once_per = asked.once_per;
        benched.kind = TagKind::Event {
            name: "replayed".to_owned(),
            with: Vec::new(),
        };
        plans.push(plan);
    }
    (plans, bench)
}

/// What of a tag is evaluated.
struct Asked {
    on: Vec<usize>,
    except: Vec<usize>,
    once_per: OncePer,
}

struct Planner<'c> {
    draft: &'c Container,
    release: &'c Container,
    /// Of the draft's triggers, each at the position of its trigger.
    drafted: Vec<Portrait>,
    /// Of the release's.
    released: Vec<Portrait>,
}

impl Planner<'_> {
    fn tag(&self, tag: &Tag, triggers: &mut Vec<Trigger>) -> (TagPlan, Asked) {
        let mut plan = TagPlan {
            tag: tag.name.clone(),
            triggers: Vec::new(),
            exceptions: Vec::new(),
            paused: tag.paused,
        };
        let mut on = Vec::new();
        // Of each trigger that is answered: its kind as it is heard, what of it is known, and the tag that tells of it.
        let mut heard = Vec::new();
        for at in &tag.on {
            let Some(trigger) = self.draft.triggers.get(*at) else {
                continue;
            };
            let (answer, recorder) = self.trigger(*at, trigger, tag);
            match &answer {
                Answer::Unknown(_) => {}
                Answer::From(Source::Tag {
                    tag, trigger: name, ..
                }) => {
                    on.push(triggers.len());
                    triggers.push(Trigger {
                        name: trigger.name.clone(),
                        kind: TriggerKind::Custom(CustomName::Is(event_of(tag, name))),
                        when: None,
                    });
                    heard.push((trigger.kind.event().heard_as(), Scope::Fired, recorder));
                }
                Answer::From(Source::Pageviews) => {
                    on.push(*at);
                    heard.push((EventKind::Pageview, Scope::Pageview, None));
                }
                Answer::From(Source::Links) => {
                    on.push(*at);
                    heard.push((EventKind::Click, Scope::Link, None));
                }
            }
            plan.triggers.push((trigger.name.clone(), answer));
        }
        let mut except = Vec::new();
        for at in &tag.except {
            let Some(trigger) = self.draft.triggers.get(*at) else {
                continue;
            };
            let wanted = self.drafted.get(*at);
            let is_in = |recorder: &Tag| {
                recorder
                    .except
                    .iter()
                    .any(|it| self.released.get(*it) == wanted)
            };
            let verdicts = heard.iter().map(|(kind, scope, recorder)| match recorder {
                // Had it held, there would be no event.
                Some(recorder) if is_in(recorder) => Exception::Moot,
                _ => self.exception(trigger, *kind, *scope),
            });
            match verdicts.max() {
                None | Some(Exception::Moot) => {}
                Some(Exception::Judged) => except.push(*at),
                Some(Exception::Open) => plan.exceptions.push(trigger.name.clone()),
            }
        }
        let told_apart = |(_, _, recorder): &(EventKind, Scope, Option<&Tag>)| {
            recorder.is_some_and(|it| it.once_per == OncePer::Element)
        };
        // Its events are one for each element already.
        let once_per = if tag.once_per == OncePer::Element
            && !heard.is_empty()
            && heard.iter().all(told_apart)
        {
            OncePer::Event
        } else {
            tag.once_per
        };
        (
            plan,
            Asked {
                on,
                except,
                once_per,
            },
        )
    }

    /// What speaks for a trigger; if it is a tag of the release, which.
    fn trigger(&self, at: usize, trigger: &Trigger, tag: &Tag) -> (Answer, Option<&Tag>) {
        let direct = self.direct(trigger);
        if let Answer::From(_) = direct {
            return (direct, None);
        }
        let Some((recorder, name)) = self.recorder(at, tag) else {
            return (direct, None);
        };
        let source = Source::Tag {
            tag: recorder.name.clone(),
            trigger: name,
            complete: self.covers(recorder, tag),
        };
        (Answer::From(source), Some(recorder))
    }

    /// By events that are sent without a rule.
    fn direct(&self, trigger: &Trigger) -> Answer {
        let automatic = &self.release.automatic;
        let (scope, source) = match &trigger.kind {
            TriggerKind::Pageview if !automatic.pageview => {
                return Answer::Unknown(Unknown::Off("pageview"));
            }
            TriggerKind::Pageview => (Scope::Pageview, Source::Pageviews),
            TriggerKind::Link {
                selector: None,
                kinds,
            } if !kinds.is_empty() => {
                for kind in kinds {
                    let (event, is_on) = match kind {
                        LinkKind::Outbound => ("outbound_click", automatic.outbound_click),
                        LinkKind::Download => ("file_download", automatic.file_download),
                        LinkKind::Phone | LinkKind::Mail | LinkKind::Messenger => {
                            ("contact_click", automatic.contact_click)
                        }
                        LinkKind::Internal | LinkKind::Other => {
                            return Answer::Unknown(Unknown::NotStored);
                        }
                    };
                    if !is_on {
                        return Answer::Unknown(Unknown::Off(event));
                    }
                }
                (Scope::Link, Source::Links)
            }
            _ => return Answer::Unknown(Unknown::NotStored),
        };
        let unknown = unknown(trigger.when.as_ref(), self.draft, self.release, scope);
        if unknown.is_empty() {
            Answer::From(source)
        } else {
            Answer::Unknown(Unknown::Reads(unknown))
        }
    }

    /// The tag of the release that tells best when this trigger fired, and what it calls it.
    fn recorder(&self, at: usize, tag: &Tag) -> Option<(&Tag, String)> {
        let wanted = self.drafted.get(at)?;
        let sends = |it: &&Tag| {
            !it.paused && matches!(it.kind, TagKind::Event { .. } | TagKind::Forward { .. })
        };
        let candidates = self.release.tags.iter().filter(sends).filter_map(|it| {
            let mut triggers = it.on.iter();
            let same = triggers.find(|other| self.released.get(**other) == Some(wanted))?;
            Some((it, self.release.triggers.get(*same)?.name.clone()))
        });
        // Of the same rank, the tag of the same name.
        candidates.max_by_key(|(it, _)| (self.covers(it, tag), it.name == tag.name))
    }

    /// Whether a tag of the release fires whenever the trigger makes this one of the draft fire.
    fn covers(&self, recorder: &Tag, tag: &Tag) -> bool {
        let once = recorder.once_per == OncePer::Event || recorder.once_per == tag.once_per;
        let consent = recorder
            .consent
            .iter()
            .all(|category| tag.consent.contains(category));
        let sample = recorder.sample.is_none() || recorder.sample == tag.sample;
        let from = recorder.from.is_none() || recorder.from == tag.from;
        let until = recorder.until.is_none() || recorder.until == tag.until;
        let except = recorder.except.iter().all(|at| {
            let exception = self.released.get(*at);
            tag.except
                .iter()
                .any(|own| self.drafted.get(*own) == exception)
        });
        once && consent && sample && from && until && except
    }

    /// What becomes of an exception, where moments of this kind are replayed.
    fn exception(&self, trigger: &Trigger, kind: EventKind, scope: Scope) -> Exception {
        let is_any = matches!(trigger.kind, TriggerKind::AnyEvent);
        let is_group = matches!(trigger.kind, TriggerKind::Group { .. });
        if !is_any && !is_group && trigger.kind.event().heard_as() != kind {
            return Exception::Moot;
        }
        let is_seen = match &trigger.kind {
            TriggerKind::AnyEvent => true,
            TriggerKind::Pageview => scope == Scope::Pageview,
            TriggerKind::Link { selector: None, .. } => scope == Scope::Link,
            _ => false,
        };
        if is_seen && unknown(trigger.when.as_ref(), self.draft, self.release, scope).is_empty() {
            Exception::Judged
        } else {
            Exception::Open
        }
    }
}

/// What becomes of an exception; the last of several holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exception {
    /// It cannot have held.
    Moot,
    /// It is evaluated.
    Judged,
    /// Nobody knows.
    Open,
}

/// The tags of these names as they would fire if nothing were asked of a moment but that a page is open which the triggers allow,
/// as far as that is stored: how often they might have fired. Tags that are paused are left out.
pub(super) fn chances(release: &Container, tags: &[String]) -> Container {
    let mut open = release.clone();
    open.tags
        .retain(|tag| tags.contains(&tag.name) && !tag.paused);
    for trigger in &mut open.triggers {
        trigger.kind = TriggerKind::Pageview;
        let parts = match trigger.when.take() {
            Some(Condition::All(parts)) => parts,
            Some(other) => vec![other],
            None => continue,
        };
        let is_stored =
            |part: &Condition| unknown(Some(part), release, release, Scope::Pageview).is_empty();
        let known: Vec<Condition> = parts.into_iter().filter(is_stored).collect();
        trigger.when = (!known.is_empty()).then_some(Condition::All(known));
    }
    for tag in &mut open.tags {
        tag.except.clear();
        tag.consent.clear();
        tag.sample = None;
        tag.once_per = OncePer::Event;
    }
    open
}
