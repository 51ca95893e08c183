//! Everything between a firing and the network: visitor, session, page, outbox, and what of them the browser keeps.

use alloc::string::String;
use alloc::vec::Vec;

use weir_rules::host::{Lent, Transform};
use weir_rules::payload::{EventRecord, EventText};
use weir_rules::release::{EVERYBODY, OncePer, Privacy, Release};
use weir_rules::value::{self, Kind, Value};

use crate::outbox::{Copy, Origin, Outbox, PageRecord, Room, Verdict};
use crate::page;
use crate::session::{Entry, Session};
use crate::text::{parse_hex, push_hex, push_integer};
use crate::{kept, once, uuid};

/// The cookie that names the browser.
const VISITOR_COOKIE: &str = "_weir_v";
/// Keys of the browser's storage; the site follows.
const SESSION_KEY: &str = "_weir_s.";
const KEPT_KEY: &str = "_weir_q.";
const ONCE_KEY: &str = "_weir_o.";
/// The category without which nothing is measured.
pub(crate) const ANALYTICS: &str = "analytics";
/// What is said of a category that may not be used.
const DENIED: &str = "denied";
/// How long the session in memory may differ from what other tabs have stored.
const SESSION_FRESH_MS: u64 = 100;

/// An event before it has an id and a place in the session.
#[derive(Default)]
pub(crate) struct Draft<'a> {
    pub(crate) name: &'a str,
    pub(crate) tag: &'a str,
    pub(crate) trigger: &'a str,
    pub(crate) element: &'a str,
    pub(crate) engaged_ms: u32,
    pub(crate) sample: u32,
    pub(crate) props: &'a [(&'a str, Value)],
}

/// See the module.
pub(crate) struct Recorder {
    /// The present page view.
    pub(crate) view: PageRecord,
    origin: Origin,
    privacy: Privacy,
    release: &'static Release,
    session: Option<Session>,
    /// The page view that the session began with.
    session_view: u32,
    session_read_at: u64,
    outbox: Outbox,
}

impl Recorder {
    pub(crate) fn new(release: &'static Release) -> Self {
        Self {
            view: PageRecord::default(),
            origin: Origin {
                site: String::from(release.site()),
                visitor: 0,
                release: release.number(),
                user: String::new(),
                consent: granted(release),
            },
            privacy: release.privacy(),
            release,
            session: None,
            session_view: 0,
            session_read_at: 0,
            outbox: Outbox::default(),
        }
    }

    /// A page view begins. The first one recognises the visitor: a page that is only prerendered reads and stores nothing.
    pub(crate) fn turn_to(&mut self, now: u64, url: String, referrer: String) {
        if self.origin.visitor == 0 {
            self.recognise(now);
        }
        self.refresh_title();
        self.view = PageRecord {
            view: self.view.view + 1,
            url: self.known_address(url),
            title: String::new(),
            referrer: self.known_address(referrer),
        };
        self.read_session(now);
        let goes_on = self
            .session
            .as_ref()
            .is_some_and(|it| it.is_live(now) && it.takes_in(&self.view.url));
        if !goes_on {
            self.begin_session(now);
        }
    }

    /// The address of the page changed without being another view.
    pub(crate) fn rename_view(&mut self, url: String) {
        self.view.url = self.known_address(url);
    }

    /// An address without what the site keeps out of events. If that cannot be done, none of it.
    fn known_address(&self, address: String) -> String {
        let address = value::cut(address);
        let kept = match &self.privacy.keep_query {
            Some(patterns) => page::transform(Transform::KeepQuery, 0, patterns, &address),
            None => Some(address),
        };
        self.without_personal_data(kept.unwrap_or_default())
    }

    fn without_personal_data(&self, text: String) -> String {
        let kinds = self.privacy.redact.as_str();
        if kinds.is_empty() {
            return text;
        }
        page::transform(Transform::Redact, 0, kinds, &text).unwrap_or_default()
    }

