//! Names of events: those of Segment's e-commerce specification become the conventional ones, all others keep their words.
//!
//! `Order Completed` → `purchase`; `Demo Booked` and `demoBooked` → `demo_booked`; `Заявка отправлена` → `zayavka_otpravlena`.
//! A name that is one already (`[a-z0-9_]{1,64}`) is never touched.

use std::borrow::Cow;

use crate::limits::{MAX_NAME_BYTES, cut};
use crate::site::is_name;

/// Segment's name, as a name → the conventional one.
const CONVENTIONAL: &[(&str, &str)] = &[
    ("products_searched", "search"),
    ("product_list_viewed", "view_item_list"),
    ("product_category_viewed", "view_item_list"),
    ("viewed_product_category", "view_item_list"),
    ("promotion_viewed", "view_promotion"),
    ("viewed_promotion", "view_promotion"),
    ("promotion_clicked", "select_promotion"),
    ("clicked_promotion", "select_promotion"),
    ("product_clicked", "select_item"),
    ("product_viewed", "view_item"),
    ("viewed_product", "view_item"),
    ("product_added", "add_to_cart"),
    ("added_product", "add_to_cart"),
    ("product_removed", "remove_from_cart"),
    ("removed_product", "remove_from_cart"),
    ("cart_viewed", "view_cart"),
    ("checkout_started", "begin_checkout"),
    ("payment_info_entered", "add_payment_info"),
    ("order_completed", "purchase"),
    ("completed_order", "purchase"),
    ("order_refunded", "refund"),
    ("product_added_to_wishlist", "add_to_wishlist"),
    ("product_shared", "share"),
    ("cart_shared", "share"),
    ("signed_up", "sign_up"),
    ("signed_in", "login"),
];

/// The name under which an event called `text` is stored; none if no letter or digit is in it.
pub(super) fn event_name(text: &str) -> Option<Cow<'_, str>> {
    let name = identifier(text)?;
    let known = CONVENTIONAL.iter().find(|(theirs, _)| *theirs == name);
    Some(known.map_or(name, |(_, ours)| Cow::Borrowed(*ours)))
}

/// Words in small Latin letters, joined by `_`.
fn identifier(text: &str) -> Option<Cow<'_, str>> {
    if is_name(text) {
        return Some(Cow::Borrowed(text));
    }
    let mut name = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(char) = chars.next() {
        if !char.is_alphanumeric() {
            separate(&mut name);
        } else {
            // `demoBooked` and `URLOpened` are two words each.
            let begins_word = char.is_uppercase()
                && before.is_some_and(|before| {
                    before.is_lowercase()
                        || before.is_numeric()
                        || before.is_uppercase()
                            && chars.peek().is_some_and(|next| next.is_lowercase())
                });
            if begins_word {
                separate(&mut name);
            }
            for lower in char.to_lowercase() {
                match lower {
                    'a'..='z' | '0'..='9' => name.push(lower),
                    other => name.push_str(latin(other)),
                }
            }
        }
        before = Some(char);
        if name.len() > MAX_NAME_BYTES {
            break;
        }
    }
    let name = cut(&name, MAX_NAME_BYTES).trim_end_matches('_');
    (!name.is_empty()).then(|| Cow::Owned(name.to_owned()))
}

fn separate(name: &mut String) {
    if !name.is_empty() && !name.ends_with('_') {
        name.push('_');
    }
}

/// A small Cyrillic letter in Latin ones; nothing for what is neither.
fn latin(char: char) -> &'static str {
    match char {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'ё' => "yo",
        'ж' => "zh",
        'з' => "z",
        'и' => "i",
        'й' | 'ы' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ю' => "yu",
        'я' => "ya",
        'є' => "ye",
        'і' => "i",
        'ї' => "yi",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_conventional_or_keep_their_words() {
        let cases = [
            ("Order Completed", "purchase"),
            ("Completed Order", "purchase"),
            ("order_completed", "purchase"),
            ("Product Added", "add_to_cart"),
            ("Signed Up", "sign_up"),
            ("purchase", "purchase"),
            ("view", "view"),
            ("addtocart", "addtocart"),
            ("_private", "_private"),
            ("Demo Booked", "demo_booked"),
            ("demoBooked", "demo_booked"),
            ("URLOpened", "url_opened"),
            ("Step 2: Done!", "step_2_done"),
            ("  --Padded--  ", "padded"),
            ("Заявка отправлена", "zayavka_otpravlena"),
            ("Подъезд №5", "podezd_5"),
            ("Purchase 🎉", "purchase"),
        ];
        for (text, name) in cases {
            assert_eq!(event_name(text).as_deref(), Some(name), "{text}");
        }
        for nothing in ["", "   ", "🎉", "购买", "---"] {
            assert_eq!(event_name(nothing), None, "{nothing}");
        }
        let long = event_name(&"Very Long Name ".repeat(20))
            .unwrap()
            .into_owned();
        assert!(is_name(&long), "{long}");
    }

    #[test]
    fn every_entry_is_a_name_on_both_sides() {
        for (theirs, ours) in CONVENTIONAL {
            assert!(is_name(theirs) && is_name(ours), "{theirs}");
        }
    }
}
