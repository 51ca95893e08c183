//! The columns that a file of costs may have, by all their names, and the kinds of costs.

use weir_collector::warehouse::CostKind;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Day,
    Month,
    From,
    To,
    Kind,
    Channel,
    Source,
    Medium,
    Campaign,
    Item,
    Amount,
    Currency,
    Impressions,
    Clicks,
    Reach,
    Likes,
    Comments,
    Shares,
}

/// Columns and what they may be called, in lower case; the first is the name in the documentation.
const NAMES: [(Column, &[&str]); 18] = [
    (Column::Day, &["day", "date", "день", "дата"]),
    (Column::Month, &["month", "месяц"]),
    (Column::From, &["from", "с", "начало"]),
    (Column::To, &["to", "по", "конец"]),
    (Column::Kind, &["kind", "вид", "вид расхода"]),
    (Column::Channel, &["channel", "канал"]),
    (Column::Source, &["source", "utm_source", "источник"]),
    (Column::Medium, &["medium", "utm_medium", "тип трафика"]),
    (
        Column::Campaign,
        &["campaign", "utm_campaign", "кампания", "название кампании"],
    ),
    (Column::Item, &["item", "статья", "объявление"]),
    (
        Column::Amount,
        &[
            "amount",
            "cost",
            "spend",
            "сумма",
            "расход",
            "расходы",
            "стоимость",
        ],
    ),
    (Column::Currency, &["currency", "валюта"]),
    (Column::Impressions, &["impressions", "показы"]),
    (Column::Clicks, &["clicks", "клики"]),
    (Column::Reach, &["reach", "охват"]),
    (Column::Likes, &["likes", "лайки"]),
    (Column::Comments, &["comments", "комментарии"]),
    (Column::Shares, &["shares", "репосты"]),
];

/// Names this alike are a slip of the finger.
const NEAR_ENOUGH: f64 = 0.9;

/// The header as names are compared: `Расход, руб.` is `расход`.
fn bare(header: &str) -> String {
    let header = header.trim().to_lowercase();
    let cut = header.find([',', '(']).unwrap_or(header.len());
    let words: Vec<&str> = header
        .get(..cut)
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    words.join(" ")
}

impl Column {
    /// The column that a header names.
    pub(super) fn of(header: &str) -> Option<Self> {
        let name = bare(header);
        let found = NAMES
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()));
        found.map(|(column, _)| *column)
    }

    /// The column that a header most likely means, which names none.
    pub(super) fn near(header: &str) -> Option<Self> {
        let name = bare(header);
        let scored = NAMES.iter().flat_map(|(column, names)| {
            let of_name = |known: &&str| (strsim::jaro_winkler(&name, known), *column);
            names
                .iter()
                .filter(|known| known.chars().count() > 2)
                .map(of_name)
        });
        scored
            .filter(|(score, _)| *score >= NEAR_ENOUGH)
            .max_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(_, column)| column)
    }

    /// The name in the documentation.
    pub(super) fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(column, _)| *column == self);
        found
            .and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or_default()
    }
}

/// The kind that a word means; an empty one is advertising.
pub(super) fn kind(text: &str) -> Option<CostKind> {
    let text = text.trim().to_lowercase();
    let words: [(CostKind, &[&str]); 6] = [
        (CostKind::Ads, &["", "ads", "реклама"]),
        (CostKind::Salaries, &["salaries", "зарплаты", "зарплата"]),
        (CostKind::Tools, &["tools", "сервисы", "инструменты"]),
        (CostKind::Services, &["services", "подрядчики", "услуги"]),
        (CostKind::Other, &["other", "прочее", "другое"]),
        (CostKind::Serving, &["serving", "обслуживание"]),
    ];
    let found = words
        .iter()
        .find(|(_, words)| words.contains(&text.as_str()));
    found.map(|(kind, _)| *kind)
}

/// The channel of this name, in whatever case.
pub(super) fn channel(text: &str) -> Option<&'static str> {
    let wanted = text.trim().to_lowercase();
    weir_collector::warehouse::channels_of_costs().find(|name| name.to_lowercase() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_names_in_both_languages() {
        for (header, column) in [
            (" Date ", Some(Column::Day)),
            ("Расход, руб.", Some(Column::Amount)),
            ("Cost (RUB)", Some(Column::Amount)),
            ("Название  кампании", Some(Column::Campaign)),
            ("utm_source", Some(Column::Source)),
            ("CTR (%)", None),
        ] {
            assert_eq!(Column::of(header), column, "{header}");
        }
        assert_eq!(Column::near("amuont"), Some(Column::Amount));
        assert_eq!(Column::near("campain"), Some(Column::Campaign));
        assert_eq!(Column::near("ctr"), None);
        assert_eq!(Column::near("bounces"), None);
        for (column, names) in NAMES {
            assert!(
                names.iter().all(|name| Column::of(name) == Some(column)),
                "{names:?}"
            );
        }
    }

    #[test]
    fn kinds_and_channels_are_words() {
        for known in CostKind::ALL {
            assert_eq!(kind(known.name()), Some(known));
        }
        assert_eq!(kind("Зарплата"), Some(CostKind::Salaries));
        assert_eq!((kind(""), kind("x")), (Some(CostKind::Ads), None));
        assert_eq!(channel("paid search"), Some("Paid Search"));
        assert_eq!(channel("radio"), None);
    }
}