    /// Puts an event into the outbox.
    pub(crate) fn record(&mut self, now: u64, draft: &Draft<'_>) {
        if now >= self.session_read_at + SESSION_FRESH_MS {
            self.read_session(now);
        }
        let is_live = self
            .session
            .as_ref()
            .is_some_and(|session| session.is_live(now));
        if !is_live {
            // Time spent on a page that was left open for hours is no new session.
            if draft.engaged_ms > 0 {
                return;
            }
            self.begin_session(now);
        }
        let Some(session) = &mut self.session else {
            return;
        };
        let place = session.place(now);
        let random = [page::random(), page::random(), page::random(), 0];
        let event = EventText::new(&EventRecord {
            id: &uuid::write(place.ts, random),
            name: draft.name,
            ts: place.ts,
            seq: place.seq,
            tag: draft.tag,
            trigger: draft.trigger,
            element: draft.element,
            engaged_ms: draft.engaged_ms,
            sample: draft.sample,
            props: draft.props,
        });
        match self.outbox.room_for(&self.view, &event) {
            Room::Enough => {}
            Room::AfterSeal => self.seal(now),
            Room::None => return,
        }
        self.outbox.add(now, &self.view, event);
    }

    /// Whether time spent on pages may be reported.
    pub(crate) fn may_measure(&self) -> bool {
        self.origin.consent.iter().any(|it| it == ANALYTICS)
    }

    /// Whether a category of consent is granted or denied; `None` if there is no answer yet.
    pub(crate) fn consent_to(&self, category: &str) -> Option<Value> {
        if let Some(said) = page::lend(Lent::Consent, category, 0) {
            return Some(said).filter(Value::is_filled);
        }
        let mut categories = self.release.consent();
        let (_, granted) = categories.find(|(known, _)| *known == category)?;
        let word = if granted { "granted" } else { DENIED };
        Some(Value::text(String::from(word)))
    }

    /// Whether the visitor, or the site, has said no.
    pub(crate) fn is_refused(&self, category: &str) -> bool {
        self.consent_to(category)
            .is_some_and(|said| said.as_str() == DENIED)
    }

    /// The page says who its user is. What was recorded before is not theirs.
    pub(crate) fn identify(&mut self, now: u64, user: String) {
        self.seal(now);
        self.origin.user = user;
        if self.may_measure() && !self.origin.user.is_empty() {
            self.record(now, &Draft::automatic("identify"));
        }
    }

    /// There are new answers. What was recorded before goes under the old ones. With the consent to measure begins or ends
    /// what the browser may know of the visitor and the session.
    pub(crate) fn ask(&mut self, now: u64) {
        self.seal(now);
        let could_measure = self.may_measure();
        self.origin.consent = granted(self.release);
        if self.may_measure() == could_measure {
            return;
        }
        if could_measure {
            self.outbox.forget();
        }
        self.session = None;
        self.recognise(now);
        self.save_visitor();
        self.read_session(now);
    }

    /// Who visits.
    pub(crate) fn visitor(&self) -> u64 {
        self.origin.visitor
    }

    /// Whether a tag fires for the first time in the session, on the day or ever; it is remembered.
    pub(crate) fn is_first(&self, period: OncePer, tag: u32, day: &str) -> bool {
        let session = self.session.as_ref().map_or(0, |session| session.id);
        let text = once::first(&self.load(ONCE_KEY), period, tag, session, day);
        if let Some(text) = &text {
            self.save(ONCE_KEY, text);
        }
        text.is_some()
    }

    /// The page view that something happened in, as it looks now.
    pub(crate) fn view_now(&mut self) -> PageRecord {
        self.refresh_title();
        self.view.clone()
    }

    /// What has been recorded is due now.
    pub(crate) fn hurry(&mut self, now: u64) {
        self.outbox.hurry(now);
    }

    /// Sends what is due.
    pub(crate) fn send(&mut self, now: u64) {
        if self.outbox.is_flush_due(now) {
            self.seal(now);
        }
        if let Some(body) = self.outbox.take_due(now) {
            page::post(body);
        }
    }

    /// When something is due next.
    pub(crate) fn due(&self) -> Option<u64> {
        self.outbox.due()
    }

    /// The collector answered the batch in flight.
    pub(crate) fn answered(&mut self, now: u64, status: u16) {
        let copy = self
            .outbox
            .answered(now, Verdict::of(status), page::random());
        self.keep(copy.as_slice());
    }

