//! Costs, and what they brought, against a reference of their own: imported, corrected, imported again, taken away.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Client;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use weir_collector::warehouse::{self, Cost, CostKey, CostKind};

use crate::compare::Tally;
use crate::numbers::{Key, Question, Values, money, rate};
use crate::random::Random;
use crate::sales::{self, MODELS};
use crate::stream::{Site, UTM};

/// What a site spent, as it counts in the end.
pub(crate) type Spent = BTreeMap<CostKey, Cost>;

fn shifted(day: Date, days: i64) -> Date {
    day.checked_add(Span::new().days(days)).unwrap()
}

fn random_cost(random: &mut Random, site: &Site) -> Cost {
    let kind = random.pick(&[
        CostKind::Ads,
        CostKind::Ads,
        CostKind::Ads,
        CostKind::Salaries,
        CostKind::Tools,
        CostKind::Serving,
    ]);
    // Some begin before the period, some end after it.
    let from = shifted(site.from, random.between(-3, 3));
    let utm = random.pick(&UTM);
    let is_named = kind == CostKind::Ads || random.one_in(4);
    let or_not = |text: &str| match is_named {
        true => text.to_owned(),
        false => String::new(),
    };
    let number = |random: &mut Random, most: u64| random.below(most);
    Cost {
        key: CostKey {
            from,
            to: shifted(from, random.pick(&[0, 0, 1, 6, 30])),
            kind,
            channel: or_not(random.pick(&["", "", "Email", "Organic Search"])),
            // Visits are compared without regard to case.
            source: or_not(utm[0]).to_uppercase(),
            medium: or_not(utm[1]),
            campaign: or_not(utm[2]),
            item: random.pick(&["", "it's \"a\"", "б"]).to_owned(),
        },
        amount: number(random, 1_000_000),
        impressions: number(random, 10_000),
        clicks: number(random, 100),
        reach: number(random, 1000),
        likes: number(random, 50),
        comments: number(random, 10),
        shares: number(random, 10),
    }
}

/// Gives every site costs: some wrong at first, some twice, some taken away; some sites have none.
pub(crate) async fn insert(client: &Client, random: &mut Random, sites: &[Site]) -> Vec<Spent> {
    let mut all = Vec::new();
    let mut now_ms = 1_700_000_000_000;
    for site in sites {
        let mut spent = Spent::new();
        let many = if random.one_in(5) { 0 } else { 12 };
        for _ in 0..many {
            let cost = random_cost(random, site);
            spent.insert(cost.key.clone(), cost);
        }
        let right: Vec<Cost> = spent.values().cloned().collect();
        let wrong: Vec<Cost> = right
            .iter()
            .map(|cost| Cost {
                amount: cost.amount + 17,
                clicks: 7,
                ..cost.clone()
            })
            .collect();
        // A correction, and the same file once more.
        for costs in [&wrong, &right, &right] {
            now_ms += 1;
            warehouse::record_costs(client, &site.id, site.currency, costs, now_ms)
                .await
                .unwrap();
        }
        let known = warehouse::known_costs(
            client,
            &site.id,
            shifted(site.from, -9),
            shifted(site.to, 60),
        )
        .await
        .unwrap();
        assert_eq!(known, spent.keys().cloned().collect());
        let gone: Vec<Cost> = right.into_iter().take(2).collect();
        now_ms += 1;
        warehouse::remove_costs(client, &site.id, site.currency, &gone, now_ms)
            .await
            .unwrap();
        for cost in gone {
            spent.remove(&cost.key);
        }
        all.push(spent);
    }
    all
}

/// The hundredths, or the number, that fall on the days from one to another: whole cents a day, none lost.
fn within(key: &CostKey, whole: u64, from: Date, to: Date) -> i64 {
    let days = i128::from(key.days());
    let before = |day: i128| i128::from(whole) * day.clamp(0, days) / days;
    let nth = |day: Date| i128::from(key.from.until(day).unwrap().get_days());
    i64::try_from(before(nth(to) + 1) - before(nth(from))).unwrap()
}

