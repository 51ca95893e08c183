//! What the tables of the schema are made of: shapes of objects, their keys, and types of values.

/// A sentence in both languages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub(super) en: &'static str,
    pub(super) ru: &'static str,
}

pub(super) const fn said(en: &'static str, ru: &'static str) -> Said {
    Said { en, ru }
}

/// A word that can be chosen, and what it means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) word: &'static str,
    pub(super) said: Said,
}

pub(super) const fn word(word: &'static str, en: &'static str, ru: &'static str) -> Word {
    Word {
        word,
        said: said(en, ru),
    }
}

/// An object of the language.
#[derive(Debug)]
pub(super) struct Shape {
    /// Its name among the definitions.
    pub(super) name: &'static str,
    pub(super) said: Said,
    pub(super) keys: &'static [Key],
    /// What keys besides those hold, which the author chooses.
    pub(super) others: Option<Type>,
    /// How many keys there are at least.
    pub(super) min_keys: usize,
    /// Groups of keys: of each, exactly one must be there.
    pub(super) one_of: &'static [&'static [&'static str]],
    /// Where this key has this value, these others must be there.
    pub(super) implies: &'static [(&'static str, &'static str, &'static [&'static str])],
}

impl Shape {
    pub(super) const fn new(name: &'static str, said: Said, keys: &'static [Key]) -> Self {
        Self {
            name,
            said,
            keys,
            others: None,
            min_keys: 0,
            one_of: &[],
            implies: &[],
        }
    }

    pub(super) const fn one_of(mut self, groups: &'static [&'static [&'static str]]) -> Self {
        self.one_of = groups;
        self
    }

    pub(super) const fn implies(
        mut self,
        implies: &'static [(&'static str, &'static str, &'static [&'static str])],
    ) -> Self {
        self.implies = implies;
        self
    }

    pub(super) const fn others(mut self, others: Type) -> Self {
        self.others = Some(others);
        self
    }

    pub(super) const fn at_least(mut self, min_keys: usize) -> Self {
        self.min_keys = min_keys;
        self
    }
}

/// A key of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) holds: Type,
    pub(super) said: Said,
    pub(super) needed: bool,
    /// It says what kind of thing the object is: exactly one such key must be there.
    pub(super) is_kind: bool,
    /// As JSON.
    pub(super) default: Option<&'static str>,
    /// As JSON.
    pub(super) example: Option<&'static str>,
}

pub(super) const fn key(
    name: &'static str,
    holds: Type,
    en: &'static str,
    ru: &'static str,
) -> Key {
    Key {
        name,
        holds,
        said: said(en, ru),
        needed: false,
        is_kind: false,
        default: None,
        example: None,
    }
}

impl Key {
    pub(super) const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    pub(super) const fn kind(mut self) -> Self {
        self.is_kind = true;
        self
    }

    pub(super) const fn default(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }

    pub(super) const fn example(mut self, json: &'static str) -> Self {
        self.example = Some(json);
        self
    }
}

/// What a value can be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    Text,
    /// A text that matches a pattern.
    TextLike(&'static str),
    /// A text that is not empty.
    FilledText,
    Boolean,
    /// A number from, to.
    Number(f64, f64),
    /// A number.
    AnyNumber,
    /// A whole number from, to.
    Whole(i64, i64),
    /// A text, number, true or false.
    Scalar,
    /// One of these words.
    Choice(&'static [Word]),
    /// One of these words, which need no explanation.
    Listed(&'static [&'static str]),
    /// A list with at least so many entries.
    List(&'static Type, usize),
    /// One, or a list of at least one.
    OneOrMore(&'static Type),
    /// One of two.
    Either(&'static Type, &'static Type),
    /// An object whose keys the author chooses.
    Map(&'static Type),
    /// The same, with one key at least.
    FilledMap(&'static Type),
    /// The same, with names that match a pattern.
    MapOf(&'static str, &'static Type),
    /// An object without keys.
    Empty,
    /// This JSON and nothing else.
    Only(&'static str),
    /// Any JSON.
    Any,
    /// A definition by its name.
    Shape(&'static str),
}
