//! Step `props`: what the tag collected, as text; `item`, `element`, `order_id`, `revenue` and `currency` in columns of
//! their own.
//!
//! Amounts are kept in hundredths, exactly as far as the sender's number is exact. What cannot be an amount or a currency
//! stays a property: nothing is lost, and nothing wrong is added up.

use std::borrow::Cow;

use weir_rules::payload::reader::PropValue;

use super::Changes;
use crate::limits::{MAX_KEY_BYTES, MAX_TEXT_BYTES, MAX_VALUE_BYTES};
use crate::outcome::Change;

/// Largest amount, in hundredths: what `Decimal(18, 2)` holds.
const MAX_AMOUNT: f64 = 1e17;

/// Properties, sorted out.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Lifted<'a> {
    pub(crate) item: Cow<'a, str>,
    /// Empty if the event names none by property.
    pub(crate) element: Cow<'a, str>,
    pub(crate) order_id: Cow<'a, str>,
    /// In hundredths.
    pub(crate) revenue: Option<i64>,
    /// Three capital letters, or empty.
    pub(crate) currency: Cow<'a, str>,
    pub(crate) rest: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Sorts properties out.
pub(crate) fn lift<'a>(
    props: Vec<(Cow<'a, str>, PropValue<'a>)>,
    changes: &mut Changes,
) -> Lifted<'a> {
    let mut lifted = Lifted {
        rest: Vec::with_capacity(props.len()),
        ..Lifted::default()
    };
    for (key, value) in props {
        if !(1..=MAX_KEY_BYTES).contains(&key.len()) {
            changes.note(Change::PropName);
            continue;
        }
        if key == "revenue" {
            let amount = hundredths(&value);
            if amount.is_some() {
                lifted.revenue = amount;
                continue;
            }
            changes.note(Change::BadRevenue);
        }
        let Some(text) = text_of(value) else {
            changes.note(Change::PropNotScalar);
            continue;
        };
        let column = match key.as_ref() {
            "item" => Some(&mut lifted.item),
            "element" => Some(&mut lifted.element),
            "order_id" => Some(&mut lifted.order_id),
            "currency" if is_currency(&text) => Some(&mut lifted.currency),
            "currency" => {
                changes.note(Change::BadCurrency);
                None
            }
            _ => None,
        };
        match column {
            Some(column) => *column = changes.cut(text, MAX_TEXT_BYTES),
            None => {
                // A repeated key would make two entries of one map: the last counts, as in JSON everywhere.
                lifted.rest.retain(|(known, _)| *known != key);
                let text = changes.cut(text, MAX_VALUE_BYTES);
                lifted.rest.push((key, text));
            }
        }
    }
    lifted.currency.to_mut().make_ascii_uppercase();
    lifted
}