/// Each day of each cost.
pub(crate) async fn by_day(client: &Client, tally: &mut Tally, sites: &[Site], spent: &[Spent]) {
    let question = Question {
        key: &[
            "site",
            "cost_date",
            "kind",
            "channel",
            "utm_source",
            "utm_campaign",
        ],
        texts: &["any(is_marketing)", "any(is_other_currency)"],
        numbers: &[
            "sum(costs.cost)",
            "sum(costs.amount)",
            "sum(costs.impressions)",
            "sum(costs.clicks)",
            "sum(costs.reach)",
            "sum(costs.likes + costs.comments + costs.shares)",
        ],
        from:
            "weir.costs AS costs GROUP BY site, cost_date, kind, channel, utm_source, utm_campaign"
                .to_owned(),
    };
    let mut sums: BTreeMap<Key, (u8, [i64; 5])> = BTreeMap::new();
    for (site, spent) in sites.iter().zip(spent) {
        for (key, cost) in spent {
            let mut day = key.from;
            while day <= key.to {
                let of_day = |whole: u64| within(key, whole, day, day);
                let place = vec![
                    site.id.clone(),
                    day.to_string(),
                    key.kind.name().to_owned(),
                    key.channel().to_owned(),
                    key.source.clone(),
                    key.campaign.clone(),
                ];
                let is_marketing = u8::from(key.kind != CostKind::Serving);
                let (_, row) = sums.entry(place).or_insert((is_marketing, [0; 5]));
                let social = of_day(cost.likes) + of_day(cost.comments) + of_day(cost.shares);
                let parts = [cost.amount, cost.impressions, cost.clicks, cost.reach];
                for (sum, part) in row.iter_mut().zip(parts) {
                    *sum += of_day(part);
                }
                row[4] += social;
                day = day.tomorrow().unwrap();
            }
        }
    }
    let expected = sums
        .into_iter()
        .map(
            |(key, (is_marketing, [amount, shown, clicks, reach, social]))| {
                let mut numbers = vec![money(amount), money(amount)];
                numbers.extend([shown, clicks, reach, social].map(|number| Some(number as f64)));
                let texts = vec![is_marketing.to_string(), "0".to_owned()];
                (key, Values::of(texts, numbers))
            },
        )
        .collect();
    question.compare(client, tally, expected).await;
}

/// What is added up for each row of `weir_fn.marketing`.
#[derive(Default, Clone)]
struct Sums {
    cost: i64,
    ad_spend: i64,
    serving: i64,
    impressions: i64,
    clicks: i64,
    sessions: f64,
    leads: f64,
    orders: f64,
    new_customers: f64,
    gross: f64,
    refunds: f64,
    ad_revenue: f64,
}

const COLUMNS: [&str; 21] = [
    "cost",
    "ad_spend",
    "serving_cost",
    "impressions",
    "clicks",
    "ad_ctr",
    "cpc",
    "sessions",
    "leads",
    "cost_per_lead",
    "orders",
    "new_customers",
    "cac",
    "gross_revenue",
    "refunds",
    "revenue",
    "romi",
    "margin_romi",
    "ad_revenue",
    "roas",
    "drr",
];

impl Sums {
    fn values(&self, has_costs: bool) -> Values {
        let whole = |number: i64| Some(number as f64);
        let cost = self.cost as f64 / 100.0;
        let ad_spend = self.ad_spend as f64 / 100.0;
        let serving = self.serving as f64 / 100.0;
        let revenue = self.gross - self.refunds;
        // A share that adds up to nothing is not quite nothing in binary; the views divide by it as well as we do.
        let known = |number: Option<f64>| number.filter(|_| has_costs);
        Values::numbers(vec![
            Some(cost),
            Some(ad_spend),
            Some(serving),
            whole(self.impressions),
            whole(self.clicks),
            rate(self.clicks as f64, self.impressions as f64),
            rate(ad_spend, self.clicks as f64),
            Some(self.sessions),
            Some(self.leads),
            known(rate(cost, self.leads)),
            Some(self.orders),
            Some(self.new_customers),
            known(rate(cost, self.new_customers)),
            Some(self.gross),
            Some(self.refunds),
            Some(revenue),
            rate(revenue - cost, cost),
            rate(revenue - serving - cost, cost).filter(|_| serving > 0.0),
            Some(self.ad_revenue),
            rate(self.ad_revenue, ad_spend),
            known(rate(ad_spend, revenue)),
        ])
    }
}

