//! Scripted visitors of the demo shop, and what must be counted of them.
//!
//! [`walk`] does what a journey says in a real browser. [`Expected`] derives from the same journeys, by plain counting
//! that shares nothing with the SQL, what events and numbers there must be.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::{Stack, Visitor};

/// One thing a visitor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Open a page of the shop by its address.
    Open(&'static str),
    /// Bring a promo block into view and look at it long enough to count.
    Look(&'static str),
    /// Click the link of a promo block; leads to another page.
    Promo(&'static str),
    /// Put the product of this page into the cart.
    Buy,
    /// Open the cart and go on to the checkout.
    Checkout,
    /// Fill the checkout form in and send it.
    Order,
    /// Send the contact form.
    Contact,
    /// Go through the quiz, a single-page application, to its result.
    Quiz,
}

/// How long a promo must be seen. On a busy machine the visitor looks on until the event has arrived.
const LOOK: Duration = Duration::from_millis(1200);
/// The visitor, as the tag calls this browser.
const VISITOR: &str = "return (document.cookie.match(/_weir_v=([0-9a-f]{16})/) || [])[1] || ''";

/// Names of the promos that are in view by the geometry rule: half of the block, computed here by the test itself.
const PROMOS_IN_VIEW: &str = "
    return [...document.querySelectorAll('[data-promo]')].filter((promo) => {
      const box = promo.getBoundingClientRect();
      const high = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
      const wide = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
      return high > 0 && wide > 0 && high * wide >= 0.5 * box.width * box.height;
    }).map((promo) => promo.dataset.promo)";

/// What one visitor is known to have caused.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Events in order: name, and the item where there is one.
    pub events: Vec<(String, String)>,
    /// Path of the first page.
    pub entry: String,
    /// Paths of page views in order.
    pub paths: Vec<String>,
}

impl Expected {
    fn page(&mut self, path: &str) {
        if self.entry.is_empty() {
            path.clone_into(&mut self.entry);
        }
        self.paths.push(path.to_owned());
        self.event("pageview", path);
        if path.starts_with("/demo/product/") {
            self.event("view_item", "");
        }
    }

    fn event(&mut self, name: &str, item: &str) {
        self.events.push((name.to_owned(), item.to_owned()));
    }

    /// How many events of a name.
    pub fn count(&self, name: &str) -> u64 {
        self.events
            .iter()
            .filter(|(event, _)| event == name)
            .count() as u64
    }

    /// Items of the events of a name, each once.
    pub fn items(&self, name: &str) -> BTreeSet<&str> {
        let of_name = self.events.iter().filter(|(event, _)| event == name);
        of_name.map(|(_, item)| item.as_str()).collect()
    }

    /// How many steps of a funnel this visitor did in order. A step is a name, or a name and the start of its path.
    pub fn reached(&self, steps: &[(&str, &str)]) -> usize {
        let mut done = 0;
        for (name, item) in &self.events {
            if steps
                .get(done)
                .is_some_and(|(step, start)| name == step && item.starts_with(start))
            {
                done += 1;
            }
        }
        done
    }
}

/// Sums over visitors: events by name.
pub fn totals(visitors: &[Expected]) -> BTreeMap<String, u64> {
    let mut totals = BTreeMap::new();
    for (name, _) in visitors.iter().flat_map(|visitor| &visitor.events) {
        *totals.entry(name.clone()).or_default() += 1;
    }
    totals
}

async fn arrive(visitor: &Visitor, expected: &mut Expected, path: &str) -> Result<()> {
    visitor.wait_for_path(path).await?;
    expected.page(path);
    Ok(())
}

/// Does one act and notes what must come of it.
pub async fn act(stack: &Stack, visitor: &Visitor, act: Act, seen: &mut Expected) -> Result<()> {
    match act {
        Act::Open(path) => {
            visitor.open(&stack.url(path)).await?;
            arrive(visitor, seen, path).await
        }
        Act::Look(promo) => {
            visitor.look_at(&format!("[data-promo={promo}]")).await?;
            tokio::time::sleep(LOOK).await;
            let id = identity(visitor).await?;
            stack
                .wait_for_number(
                    &format!(
                        "SELECT count() > 0 FROM weir.events WHERE visitor_id = {id} \
                         AND name = 'impression' AND item = '{promo}'"
                    ),
                    1,
                )
                .await?;
            let in_view = visitor.run(PROMOS_IN_VIEW).await?;
            for item in in_view
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                // Once per element and page view; a journey looks at a promo on one page view only.
                if !seen.items("impression").contains(item) {
                    seen.event("impression", item);
                }
            }
            Ok(())
        }
        Act::Promo(promo) => {
            let link = format!("[data-promo={promo}] a");
            let target = visitor
                .run(&format!(
                    "return new URL(document.querySelector('{link}').href).pathname"
                ))
                .await?;
            seen.event("click", promo);
            visitor.click(&link).await?;
            arrive(visitor, seen, target.as_str().unwrap_or_default()).await
        }
        Act::Buy => {
            visitor.click("#product button.buy").await?;
            seen.event("add_to_cart", "");
            Ok(())
        }
        Act::Checkout => {
            visitor.open(&stack.url("/demo/cart.html")).await?;
            arrive(visitor, seen, "/demo/cart.html").await?;
            visitor.click("a.to-checkout").await?;
            arrive(visitor, seen, "/demo/checkout.html").await?;
            seen.event("begin_checkout", "");
            Ok(())
        }
        Act::Order => {
            visitor.type_into("#name", "Ирина").await?;
            visitor.type_into("#phone", "+7 900 000-00-00").await?;
            visitor
                .type_into("#address", "Tula, Samovar street 1")
                .await?;
            visitor.click("#checkout button[type=submit]").await?;
            arrive(visitor, seen, "/demo/thanks.html").await?;
            seen.event("purchase", "");
            Ok(())
        }
        Act::Contact => {
            visitor.open(&stack.url("/demo/contact.html")).await?;
            arrive(visitor, seen, "/demo/contact.html").await?;
            fill(visitor, "#contact-form").await?;
            visitor.click("#contact-form [type=submit]").await?;
            seen.event("lead", "");
            Ok(())
        }
        Act::Quiz => {
            visitor.open(&stack.url("/demo/app/")).await?;
            arrive(visitor, seen, "/demo/app/").await?;
            visitor.click("a.start").await?;
            for path in ["/demo/app/taste", "/demo/app/strength", "/demo/app/evening"] {
                arrive(visitor, seen, path).await?;
                visitor.click("[data-answer]").await?;
                seen.event("quiz_answer", "");
            }
            visitor
                .wait_until("location.pathname.startsWith('/demo/app/result/')")
                .await?;
            let path = visitor.run("return location.pathname").await?;
            arrive(visitor, seen, path.as_str().unwrap_or_default()).await?;
            seen.event("quiz_result", "");
            Ok(())
        }
    }
}

