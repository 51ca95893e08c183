//! Random event streams: sites in awkward time zones, around midnights and changes of the clock, with repeats, equal
//! times, events stored twice, several devices of one person, server-side events, bots.

use std::collections::BTreeMap;

use clickhouse::Client;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use sha2::{Digest, Sha256};
use weir_collector::warehouse;

use crate::random::Random;

pub(crate) const PATHS: [&str; 9] = [
    "/",
    "/product",
    "/product/1",
    "/product/22",
    "/a*b",
    "/acb",
    "/путь/x",
    "/x?y",
    "/p\nq",
];
pub(crate) const ITEMS: [&str; 6] = ["", "promo_1", "promo_2", "a|b", "50%", "#1 & co"];
pub(crate) const TITLES: [&str; 4] = ["", "Tea & cups", "It's (50% off)", "pxq"];
pub(crate) const COLORS: [&str; 5] = ["", "red", "dark red", "a=b", "a|b"];
pub(crate) const UTM: [[&str; 3]; 3] = [
    ["", "", ""],
    ["ads", "cpc", "spring"],
    ["ads", "cpc", "sale"],
];
const ELEMENTS: [&str; 3] = ["a.promo", "button.buy", ""];
const NAMES: [&str; 12] = [
    "pageview",
    "pageview",
    "pageview",
    "click",
    "click",
    "impression",
    "view_item",
    "add_to_cart",
    "purchase",
    "lead",
    "refund",
    "engagement",
];

/// Zones, each with a day on which its clock changes; in some of them at midnight, which then never comes or comes twice.
const ZONES: [(&str, (i16, i8, i8)); 10] = [
    ("UTC", (2024, 2, 29)),
    ("Europe/Moscow", (2024, 1, 1)),
    ("America/New_York", (2024, 3, 10)),
    ("Europe/Berlin", (2024, 10, 27)),
    ("Africa/Cairo", (2024, 4, 26)),
    ("Africa/Cairo", (2024, 10, 31)),
    ("Asia/Beirut", (2024, 3, 31)),
    ("Australia/Lord_Howe", (2024, 4, 7)),
    ("Asia/Kolkata", (2024, 8, 15)),
    ("Pacific/Apia", (2024, 6, 30)),
];

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) id: u128,
    pub(crate) ts: i64,
    pub(crate) seq: u32,
    /// 0: none.
    pub(crate) session: u64,
    pub(crate) session_date: Date,
    pub(crate) session_number: u32,
    pub(crate) visitor: u64,
    /// Who it is, once everything is known.
    pub(crate) person: u64,
    pub(crate) user: String,
    pub(crate) user_source: &'static str,
    pub(crate) path: String,
    pub(crate) title: &'static str,
    pub(crate) referrer: &'static str,
    pub(crate) channel: &'static str,
    /// Source, medium, campaign.
    pub(crate) utm: [&'static str; 3],
    pub(crate) device: &'static str,
    pub(crate) city: &'static str,
    pub(crate) element: &'static str,
    pub(crate) item: &'static str,
    pub(crate) order_id: String,
    /// In hundredths.
    pub(crate) revenue: i64,
    pub(crate) currency: &'static str,
    pub(crate) engaged_ms: u32,
    pub(crate) bot: &'static str,
    pub(crate) sample_rate: f64,
    pub(crate) origin: &'static str,
    pub(crate) props: BTreeMap<&'static str, &'static str>,
}

