//! Walks the engine's tree of a statement (`EXPLAIN AST`): one node a line, depth by leading blanks.
//!
//! ```text
//! SelectWithUnionQuery (children 1)
//!  ExpressionList (children 1)
//!   SelectQuery (children 2)
//!    …
//!      TableExpression (children 1)
//!       Function numbers (children 1)
//! ```
//!
//! A line that is not understood is a refusal. Names with line breaks, which could pretend to be nodes, were refused
//! before this ([`super::canonical`]); a pretended node could only add a refusal.

use super::Rules;
use super::kinds::{Root, is_allowed_alter, is_allowed_kind, is_ddl_function};
use super::names::{EngineNames, is_allowed_function, is_allowed_table_function};
use crate::error::{Code, SqlError};
use crate::layout::{DATABASE_ENGINE, OUR_DATABASES, TABLE_ENGINES};
use crate::user::User;

/// What a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) root: Root,
    /// An INSERT without a query: its rows come as data.
    pub(super) wants_data: bool,
}

/// Looks at every node. `settings_clauses` is how many SETTINGS clauses the canonical text has: the tree must not have
/// more.
pub(super) fn check(
    tree: &str,
    rules: Rules,
    names: &EngineNames,
    own_functions: &[String],
    settings_clauses: usize,
) -> Result<Shape, SqlError> {
    let nodes: Vec<Node<'_>> = tree
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(Node::read)
        .collect();
    if !is_complete(&nodes) {
        return Err(refused(
            "the statement is not understood: parts of it are missing".to_owned(),
        ));
    }
    let mut path: Vec<&Node<'_>> = Vec::new();
    let mut before = "";
    let mut root = None;
    let mut sets = 0;
    for node in &nodes {
        path.truncate(node.depth);
        if !is_allowed_kind(node.kind, rules) {
            return Err(refused(format!(
                "statements with `{}` are not available",
                shown(node.kind)
            )));
        }
        match node.kind {
            // What comes first in a storage definition is the engine.
            "Function" if before == "Storage" => check_engine(node)?,
            "Function" => check_function(node, &path, rules, names, own_functions)?,
            "AlterCommand" if !is_allowed_alter(node.name) => {
                return Err(refused(format!(
                    "ALTER … {} is not available",
                    shown(node.name)
                )));
            }
            // The options of EXPLAIN are a `Set` too, without the word SETTINGS.
            "Set" if path.last().is_none_or(|parent| parent.kind != "Explain") => sets += 1,
            _ => {}
        }
        if root.is_none() {
            root = Root::of(node.kind);
        }
        before = node.kind;
        path.push(node);
    }
    if sets > settings_clauses {
        return Err(refused(
            "a SETTINGS clause stands where it is not understood".to_owned(),
        ));
    }
    let root = root.filter(|root| *root == Root::Read || rules != Rules::Of(User::Analyst)).ok_or_else(|| {
        refused("statements of this kind are not available: SELECT, WITH, SHOW, DESCRIBE, EXISTS and EXPLAIN are".to_owned())
    })?;
    let is_insert = nodes.first().is_some_and(|node| node.kind == "InsertQuery");
    let has_query = nodes
        .iter()
        .any(|node| node.depth == 1 && node.kind.starts_with("Select"));
    Ok(Shape {
        root,
        wants_data: is_insert && !has_query,
    })
}

