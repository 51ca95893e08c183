//! Batches that the browser keeps from one page to the next because the collector did not answer.
//!
//! One text, a body a line, the oldest first; a body is JSON without line breaks. Bounded by [`MAX_BYTES`]: the oldest go
//! first. Several tabs may send the same body; the collector knows the events by their ids.

use alloc::string::String;

use crate::outbox::around_sent;
use crate::text::{Pieces, cut, parse_integer};

/// Bytes kept, at most.
const MAX_BYTES: usize = 192 * 1024;

/// Older bodies are not sent any more: the collector would take them for having happened now.
const MAX_AGE_MS: u64 = 6 * 24 * 3_600_000;

/// The bodies that are worth sending.
pub(crate) fn fresh(text: &str, now: u64) -> impl Iterator<Item = &str> {
    bodies(text).filter(move |body| {
        let (before, after) = around_sent(body);
        let digits = body.get(before.len()..body.len().saturating_sub(after.len()));
        digits
            .and_then(parse_integer)
            .is_some_and(|sent| sent + MAX_AGE_MS > now)
    })
}

/// The text with a body added.
pub(crate) fn with(text: &str, body: &str) -> String {
    let mut out = without(text, body);
    out.push_str(body);
    out.push('\n');
    while out.len() > MAX_BYTES {
        out = String::from(cut(&out, b'\n').1.unwrap_or_default());
    }
    out
}

/// The text without a body, whenever that was sent.
pub(crate) fn without(text: &str, body: &str) -> String {
    let gone = around_sent(body).1;
    let mut out = String::with_capacity(text.len() + body.len());
    for other in bodies(text) {
        if around_sent(other).1 != gone {
            out.push_str(other);
            out.push('\n');
        }
    }
    out
}

/// The bodies in the text.
fn bodies(text: &str) -> impl Iterator<Item = &str> {
    let lines = Pieces {
        rest: text,
        separator: b'\n',
    };
    lines.filter(|body| matches!(body.as_bytes(), [b'{', .., b'}']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(sent: u64, id: &str) -> String {
        format!(r#"{{"v":1,"site":"shop","sent":{sent},"events":["{id}"]}}"#)
    }

    #[test]
    fn keeps_each_body_once_whatever_its_time() {
        let mut text = with("", &body(1, "a"));
        text = with(&text, &body(2, "b"));
        text = with(&text, &body(3, "a"));
        assert_eq!(
            bodies(&text).collect::<Vec<_>>(),
            [body(2, "b"), body(3, "a")]
        );
        text = without(&text, &body(9, "b"));
        assert_eq!(bodies(&text).collect::<Vec<_>>(), [body(3, "a")]);
        assert_eq!(without(&text, &body(0, "a")), "");
    }

    #[test]
    fn foreign_text_is_skipped() {
        assert_eq!(bodies("").count(), 0);
        assert_eq!(
            bodies("[object Object]\n{\"torn\":1\n{\"whole\":1}\n").collect::<Vec<_>>(),
            ["{\"whole\":1}"]
        );
    }

    #[test]
    fn what_is_a_week_old_is_not_sent() {
        let now = 1_795_463_112_345;
        let day = 24 * 3_600_000;
        let text = [
            body(now - 7 * day, "a"),
            body(now - 5 * day, "b"),
            body(now + day, "c"),
        ]
        .join("\n");
        let fresh: Vec<_> = fresh(&text, now).collect();
        assert_eq!(fresh, [body(now - 5 * day, "b"), body(now + day, "c")]);
    }

    #[test]
    fn the_oldest_go_when_it_is_full() {
        let mut text = String::new();
        for at in 0..20 {
            text = with(&text, &body(at, &format!("{at}{}", "x".repeat(30_000))));
        }
        assert!(text.len() <= MAX_BYTES);
        let ids: Vec<_> = bodies(&text).map(|body| body.contains("[\"19x")).collect();
        assert_eq!(ids.last(), Some(&true));
        assert!(ids.len() > 4);
    }
}