impl Event {
    /// A field of a condition, as text.
    pub(crate) fn field(&self, name: &str) -> String {
        match name {
            "page.url" => self.url(),
            "page.host" => self.host().to_owned(),
            "page.path" => self.path.clone(),
            "page.title" => self.title.to_owned(),
            "element" => self.element.to_owned(),
            "item" => self.item.to_owned(),
            "channel" => self.channel.to_owned(),
            "device" => self.device.to_owned(),
            "city" => self.city.to_owned(),
            "utm_source" => self.utm[0].to_owned(),
            "utm_medium" => self.utm[1].to_owned(),
            "utm_campaign" => self.utm[2].to_owned(),
            "browser" => self.visit_says("Firefox"),
            "os" => self.visit_says("Linux"),
            "country" => self.visit_says("RU"),
            "utm_content" => self.visit_says("banner"),
            "utm_term" => self.visit_says("shoes"),
            "order_id" => self.order_id.clone(),
            "currency" => self.currency.to_owned(),
            "revenue" => decimal(self.revenue),
            property => self
                .props
                .get(property)
                .copied()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// Whether a server reported it, not the browser.
    pub(crate) fn is_of_server(&self) -> bool {
        match self.origin {
            "" => self.session == 0,
            origin => origin != "browser",
        }
    }

    /// Whether its user is more than a page's claim.
    fn is_believed(&self) -> bool {
        match self.user_source {
            "" => matches!(self.origin, "api" | "import"),
            source => source != "claimed",
        }
    }

    pub(crate) fn host(&self) -> &'static str {
        if self.visitor.is_multiple_of(7) {
            "spb.shop.example"
        } else {
            "shop.example"
        }
    }

    /// What some visits say, each field another third of them.
    fn visit_says(&self, word: &'static str) -> String {
        let says = self
            .session
            .wrapping_add(u64::try_from(word.len()).unwrap())
            % 3
            == 0;
        if says { word.to_owned() } else { String::new() }
    }

    fn url(&self) -> String {
        format!("https://{}{}?q=1", self.host(), self.path)
    }

    fn json(&self, site: &str, copy: u64) -> serde_json::Value {
        json!({
            "site": site, "name": self.name, "event_id": uuid::Uuid::from_u128(self.id).to_string(),
            "ts": seconds(self.ts), "received_at": seconds(self.ts + 300 + i64::try_from(copy).unwrap()),
            "session_date": self.session_date.to_string(), "session_id": self.session,
            "session_seq": self.seq, "session_number": self.session_number, "visitor_id": self.visitor,
            "person_id": self.visitor, "user_id": self.user, "user_source": self.user_source, "page_url": self.url(), "page_host": self.host(),
            "page_path": self.path, "page_title": self.title, "channel": self.channel,
            "referrer": self.referrer, "utm_source": self.utm[0], "utm_medium": self.utm[1], "utm_campaign": self.utm[2],
            "browser": self.field("browser"), "os": self.field("os"), "country": self.field("country"),
            "utm_content": self.field("utm_content"), "utm_term": self.field("utm_term"),
            "device": self.device, "city": self.city, "element": self.element, "item": self.item,
            "order_id": self.order_id, "revenue": decimal(self.revenue), "currency": self.currency,
            "engaged_ms": self.engaged_ms, "bot": self.bot, "props": self.props,
            "sample_rate": self.sample_rate, "origin": self.origin, "batch_id": uuid::Uuid::from_u128(u128::from(copy)).to_string(),
        })
    }
}

/// The person that a user is.
fn person_of(site: &str, user: &str) -> u64 {
    let digest = Sha256::digest(format!("{site}\0user\0{user}\0"));
    u64::from_be_bytes(digest[..8].try_into().unwrap()).max(1)
}

/// Hundredths as ClickHouse writes a decimal: without zeros at its end.
fn decimal(hundredths: i64) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}

pub(crate) struct Site {
    pub(crate) id: String,
    pub(crate) zone: TimeZone,
    pub(crate) zone_name: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) window_ms: i64,
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) events: Vec<Event>,
    /// What people here tend to do one after another, so that many get somewhere in the same funnel.
    habits: Vec<Vec<Event>>,
}

