//! What the page in memory lends, as the page of a browser would: `tag-wasm/js/lend.js` is its twin.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use super::{DOCUMENT, ElementId, MAX_ANCESTORS, Page, PageHost, Session, Tree};
use crate::decimal::Decimal;
use crate::host::{Lent, OPT_OUT};
use crate::link;
use crate::readable_path;
use crate::types;
use crate::value::{Kind, Value};

/// Classes named in the description of an element, at most.
const MAX_DESCRIBED_CLASSES: usize = 3;

impl PageHost<'_> {
    pub(super) fn lend_page(&self, what: Lent, key: &str) -> Option<Value> {
        let page = self.page;
        let url = self.url.as_ref();
        let stored = |store: &BTreeMap<String, String>| store.get(key).cloned();
        let text = match what {
            Lent::DataLayer => {
                let mut pushed = page.data_layer.iter().chain(&self.pushed).rev();
                return pushed.find_map(|it| it.at(key)).and_then(Tree::value);
            }
            Lent::Global => return page.globals.at(key).and_then(Tree::value),
            Lent::Detail => {
                let own = self.detail.at(key).or_else(|| page.detail.at(key));
                return own.and_then(Tree::value);
            }
            Lent::Ecommerce => {
                let event = self.detail.at("event").or_else(|| page.detail.at("event"));
                let about = super::ecommerce::read(event?)?;
                return about.at(key).and_then(Tree::value);
            }
            Lent::Random => return Some(number(page.random)),
            Lent::Session => return session(&page.session, key),
            Lent::Device => match key {
                "type" => Some(page.device.kind.clone()),
                "width" => return Some(whole(page.device.width)),
                "height" => return Some(whole(page.device.height)),
                _ => None,
            },
            Lent::Time => return time(self.now_ms, key),
            Lent::Consent => self.consent.get(key).map(|granted| {
                let word = if *granted { "granted" } else { "denied" };
                word.to_owned()
            }),
            Lent::Url => Some(self.address.clone()),
            Lent::Referrer => Some(self.referrer.clone()),
            Lent::Host => url?.host_str().map(str::to_owned),
            Lent::Path => Some(readable_path(url?.path()).into_owned()),
            Lent::Fragment => {
                let written = url?.fragment().filter(|it| !it.is_empty());
                written.map(str::to_owned)
            }
            Lent::Title => title(page),
            Lent::Language => {
                let root = page.children(DOCUMENT).next();
                let named = root.and_then(|root| page.attribute(root, "lang"));
                let named = named.filter(|named| !named.is_empty());
                Some(named.unwrap_or(&page.language).to_owned())
            }
            Lent::Query => {
                let mut pairs = url?.query_pairs();
                let found = pairs.find(|(name, _)| name == key);
                found.map(|(_, value)| value.into_owned())
            }
            Lent::Cookie => stored(&page.cookies),
            Lent::LocalStorage => stored(&page.local_storage),
            Lent::SessionStorage => stored(&page.session_storage),
            Lent::Text
            | Lent::Attribute
            | Lent::Address
            | Lent::Field
            | Lent::FormField
            | Lent::Selector
            | Lent::TagName
            | Lent::LinkKind
            | Lent::LeadsOut
            | Lent::Description => None,
        };
        text.map(Value::text)
    }

    pub(super) fn lend_of(&self, element: ElementId, what: Lent, key: &str) -> Option<Value> {
        let page = self.page;
        if what == Lent::TagName {
            return Some(Value::text(page.local_name(element).to_ascii_lowercase()));
        }
        let opted_out = page.opted_out(element);
        if what == Lent::Description {
            return Some(Value::text(page.described(element, opted_out)));
        }
        if opted_out {
            return None;
        }
        let text = match what {
            Lent::Text => {
                let mut text = String::new();
                page.text(element.0, &mut text);
                Some(text)
            }
            Lent::Attribute if key.eq_ignore_ascii_case("value") && page.is_private(element) => {
                None
            }
            Lent::Attribute => page.attribute(element, key).map(str::to_owned),
            Lent::Address => {
                let written = page.attribute(element, key)?;
                self.url.as_ref()?.join(written).ok().map(String::from)
            }
            Lent::LinkKind => {
                let is_download = page.attribute(element, "download").is_some();
                let (address, host) = self.link(element)?;
                Some(
                    link::kind(&address, is_download, &host, key)
                        .name()
                        .to_owned(),
                )
            }
            Lent::LeadsOut => {
                let (address, host) = self.link(element)?;
                return Some(Value::boolean(link::leads_out(&address, &host, key)));
            }
            Lent::Field => page.field_value(element),
            Lent::FormField => page.form_value(element, key),
            Lent::Selector => Some(page.place_of(element)),
            _ => None,
        };
        text.map(Value::text)
    }
}

impl PageHost<'_> {
    /// Where a link leads, and the host of the page it is on.
    fn link(&self, element: ElementId) -> Option<(String, String)> {
        let written = self.page.attribute(element, "href")?;
        let page = self.url.as_ref()?;
        let address = page.join(written).ok()?;
        Some((
            address.into(),
            page.host_str().unwrap_or_default().to_owned(),
        ))
    }
}

impl Page {
    pub(super) fn opted_out(&self, element: ElementId) -> bool {
        let around = std::iter::successors(Some(element), |element| self.parent_or_host(*element));
        let mut around = around.take(MAX_ANCESTORS);
        around.any(|element| self.attribute(element, OPT_OUT).is_some())
    }
}

impl Page {
    /// `tag#id`, else `tag.class.class`; of an element that opted out, the tag.
    fn described(&self, element: ElementId, opted_out: bool) -> String {
        let mut text = self.local_name(element).to_ascii_lowercase();
        let words = |name| {
            let written = self.attribute(element, name).filter(|_| !opted_out);
            written.unwrap_or_default().split_ascii_whitespace()
        };
        if let Some(id) = words("id").next() {
            text.push('#');
            text.push_str(id);
        } else {
            for class in words("class").take(MAX_DESCRIBED_CLASSES) {
                text.push('.');
                text.push_str(class);
            }
        }
        text
    }
}

fn title(page: &Page) -> Option<String> {
    let all = page.descendants(DOCUMENT, false);
    let mut titles = all.into_iter();
    let title = titles.find(|element| page.local_name(*element) == "title")?;
    let mut text = String::new();
    page.text(title.0, &mut text);
    Some(crate::value::tidy(&text))
}

fn session(session: &Session, key: &str) -> Option<Value> {
    Some(match key {
        "number" => whole(session.number),
        "is_new" => Value::boolean(session.is_new),
        "landing_page" => Value::text(session.landing_page.clone()),
        "referrer" => Value::text(session.referrer.clone()),
        _ => return None,
    })
}

/// `hour Europe/Moscow`.
fn time(now_ms: u64, key: &str) -> Option<Value> {
    let (part, zone) = key.split_once(' ')?;
    let zone = TimeZone::get(zone).ok()?;
    let now = Timestamp::from_millisecond(i64::try_from(now_ms).ok()?)
        .ok()?
        .to_zoned_datetime(zone);
    Some(match part {
        "hour" => whole(u32::try_from(now.hour()).ok()?),
        "weekday" => whole(u32::try_from(now.weekday().to_monday_one_offset()).ok()?),
        "iso" => Value::text(now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
        _ => return None,
    })
}

fn number(number: Decimal) -> Value {
    Value::new(Kind::Number, types::written(number))
}

fn whole(number: u32) -> Value {
    self::number(Decimal::from(number))
}