fn text_of(value: PropValue<'_>) -> Option<Cow<'_, str>> {
    match value {
        PropValue::Text(text) => Some(text),
        PropValue::Integer(number) => Some(Cow::Owned(number.to_string())),
        PropValue::Number(number) => Some(Cow::Owned(number.to_string())),
        PropValue::Boolean(true) => Some(Cow::Borrowed("true")),
        PropValue::Boolean(false) => Some(Cow::Borrowed("false")),
        PropValue::Other => None,
    }
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn hundredths(value: &PropValue<'_>) -> Option<i64> {
    match value {
        PropValue::Integer(number) => number
            .checked_mul(100)
            .filter(|amount| in_range(to_float(*amount))),
        PropValue::Number(number) => rounded(*number),
        PropValue::Text(text) => rounded(plain_number(text)?),
        PropValue::Boolean(_) | PropValue::Other => None,
    }
}

/// `1990`, `1 990.5`, `1990,50`. Not `1,990`: it means one thing here and another there.
fn plain_number(text: &str) -> Option<f64> {
    let digits: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let plain = |text: &str| {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        unsigned.starts_with(|char: char| char.is_ascii_digit())
            && unsigned
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let decimal = match digits.split_once(',') {
        Some((whole, part)) if (1..=2).contains(&part.len()) && !whole.contains('.') => {
            format!("{whole}.{part}")
        }
        Some(_) => return None,
        None => digits,
    };
    if plain(&decimal) {
        decimal.parse().ok()
    } else {
        None
    }
}

fn rounded(number: f64) -> Option<i64> {
    let amount = (number * 100.0).round();
    // `in_range` keeps the amount far inside 64 bits, so the conversion is exact.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "in range, and rounded to a whole number"
    )]
    in_range(amount).then_some(amount as i64)
}

fn in_range(amount: f64) -> bool {
    amount.is_finite() && amount.abs() <= MAX_AMOUNT
}

#[expect(clippy::cast_precision_loss, reason = "only compared with a limit")]
fn to_float(amount: i64) -> f64 {
    amount as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> PropValue<'_> {
        PropValue::Text(value.into())
    }

    fn lifted<'a>(props: Vec<(&'a str, PropValue<'a>)>) -> (Lifted<'a>, Vec<Change>) {
        let mut changes = Changes::default();
        let props = props
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        (lift(props, &mut changes), changes.noted())
    }

    #[test]
    fn columns_are_lifted_and_the_rest_becomes_text() {
        let (lifted, changes) = lifted(vec![
            ("item", text("promo_3")),
            ("order_id", PropValue::Integer(1_017)),
            ("revenue", PropValue::Number(1990.5)),
            ("currency", text("eur")),
            ("element", text("button.buy")),
            ("sku", text("42")),
            ("price", PropValue::Number(19.99)),
            ("new", PropValue::Boolean(true)),
        ]);
        assert_eq!(
            (lifted.item.as_ref(), lifted.order_id.as_ref()),
            ("promo_3", "1017")
        );
        assert_eq!(
            (lifted.revenue, lifted.currency.as_ref()),
            (Some(199_050), "EUR")
        );
        assert_eq!(lifted.element, "button.buy");
        let rest: Vec<_> = lifted
            .rest
            .iter()
            .map(|(key, value)| (key.as_ref(), value.as_ref()))
            .collect();
        assert_eq!(rest, [("sku", "42"), ("price", "19.99"), ("new", "true")]);
        assert_eq!(changes, []);
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        let cases = [
            (PropValue::Integer(1_990), Some(199_000)),
            (PropValue::Integer(-5), Some(-500)),
            (PropValue::Integer(i64::MAX), None),
            (PropValue::Integer(2_000_000_000_000_000), None),
            (PropValue::Number(0.1 + 0.2), Some(30)),
            (PropValue::Number(1.005), Some(100)),
            (PropValue::Number(f64::INFINITY), None),
            (PropValue::Number(1e300), None),
            (text("1 990.50"), Some(199_050)),
            (text("1\u{a0}990,5"), Some(199_050)),
            (text("-12"), Some(-1_200)),
            (text("1,990"), None),
            (text("1,990.50"), None),
            (text("1.2.3"), None),
            (text("inf"), None),
            (text("1e5"), None),
            (text("12 ₽"), None),
            (text(""), None),
            (PropValue::Boolean(true), None),
        ];
        for (value, expected) in cases {
            assert_eq!(hundredths(&value), expected, "{value:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_kept_aside_or_counted() {
        let long = "x".repeat(MAX_VALUE_BYTES + 1);
        let (lifted, changes) = lifted(vec![
            ("revenue", text("a lot")),
            ("currency", text("roubles")),
            ("list", PropValue::Other),
            ("", text("nameless")),
            ("long", text(&long)),
            ("twice", text("1")),
            ("twice", text("2")),
        ]);
        assert_eq!((lifted.revenue, lifted.currency.as_ref()), (None, ""));
        let rest: Vec<_> = lifted
            .rest
            .iter()
            .map(|(key, value)| (key.as_ref(), value.len()))
            .collect();
        assert_eq!(
            rest,
            [
                ("revenue", 5),
                ("currency", 7),
                ("long", MAX_VALUE_BYTES),
                ("twice", 1)
            ]
        );
        use Change::{BadCurrency, BadRevenue, PropName, PropNotScalar, TextCut};
        assert_eq!(
            changes,
            [TextCut, PropNotScalar, PropName, BadRevenue, BadCurrency]
        );
    }
}
