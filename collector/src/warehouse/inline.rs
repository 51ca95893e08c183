//! Puts the text of the views that funnels and goals are made of in the place of calls to them.
//!
//! The engine reads a view with parameters twice for each level of views above it: of three levels, the reading alone took
//! longer than many an answer. So each view is written as a call, for people, and made as one text, for the engine.

use super::shared;

/// The views whose calls are replaced, those that call others first, and the files that make them.
const INLINED: [(&str, &str); 10] = [
    (
        "weir_fn.marketing",
        include_str!("../../sql/views/fn_marketing.sql"),
    ),
    (
        "weir_fn.funnel",
        include_str!("../../sql/views/fn_funnel.sql"),
    ),
    (
        "weir_fn.funnel_by",
        include_str!("../../sql/views/fn_funnel_by.sql"),
    ),
    (
        "weir_fn.funnel_trend",
        include_str!("../../sql/views/fn_funnel_trend.sql"),
    ),
    (
        "weir_fn.funnel_drop_offs",
        include_str!("../../sql/views/fn_funnel_drop_offs.sql"),
    ),
    ("weir_fn.goal", include_str!("../../sql/views/fn_goal.sql")),
    (
        "weir_fn.funnel_entries",
        include_str!("../../sql/views/fn_funnel_entries.sql"),
    ),
    (
        "weir_fn.funnel_entries_by",
        include_str!("../../sql/views/fn_funnel_entries_by.sql"),
    ),
    (
        "weir_fn.funnel_entries_per",
        include_str!("../../sql/views/fn_funnel_entries_by.sql"),
    ),
    (
        "weir_fn.step_events",
        include_str!("../../sql/views/fn_step_events.sql"),
    ),
];

/// A file of a view: what stands before its query, and the query.
pub(super) fn split(sql: &str) -> (&str, &str) {
    let sql = sql.trim_end().trim_end_matches(';');
    sql.find(" AS\n")
        .map_or(("", sql), |at| sql.split_at(at + " AS\n".len()))
}

/// The statement that makes a view, in one text.
pub(super) fn statement(sql: &str) -> String {
    let (head, body) = split(sql);
    format!("{head}{}", query(body))
}

/// A query without calls to the views of [`INLINED`].
pub(super) fn query(body: &str) -> String {
    let mut text = body.to_owned();
    for (view, sql) in INLINED {
        let call = format!("{view}(");
        while let Some((before, rest)) = text.split_once(&call) {
            let Some((arguments, after)) = arguments(rest) else {
                // No call of ours: left as it is, and the engine says what is wrong with it.
                return text;
            };
            let sql = shared::of_view(view, sql);
            let inside = with_values(split(&sql).1, &arguments);
            text = format!("{before}({inside}){after}");
        }
    }
    text
}

/// A query with values in the place of its parameters; parameters that are not named stay.
pub(super) fn with_values(query: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(query.len());
    let mut rest = query;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let known = after.split_once('}').and_then(|(parameter, behind)| {
            let name = parameter.split_once(':')?.0;
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, behind))
        });
        match known {
            Some((value, behind)) if is_one_word(value) => {
                text.push_str(value);
                rest = behind;
            }
            Some((value, behind)) => {
                text.push('(');
                text.push_str(value);
                text.push(')');
                rest = behind;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// Whether a value keeps together wherever it stands: no blank but within brackets and quotes.
fn is_one_word(value: &str) -> bool {
    let mut depth = 0_i32;
    let mut is_text = false;
    value.chars().all(|sign| {
        match sign {
            '\'' => is_text = !is_text,
            '(' | '[' | '{' if !is_text => depth += 1,
            ')' | ']' | '}' if !is_text => depth -= 1,
            _ => {}
        }
        sign != ' ' || depth > 0 || is_text
    })
}

/// Names and values of a call's arguments, and what follows its closing parenthesis.
fn arguments(rest: &str) -> Option<(Vec<(&str, &str)>, &str)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut is_text = false;
    let mut begin = 0;
    for (at, sign) in rest.char_indices() {
        match sign {
            '\'' => is_text = !is_text,
            _ if is_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                found.push(argument(rest.get(begin..at)?)?);
                return Some((found, rest.get(at + 1..)?));
            }
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                found.push(argument(rest.get(begin..at)?)?);
                begin = at + 1;
            }
            _ => {}
        }
    }
    None
}

fn argument(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_become_the_views_they_call() {
        let funnel = query(split(include_str!("../../sql/views/fn_funnel.sql")).1);
        assert!(!funnel.contains("weir_fn."), "{funnel}");
        assert!(funnel.contains("FROM weir.events FINAL"));
        for left in ["{mode:", "{unit:", "{breakdown:"] {
            assert!(!funnel.contains(left), "{left}");
        }
        for asked in [
            "{site:String}",
            "{steps:Array(String)}",
            "{window_s:UInt64}",
        ] {
            assert!(funnel.contains(asked), "{asked}");
        }
    }

    #[test]
    fn arguments_may_hold_commas_and_parentheses() {
        let (found, after) = arguments("a = [x, ')'], b = {b:Date} - 1, c = ''), d").unwrap();
        assert_eq!(
            found,
            [("a", "[x, ')']"), ("b", "{b:Date} - 1"), ("c", "''")]
        );
        assert_eq!(after, ", d");
        assert!(arguments("a = (1").is_none());
    }

    #[test]
    fn an_expression_keeps_together() {
        assert_eq!(
            with_values("x - {from:Date}", &[("from", "{from:Date} - 1")]),
            "x - ({from:Date} - 1)"
        );
        assert_eq!(
            with_values("2 * {n:UInt8}", &[("n", "f(1, 1)")]),
            "2 * f(1, 1)"
        );
        assert_eq!(
            with_values("{a:X} {b:Y} {c:Z}", &[("a", "{b:Y}"), ("b", "'x y'")]),
            "{b:Y} 'x y' {c:Z}"
        );
    }
}
