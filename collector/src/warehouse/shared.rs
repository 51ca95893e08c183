//! Files that make more than one view, so that what the views have in common is written once.
//!
//! ```text
//! -- Question:  what did each source bring, day by day?
//! CREATE OR REPLACE VIEW weir.sources AS
//! -- Question:  what did each source bring in a period?
//! CREATE OR REPLACE VIEW weir_fn.sources AS
//! SELECT
//!     session_date,  -- [by day]
//!     channel,
//! ```
//!
//! Each view has a head of its own, which ends with its name. Of the query behind the heads, a line that ends in a mark is in
//! those views alone that the mark means ([`means`]).

/// What begins the last line of a head.
const CREATE: &str = "CREATE OR REPLACE VIEW ";

/// The text of one view of a file.
pub(super) fn of_view(view: &str, sql: &str) -> String {
    let (heads, query) = heads(sql);
    if heads.len() == 1 {
        return sql.to_owned();
    }
    let wanted = format!("{CREATE}{view} AS\n");
    let head = heads
        .into_iter()
        .find(|head| head.ends_with(&wanted))
        .unwrap_or_default();
    let mut text = head.to_owned();
    for line in query.lines() {
        match mark(line) {
            None => text.push_str(line),
            Some((rest, mark)) if means(mark, view) => text.push_str(rest),
            Some(_) => continue,
        }
        text.push('\n');
    }
    text
}

/// The heads of a file, and the query behind them.
fn heads(sql: &str) -> (Vec<&str>, &str) {
    let mut heads = Vec::new();
    let (mut begin, mut at) = (0, 0);
    for line in sql.split_inclusive('\n') {
        at += line.len();
        if line.starts_with(CREATE) {
            heads.extend(sql.get(begin..at));
            begin = at;
        } else if !line.starts_with("--") {
            break;
        }
    }
    (heads, sql.get(begin..).unwrap_or_default())
}

/// A line and the mark at its end.
fn mark(line: &str) -> Option<(&str, &str)> {
    line.strip_suffix(']')?.rsplit_once("  -- [")
}

/// Whether lines with a mark are in a view.
fn means(mark: &str, view: &str) -> bool {
    match mark {
        "by day" => view.starts_with("weir."),
        "over a period" => view.starts_with("weir_fn."),
        "at once" => !view.ends_with("_per"),
        "per period" => view.ends_with("_per"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::views::VIEWS;

    const FILE: &str = "-- Question:  a?\nCREATE OR REPLACE VIEW weir.a AS\n-- Question:  b?\n-- Limits: c\n\
                        CREATE OR REPLACE VIEW weir_fn.a AS\nSELECT\n    day,  -- [by day]\n    -- A remark.\n    x\n\
                        WHERE y  -- [over a period]\n";

    #[test]
    fn each_view_has_its_head_and_its_lines() {
        assert_eq!(
            of_view("weir.a", FILE),
            "-- Question:  a?\nCREATE OR REPLACE VIEW weir.a AS\nSELECT\n    day,\n    -- A remark.\n    x\n"
        );
        assert_eq!(
            of_view("weir_fn.a", FILE),
            "-- Question:  b?\n-- Limits: c\nCREATE OR REPLACE VIEW weir_fn.a AS\nSELECT\n    -- A remark.\n    x\nWHERE y\n"
        );
        let alone = "-- Question:  a?\nCREATE OR REPLACE VIEW weir.a AS\nSELECT 1\n";
        assert_eq!(of_view("weir.a", alone), alone);
    }

    #[test]
    fn every_line_of_a_shared_file_is_in_a_view_of_it() {
        for view in VIEWS {
            let (heads, query) = heads(view.sql);
            let names: Vec<&str> = heads
                .iter()
                .filter_map(|head| head.rsplit_once(CREATE)?.1.strip_suffix(" AS\n"))
                .collect();
            assert!(names.contains(&view.name), "{}", view.name);
            for name in &names {
                assert!(VIEWS.iter().any(|view| view.name == *name), "{name}");
            }
            for line in query.lines() {
                let Some((_, mark)) = mark(line) else {
                    continue;
                };
                let of = names.iter().filter(|name| means(mark, name)).count();
                assert_eq!((of, names.len()), (1, 2), "{}: {line}", view.name);
            }
            assert!(
                !of_view(view.name, view.sql).contains("  -- ["),
                "{}",
                view.name
            );
        }
    }
}
