//! Problems, collected and shown: to a terminal with the line underlined, to programs as JSON.

use std::fmt::Write;
use std::ops::Range;

use crate::diagnostic::{Code, Detail, Lang, MAX_PROBLEMS, Problem, Severity};

/// Characters of a source line shown before and behind the place.
const MAX_SHOWN_CHARS: usize = 120;

/// Where something stands: its path in the structure and its bytes in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) path: String,
    pub(crate) span: Range<usize>,
}

/// Collects problems while a container is read and checked.
pub(crate) struct Collector<'t> {
    lines: Lines<'t>,
    problems: Vec<Problem>,
}

impl<'t> Collector<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            lines: Lines::new(text),
            problems: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, detail: Detail, spot: &Spot) {
        if self.problems.len() == MAX_PROBLEMS {
            return;
        }
        let (line, column) = self.lines.position(spot.span.start);
        self.problems.push(Problem {
            severity: detail.code().severity(),
            path: spot.path.clone(),
            line,
            column,
            span: spot.span.clone(),
            detail,
        });
    }

    /// A part of the container, as it was written.
    pub(crate) fn text(&self, span: &Range<usize>) -> &'t str {
        self.lines.text.get(span.clone()).unwrap_or_default()
    }

    pub(crate) fn line_of(&self, spot: &Spot) -> u32 {
        self.lines.position(spot.span.start).0
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    pub(crate) fn has(&self, code: Code) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.detail.code() == code)
    }

    /// The problems in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.span.start);
        self.problems
    }
}

/// Where each line of a text begins.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let behind_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(behind_breaks).collect(),
        }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    fn position(&self, at: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = line
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
            .copied()
            .unwrap_or(0);
        let before = self.text.get(start..at).unwrap_or_default().chars().count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(before + 1))
    }

    fn line(&self, number: u32) -> &'t str {
        let index = usize::try_from(number)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let Some(&start) = self.starts.get(index) else {
            return "";
        };
        let rest = self.text.get(start..).unwrap_or_default();
        rest.lines().next().unwrap_or_default()
    }
}

/// The problems as people read them in a terminal: each with its source line, the place underlined, and what to do.
pub fn render(
    problems: &[Problem],
    text: &str,
    file_name: &str,
    lang: Lang,
    color: bool,
) -> String {
    let lines = Lines::new(text);
    let mut out = String::new();
    for problem in problems {
        // Writing to a string cannot fail.
        let _ = render_one(&mut out, problem, &lines, file_name, lang, &Paint { color });
    }
    out
}

fn render_one(
    out: &mut String,
    problem: &Problem,
    lines: &Lines<'_>,
    file_name: &str,
    lang: Lang,
    paint: &Paint,
) -> std::fmt::Result {
    let (word, shade) = match (problem.severity, lang) {
        (Severity::Error, Lang::En) => ("error", RED),
        (Severity::Error, Lang::Ru) => ("ошибка", RED),
        (Severity::Warning, Lang::En) => ("warning", YELLOW),
        (Severity::Warning, Lang::Ru) => ("предупреждение", YELLOW),
    };
    let head = format!("{word}[{}]", problem.code());
    writeln!(
        out,
        "{}: {}",
        paint.with(shade, &head),
        paint.with(BOLD, &problem.message(lang))
    )?;
    let number = problem.line.to_string();
    let margin = " ".repeat(number.len());
    let bar = paint.with(BLUE, "|");
    let place = format!("{file_name}:{}:{}", problem.line, problem.column);
    let path = if problem.path.is_empty() {
        String::new()
    } else {
        format!("  {}", problem.path)
    };
    writeln!(out, "{margin}{} {place}{path}", paint.with(BLUE, "-->"))?;
    let (shown, before, width) = excerpt(lines.line(problem.line), problem);
    writeln!(out, "{margin} {bar}")?;
    writeln!(out, "{} {bar} {shown}", paint.with(BLUE, &number))?;
    let underline = paint.with(shade, &"^".repeat(width));
    writeln!(out, "{margin} {bar} {}{underline}", " ".repeat(before))?;
    let advice = match lang {
        Lang::En => "help",
        Lang::Ru => "совет",
    };
    writeln!(
        out,
        "{margin} {} {}: {}\n",
        paint.with(BLUE, "="),
        paint.with(BOLD, advice),
        problem.hint(lang)
    )
}

/// The part of the line to show, the columns before the place in it, and the columns to underline.
fn excerpt(line: &str, problem: &Problem) -> (String, usize, usize) {
    let column = usize::try_from(problem.column)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let skipped = column.saturating_sub(MAX_SHOWN_CHARS / 2);
    // A tab is one column in the report, so that the underline stands below the place.
    let shown: String = line
        .chars()
        .skip(skipped)
        .take(MAX_SHOWN_CHARS)
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    let before = column - skipped;
    let behind = shown.chars().count().saturating_sub(before);
    // What is underlined ends with the line: a whole object would be a whole page.
    let width = problem.span.len().clamp(1, behind.max(1));
    let first = problem.span.start;
    let chars = line_chars(line, column, first, problem.span.end);
    (shown, before, chars.clamp(1, width.max(1)))
}

/// Characters of the line, from `column` on, that the bytes `from..to` of the text take.
fn line_chars(line: &str, column: usize, from: usize, to: usize) -> usize {
    let mut bytes = to.saturating_sub(from);
    let mut count = 0;
    for char in line.chars().skip(column) {
        if bytes == 0 {
            break;
        }
        bytes = bytes.saturating_sub(char.len_utf8());
        count += 1;
    }
    count
}

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";
const BOLD: &str = "1";

struct Paint {
    color: bool,
}

impl Paint {
    fn with(&self, shade: &str, text: &str) -> String {
        if self.color {
            format!("\u{1b}[{shade}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The problems as JSON: an array of objects with the keys `severity`, `code`, `path`, `line`, `column`, `message` and
/// `hint`.
pub fn to_json(problems: &[Problem], lang: Lang) -> String {
    let mut out = String::from("[");
    for (at, problem) in problems.iter().enumerate() {
        out.push_str(if at > 0 { ",\n " } else { "\n " });
        out.push_str("{\"severity\":");
        crate::payload::write_string(&mut out, problem.severity.as_str());
        for (key, text) in [("code", problem.code()), ("path", &problem.path)] {
            crate::payload::text_field(&mut out, key, text);
        }
        crate::payload::number_field(&mut out, "line", u64::from(problem.line));
        crate::payload::number_field(&mut out, "column", u64::from(problem.column));
        crate::payload::text_field(&mut out, "message", &problem.message(lang));
        crate::payload::text_field(&mut out, "hint", &problem.hint(lang));
        out.push('}');
    }
    out.push_str(if problems.is_empty() { "]\n" } else { "\n]\n" });
    out
}
