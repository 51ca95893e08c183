//! One visit of the sample's shop: which pages somebody sees, what is clicked, taken and bought.

use std::borrow::Cow;
use std::collections::HashSet;

use uuid::Uuid;

use super::dice::Dice;
use super::shop::{Arrival, PRODUCTS, PROMOS, Page, Product, QUIZ, Target};
use crate::enrich::channel::Source;
use crate::enrich::device::Device;
use crate::sink::row::{Row, Shared};

/// Where the shop is.
pub(super) const HOST: &str = "shop.example";
/// Nobody sees more pages in a visit.
const MAX_PAGES: usize = 16;
/// How many of a thousand look for a moment and go.
const BOUNCING: u32 = 260;

/// What is the same in every event of a visit.
pub(super) struct Visitor<'a> {
    pub(super) id: u64,
    pub(super) session_id: u64,
    pub(super) session_number: u32,
    pub(super) session_date: u16,
    pub(super) source: &'a Source<'a>,
    pub(super) device: Device,
    pub(super) city: &'static str,
}

/// Encoded rows, with where each ends and the id of its event.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) bytes: Vec<u8>,
    pub(super) ends: Vec<usize>,
    pub(super) ids: Vec<Uuid>,
}

impl Rows {
    /// Those whose event is not known yet.
    pub(super) fn without(&self, known: &HashSet<Uuid>) -> Self {
        let mut rest = Self::default();
        let mut start = 0;
        for (end, id) in self.ends.iter().zip(&self.ids) {
            if !known.contains(id) {
                let row = self.bytes.get(start..*end).unwrap_or_default();
                rest.bytes.extend_from_slice(row);
                rest.ends.push(rest.bytes.len());
                rest.ids.push(*id);
            }
            start = *end;
        }
        rest
    }
}

/// A visit while it is made up.
pub(super) struct Visit<'a> {
    visitor: Visitor<'a>,
    arrival: Arrival,
    dice: Dice,
    rows: &'a mut Rows,
    /// Events later than this have not happened yet.
    end_ms: i64,
    now_ms: i64,
    seq: u32,
    page: Page,
    url: String,
    referrer: String,
    entered_ms: i64,
    cart: Vec<Product>,
}

/// Which rule sent an event.
#[derive(Clone, Copy)]
struct By(&'static str, &'static str);

const AUTOMATIC: By = By("", "");