/// Whether each node has as many children as it says: a limit or an offset that the statement sets for itself could
/// have cut lines off.
fn is_complete(nodes: &[Node<'_>]) -> bool {
    // For each open node, from the root: how many children are still to come.
    let mut missing: Vec<usize> = Vec::new();
    for node in nodes {
        while missing.len() > node.depth {
            if missing.pop() != Some(0) {
                return false;
            }
        }
        match missing.last_mut() {
            Some(left) if *left > 0 => *left -= 1,
            None if node.depth == 0 => {}
            Some(_) | None => return false,
        }
        if missing.len() != node.depth {
            return false;
        }
        missing.push(node.children);
    }
    missing.iter().all(|left| *left == 0)
}

fn check_function(
    node: &Node<'_>,
    path: &[&Node<'_>],
    rules: Rules,
    names: &EngineNames,
    own_functions: &[String],
) -> Result<(), SqlError> {
    let name = node.name;
    let parent = path.last().map(|parent| parent.kind);
    let in_ddl = rules != Rules::Of(User::Analyst)
        && path.iter().any(|node| {
            matches!(
                node.kind,
                "ColumnDeclaration"
                    | "Columns"
                    | "Storage"
                    | "Index"
                    | "AlterCommand"
                    | "CreateQuery"
            )
        });
    let allowed = match parent {
        // `CREATE TABLE … AS f(…)` has it right below the statement.
        Some("TableExpression" | "CreateQuery") => {
            is_allowed_table_function(name) || is_own_view(name)
        }
        _ => {
            is_allowed_function(name)
                || own_functions.iter().any(|own| own == name)
                || in_ddl && (is_ddl_function(name) || TABLE_ENGINES.contains(&name))
                // `x -> … AS f` makes a name that is called like a function; what is no name at all, the engine refuses.
                || !name.is_empty() && !names.has_function(name)
        }
    };
    if allowed {
        Ok(())
    } else {
        Err(super::canonical::refused_function(name))
    }
}

/// Which engines there may be, the canonical text was asked. Without an engine, the first thing may be a function of
/// ORDER BY.
fn check_engine(node: &Node<'_>) -> Result<(), SqlError> {
    let name = node.name;
    if TABLE_ENGINES.contains(&name) || name == DATABASE_ENGINE || is_allowed_function(name) {
        return Ok(());
    }
    Err(refused(format!(
        "the engine `{}` is not available",
        shown(name)
    )))
}

/// A view with parameters is called like a table function. Whether it exists, and whether it may be read, the engine
/// decides; what it does was judged with the catalogue. Without its database it cannot be told from a table function.
fn is_own_view(name: &str) -> bool {
    name.split_once('.')
        .is_some_and(|(database, _)| OUR_DATABASES.contains(&database))
}

fn refused(sentence: String) -> SqlError {
    SqlError::new(Code::AccessDenied, sentence)
}

fn shown(text: &str) -> String {
    text.chars()
        .take(60)
        .collect::<String>()
        .escape_debug()
        .to_string()
}

/// One line.
struct Node<'a> {
    depth: usize,
    kind: &'a str,
    /// What follows the kind, up to the remark in parentheses.
    name: &'a str,
    /// How many children it says it has.
    children: usize,
}

impl<'a> Node<'a> {
    fn read(line: &'a str) -> Self {
        let text = line.trim_start_matches(' ');
        let depth = line.len() - text.len();
        let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
        let name = rest.split(" (").next().unwrap_or_default();
        let name = if rest.starts_with('(') { "" } else { name };
        let children = rest
            .rsplit_once("(children ")
            .and_then(|(_, count)| count.strip_suffix(')')?.parse().ok())
            .unwrap_or(0);
        Self {
            depth,
            kind,
            name: name.trim(),
            children,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANALYST: Rules = Rules::Of(User::Analyst);

    fn select(inner: &str) -> String {
        let children = inner
            .lines()
            .filter(|line| line.starts_with("   ") && !line.starts_with("    "))
            .count();
        format!(
            "SelectWithUnionQuery (children 1)\n ExpressionList (children 1)\n  SelectQuery (children {children})\n{inner}"
        )
    }

    fn judged(tree: &str, rules: Rules, settings_clauses: usize) -> Result<Shape, SqlError> {
        check(
            tree,
            rules,
            &EngineNames::of(&["file", "numbers"]),
            &[],
            settings_clauses,
        )
    }

    #[test]
    fn a_scalar_function_is_not_a_table_function_and_the_reverse() {
        for (inner, allowed) in [
            ("   Function lower", true),
            ("   Function file", false),
            ("   Function FileIf", false),
            ("   Function made_up", true),
            ("   Function numbers", false),
            (
                "   TableExpression (children 1)\n    Function numbers (alias x)",
                true,
            ),
            ("   TableExpression (children 1)\n    Function lower", false),
            (
                "   TableExpression (children 1)\n    Function made_up",
                false,
            ),
            (
                "   TableExpression (children 1)\n    Function weir_fn.funnel",
                true,
            ),
            (
                "   TableExpression (children 1)\n    Function other.funnel",
                false,
            ),
            ("   Function", false),
        ] {
            assert_eq!(
                judged(&select(inner), ANALYST, 0).is_ok(),
                allowed,
                "{inner}"
            );
        }
    }

    #[test]
    fn unknown_nodes_and_unseen_settings_are_refused() {
        assert!(judged(&select("   Wonder"), ANALYST, 0).is_err());
        assert!(judged(&select("   Set"), ANALYST, 0).is_err());
        assert!(judged(&select("   Set"), ANALYST, 1).is_ok());
        assert!(judged("", ANALYST, 0).is_err());
    }

    #[test]
    fn a_tree_with_a_line_missing_is_refused() {
        let inner = "   ExpressionList (children 2)\n    Literal UInt64_1\n    Function lower (children 1)\n     \
                     ExpressionList (children 1)\n      Literal 'a'\n   Set";
        let whole = select(inner);
        assert!(judged(&whole, ANALYST, 1).is_ok(), "{whole}");
        let lines: Vec<&str> = whole.lines().collect();
        for gone in 0..lines.len() {
            let kept: Vec<&str> = lines
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != gone)
                .map(|(_, line)| *line)
                .collect();
            assert!(
                judged(&kept.join("\n"), ANALYST, 1).is_err(),
                "without line {gone}"
            );
            let head: Vec<&str> = lines.iter().take(gone).copied().collect();
            assert!(
                judged(&head.join("\n"), ANALYST, 1).is_err(),
                "first {gone} lines"
            );
        }
    }

    #[test]
    fn engines_are_on_a_list() {
        for (engine, allowed) in [
            ("MergeTree", true),
            ("Atomic", true),
            ("Replicated", false),
            ("URL", false),
        ] {
            let create = format!(
                "CreateQuery weir t (children 1)\n Storage definition (children 1)\n  Function {engine}"
            );
            assert_eq!(
                judged(&create, Rules::Of(User::Writer), 0).is_ok(),
                allowed,
                "{engine}"
            );
        }
    }

    #[test]
    fn only_the_writer_writes() {
        let insert = "InsertQuery   (children 1)\n Identifier t";
        assert!(judged(insert, ANALYST, 0).is_err());
        let of_data = judged(insert, Rules::Of(User::Writer), 0).unwrap();
        assert_eq!((of_data.root, of_data.wants_data), (Root::Rows, true));
        let of_query = "InsertQuery   (children 2)\n Identifier t\n SelectWithUnionQuery";
        let of_query = judged(of_query, Rules::Of(User::Writer), 0).unwrap();
        assert_eq!((of_query.root, of_query.wants_data), (Root::Rows, false));
    }
}