/// What is asked for, of a visit or a cost.
fn value_of(by: &str, channel: &str, source: &str, campaign: &str) -> String {
    match by {
        "channel" => channel.to_owned(),
        "utm_source" => source.to_lowercase(),
        "utm_campaign" => campaign.to_lowercase(),
        _ => String::new(),
    }
}

/// A period of a site by channel, source, campaign or as a whole, by some model.
pub(crate) async fn marketing(
    client: &Client,
    tally: &mut Tally,
    random: &mut Random,
    site: &Site,
    spent: &Spent,
) {
    let model = usize::try_from(random.below(6)).unwrap();
    let lookback = random.pick(&[0, 1, 30]);
    let (from, to) = (site.from, site.to);
    for by in ["", "channel", random.pick(&["utm_source", "utm_campaign"])] {
        let lead = random.pick(&["", "lead", "click"]);
        let rows = reference(site, spent, by, lead, model, lookback);
        let has_costs = spent
            .iter()
            .any(|(key, _)| key.kind != CostKind::Serving && key.from <= to && key.to >= from);
        let question = Question {
            key: &["value", "is_general"],
            texts: &[],
            numbers: &COLUMNS,
            from: format!(
                "weir_fn.marketing(site = '{}', by = '{by}', lead = '{lead}', model = '{}', lookback_days = {lookback}, \
                 from = '{from}', to = '{to}')",
                site.id, MODELS[model]
            ),
        };
        let expected = rows
            .into_iter()
            .map(|(key, sums)| (key, sums.values(has_costs)))
            .collect();
        question.compare(client, tally, expected).await;
    }
}

fn reference(
    site: &Site,
    spent: &Spent,
    by: &str,
    lead: &str,
    model: usize,
    lookback: i64,
) -> BTreeMap<Key, Sums> {
    let (from, to) = (site.from, site.to);
    let mut rows: BTreeMap<Key, Sums> = BTreeMap::new();
    let mut ad_channels = BTreeSet::new();
    for (key, cost) in spent
        .iter()
        .filter(|(key, _)| key.from <= to && key.to >= from)
    {
        let value = value_of(by, key.channel(), &key.source, &key.campaign);
        let is_general = u8::from(!by.is_empty() && value.is_empty());
        let row = rows.entry(vec![value, is_general.to_string()]).or_default();
        let of = |whole: u64| within(key, whole, from.max(key.from), to.min(key.to));
        let amount = of(cost.amount);
        match key.kind {
            CostKind::Serving => row.serving += amount,
            CostKind::Ads => {
                row.cost += amount;
                row.ad_spend += amount;
                row.impressions += of(cost.impressions);
                row.clicks += of(cost.clicks);
                if amount > 0 {
                    ad_channels.insert(key.channel().to_owned());
                }
            }
            _ => row.cost += amount,
        }
    }
    let place = |value: String| vec![value, "0".to_owned()];
    let sessions = sales::sessions_in_order(site);
    let days = from.to_string()..=to.to_string();
    for session in sessions
        .iter()
        .filter(|session| days.contains(&session.date))
    {
        let value = value_of(by, &session.channel, session.utm[0], session.utm[2]);
        let row = rows.entry(place(value)).or_default();
        row.sessions += 1.0;
        if lead.is_empty() {
            row.leads += f64::from(session.leads);
        }
    }
    let leads = site.events.iter().filter(|event| {
        event.name == lead && event.bot.is_empty() && (from..=to).contains(&event.session_date)
    });
    for event in leads {
        let value = value_of(by, event.channel, event.utm[0], event.utm[2]);
        rows.entry(place(value)).or_default().leads += 1.0;
    }
    let orders = sales::orders(site);
    let mut first: BTreeMap<u64, (Date, i64, &str)> = BTreeMap::new();
    for order in &orders {
        let this = (
            order.counted.session_date,
            order.counted.ts,
            order.id.as_str(),
        );
        let known = first.entry(order.counted.person).or_insert(this);
        *known = (*known).min(this);
    }
    let refunds = sales::refunds(site);
    for order in &orders {
        if !(from..=to).contains(&order.counted.session_date) {
            continue;
        }
        let is_first = first[&order.counted.person].2 == order.id;
        let gross = order.revenue(site) as f64 / 100.0;
        let back: i64 = refunds
            .iter()
            .filter(|refund| !refund.event.order_id.is_empty() && refund.event.order_id == order.id)
            .map(|refund| refund.amount)
            .sum();
        let back = back as f64 / 100.0;
        for touch in sales::touches(&sessions, order.counted.person, order.counted.ts, lookback) {
            let share = touch.credit[model];
            let value = value_of(by, &touch.channel, touch.utm[0], touch.utm[2]);
            let row = rows.entry(place(value)).or_default();
            row.orders += share;
            row.new_customers += if is_first { share } else { 0.0 };
            row.gross += share * gross;
            row.refunds += share * back;
            if ad_channels.contains(&touch.channel) {
                row.ad_revenue += share * (gross - back);
            }
        }
    }
    // The whole has its row whenever there is anything.
    rows
}