/// What an event is about.
#[derive(Default)]
struct About<'a> {
    item: &'a str,
    element: &'a str,
    order_id: &'a str,
    revenue: i64,
    engaged_ms: u32,
    props: &'a [(&'a str, String)],
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        visitor: Visitor<'a>,
        arrival: Arrival,
        dice: Dice,
        rows: &'a mut Rows,
        start_ms: i64,
        end_ms: i64,
    ) -> Self {
        Self {
            visitor,
            arrival,
            dice,
            rows,
            end_ms,
            now_ms: start_ms,
            seq: 0,
            page: Page::Landing,
            url: String::new(),
            referrer: String::new(),
            entered_ms: start_ms,
            cart: Vec::new(),
        }
    }

    /// Walks from the first page to the last.
    pub(super) fn walk(mut self, entry_url: &str, first: Page) {
        self.referrer = self.arrival.referrer.to_owned();
        self.url = entry_url.to_owned();
        if self.dice.happens(BOUNCING) {
            self.enter(first);
            self.pause(1, 8);
            self.leave();
            return;
        }
        let mut next = Some(first);
        for _ in 0..MAX_PAGES {
            let Some(page) = next else { break };
            self.enter(page);
            next = self.act();
            self.leave();
        }
    }

    fn enter(&mut self, page: Page) {
        self.page = page;
        if self.seq > 0 {
            let before = std::mem::replace(&mut self.url, address(page));
            self.referrer = before;
        }
        self.entered_ms = self.now_ms;
        self.event("pageview", AUTOMATIC, &About::default());
        if let Page::Product(product) = page {
            let about = About {
                item: product.sku,
                props: &facts(product),
                ..About::default()
            };
            self.event("view_item", By("Product view", "product page"), &about);
        }
    }

    /// What is done on the page, and where it leads; nowhere when the visit ends.
    fn act(&mut self) -> Option<Page> {
        self.pause(3, 25);
        match self.page {
            Page::Landing => self.look_at_promos(),
            Page::Catalogue => {
                let choice = self.dice.below(100);
                match choice {
                    0..58 => self.some_product(),
                    58..62 => self.take_some(),
                    _ => None,
                }
            }
            Page::Product(product) => {
                self.pause(5, 60);
                if self.buys(product.appeal) {
                    self.take(product);
                    return if self.dice.happens(720) {
                        Some(Page::Cart)
                    } else {
                        self.some_product()
                    };
                }
                match self.dice.below(100) {
                    0..26 => self.some_product(),
                    26..36 => Some(Page::Catalogue),
                    36..40 => Some(Page::Delivery),
                    _ => None,
                }
            }
            Page::Cart => match self.dice.below(100) {
                _ if self.cart.is_empty() => Some(Page::Catalogue),
                0..66 => Some(Page::Checkout),
                66..76 => self.some_product(),
                _ => None,
            },
            Page::Checkout => self.order(),
            Page::Contact => {
                self.pause(10, 90);
                if self.dice.happens(360) {
                    let props = [("form", "contact-form".to_owned())];
                    let about = About {
                        element: "form#contact-form",
                        props: &props,
                        ..About::default()
                    };
                    self.event("lead", By("Lead", "lead form"), &about);
                }
                None
            }
            Page::Delivery => match self.dice.below(100) {
                0..14 => Some(Page::Contact),
                14..34 => Some(Page::Catalogue),
                _ => None,
            },
            Page::Quiz("") => self.dice.happens(820).then_some(Page::Quiz("taste")),
            Page::Quiz(screen) => self.answer(screen),
            Page::Thanks => None,
        }
    }

    fn look_at_promos(&mut self) -> Option<Page> {
        for promo in PROMOS {
            if !self.dice.happens(promo.seen) {
                break;
            }
            self.pause(2, 8);
            let about = About {
                item: promo.item,
                element: "section.promo",
                ..About::default()
            };
            self.event("impression", By("Promo impression", "promo seen"), &about);
            if self.dice.happens(promo.clicked) {
                self.pause(1, 4);
                let about = About {
                    item: promo.item,
                    element: "a.button",
                    ..About::default()
                };
                self.event("click", By("Promo click", "promo link"), &about);
                return match promo.target {
                    Target::BestSeller => PRODUCTS.first().map(|(_, first)| Page::Product(*first)),
                    Target::Quiz => Some(Page::Quiz("")),
                    Target::Delivery => Some(Page::Delivery),
                };
            }
        }
        match self.dice.below(100) {
            0..34 => Some(Page::Catalogue),
            34..48 => self.some_product(),
            48..51 => Some(Page::Contact),
            _ => None,
        }
    }

    fn answer(&mut self, screen: &'static str) -> Option<Page> {
        let position = QUIZ.iter().position(|(name, _)| *name == screen);
        let Some((_, answers)) = position.and_then(|position| QUIZ.get(position)) else {
            return self.advise();
        };
        let answer = if self.dice.happens(550) {
            answers.first()
        } else {
            answers.last()
        };
        if self.dice.happens(80) {
            return None;
        }
        let props = [("step", screen.to_owned())];
        let about = About {
            item: answer.copied().unwrap_or_default(),
            element: "button",
            props: &props,
            ..About::default()
        };
        self.event("quiz_answer", By("Quiz answer", "quiz answer"), &about);
        let next = position.and_then(|position| QUIZ.get(position + 1));
        Some(Page::Quiz(next.map_or("result/ivan-tea", |(name, _)| name)))
    }

    /// The result of the quiz.
    fn advise(&mut self) -> Option<Page> {
        let advised = PRODUCTS.iter().map(|(_, product)| *product);
        let advised = advised
            .into_iter()
            .find(|product| product.slug == "ivan-tea")?;
        let about = About {
            item: advised.sku,
            ..About::default()
        };
        self.event("quiz_result", By("Quiz result", "quiz result"), &about);
        self.pause(3, 20);
        if self.buys(210) {
            self.take(advised);
            return Some(Page::Cart);
        }
        self.dice.happens(200).then_some(Page::Catalogue)
    }

    fn order(&mut self) -> Option<Page> {
        if self.cart.is_empty() {
            return None;
        }
        let total: u32 = self.cart.iter().map(|product| product.price).sum();
        let props = [("value", total.to_string())];
        let about = About {
            props: &props,
            ..About::default()
        };
        self.event("begin_checkout", By("Checkout", "checkout page"), &about);
        self.pause(20, 150);
        if !self.dice.happens(610) {
            return None;
        }
        self.leave();
        self.enter(Page::Thanks);
        let order = format!("SV-{:08X}", self.dice.next() >> 32);
        let about = About {
            order_id: &order,
            revenue: i64::from(total) * 100,
            ..About::default()
        };
        self.event("purchase", By("Purchase", "order placed"), &about);
        self.cart.clear();
        self.dice.happens(120).then_some(Page::Landing)
    }

    fn some_product(&mut self) -> Option<Page> {
        self.dice
            .pick(PRODUCTS)
            .map(|product| Page::Product(*product))
    }

    /// Takes a product from the catalogue.
    fn take_some(&mut self) -> Option<Page> {
        let product = *self.dice.pick(PRODUCTS)?;
        self.take(product);
        Some(Page::Cart)
    }

    fn take(&mut self, product: Product) {
        self.cart.push(product);
        let about = About {
            item: product.sku,
            element: "button.buy",
            props: &facts(product),
            ..About::default()
        };
        self.event("add_to_cart", By("Add to cart", "buy button"), &about);
        self.pause(1, 6);
    }

    fn buys(&mut self, per_mille: u32) -> bool {
        self.dice.happens(per_mille * self.arrival.intent / 100)
    }

    fn pause(&mut self, low_s: u32, high_s: u32) {
        self.now_ms += i64::from(self.dice.between(low_s * 1000, high_s * 1000));
    }

    fn leave(&mut self) {
        let seen_ms = u32::try_from(self.now_ms - self.entered_ms).unwrap_or_default();
        // Some of the time the page stands behind others.
        let engaged_ms = seen_ms / 100 * self.dice.between(55, 100);
        if engaged_ms > 0 {
            let about = About {
                engaged_ms,
                ..About::default()
            };
            self.event("engagement", AUTOMATIC, &about);
        }
        self.now_ms += i64::from(self.dice.between(200, 900));
    }

    fn event(&mut self, name: &str, by: By, about: &About<'_>) {
        self.now_ms += 1;
        self.seq += 1;
        // Drawn in any case, so that an earlier end changes nothing of what comes before it.
        let random = [
            self.dice.next().to_le_bytes(),
            self.dice.next().to_le_bytes(),
        ];
        if self.now_ms > self.end_ms {
            return;
        }
        let mut tail = [0; 10];
        for (to, from) in tail.iter_mut().zip(random.as_flattened()) {
            *to = *from;
        }
        let millis = u64::try_from(self.now_ms).unwrap_or_default();
        let event_id: Uuid = uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid();
        let props: Vec<_> = about
            .props
            .iter()
            .map(|(key, value)| (Cow::Borrowed(*key), Cow::Borrowed(value.as_str())))
            .collect();
        let shared = Shared {
            user_id: "",
            page_url: &self.url,
            page_host: HOST,
            page_path: &self.page.path(),
            page_title: &self.page.title(),
            referrer: &self.referrer,
            source: self.visitor.source,
            device: self.visitor.device,
            country: "RU",
            city: self.visitor.city,
        };
        Row {
            site: super::SITE,
            name,
            event_id,
            ts_ms: self.now_ms,
            received_ms: self.now_ms + 300,
            session_date: self.visitor.session_date,
            session_id: self.visitor.session_id,
            session_seq: self.seq,
            session_number: self.visitor.session_number,
            visitor_id: self.visitor.id,
            person_id: self.visitor.id,
            shared: &shared.encode(),
            element: about.element,
            item: about.item,
            order_id: about.order_id,
            revenue: about.revenue,
            currency: if about.revenue == 0 { "" } else { "RUB" },
            engaged_ms: about.engaged_ms,
            tag: by.0,
            trigger: by.1,
            container_version: 1,
            consent: "analytics",
            sample_rate: 1.0,
            bot: "",
            props: &props,
            origin: "browser",
            user_source: "",
        }
        .encode(&mut self.rows.bytes);
        self.rows.ends.push(self.rows.bytes.len());
        self.rows.ids.push(event_id);
    }
}

/// Address of a page without any query.
pub(super) fn address(page: Page) -> String {
    format!("https://{HOST}{}", page.path())
}

fn facts(product: Product) -> [(&'static str, String); 2] {
    [
        ("sku", product.sku.to_owned()),
        ("price", product.price.to_string()),
    ]
}