impl Site {
    /// A site of some dozens of people, around a day that suits its zone, or around `today`.
    pub(crate) fn random(random: &mut Random, id: String, today: Option<Timestamp>) -> Self {
        let (zone_name, (year, month, day)) = random.pick(&ZONES);
        let zone = TimeZone::get(zone_name).unwrap();
        let windows = [
            0,
            1_000,
            60_000,
            3_600_000,
            86_400_000,
            3 * 86_400_000,
            3 * 86_400_000,
        ];
        // A saved funnel has a window of a second at least.
        let window_ms = random.pick(&windows[usize::from(today.is_some())..]);
        let (from, to) = match today {
            Some(now) => {
                let today = zone.to_datetime(now).date();
                (
                    today.checked_sub(jiff::Span::new().days(29)).unwrap(),
                    today,
                )
            }
            None => {
                let around = Date::new(year, month, day).unwrap();
                let shift = |days: i64| around.checked_add(jiff::Span::new().days(days)).unwrap();
                (shift(-random.between(0, 2)), shift(random.between(0, 2)))
            }
        };
        let mut site = Self {
            id,
            zone,
            zone_name,
            currency: random.pick(&["RUB", "EUR", ""]),
            window_ms,
            from,
            to,
            events: Vec::new(),
            habits: Vec::new(),
        };
        site.habits = (0..3)
            .map(|_| (0..8).map(|_| site.random_event(random)).collect())
            .collect();
        for person in 1..=random.between(120, 200) {
            site.add_person(random, u64::try_from(person).unwrap(), today);
        }
        site.name_users(random);
        site
    }

    /// Some browsers turn out to be somebody's: of the same person, of two who share it, by the word of the site or of the page
    /// alone. Says who everybody is then.
    fn name_users(&mut self, random: &mut Random) {
        let mut visitors: BTreeMap<u64, Vec<&mut Event>> = BTreeMap::new();
        for event in &mut self.events {
            visitors.entry(event.visitor).or_default().push(event);
        }
        for (visitor, mut events) in visitors {
            if random.one_in(2) {
                for event in &mut events {
                    if random.one_in(3) {
                        let shared = u64::from(random.one_in(6));
                        event.user = format!("u{}", event.person + shared);
                        event.user_source =
                            random.pick(&["signed", "server", "claimed", "claimed", ""]);
                    }
                }
            }
            let mut named: Vec<(bool, (i64, u32, u128), String)> = events
                .iter()
                .filter(|event| !event.user.is_empty() && event.bot.is_empty())
                .map(|event| {
                    (
                        !event.is_believed(),
                        (event.ts, event.seq, event.id),
                        event.user.clone(),
                    )
                })
                .collect();
            named.sort();
            let first = named.first();
            let is_strong = first.is_some_and(|(is_claim, ..)| !is_claim);
            for event in events {
                event.person = match first {
                    _ if !event.user.is_empty() && (event.is_believed() || !is_strong) => {
                        person_of(&self.id, &event.user)
                    }
                    Some((.., user)) => person_of(&self.id, user),
                    None => visitor,
                };
            }
        }
    }

    /// First millisecond of the period.
    pub(crate) fn start_ms(&self) -> i64 {
        self.midnight_ms(self.from)
    }

    /// First millisecond after the period.
    pub(crate) fn end_ms(&self) -> i64 {
        self.midnight_ms(self.to.tomorrow().unwrap())
    }

    /// When a day of the site begins.
    pub(crate) fn midnight_ms(&self, date: Date) -> i64 {
        self.zone
            .to_timestamp(date.at(0, 0, 0, 0))
            .unwrap()
            .as_millisecond()
    }

    fn add_person(&mut self, random: &mut Random, person: u64, today: Option<Timestamp>) {
        let devices = 1 + random.below(2);
        let mut times = Vec::new();
        for _ in 0..random.below(13) {
            times.push(self.random_time(random, &times, today));
        }
        times.sort_unstable();
        for device in 0..devices {
            let mine: Vec<i64> = times
                .iter()
                .copied()
                .filter(|_| devices == 1 || random.one_in(2))
                .collect();
            self.add_visits(random, person, person * 10 + device, &mine);
        }
    }