/// What customers brought so far, and the formula of what they will.
pub(crate) async fn of_customers(
    client: &Client,
    tally: &mut Tally,
    random: &mut Random,
    site: &Site,
    spent: &Spent,
    now: Timestamp,
) {
    customer_value(client, tally, site, now).await;
    let lost_after = random.pick(&[1, 2, 30]);
    let (from, to) = (site.from, site.to);
    let orders = sales::orders(site);
    let mut days: BTreeMap<u64, Vec<Date>> = BTreeMap::new();
    for order in orders
        .iter()
        .filter(|order| order.counted.session_date <= to)
    {
        let of_person = days.entry(order.counted.person).or_default();
        of_person.push(order.counted.session_date);
    }
    let any =
        |list: &[Date], low: Date, high: Date| list.iter().any(|day| (low..=high).contains(day));
    let was = |list: &[Date]| any(list, shifted(from, -lost_after), shifted(from, -1));
    let is = |list: &[Date]| any(list, shifted(to, 1 - lost_after), to);
    let count =
        |test: &dyn Fn(&[Date]) -> bool| days.values().filter(|list| test(list)).count() as f64;
    let (start, end) = (count(&was), count(&is));
    let lost = count(&|list| was(list) && !is(list));
    let new = count(&|list| list.iter().min().unwrap() >= &from);
    let bought: Vec<_> = orders
        .iter()
        .filter(|order| (from..=to).contains(&order.counted.session_date))
        .collect();
    let gross: i64 = bought.iter().map(|order| order.revenue(site)).sum();
    let back: i64 = sales::refunds(site)
        .iter()
        .filter(|refund| (from..=to).contains(&refund.event.session_date))
        .map(|refund| refund.amount)
        .sum();
    let revenue = (gross - back) as f64 / 100.0;
    let number = bought.len() as f64;
    let (mut cost, mut serving, mut known) = (0, 0, false);
    for (key, it) in spent
        .iter()
        .filter(|(key, _)| key.from <= to && key.to >= from)
    {
        let amount = within(key, it.amount, from.max(key.from), to.min(key.to));
        if key.kind == CostKind::Serving {
            serving += amount;
        } else {
            cost += amount;
            known = true;
        }
    }
    let (cost, serving) = (cost as f64 / 100.0, serving as f64 / 100.0);
    let active = (start + end) / 2.0;
    let average = rate(revenue, number);
    let purchases = rate(number, active);
    let churn = rate(lost, start);
    let lifetime = churn.and_then(|churn| rate(1.0, churn));
    let product = |factors: [Option<f64>; 3]| factors.into_iter().product::<Option<f64>>();
    let before = product([average, purchases, lifetime]);
    let per_customer = product([rate(serving, active), lifetime, Some(1.0)]);
    let cac = rate(cost, new).filter(|_| known);
    let ltv = before.and_then(|before| Some(before - per_customer? - cac?));
    let question = Question {
        key: &["1"],
        texts: &[],
        numbers: &[
            "orders",
            "revenue",
            "average_order",
            "active_customers",
            "purchases_per_customer",
            "lost",
            "churn_rate",
            "lifetime",
            "value_before_costs",
            "serving_per_customer",
            "cost",
            "new_customers",
            "cac",
            "ltv",
            "ltv_to_cac",
        ],
        from: format!(
            "weir_fn.ltv(site = '{}', lost_after_days = {lost_after}, from = '{from}', to = '{to}')",
            site.id
        ),
    };
    let values = vec![
        Some(number),
        Some(revenue),
        average,
        Some(active),
        purchases,
        Some(lost),
        churn,
        lifetime,
        before,
        per_customer,
        Some(cost),
        Some(new),
        cac,
        ltv,
        ltv.and_then(|ltv| rate(ltv, cac?)),
    ];
    let expected = BTreeMap::from([(vec!["1".to_owned()], Values::numbers(values))]);
    question.compare(client, tally, expected).await;
}

