//! What the columns of the views mean, as comments of those columns: `DESCRIBE weir.sessions` is the glossary.
//!
//! `sql/glossary.tsv` has a line for each: the column, or the view and the column where one word means two things. Views with
//! parameters have no columns that a database could comment on; of them the view itself has a comment, its question.

use clickhouse::Client;

use super::client::fetch;
use super::error::WarehouseError;
use super::inline;

const GLOSSARY: &str = include_str!("../../sql/glossary.tsv");

/// A line of `DESCRIBE`: name, type, kind and text of its default, comment, codec, how long it lives.
type Column = (String, String, String, String, String, String, String);

/// The statement that makes a view of `weir`, with what is known of its columns; what it reads from is there already.
pub(super) async fn with_columns(
    client: &Client,
    view: &str,
    statement: &str,
) -> Result<String, WarehouseError> {
    let (head, body) = inline::split(statement);
    let query = body
        .rsplit_once("\nCOMMENT '")
        .map_or(body, |(query, _)| query);
    let columns = fetch::<Column>(client.query_raw(&format!("DESCRIBE TABLE (\n{query}\n)")))
        .await
        .map_err(|error| WarehouseError::from_client(format!("reading view `{view}`"), error))?;
    let list: Vec<String> = columns
        .iter()
        .map(|(name, kind, _, _, comment, _, _)| {
            let meaning = meaning(view, name).unwrap_or(comment);
            format!("`{name}` {kind} COMMENT '{}'", quoted(meaning))
        })
        .collect();
    let head = head.trim_end().trim_end_matches(" AS");
    Ok(format!(
        "{head} (\n    {}\n) AS\n{body}",
        list.join(",\n    ")
    ))
}

/// What a column means: in this view, in the ready views of funnels or goals, or everywhere.
fn meaning(view: &str, column: &str) -> Option<&'static str> {
    let view = view.trim_start_matches("weir.");
    let ready = ["funnel_", "goal_"]
        .into_iter()
        .find(|kind| view.starts_with(kind));
    let of_view = [Some(view), ready]
        .into_iter()
        .flatten()
        .map(|view| format!("{view}.{column}"));
    let keys: Vec<String> = of_view.chain([column.to_owned()]).collect();
    keys.iter().find_map(|key| {
        let lines = GLOSSARY.lines().filter_map(|line| line.split_once('\t'));
        lines
            .into_iter()
            .find(|(known, _)| known == key)
            .map(|(_, meaning)| meaning)
    })
}

/// The statement that makes a view, with its question as the comment, if it has none.
pub(super) fn with_question(statement: &str) -> String {
    if statement.contains("\nCOMMENT '") {
        return statement.to_owned();
    }
    let said = statement
        .lines()
        .map_while(|line| line.strip_prefix("--"))
        .skip(1)
        .take_while(|line| line.starts_with("     "));
    let first = statement.lines().next().unwrap_or_default();
    let first = first.strip_prefix("-- Question:").unwrap_or_default();
    let question: Vec<&str> = [first].into_iter().chain(said).map(str::trim).collect();
    format!("{statement}\nCOMMENT '{}'", quoted(&question.join(" ")))
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_has_a_name_and_a_meaning_of_its_own() {
        let mut names = BTreeSet::new();
        for line in GLOSSARY.lines() {
            let (name, meaning) = line.split_once('\t').unwrap();
            assert!(!meaning.is_empty() && !meaning.contains('\t'), "{line}");
            assert!(names.insert(name), "{name} twice");
        }
    }

    #[test]
    fn a_word_may_mean_something_else_in_a_view() {
        assert_ne!(meaning("retention", "persons"), meaning("x", "persons"));
        assert_ne!(
            meaning("goal_shop_lead", "persons"),
            meaning("funnel_shop_checkout", "persons")
        );
        assert_eq!(
            meaning("goal_shop_lead", "site"),
            meaning("sessions", "site")
        );
        assert_eq!(meaning("sessions", "nothing"), None);
    }

    #[test]
    fn a_view_without_a_comment_has_its_question() {
        let sql = "-- Question:  who came,\n--            and what\'s next?\n-- One row:   one.\nCREATE OR REPLACE VIEW a AS\nSELECT 1";
        assert!(with_question(sql).ends_with("SELECT 1\nCOMMENT 'who came, and what\\'s next?'"));
        let sql = "-- Question:  x?\nCREATE OR REPLACE VIEW a AS\nSELECT 1\nCOMMENT 'b'";
        assert_eq!(with_question(sql), sql);
    }
}
