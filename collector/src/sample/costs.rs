//! What the sample's shop spends: advertising by day, salaries, tools and goods by month, posts in a network. The same every time, as
//! all of the sample.

use jiff::ToSpan;
use jiff::civil::Date;

use super::dice::Dice;
use super::{DAYS, SEED, days_since_1970};
use crate::warehouse::{Cost, CostKey, CostKind};

/// Advertising: source and campaign as in the visits' addresses, clicks a day, kopecks a click, impressions a click.
const ADS: [(&str, &str, u32, u32, u32); 2] = [
    ("yandex", "samovar_week", 150, 2_400, 14),
    ("vk", "tea_autumn", 75, 1_700, 90),
];
/// What a month takes: kind, channel, item, rubles.
const MONTHLY: [(CostKind, &str, &str, u64); 4] = [
    (CostKind::Salaries, "", "Marketing team", 160_000),
    (CostKind::Tools, "Email", "Mailing service", 9_900),
    (CostKind::Services, "", "Photographer", 35_000),
    (CostKind::Serving, "", "Goods and delivery", 900_000),
];

/// Costs of the month that ends with `today`. Networks tell of a day when it is over.
pub(super) fn costs(today: Date) -> Vec<Cost> {
    let days = (1..DAYS).map(|ago| today.saturating_sub(ago.days()));
    let mut costs: Vec<Cost> = days.flat_map(of_day).collect();
    let mut month = today.saturating_sub((DAYS - 1).days()).first_of_month();
    while month <= today {
        costs.extend(of_month(month));
        month = month.saturating_add(1.month());
    }
    costs
}

fn cost(from: Date, to: Date, kind: CostKind, item: &str) -> Cost {
    Cost {
        key: CostKey {
            from,
            to,
            kind,
            channel: String::new(),
            source: String::new(),
            medium: String::new(),
            campaign: String::new(),
            item: item.to_owned(),
        },
        amount: 0,
        impressions: 0,
        clicks: 0,
        reach: 0,
        likes: 0,
        comments: 0,
        shares: 0,
    }
}

fn of_day(day: Date) -> Vec<Cost> {
    let mut dice = Dice::of(SEED ^ 0xc057, days_since_1970(day), 0);
    let mut costs = Vec::new();
    for (source, campaign, clicks, kopecks, shown) in ADS {
        let mut ads = cost(day, day, CostKind::Ads, "");
        ads.key.source = source.to_owned();
        ads.key.medium = "cpc".to_owned();
        ads.key.campaign = campaign.to_owned();
        ads.clicks = u64::from(clicks * dice.between(85, 115) / 100);
        ads.amount = ads.clicks * u64::from(kopecks * dice.between(92, 108) / 100);
        ads.impressions = ads.clicks * u64::from(shown * dice.between(90, 110) / 100);
        costs.push(ads);
    }
    // A post every few days.
    if days_since_1970(day).rem_euclid(4) == 0 {
        let mut post = cost(day, day, CostKind::Other, "Post");
        post.key.source = "vk".to_owned();
        post.key.medium = "social".to_owned();
        post.reach = u64::from(dice.between(1_800, 4_200));
        post.likes = u64::from(dice.between(60, 190));
        post.comments = u64::from(dice.between(4, 25));
        post.shares = u64::from(dice.between(3, 30));
        costs.push(post);
    }
    costs
}

fn of_month(first: Date) -> Vec<Cost> {
    let all = MONTHLY.into_iter().map(|(kind, channel, item, rubles)| {
        let mut monthly = cost(first, first.last_of_month(), kind, item);
        monthly.key.channel = channel.to_owned();
        monthly.amount = rubles * 100;
        monthly
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_cost_is_there_once_and_the_same_every_time() {
        let today = Date::constant(2026, 11, 29);
        let all = costs(today);
        let keys: HashSet<_> = all.iter().map(|cost| &cost.key).collect();
        assert_eq!(keys.len(), all.len());
        assert!(all.iter().all(|cost| cost.key.from < today));
        assert!(all.iter().any(|cost| cost.reach > 0));
        assert_eq!(costs(today), all);
        let tomorrow = costs(today.tomorrow().unwrap());
        let kept = all.iter().filter(|cost| tomorrow.contains(cost));
        assert!(
            kept.count() > all.len() - 5,
            "a day later the others are the same"
        );
    }
}
