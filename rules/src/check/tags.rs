//! Checks tags, consent and the events that are sent without any rule.

use jiff::civil::Date;

use crate::bounds::{MAX_PRIORITY, MAX_PROPERTIES, MAX_TEXT_CHARS, MAX_URL_CHARS, MAX_WAIT_MS};
use crate::container::Literal;
use crate::container::{Consent, Expression, Part, Signal, Tag, TagKind};
use crate::decimal::Decimal;
use crate::diagnostic::{Detail, RuleFault, UrlFault};
use crate::draft::{At, DraftConsent, DraftTag, DraftTagKind};
use crate::release::OncePer;
use crate::report::Spot;
use crate::suggest;
use crate::vocabulary::{CONSENT_STATES, ONCE_PER, SIGNALS};

use super::Checker;
use super::site::is_domain;

impl Checker<'_, '_, '_> {
    pub(super) fn consent(&mut self, draft: Option<&DraftConsent>) -> Option<Consent> {
        let mut consent = Consent::default();
        let Some(draft) = draft else {
            return Some(consent);
        };
        let mut all = true;
        for (name, state) in &draft.categories {
            let named = self.is_identifier(name);
            let state = state
                .as_ref()
                .and_then(|state| self.choose(Some(state), CONSENT_STATES, "denied"));
            let Some(state) = state.filter(|_| named) else {
                all = false;
                continue;
            };
            let granted = state == "granted";
            let known = consent
                .categories
                .iter_mut()
                .find(|(known, _)| *known == name.it);
            match known {
                Some((_, known)) => *known = granted,
                None => consent.categories.push((name.it.clone(), granted)),
            }
        }
        for word in &draft.signals {
            match word.it.as_str() {
                "gpc" => consent.signals.push(Signal::Gpc),
                "dnt" => consent.signals.push(Signal::Dnt),
                _ => {
                    all = false;
                    let _: Option<()> = self.no_choice(word, SIGNALS);
                }
            }
        }
        consent.tcf = draft.tcf;
        consent.is_written = true;
        consent.wait_ms = self.whole(draft.wait_ms.as_ref(), 0, MAX_WAIT_MS, Some(0))?;
        all.then_some(consent)
    }

    pub(super) fn tag(&mut self, draft: &DraftTag) -> Option<Tag> {
        let named = draft
            .name
            .as_ref()
            .filter(|name| self.is_name(name) && self.is_only_tag(draft, name));
        let on = draft.on.as_ref().and_then(|on| self.trigger_refs(&on.it));
        let except = self.trigger_refs(&draft.except);
        let with = self.properties(&draft.with, &draft.spot);
        let kind = draft.kind.as_ref().and_then(|kind| self.kind(kind, with));
        let once_per = match self.choose(draft.once_per.as_ref(), ONCE_PER, "event") {
            Some("element") => Some(OncePer::Element),
            Some("page") => Some(OncePer::Page),
            Some("session") => Some(OncePer::Session),
            Some("day") => Some(OncePer::Day),
            Some("visitor") => Some(OncePer::Visitor),
            word => word.map(|_| OncePer::Event),
        };
        let consent = match (&draft.consent, &draft.kind) {
            (Some(written), _) => self.categories(written),
            (None, kind) => Some(usual_consent(kind.as_ref())),
        };
        let sample = match &draft.sample {
            None => Some(None),
            Some(share) => self.share(share).map(Some),
        };
        let priority = match &draft.priority {
            None => Some(0),
            Some(number) => self.priority(number),
        };
        let from = self.optional_date(draft.from.as_ref());
        let until = self.optional_date(draft.until.as_ref());
        if let (Some(Some(day)), Some(spot)) = (until, &draft.until) {
            self.warn_of_past(day, &spot.spot);
        }
        let labels: Vec<_> = draft
            .labels
            .iter()
            .map(|label| self.is_name(label).then(|| label.it.clone()))
            .collect();
        let notes = draft
            .notes
            .as_ref()
            .filter(|notes| self.fits(notes, MAX_TEXT_CHARS));
        Some(Tag {
            name: named?.it.clone(),
            on: on?,
            except: except?,
            kind: kind?,
            once_per: once_per?,
            consent: consent?,
            sample: sample?,
            priority: priority?,
            from: from?.map(|day| day.to_string()),
            until: until?.map(|day| day.to_string()),
            paused: draft.paused,
            labels: labels.into_iter().collect::<Option<_>>()?,
            notes: notes.map(|notes| notes.it.clone()),
        })
    }

    fn kind(
        &mut self,
        draft: &DraftTagKind,
        with: Option<Vec<(String, Expression)>>,
    ) -> Option<TagKind> {
        Some(match draft {
            DraftTagKind::Event(name) => TagKind::Event {
                name: self.event_name(name)?,
                with: with?,
            },
            DraftTagKind::Pixel(url) => TagKind::Pixel(self.pixel(url)?),
            DraftTagKind::Script { url, integrity } => {
                let url = url.as_ref().and_then(|url| self.script_url(url));
                let integrity = integrity.as_ref().filter(|it| self.is_integrity(it));
                TagKind::Script {
                    url: url?,
                    integrity: integrity?.it.trim().to_owned(),
                }
            }
            DraftTagKind::Push(entries) => {
                let count = entries.it.len();
                if count == 0 {
                    let detail = Detail::TooFew { count, min: 1 };
                    self.report.add(detail, &entries.spot);
                    return None;
                }
                let values: Vec<_> = entries
                    .it
                    .iter()
                    .map(|(key, value)| {
                        let named = self.is_name(key);
                        let value = self.expression(value)?;
                        named.then(|| (key.it.clone(), value))
                    })
                    .collect();
                self.bounded(count, MAX_PROPERTIES, &entries.spot);
                TagKind::Push(values.into_iter().collect::<Option<_>>()?)
            }
            DraftTagKind::Forward { spot, to, event } => {
                self.report
                    .add(Detail::Rule(RuleFault::NothingForwards), spot);
                let to = to.as_ref().and_then(|to| self.fixed_url(to));
                let event = event.as_ref().and_then(|event| self.event_name(event));
                TagKind::Forward {
                    event: event?,
                    with: with?,
                    to: to?,
                }
            }
        })
    }

    fn event_name(&mut self, event: &At<String>) -> Option<String> {
        if !self.is_identifier(event) {
            return None;
        }
        let automatic = self.draft.automatic.events();
        if automatic.contains(&(event.it.as_str(), true)) {
            let detail = Detail::AutomaticEvent {
                event: event.it.clone(),
            };
            self.report.add(detail, &event.spot);
        }
        Some(event.it.clone())
    }

    fn properties(
        &mut self,
        with: &[(At<String>, At<Literal>)],
        spot: &Spot,
    ) -> Option<Vec<(String, Expression)>> {
        self.bounded(with.len(), MAX_PROPERTIES, spot);
        let with: Vec<_> = with
            .iter()
            .map(|(key, value)| {
                let named = self.is_identifier(key);
                let expression = self.expression(value)?;
                named.then(|| (key.it.clone(), expression))
            })
            .collect();
        with.into_iter().collect()
    }

    fn bounded(&mut self, count: usize, max: usize, spot: &Spot) {
        if count > max {
            self.report.add(Detail::TooMany { count, max }, spot);
        }
    }

    /// An address of an image: host and scheme are fixed, values may stand behind them.
    fn pixel(&mut self, url: &At<String>) -> Option<Expression> {
        let value = At {
            it: Literal::Text(url.it.clone()),
            spot: url.spot.clone(),
        };
        let expression = self.expression(&value)?;
        let fixed = match &expression {
            Expression::Constant(Literal::Text(text)) => Some(text.as_str()),
            Expression::Template(parts) => match parts.first() {
                Some(Part::Text(text)) => Some(text.as_str()),
                _ => None,
            },
            _ => None,
        };
        // Of `https://ad.{{region}}.example/` nobody can say where it leads.
        let is_constant = matches!(expression, Expression::Constant(_));
        let is_host_open = |text: &str| {
            let host = text.strip_prefix("https://");
            !is_constant && host.is_some_and(|host| !host.contains(['/', '?', '#']))
        };
        let fault = match fixed {
            None => UrlFault::VariableHost,
            Some(text) if is_host_open(text) => UrlFault::VariableHost,
            Some(text) => match web_address(text) {
                Ok(_) => return Some(expression),
                Err(fault) => fault,
            },
        };
        self.bad_url(url, fault);
        None
    }

    fn script_url(&mut self, url: &At<String>) -> Option<String> {
        let text = self.fixed_url(url)?;
        let host = web_address(&text).map(str::to_owned).ok()?;
        let site = self.draft.site.as_ref();
        let approved = site.into_iter().flat_map(|site| {
            let hosts = site.script_hosts.iter().chain(&site.domains);
            hosts.map(|host| host.it.to_lowercase())
        });
        let approved: Vec<String> = approved.collect();
        let is_approved = approved.iter().any(|known| match known.strip_prefix('*') {
            Some(below) => host.len() > below.len() && host.ends_with(below),
            None => *known == host,
        });
        if is_approved {
            return Some(text);
        }
        let fault = RuleFault::HostNotApproved { host };
        self.report.add(Detail::Rule(fault), &url.spot);
        None
    }

    /// An address without variables.
    fn fixed_url(&mut self, url: &At<String>) -> Option<String> {
        if !self.fits(url, MAX_URL_CHARS) {
            return None;
        }
        let text = self.wanted_text(url)?;
        match web_address(&text) {
            Ok(_) => Some(text),
            Err(fault) => {
                self.bad_url(url, fault);
                None
            }
        }
    }

    fn bad_url(&mut self, url: &At<String>, fault: UrlFault) {
        let url_text = url.it.clone();
        let fault = RuleFault::Url {
            url: url_text,
            fault,
        };
        self.report.add(Detail::Rule(fault), &url.spot);
    }

    /// Whether a text is what browsers compare a script with: `sha384-` and 64 letters, or several of them.
    fn is_integrity(&mut self, text: &At<String>) -> bool {
        let is_hash = |word: &str| {
            let known = [("sha256-", 44), ("sha384-", 64), ("sha512-", 88)];
            known.iter().any(|(name, length)| {
                word.strip_prefix(name).is_some_and(|hash| {
                    let letters = hash.trim_end_matches('=');
                    hash.len() == *length
                        && hash.len() - letters.len() <= 2
                        && letters
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
                })
            })
        };
        let mut words = text.it.split_whitespace().peekable();
        let is_right = words.peek().is_some() && words.all(is_hash);
        if !is_right {
            let fault = RuleFault::Integrity {
                text: text.it.clone(),
            };
            self.report.add(Detail::Rule(fault), &text.spot);
        }
        is_right
    }

    pub(super) fn categories(&mut self, written: &[At<String>]) -> Option<Vec<String>> {
        let mut categories: Vec<String> = Vec::new();
        let mut all = true;
        for category in written {
            if !self.categories.contains(&category.it) {
                all = false;
                let known = self.categories.clone();
                let fault = RuleFault::UnknownCategory {
                    name: category.it.clone(),
                    suggestion: suggest::nearest(&category.it, known.iter().map(String::as_str)),
                    known,
                };
                self.report.add(Detail::Rule(fault), &category.spot);
            } else if !categories.contains(&category.it) {
                categories.push(category.it.clone());
            }
        }
        all.then_some(categories)
    }

    /// A share from 0 to 1, with six decimals at most.
    fn share(&mut self, share: &At<Literal>) -> Option<Decimal> {
        let number = match &share.it {
            Literal::Number(number) => Some(number.rounded(6)),
            _ => None,
        };
        let is_share = |number: &Decimal| {
            number
                .scaled(6)
                .is_some_and(|millionths| (0..=1_000_000).contains(&millionths))
        };
        let number = number.filter(is_share);
        if number.is_none() {
            self.out_of_range(share, false, "0", "1");
        }
        number
    }

    fn priority(&mut self, number: &At<Literal>) -> Option<i32> {
        let whole = match &number.it {
            Literal::Number(number) if number.truncated() == *number => number.scaled(0),
            _ => None,
        };
        let whole = whole
            .and_then(|whole| i32::try_from(whole).ok())
            .filter(|whole| (-MAX_PRIORITY..=MAX_PRIORITY).contains(whole));
        if whole.is_none() {
            let (min, max) = ((-MAX_PRIORITY).to_string(), MAX_PRIORITY.to_string());
            self.out_of_range(number, true, &min, &max);
        }
        whole
    }

    /// `None` is a fault, `Some(None)` no date.
    pub(super) fn optional_date(&mut self, text: Option<&At<String>>) -> Option<Option<Date>> {
        match text {
            None => Some(None),
            Some(text) => self.date(text).map(Some),
        }
    }

    /// A day, written as `2026-12-31`.
    pub(super) fn date(&mut self, text: &At<String>) -> Option<Date> {
        let written = text.it.trim();
        let is_plain = written.len() == 10;
        let date = written.parse::<Date>().ok().filter(|_| is_plain);
        if date.is_none() {
            let fault = RuleFault::Date {
                text: text.it.clone(),
                suggestion: date_meant(written),
            };
            self.report.add(Detail::Rule(fault), &text.spot);
        }
        date
    }

    pub(super) fn warn_of_past(&mut self, day: Date, spot: &Spot) {
        if self.today.is_some_and(|today| day < today) {
            let fault = RuleFault::PastDate {
                date: day.to_string(),
            };
            self.report.add(Detail::Rule(fault), spot);
        }
    }

    /// Whether no tag before this one has its name.
    fn is_only_tag(&mut self, draft: &DraftTag, name: &At<String>) -> bool {
        let before = self
            .draft
            .tags
            .iter()
            .take_while(|other| !std::ptr::eq(*other, draft));
        let mut names = before.filter_map(|other| other.name.as_ref());
        let Some(first) = names.find(|other| other.it == name.it) else {
            return true;
        };
        let first_line = self.report.line_of(&first.spot);
        self.report.add(
            Detail::DuplicateTagName {
                name: name.it.clone(),
                first_line,
            },
            &name.spot,
        );
        false
    }
}