/// Fills every required field of a form with something that its type accepts.
async fn fill(visitor: &Visitor, form: &str) -> Result<()> {
    visitor
        .run(&format!(
            "for (const field of document.querySelectorAll('{form} [required]')) {{
               if (field.type === 'checkbox') field.checked = true;
               else field.value = field.type === 'email' ? 'irina@mail.example'
                 : field.type === 'tel' ? '+7 900 000-00-00' : 'Irina';
             }}"
        ))
        .await?;
    Ok(())
}

/// The visitor, as events name this browser.
async fn identity(visitor: &Visitor) -> Result<u64> {
    visitor
        .wait_until("document.cookie.includes('_weir_v=')")
        .await?;
    let id = visitor.run(VISITOR).await?;
    Ok(u64::from_str_radix(id.as_str().unwrap_or_default(), 16)?)
}

/// Leaves the shop. The browser is free once the last event has arrived.
pub async fn go_home(stack: &Stack, visitor: Visitor, expected: &Expected) -> Result<()> {
    let id = identity(&visitor).await?;
    visitor.leave().await?;
    let arrived =
        format!("SELECT count() FROM weir.events WHERE visitor_id = {id} AND name != 'engagement'");
    let events = expected.events.len() as u64;
    stack.wait_for_number(&arrived, events).await
}

/// Walks a whole journey.
pub async fn walk(stack: &Stack, visitor: Visitor, journey: &[Act]) -> Result<Expected> {
    let mut expected = Expected::default();
    for step in journey {
        act(stack, &visitor, *step, &mut expected).await?;
    }
    go_home(stack, visitor, &expected).await?;
    Ok(expected)
}
