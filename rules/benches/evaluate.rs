//! A click, evaluated natively on a page in memory: releases with 20, 200 and 2,000 triggers of which three are about the
//! clicked element, against the same rules as a hand-written `match`, and against a release that has only those three.

extern crate alloc;

mod by_hand;
mod rules;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use weir_bench::{Bench, Work};
use weir_rules::evaluate::{Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::page::{ElementId, Page, PageHost};
use weir_rules::release::{EventKind, Release};

/// Sizes of releases that are compared with the hand-written rules.
const SIZES: [usize; 3] = [20, 200, 2000];

fn main() -> Result<()> {
    let bench = Bench::from_arguments();
    let page = Page::new(rules::URL, rules::HTML);
    let target = page.select(rules::TARGET).context("nothing to click")?;
    for size in SIZES {
        let (mut ours, mut by_hand) = (Rules::new(&page, size)?, Rules::new(&page, 3)?);
        anyhow::ensure!(ours.click(target) == 3 && by_hand.by_hand(target) == 3);
        bench.compare(
            Work::new(&format!("evaluate_{size}"), || ours.click(target)),
            Work::new("evaluate_by_hand", || by_hand.by_hand(target)),
            &conditions(size),
        )?;
    }
    let (mut many, mut three) = (Rules::new(&page, 2000)?, Rules::new(&page, 3)?);
    bench.compare(
        Work::new("evaluate_3_of_2000", || many.click(target)),
        Work::new("evaluate_3", || three.click(target)),
        &conditions(2000),
    )?;
    Ok(())
}

fn conditions(triggers: usize) -> Value {
    json!({ "triggers": triggers, "candidates": 3, "where": "native, page in memory" })
}

/// A release on a page.
struct Rules<'p> {
    release: Release,
    host: PageHost<'p>,
    known: by_hand::Selectors,
}

impl<'p> Rules<'p> {
    fn new(page: &'p Page, triggers: usize) -> Result<Self> {
        let checked = weir_rules::check(&rules::container(triggers));
        let container = checked.container.context("the container is wrong")?;
        let release = Release::read(&weir_rules::compile(&container, 1))
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(Self {
            host: PageHost::new(page, &release),
            known: by_hand::Selectors::of(&release).context("a selector is missing")?,
            release,
        })
    }

    fn click(&mut self, target: ElementId) -> usize {
        let click = Occurrence::on(EventKind::Click, target);
        evaluate(&self.release, &click, &mut self.host, &mut Limits::new()).len()
    }

    fn by_hand(&mut self, target: ElementId) -> usize {
        by_hand::click(&self.known, &target, &mut self.host).len()
    }
}