/// What a tag needs that does not say so: what is shown to others is marketing.
fn usual_consent(kind: Option<&DraftTagKind>) -> Vec<String> {
    let categories: &[&str] = match kind {
        None | Some(DraftTagKind::Event(_)) => &["analytics"],
        Some(DraftTagKind::Pixel(_) | DraftTagKind::Script { .. }) => &["marketing"],
        Some(DraftTagKind::Forward { .. }) => &["analytics", "marketing"],
        Some(DraftTagKind::Push(_)) => &[],
    };
    categories.iter().map(|&name| name.to_owned()).collect()
}

/// The host of an address that begins with `https://`.
fn web_address(url: &str) -> Result<&str, UrlFault> {
    if url.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err(UrlFault::NotUrl);
    }
    let Some(rest) = url.strip_prefix("https://") else {
        return Err(match url.strip_prefix("http://") {
            Some(_) => UrlFault::NotSecure,
            None => UrlFault::NotUrl,
        });
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or(rest);
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_host = is_domain(&host.to_lowercase()) && !host.starts_with('*');
    if !is_host || port.contains(|char: char| !char.is_ascii_digit()) {
        return Err(UrlFault::NotUrl);
    }
    Ok(host)
}

/// The date in other ways of writing one: `31.12.2026`, `2026/12/31`.
fn date_meant(text: &str) -> Option<String> {
    let parts: Vec<&str> = text
        .get(..10)
        .unwrap_or(text)
        .split(['.', '/', '-'])
        .collect();
    let [one, two, three] = parts.as_slice() else {
        return None;
    };
    let (year, month, day) = match (one.len(), three.len()) {
        (4, _) => (one, two, three),
        // Of `12/31/2026` nobody knows which is the month, but only one way is a date.
        (_, 4) => (three, two, one),
        _ => return None,
    };
    let date = |month: &str, day: &str| {
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    };
    date(month, day)
        .or_else(|| date(day, month))
        .map(|date| date.to_string())
}
