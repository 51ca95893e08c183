//! Every view against the reference, on random streams.

use clickhouse::Client;
use jiff::Timestamp;
use weir_collector::warehouse::{
    self, FunnelCount, FunnelDefinition, FunnelMode, Refresher, SiteDefinition,
};

use crate::compare::{self, Tally};
use crate::engine::Engine;
use crate::random::Random;
use crate::steps::{NAMES, Step};
use crate::stream::{self, Event, Site};
use crate::{costs, funnel_modes, goals, people, sales, traffic};

/// Sites around days of the past, each asked with several funnels.
const PAST_SITES: usize = 30;
/// Sites around now, asked through saved funnels.
const PRESENT_SITES: usize = 6;
/// Less than this means that the streams have dried up.
const MIN_COMPARED: usize = 10_000;
const MIN_PERSONS_AT_STEP_3: usize = 20;
/// What the views take.
const MAX_CONDITIONS: usize = 24;

pub(crate) async fn run(engine: &Engine) {
    against_the_reference(engine, PAST_SITES, PRESENT_SITES).await;
}

/// Compares every view on `past_sites` sites around days of the past and `present_sites` around now.
pub(crate) async fn against_the_reference(
    engine: &Engine,
    past_sites: usize,
    present_sites: usize,
) {
    let seed = std::env::var("WEIR_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| u64::try_from(Timestamp::now().as_microsecond()).unwrap());
    println!("views against the reference, WEIR_TEST_SEED={seed}");
    let mut random = Random::new(seed);
    let now = Timestamp::now();
    // `WEIR_TEST_SITES=5` for a first look: too few to mean anything.
    let asked: Option<usize> = std::env::var("WEIR_TEST_SITES")
        .ok()
        .and_then(|text| text.parse().ok());
    let is_small = past_sites < PAST_SITES;
    let past_sites = asked.unwrap_or(past_sites);
    let past: Vec<Site> = (0..past_sites)
        .map(|number| Site::random(&mut random, format!("past_{number}"), None))
        .collect();
    let present: Vec<Site> = (0..asked.unwrap_or(present_sites).min(present_sites))
        .map(|number| Site::random(&mut random, format!("present_{number}"), Some(now)))
        .collect();
    let writer = engine.writer();
    for site in past.iter().chain(&present) {
        publish(&writer, site, Vec::new()).await;
    }
    let sites: Vec<Site> = past.into_iter().chain(present).collect();
    stream::insert(&writer, &mut random, &sites).await;
    let spent = costs::insert(&writer, &mut random, &sites).await;
    // People who turn out to be one: the reference knows, the warehouse finds out.
    let found = Refresher::new(0).refresh(&writer).await.unwrap();
    assert!(found.events_of_known_people > 100, "{found:?}");
    let (past, present) = sites.split_at(past_sites);

    let reader = engine.analyst();
    let mut tally = Tally::default();
    compare::sessions(&reader, &mut tally, &sites).await;
    compare::landing_pages(&reader, &mut tally, &sites).await;
    compare::ctr(&reader, &mut tally, &sites).await;
    traffic::divisions(&reader, &mut tally, &mut random, &sites).await;
    traffic::all_pages(&reader, &mut tally, &sites).await;
    traffic::paths(&reader, &mut tally, &mut random, &sites).await;
    sales::sales(&reader, &mut tally, &sites, now).await;
    costs::by_day(&reader, &mut tally, &sites, &spent).await;
    people::stickiness(&reader, &mut tally, &sites).await;
    people::weekly_retention(&reader, &mut tally, &sites, Timestamp::now()).await;
    people::completeness(&reader, &mut tally, &sites).await;
    for site in some(&sites) {
        sales::attribution(&reader, &mut tally, &mut random, site).await;
        people::retention(&reader, &mut tally, &mut random, site, now).await;
    }
    for (site, spent) in sites.iter().zip(&spent).skip(1).step_by(3) {
        costs::marketing(&reader, &mut tally, &mut random, site, spent).await;
        costs::of_customers(&reader, &mut tally, &mut random, site, spent, now).await;
    }
    let without_funnels = tally.compared;
    for site in past {
        let (steps, texts) = random_steps(&mut random, site);
        compare::entries(&reader, &mut tally, site, &steps, &texts).await;
        let bought = Step::named("purchase");
        for goal in [
            (steps.last().unwrap(), texts.last().unwrap().as_str()),
            (&bought, "purchase"),
        ] {
            goals::goal(&reader, &mut tally, &mut random, site, goal).await;
        }
        let (steps, texts) = random_steps(&mut random, site);
        compare::funnel(
            &reader,
            &mut tally,
            site,
            &steps,
            &texts,
            now.as_millisecond(),
        )
        .await;
    }
    println!(
        "reports of visits and sales compared: {} rows",
        tally.compared
    );
    for site in some(&sites) {
        let (steps, texts) = random_steps(&mut random, site);
        let asked = (steps.as_slice(), texts.as_slice());
        funnel_modes::compare(&reader, &mut tally, &mut random, site, asked, now).await;
    }
    for site in present {
        saved_funnel(&writer, &reader, &mut random, &mut tally, site, now).await;
    }
    println!(
        "{} rows compared, {} of them of funnels, {} persons beyond step 2",
        tally.compared,
        tally.compared - without_funnels,
        tally.persons_at_step_3
    );
    assert_eq!(
        tally.different, 0,
        "the views differ from the reference: WEIR_TEST_SEED={seed}"
    );
    assert!(
        asked.is_some()
            || is_small
            || tally.compared >= MIN_COMPARED && tally.persons_at_step_3 >= MIN_PERSONS_AT_STEP_3,
        "too little to mean anything: WEIR_TEST_SEED={seed}"
    );
}

/// Every fourth site, those of the present among them: questions that are asked site by site take their time.
fn some(sites: &[Site]) -> impl Iterator<Item = &Site> {
    sites.iter().skip(1).step_by(4)
}

async fn publish(
    writer: &Client,
    site: &Site,
    funnels: Vec<FunnelDefinition>,
) -> Vec<(String, String)> {
    let definition = SiteDefinition {
        id: site.id.clone(),
        timezone: site.zone_name.to_owned(),
        currency: site.currency.to_owned(),
        container_version: 1,
        funnels,
        goals: Vec::new(),
        kpis: Vec::new(),
    };
    warehouse::publish_site(writer, &definition)
        .await
        .unwrap()
        .views
}

/// One to five steps that somebody did in this order, or nearly; now and then twelve of any kind.
fn random_steps(random: &mut Random, site: &Site) -> (Vec<Step>, Vec<String>) {
    let steps: Vec<Step> = if random.one_in(8) {
        (0..12).map(|_| Step::named(random.pick(&NAMES))).collect()
    } else {
        let someone = usize::try_from(random.next()).unwrap() % site.events.len().max(1);
        let person = site.events.get(someone).map_or(0, |event| event.person);
        let mut events: Vec<&Event> = site
            .events
            .iter()
            .filter(|event| event.person == person && event.session != 0)
            .collect();
        events.sort_by_key(|event| (event.ts, event.seq));
        events.retain(|_| !random.one_in(4));
        let length = usize::try_from(2 + random.below(4)).unwrap();
        let first = Step::random(random);
        let steps: Vec<Step> = events
            .iter()
            .take(length)
            .map(|event| Step::like(random, event))
            .collect();
        if steps.is_empty() { vec![first] } else { steps }
    };
    assert!(steps.iter().map(Step::condition_count).sum::<usize>() <= MAX_CONDITIONS);
    let texts = steps.iter().map(|step| step.text(random)).collect();
    (steps, texts)
}

/// A funnel of a container, read from its ready view.
async fn saved_funnel(
    writer: &Client,
    reader: &Client,
    random: &mut Random,
    tally: &mut Tally,
    site: &Site,
    now: Timestamp,
) {
    let (steps, texts) = random_steps(random, site);
    let labels: Vec<String> = (1..=steps.len())
        .map(|step| format!("Шаг {step}: it's \"this\"?"))
        .collect();
    let funnel = FunnelDefinition {
        mode: FunnelMode::Ordered,
        count: FunnelCount::Persons,
        name: "main".to_owned(),
        title: "Главная: it's \"this\"?".to_owned(),
        within_s: u64::try_from(site.window_ms / 1000).unwrap(),
        steps: labels.iter().cloned().zip(texts).collect(),
    };
    let views = publish(writer, site, vec![funnel]).await;
    assert_eq!(views[0].1, format!("funnel_{}_main", site.id));
    let now_ms = now.as_millisecond();
    compare::saved_funnel(reader, tally, &views[0].1, site, &steps, &labels, now_ms).await;
}