    /// Near the edges of the period, of the window, or of an earlier event; or anywhere.
    fn random_time(&self, random: &mut Random, times: &[i64], today: Option<Timestamp>) -> i64 {
        const DAY_MS: i64 = 86_400_000;
        let window = self.window_ms;
        let nudge = random.pick(&[0, 0, -1, 1, 1_000, -1_000, 1_800_000]);
        let time = match random.below(10) {
            0 => self.start_ms() + nudge,
            1 => self.end_ms() + nudge,
            2 => self.end_ms() + window + nudge,
            3..=7 if !times.is_empty() => {
                random.pick(times)
                    + random.pick(&[0, 0, 1, window / 5, window / 3, window, window + 1, -1])
            }
            _ => random.between(self.start_ms() - DAY_MS, self.end_ms() + window + DAY_MS),
        };
        match today {
            // Whether a window is still open must not depend on how fast the test runs.
            Some(now) => {
                let hour = 3_600_000;
                let latest = now.as_millisecond() - hour;
                let edge = now.as_millisecond() - self.window_ms;
                let time = if time > latest {
                    random.between(self.start_ms(), latest)
                } else {
                    time
                };
                if (time - edge).abs() < hour {
                    edge - 2 * hour
                } else {
                    time
                }
            }
            None => time,
        }
    }

    /// Cuts a device's events into sessions: a long pause ends one, and a day at most.
    fn add_visits(&mut self, random: &mut Random, person: u64, visitor: u64, times: &[i64]) {
        let mut rest = times;
        let mut number = 0;
        while let Some(first) = rest.first() {
            let pause = random.pick(&[60_000, 6 * 3_600_000, 86_400_000]);
            let mut length = 1;
            while length < rest.len()
                && rest[length] - rest[length - 1] <= pause
                && rest[length] - first < 86_400_000
            {
                length += 1;
            }
            let (visit, after) = rest.split_at(length);
            number += 1;
            self.add_visit(random, person, visitor, number, visit);
            rest = after;
        }
    }

    fn add_visit(
        &mut self,
        random: &mut Random,
        person: u64,
        visitor: u64,
        number: u32,
        times: &[i64],
    ) {
        let start_s = times[0].div_euclid(1000);
        let is_server = random.one_in(8);
        let session = if is_server {
            0
        } else {
            u64::try_from(start_s).unwrap() << 32 | random.below(1 << 32)
        };
        let channel = random.pick(&["Direct", "Direct", "Organic Search", "Email", ""]);
        let referrer = random.pick(&["", "https://www.ya.ru/x", "https://t.me/"]);
        let utm = random.pick(&UTM);
        let sample_rate = random.pick(&[1.0, 1.0, 0.1]);
        let device = random.pick(&["desktop", "mobile"]);
        let city = random.pick(&["", "Moscow", "Пермь"]);
        let bot = if random.one_in(15) { "headless" } else { "" };
        // Numbers of the tag grow with time, but the clock may stand still: equal times, in any order of numbers.
        let mut numbers: Vec<u32> = (1..).take(times.len()).collect();
        for at in 1..times.len() {
            if times[at] == times[at - 1] && random.one_in(2) {
                numbers.swap(at, at - 1);
            }
        }
        // Or be set back on the way: what came later seems to be sooner than its number, though not before the visit began.
        let mut times = times.to_vec();
        if random.one_in(10) {
            let turn = usize::try_from(random.below(u64::try_from(times.len()).unwrap())).unwrap();
            let back = random.pick(&[1, 1_000, 60_000]);
            for time in &mut times[turn..] {
                *time = (*time - back).max(start_s * 1000);
            }
        }
        for (ts, seq) in times.iter().zip(numbers) {
            let day_of = if is_server { *ts } else { start_s * 1000 };
            let date = self
                .zone
                .to_datetime(Timestamp::from_millisecond(day_of).unwrap())
                .date();
            let mut event = self.next_event(random, person);
            event.id = u128::from(random.next()) << 64 | u128::from(random.next());
            (event.ts, event.person, event.visitor) = (*ts, person, visitor);
            (event.session, event.session_date, event.session_number) = (session, date, number);
            event.seq = if is_server { 0 } else { seq };
            (event.channel, event.device, event.city, event.bot) = (channel, device, city, bot);
            (event.referrer, event.utm, event.sample_rate) = (referrer, utm, sample_rate);
            // A server may speak of a visit, too.
            event.origin = if is_server {
                random.pick(&["", "api", "import"])
            } else if random.one_in(10) {
                "api"
            } else {
                random.pick(&["", "browser"])
            };
            if !event.order_id.is_empty() {
                // Few of them, so that an order is reported again, by others too.
                event.order_id = format!("o{}", person % 40 * 2 + random.below(2));
            }
            self.events.push(event);
        }
    }