    /// The page may be about to end. If it need not (`is_final` is false), a request whose answer can be seen is better than
    /// a beacon.
    pub(crate) fn leave(&mut self, now: u64, is_final: bool) {
        self.seal(now);
        if !is_final {
            self.send(now);
        }
        let copies = self.outbox.leave(now, page::beacon);
        self.keep(&copies);
    }

    fn seal(&mut self, now: u64) {
        self.refresh_title();
        let Some(session) = &self.session else {
            return;
        };
        self.outbox.seal(now, &self.origin, session);
        self.write_session();
    }

    fn refresh_title(&mut self) {
        self.view.title = self.without_personal_data(value::cut(page::title()));
        self.outbox.set_title(&self.view);
    }

    fn recognise(&mut self, now: u64) {
        let known = page::load_cookie(VISITOR_COOKIE).and_then(|text| parse_hex(&text));
        self.origin.visitor = known.filter(|visitor| *visitor != 0).unwrap_or_else(|| {
            (u64::from(page::random()) << 32 | u64::from(page::random())).max(1)
        });
        let text = self.load(KEPT_KEY);
        self.outbox
            .resume(kept::fresh(&text, now).map(String::from));
    }

    /// What rules read of the session.
    pub(crate) fn session_value(&self, key: &str) -> Option<Value> {
        let session = self.session.as_ref()?;
        Some(match key {
            "number" => {
                let mut number = String::new();
                push_integer(&mut number, session.number.into());
                Value::new(Kind::Number, number)
            }
            "is_new" => Value::boolean(self.session_view == self.view.view),
            "referrer" => Value::text(session.entry_referrer.clone()),
            _ => Value::text(session.entry_url.clone()),
        })
    }

    fn begin_session(&mut self, now: u64) {
        self.session_view = self.view.view;
        // A batch belongs to one session.
        self.seal(now);
        let entry = Entry {
            url: &self.view.url,
            referrer: &self.view.referrer,
        };
        self.session = Some(Session::begin(
            self.session.as_ref(),
            now,
            page::random(),
            &entry,
        ));
        self.write_session();
        // Each session makes the cookie last anew.
        self.save_visitor();
    }

    fn save_visitor(&self) {
        let mut visitor = String::new();
        push_hex(&mut visitor, self.origin.visitor, 16);
        page::save_cookie(VISITOR_COOKIE, &visitor);
    }

    fn read_session(&mut self, now: u64) {
        self.session_read_at = now;
        let Some(stored) = Session::read(&self.load(SESSION_KEY)) else {
            return;
        };
        let is_other = self
            .session
            .as_ref()
            .is_some_and(|session| session.id != stored.id);
        if is_other {
            self.seal(now);
        }
        match &mut self.session {
            Some(session) => session.merge(stored),
            None => self.session = Some(stored),
        }
    }

    fn write_session(&self) {
        if let Some(session) = &self.session {
            self.save(SESSION_KEY, &session.write());
        }
    }

    fn keep(&self, copies: &[Copy]) {
        if copies.is_empty() {
            return;
        }
        let text = copies
            .iter()
            .fold(self.load(KEPT_KEY), |text, copy| match copy {
                Copy::Keep(body) => kept::with(&text, body),
                Copy::Forget(body) => kept::without(&text, body),
            });
        self.save(KEPT_KEY, &text);
    }

    fn load(&self, key: &str) -> String {
        page::load(&self.key(key)).unwrap_or_default()
    }

    fn save(&self, key: &str, text: &str) {
        page::save(&self.key(key), text);
    }

    fn key(&self, key: &str) -> String {
        [key, &self.origin.site].concat()
    }
}

/// The categories that are granted: those that the page has an answer for, if it can have answers.
fn granted(release: &Release) -> Vec<String> {
    if let Some(granted) = page::lend(Lent::Consent, "", 0) {
        return granted.entries().map(String::from).collect();
    }
    let granted = release.consent().filter(|(_, granted)| *granted);
    granted
        .map(|(category, _)| String::from(category))
        .collect()
}

impl Draft<'_> {
    /// An automatic event without any properties.
    pub(crate) fn automatic(name: &str) -> Draft<'_> {
        Draft {
            name,
            sample: EVERYBODY,
            ..Draft::default()
        }
    }
}