async fn customer_value(client: &Client, tally: &mut Tally, site: &Site, now: Timestamp) {
    let (from, to) = (site.from, site.to);
    let this_month = site.zone.to_datetime(now).date().first_of_month();
    let months = |one: Date, other: Date| {
        i64::from(other.year() - one.year()) * 12 + i64::from(other.month() - one.month())
    };
    let orders = sales::orders(site);
    let mut first: BTreeMap<u64, Date> = BTreeMap::new();
    for order in &orders {
        let day = order.counted.session_date;
        let known = first.entry(order.counted.person).or_insert(day);
        *known = (*known).min(day);
    }
    first.retain(|_, day| (from..=to).contains(day));
    let mut sizes: BTreeMap<Date, f64> = BTreeMap::new();
    for day in first.values() {
        *sizes.entry(day.first_of_month()).or_default() += 1.0;
    }
    let mut by_age: BTreeMap<(Date, i64), (f64, i64)> = BTreeMap::new();
    for cohort in sizes.keys() {
        for age in 0..=months(*cohort, this_month) {
            by_age.insert((*cohort, age), (0.0, 0));
        }
    }
    for order in &orders {
        if let Some(day) = first.get(&order.counted.person) {
            let cohort = day.first_of_month();
            let age = months(cohort, order.counted.session_date);
            let row = by_age.entry((cohort, age)).or_default();
            row.0 += 1.0;
            row.1 += order.revenue(site);
        }
    }
    for refund in sales::refunds(site) {
        let named = &refund.event.order_id;
        let order = orders
            .iter()
            .find(|order| order.id == *named && !named.is_empty());
        if let Some(day) = order.and_then(|order| first.get(&order.counted.person)) {
            let cohort = day.first_of_month();
            let age = months(cohort, refund.event.session_date).max(0);
            by_age.entry((cohort, age)).or_default().1 -= refund.amount;
        }
    }
    let mut expected = BTreeMap::new();
    let mut so_far: BTreeMap<Date, i64> = BTreeMap::new();
    for ((cohort, age), (bought, revenue)) in by_age {
        let sum = so_far.entry(cohort).or_default();
        *sum += revenue;
        let size = sizes[&cohort];
        let is_complete = months(cohort, this_month) > age;
        let numbers = vec![
            Some(size),
            Some(bought),
            money(revenue),
            money(*sum),
            rate(*sum as f64 / 100.0, size),
            Some(f64::from(u8::from(is_complete))),
        ];
        expected.insert(
            vec![cohort.to_string(), age.to_string()],
            Values::numbers(numbers),
        );
    }
    let question = Question {
        key: &["cohort", "age"],
        texts: &[],
        numbers: &[
            "customers",
            "orders",
            "revenue",
            "revenue_so_far",
            "revenue_per_customer",
            "is_complete",
        ],
        from: format!(
            "weir_fn.customer_value(site = '{}', from = '{from}', to = '{to}')",
            site.id
        ),
    };
    question.compare(client, tally, expected).await;
}
