//! Patterns: the part of JavaScript's regular expressions that means the same everywhere and always ends soon.
//!
//! A pattern runs in visitors' browsers on texts a stranger can choose (an address, a page text), as `RegExp` with the
//! flag `u`, and on the server by `regress`, which follows the same standard. So only syntax that both read alike is
//! accepted (`pattern/syntax.rs`), and only if the work on any text of 2,048 characters is bounded (`pattern/cost.rs`).

mod automaton;
mod charset;
mod cost;
mod syntax;

/// Characters of a pattern, at most.
pub(crate) const MAX_CHARS: usize = 500;

/// A pattern that means the same here and in the page, and cannot freeze either.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    source: String,
    ignore_case: bool,
}

/// Why a pattern is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatternFault {
    Empty,
    /// `(a+)+`.
    NestedRepeat,
    /// `\s*\s*x`.
    OverlappingRepeats,
    /// `(a|a)+`, `(a?b?)+`.
    TooManyWays,
    /// More parts than are looked into.
    TooComplex,
    Lookbehind,
    /// A look-ahead inside a repeat.
    Lookahead,
    Backreference,
    /// `\p{…}`.
    Property,
    /// `(?i…)`.
    Flags,
    UnclosedGroup,
    StrayParenthesis,
    UnclosedClass,
    NothingToRepeat,
    BadRepeat,
    BadEscape(char),
    BadRange,
    /// `{`, `}` or `]` on its own.
    StrayBrace(char),
    BadGroup,
    /// Something the reports' engine does not know.
    NotInReports,
    /// The engine says no.
    Refused,
}

impl Pattern {
    /// Checks a pattern.
    pub(crate) fn parse(text: &str, ignore_case: bool) -> Result<Self, PatternFault> {
        if text.is_empty() {
            return Err(PatternFault::Empty);
        }
        let source = without_idle_ends(text);
        // What is left out is read too: it must be right even where it does nothing.
        syntax::parse(text)?;
        let tree = syntax::parse(source)?;
        cost::check(&tree, ignore_case)?;
        let pattern = Self {
            source: source.to_owned(),
            ignore_case,
        };
        pattern.compile().ok_or(PatternFault::Refused)?;
        Ok(pattern)
    }

    /// Checks a pattern of which it matters what exactly it finds.
    pub(crate) fn parse_exact(text: &str, ignore_case: bool) -> Result<Self, PatternFault> {
        if text.is_empty() {
            return Err(PatternFault::Empty);
        }
        let tree = syntax::parse(text)?;
        cost::check(&tree, ignore_case)?;
        let pattern = Self::known(text, ignore_case);
        pattern.compile().ok_or(PatternFault::Refused)?;
        Ok(pattern)
    }

    /// A pattern that this program wrote itself.
    pub(crate) fn known(source: &str, ignore_case: bool) -> Self {
        Self {
            source: source.to_owned(),
            ignore_case,
        }
    }

    /// How many groups it has that catch something.
    pub(crate) fn groups(&self) -> usize {
        let (mut groups, mut in_class) = (0, false);
        let mut chars = self.source.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '\\' => {
                    chars.next();
                }
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class && chars.peek() != Some(&'?') => groups += 1,
                _ => {}
            }
        }
        groups
    }

    /// Checks a pattern that reports use: ClickHouse's engine knows no look-ahead and no `\u`.
    pub(crate) fn parse_for_reports(text: &str) -> Result<Self, PatternFault> {
        let pattern = Self::parse(text, false)?;
        if syntax::parse(text)?.is_known_to_reports() && !has_escape(text, &['u', '0']) {
            Ok(pattern)
        } else {
            Err(PatternFault::NotInReports)
        }
    }

    /// The expression as JavaScript writes it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether case does not matter.
    pub fn ignore_case(&self) -> bool {
        self.ignore_case
    }

    /// The pattern for the server's engine.
    pub(crate) fn compile(&self) -> Option<regress::Regex> {
        compile(&self.source, self.ignore_case)
    }
}

/// A pattern for the server's engine, by the flags the page uses.
pub(crate) fn compile(source: &str, ignore_case: bool) -> Option<regress::Regex> {
    let flags = if ignore_case { "iu" } else { "u" };
    regress::Regex::with_flags(source, flags).ok()
}

/// Whether one of `letters` follows a backslash.
fn has_escape(text: &str, letters: &[char]) -> bool {
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char == '\\' && chars.next().is_some_and(|next| letters.contains(&next)) {
            return true;
        }
    }
    false
}

/// Leaves out `.*` at either end: since a pattern is looked for anywhere in the text, it changes nothing, but costs.
fn without_idle_ends(text: &str) -> &str {
    let start = text
        .strip_prefix(".*")
        .map_or(text, |rest| rest.strip_prefix('?').unwrap_or(rest));
    let end = start.strip_suffix(".*").unwrap_or(start);
    // `\.*` is a point, many times.
    let backslashes = end.chars().rev().take_while(|char| *char == '\\').count();
    let kept = if backslashes.is_multiple_of(2) {
        end
    } else {
        start
    };
    if kept.is_empty() { text } else { kept }
}

#[cfg(test)]
mod tests;