    /// What a person does next: by habit, with whims.
    fn next_event(&self, random: &mut Random, person: u64) -> Event {
        let habit = &self.habits[usize::try_from(person).unwrap() % self.habits.len()];
        let done = self
            .events
            .iter()
            .rev()
            .take_while(|event| event.person == person)
            .count();
        match habit.get(done) {
            Some(event) if !random.one_in(4) => event.clone(),
            _ => self.random_event(random),
        }
    }

    fn random_event(&self, random: &mut Random) -> Event {
        let name = random.pick(&NAMES);
        let mut props = BTreeMap::new();
        if random.one_in(2) {
            props.insert("color", random.pick(&COLORS));
        }
        if random.one_in(3) {
            props.insert("size", "22");
        }
        let is_purchase = name == "purchase" || name == "refund";
        Event {
            name,
            id: 0,
            ts: 0,
            seq: 0,
            session: 0,
            session_date: self.from,
            session_number: 0,
            visitor: 0,
            person: 0,
            user: String::new(),
            user_source: "",
            path: random.pick(&PATHS).to_owned(),
            title: random.pick(&TITLES),
            referrer: "",
            channel: "",
            utm: [""; 3],
            device: "",
            city: "",
            element: random.pick(&ELEMENTS),
            item: random.pick(&ITEMS),
            order_id: if is_purchase && !random.one_in(3) {
                "some".to_owned()
            } else {
                String::new()
            },
            revenue: if is_purchase && !random.one_in(4) {
                random.between(0, 100_000)
            } else {
                0
            },
            currency: if is_purchase {
                random.pick(&["", "RUB", "EUR"])
            } else {
                ""
            },
            engaged_ms: if name == "engagement" {
                u32::try_from(random.below(12_000)).unwrap()
            } else {
                0
            },
            bot: "",
            sample_rate: 1.0,
            origin: "",
            props,
        }
    }
}

/// Inserts all events of all sites; every tenth a second time, as a repeat through another node would.
pub(crate) async fn insert(client: &Client, random: &mut Random, sites: &[Site]) {
    let mut first = String::new();
    let mut again = String::new();
    for site in sites {
        for event in &site.events {
            first.push_str(&event.json(&site.id, 1).to_string());
            first.push('\n');
            if random.one_in(10) {
                again.push_str(&event.json(&site.id, 2).to_string());
                again.push('\n');
            }
        }
    }
    // Merging would collapse the repeats before anybody reads.
    let table = warehouse::changeable_events(client).await.unwrap();
    let no_merges =
        format!("ALTER TABLE {table} MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1");
    client.query_raw(&no_merges).execute().await.unwrap();
    let stored = first.lines().count() + again.lines().count();
    let before = rows(client).await;
    for rows in [first, again] {
        let mut insert = client.insert_formatted_with("INSERT INTO weir.events FORMAT JSONEachRow");
        insert.send(rows.into()).await.unwrap();
        insert.end().await.unwrap();
    }
    assert_eq!(
        usize::try_from(rows(client).await - before).unwrap(),
        stored,
        "repeats must be there for the views to leave out"
    );
}

async fn rows(client: &Client) -> u64 {
    let count = client.query_raw("SELECT count() FROM weir.events");
    count.fetch_one::<u64>().await.unwrap()
}
