//! Funnel steps as the reference sees them: judged by plain Rust, and written in the step language for the views.

use crate::random::Random;
use crate::stream::{COLORS, Event, ITEMS, PATHS, TITLES};

#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// `/path` form: pieces between the `*`.
    glob: Option<Vec<&'static str>>,
    item: Option<&'static str>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
struct Condition {
    field: &'static str,
    test: Test,
    negated: bool,
}

#[derive(Debug, Clone)]
enum Test {
    In(Vec<&'static str>),
    StartsWith(&'static str),
    EndsWith(&'static str),
    Contains(&'static str),
    /// The pattern, and the same in Rust.
    Matches(&'static str, fn(&str) -> bool),
    Exists,
}

pub(crate) const NAMES: [&str; 5] = ["pageview", "pageview", "click", "add_to_cart", "purchase"];
const PIECES: [&str; 12] = [
    "/", "/product", "1", "promo", "%", "a", "red", "|", "ь", " ", ".", "(",
];
/// A pattern, and the same in Rust.
type Pattern = (&'static str, fn(&str) -> bool);

const PATTERNS: [Pattern; 5] = [
    ("^/pro", |text| text.starts_with("/pro")),
    ("[0-9]$", |text| {
        text.chars()
            .last()
            .is_some_and(|last| last.is_ascii_digit())
    }),
    // A dot is any character but the end of a line, as in the page.
    ("p.q", |text| {
        let all: Vec<char> = text.chars().collect();
        all.windows(3)
            .any(|at| at[0] == 'p' && at[1] != '\n' && at[2] == 'q')
    }),
    ("t/1|22", |text| text.contains("t/1") || text.contains("22")),
    ("^$", str::is_empty),
];

impl Step {
    /// A step that this event can do.
    pub(crate) fn like(random: &mut Random, event: &Event) -> Self {
        let is_plain = random.one_in(2);
        (0..200)
            .map(|_| Self::random(random))
            .find(|step| step.is_done_by(event) && (step.condition_count() == 0) == is_plain)
            .unwrap_or(Self::named(event.name))
    }

    pub(crate) fn random(random: &mut Random) -> Self {
        let mut step = Self::named(random.pick(&NAMES));
        match random.below(12) {
            0 | 1 => {
                step.name = "pageview";
                step.glob = Some(random_glob(random));
            }
            2 => step.item = Some(random.pick(&ITEMS)),
            _ => {}
        }
        // Most steps ask for little, or nobody would get far.
        for _ in 0..random.below(8).saturating_sub(5) {
            step.conditions.push(Condition::random(random));
        }
        step
    }

    /// Any event of this name.
    pub(crate) fn named(name: &'static str) -> Self {
        Self {
            name,
            glob: None,
            item: None,
            conditions: Vec::new(),
        }
    }

    pub(crate) fn condition_count(&self) -> usize {
        self.conditions.len() + usize::from(self.glob.is_some()) + usize::from(self.item.is_some())
    }

    pub(crate) fn is_done_by(&self, event: &Event) -> bool {
        event.name == self.name
            && self
                .glob
                .as_ref()
                .is_none_or(|pieces| glob_matches(pieces, &event.path))
            && self.item.is_none_or(|item| event.item == item)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(event))
    }

    /// The step in the step language.
    pub(crate) fn text(&self, random: &mut Random) -> String {
        let mut text = match &self.glob {
            // The slash at the start is what makes it a path.
            Some(pieces) => {
                let encoded: Vec<String> =
                    pieces.iter().map(|piece| encode(piece, random)).collect();
                let text = encoded.join("*");
                text.strip_prefix("%2F")
                    .map(|rest| format!("/{rest}"))
                    .unwrap_or(text)
            }
            None => self.name.to_owned(),
        };
        if let Some(item) = self.item {
            text.push('#');
            text.push_str(&encode(item, random));
        }
        for (position, condition) in self.conditions.iter().enumerate() {
            text.push(if position == 0 { '?' } else { '&' });
            text.push_str(&condition.text(random));
        }
        text
    }
}

impl Condition {
    fn random(random: &mut Random) -> Self {
        let fields = [
            "page.url",
            "page.host",
            "page.path",
            "page.title",
            "element",
            "item",
            "channel",
            "device",
            "browser",
            "os",
            "country",
            "city",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "utm_term",
            "order_id",
            "revenue",
            "currency",
            "color",
            "size",
            "absent",
        ];
        let piece = |random: &mut Random| random.pick(&PIECES);
        let test = match random.below(7) {
            0 | 1 => Test::In(
                (0..=random.below(2))
                    .map(|_| random_value(random))
                    .collect(),
            ),
            2 => Test::StartsWith(piece(random)),
            3 => Test::EndsWith(piece(random)),
            4 => Test::Contains(piece(random)),
            5 => {
                let (pattern, same) = random.pick(&PATTERNS);
                Test::Matches(pattern, same)
            }
            _ => Test::Exists,
        };
        Self {
            field: random.pick(&fields),
            test,
            negated: random.one_in(3),
        }
    }

    fn holds(&self, event: &Event) -> bool {
        let value = event.field(self.field);
        let holds = match &self.test {
            Test::In(values) => values.iter().any(|wanted| *wanted == value),
            Test::StartsWith(piece) => value.starts_with(piece),
            Test::EndsWith(piece) => value.ends_with(piece),
            Test::Contains(piece) => value.contains(piece),
            Test::Matches(_, same) => same(&value),
            Test::Exists => !value.is_empty(),
        };
        holds != self.negated
    }

    fn text(&self, random: &mut Random) -> String {
        let not = if self.negated { "!" } else { "" };
        let field = self.field;
        match &self.test {
            Test::In(values) => {
                let values: Vec<String> =
                    values.iter().map(|value| encode(value, random)).collect();
                format!("{field}{not}={}", values.join("|"))
            }
            Test::StartsWith(piece) => format!("{field}{not}^={}", encode(piece, random)),
            Test::EndsWith(piece) => format!("{field}{not}$={}", encode(piece, random)),
            Test::Contains(piece) => format!("{field}{not}*={}", encode(piece, random)),
            Test::Matches(pattern, _) => format!("{field}{not}~={}", encode(pattern, random)),
            Test::Exists => format!("{not}{field}"),
        }
    }
}

fn random_value(random: &mut Random) -> &'static str {
    match random.below(4) {
        0 => random.pick(&PATHS),
        1 => random.pick(&ITEMS),
        2 => random.pick(&TITLES),
        _ => random.pick(&COLORS),
    }
}

/// Path steps begin with a slash.
fn random_glob(random: &mut Random) -> Vec<&'static str> {
    let globs: [&[&str]; 8] = [
        &["/"],
        &["/product/", ""],
        &["/product/1"],
        &["/", "x"],
        &["/a*b"],
        &["/путь/", ""],
        &["/p", "1", ""],
        &["/x?y"],
    ];
    random.pick(&globs).to_vec()
}

/// Whether `text` is the pieces with anything in between, by trying every way.
fn glob_matches(pieces: &[&str], text: &str) -> bool {
    match pieces {
        [] => text.is_empty(),
        [last] => text == *last,
        [first, rest @ ..] => text.strip_prefix(first).is_some_and(|after| {
            let mut starts = after.char_indices().map(|(at, _)| at).chain([after.len()]);
            starts.any(|at| glob_matches(rest, &after[at..]))
        }),
    }
}

/// Percent-encodes what must be, and of the rest a part.
fn encode(text: &str, random: &mut Random) -> String {
    let mut encoded = String::new();
    for letter in text.chars() {
        if "%&|#?*".contains(letter) || random.one_in(4) {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        } else {
            encoded.push(letter);
        }
    }
    encoded
}
