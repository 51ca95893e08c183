//! Reads a pattern into a tree: the grammar of JavaScript's `u` flag, less what is refused on purpose.

use std::iter::Peekable;
use std::str::Chars;

use super::PatternFault;
use super::charset::{self, CharSet};

/// Groups within groups, at most.
const MAX_DEPTH: u32 = 20;
/// Largest number in a counted repeat.
const MAX_COUNT: u32 = 1_000;

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// `^`.
    Start,
    /// `$`, `\b`, `\B`: takes no character.
    Assertion,
    /// One character of a set.
    Set(CharSet),
    /// One after the other.
    Sequence(Vec<Node>),
    /// One of several.
    Choice(Vec<Node>),
    /// Several times.
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
    },
    /// A look ahead.
    Look(Box<Node>),
}

impl Node {
    /// Whether there is neither a look-ahead nor a class without characters in it.
    pub(super) fn is_known_to_reports(&self) -> bool {
        match self {
            Self::Look(_) => false,
            Self::Start | Self::Assertion => true,
            Self::Set(set) => !set.is_empty(),
            Self::Sequence(nodes) | Self::Choice(nodes) => {
                nodes.iter().all(Self::is_known_to_reports)
            }
            Self::Repeat { node, .. } => node.is_known_to_reports(),
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Node, PatternFault> {
    let mut reader = Reader {
        chars: text.chars().peekable(),
        depth: 0,
    };
    let node = reader.choice()?;
    match reader.chars.next() {
        None => Ok(node),
        Some(_) => Err(PatternFault::StrayParenthesis),
    }
}

struct Reader<'p> {
    chars: Peekable<Chars<'p>>,
    depth: u32,
}

impl Reader<'_> {
    fn eat(&mut self, char: char) -> bool {
        self.chars.next_if_eq(&char).is_some()
    }

    fn choice(&mut self) -> Result<Node, PatternFault> {
        let mut branches = vec![self.sequence()?];
        while self.eat('|') {
            branches.push(self.sequence()?);
        }
        Ok(match <[Node; 1]>::try_from(branches) {
            Ok([only]) => only,
            Err(branches) => Node::Choice(branches),
        })
    }

    fn sequence(&mut self) -> Result<Node, PatternFault> {
        let mut nodes = Vec::new();
        while let Some(&next) = self.chars.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            let node = self.term()?;
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn term(&mut self) -> Result<Node, PatternFault> {
        let Some(char) = self.chars.next() else {
            return Err(PatternFault::Refused);
        };
        match char {
            '^' => Ok(Node::Start),
            '$' => Ok(Node::Assertion),
            '.' => Ok(Node::Set(charset::dot())),
            '(' => self.group(),
            '[' => self.class().map(Node::Set),
            '\\' => self.escape(),
            '*' | '+' | '?' => Err(PatternFault::NothingToRepeat),
            '{' | '}' | ']' => Err(PatternFault::StrayBrace(char)),
            char => Ok(Node::Set(CharSet::single(char))),
        }
    }

    fn group(&mut self) -> Result<Node, PatternFault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PatternFault::TooComplex);
        }
        let mut look = false;
        if self.eat('?') {
            match self.chars.next() {
                Some(':') => {}
                Some('=' | '!') => look = true,
                Some('<') if matches!(self.chars.peek(), Some('=' | '!')) => {
                    return Err(PatternFault::Lookbehind);
                }
                Some('i' | 'm' | 's' | '-') => return Err(PatternFault::Flags),
                _ => return Err(PatternFault::BadGroup),
            }
        }
        let node = self.choice()?;
        if !self.eat(')') {
            return Err(PatternFault::UnclosedGroup);
        }
        self.depth -= 1;
        Ok(if look {
            Node::Look(Box::new(node))
        } else {
            node
        })
    }

    fn repeated(&mut self, node: Node) -> Result<Node, PatternFault> {
        let (min, max) = match self.chars.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.chars.next();
                let counts = self.counts()?;
                return self.repeat(node, counts);
            }
            _ => return Ok(node),
        };
        self.chars.next();
        self.repeat(node, (min, max))
    }

    fn repeat(&mut self, node: Node, (min, max): (u32, Option<u32>)) -> Result<Node, PatternFault> {
        // A lazy repeat costs the same.
        self.eat('?');
        if matches!(self.chars.peek(), Some('*' | '+' | '?' | '{')) {
            return Err(PatternFault::NothingToRepeat);
        }
        match node {
            Node::Start | Node::Assertion | Node::Look(_) => Err(PatternFault::NothingToRepeat),
            Node::Set(_) | Node::Sequence(_) | Node::Choice(_) | Node::Repeat { .. } => {
                Ok(Node::Repeat {
                    node: Box::new(node),
                    min,
                    max,
                })
            }
        }
    }

    /// `3}`, `2,}` or `2,5}`.
    fn counts(&mut self) -> Result<(u32, Option<u32>), PatternFault> {
        let min = self.number()?.ok_or(PatternFault::BadRepeat)?;
        let max = if self.eat(',') {
            self.number()?
        } else {
            Some(min)
        };
        let ordered = max.is_none_or(|max| max >= min);
        if self.eat('}') && ordered {
            Ok((min, max))
        } else {
            Err(PatternFault::BadRepeat)
        }
    }

    fn number(&mut self) -> Result<Option<u32>, PatternFault> {
        let mut number = None;
        while let Some(digit) = self.chars.peek().and_then(|char| char.to_digit(10)) {
            self.chars.next();
            let so_far = number.unwrap_or(0) * 10 + digit;
            if so_far > MAX_COUNT {
                return Err(PatternFault::BadRepeat);
            }
            number = Some(so_far);
        }
        Ok(number)
    }

    fn escape(&mut self) -> Result<Node, PatternFault> {
        match self.chars.peek() {
            Some('b' | 'B') => {
                self.chars.next();
                Ok(Node::Assertion)
            }
            Some('1'..='9' | 'k') => Err(PatternFault::Backreference),
            _ => match self.escaped(false)? {
                Escaped::Char(char) => Ok(Node::Set(CharSet::single(char))),
                Escaped::Set(set) => Ok(Node::Set(set)),
            },
        }
    }

    /// What follows a backslash, in a class or outside.
    fn escaped(&mut self, in_class: bool) -> Result<Escaped, PatternFault> {
        let Some(char) = self.chars.next() else {
            return Err(PatternFault::BadEscape(' '));
        };
        let single = |char| Ok(Escaped::Char(char));
        match char {
            'd' => Ok(Escaped::Set(charset::digits())),
            'D' => Ok(Escaped::Set(charset::digits().negated())),
            'w' => Ok(Escaped::Set(charset::word())),
            'W' => Ok(Escaped::Set(charset::word().negated())),
            's' => Ok(Escaped::Set(charset::space())),
            'S' => Ok(Escaped::Set(charset::space().negated())),
            'p' | 'P' => Err(PatternFault::Property),
            'n' => single('\n'),
            'r' => single('\r'),
            't' => single('\t'),
            'v' => single('\u{b}'),
            'f' => single('\u{c}'),
            'b' if in_class => single('\u{8}'),
            '0' if !matches!(self.chars.peek(), Some('0'..='9')) => single('\0'),
            'x' => self
                .hex(2)
                .and_then(char::from_u32)
                .map(Escaped::Char)
                .ok_or(PatternFault::BadEscape('x')),
            'u' => self
                .unicode()
                .map(Escaped::Char)
                .ok_or(PatternFault::BadEscape('u')),
            '-' if in_class => single('-'),
            '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|'
            | '/' => single(char),
            other => Err(PatternFault::BadEscape(other)),
        }
    }

    fn hex(&mut self, digits: u32) -> Option<u32> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.chars.next()?.to_digit(16)?;
        }
        Some(code)
    }

    /// `\u0041`, `\u{1f600}` or a surrogate pair `\ud83d\ude00`.
    fn unicode(&mut self) -> Option<char> {
        if self.eat('{') {
            let mut code: u32 = 0;
            loop {
                match self.chars.next()? {
                    '}' => return char::from_u32(code),
                    digit => code = code.checked_mul(16)?.checked_add(digit.to_digit(16)?)?,
                }
            }
        }
        let first = self.hex(4)?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first);
        }
        if !(self.eat('\\') && self.eat('u')) {
            return None;
        }
        let second = self.hex(4)?;
        (0xDC00..0xE000)
            .contains(&second)
            .then(|| 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
            .and_then(char::from_u32)
    }

    /// What follows `[`.
    fn class(&mut self) -> Result<CharSet, PatternFault> {
        let negated = self.eat('^');
        let mut set = CharSet::default();
        loop {
            let from = match self.class_atom()? {
                None => break,
                Some(Escaped::Set(part)) => {
                    // `[\d-x]` is an error under the flag `u`, `[\d-]` is not.
                    set.union(&part);
                    if self.range_follows() {
                        return Err(PatternFault::BadRange);
                    }
                    continue;
                }
                Some(Escaped::Char(char)) => char,
            };
            if !self.range_follows() {
                set.add(from, from);
                continue;
            }
            self.chars.next();
            match self.class_atom()? {
                Some(Escaped::Char(to)) if to >= from => set.add(from, to),
                Some(Escaped::Char(_) | Escaped::Set(_)) => return Err(PatternFault::BadRange),
                None => return Err(PatternFault::UnclosedClass),
            }
        }
        Ok(if negated { set.negated() } else { set })
    }

    /// Whether a `-` comes that is not the last sign of the class.
    fn range_follows(&self) -> bool {
        let mut ahead = self.chars.clone();
        ahead.next() == Some('-') && !matches!(ahead.next(), Some(']'))
    }

    fn class_atom(&mut self) -> Result<Option<Escaped>, PatternFault> {
        match self.chars.next() {
            None => Err(PatternFault::UnclosedClass),
            Some(']') => Ok(None),
            Some('\\') => self.escaped(true).map(Some),
            Some(char) => Ok(Some(Escaped::Char(char))),
        }
    }
}

enum Escaped {
    Char(char),
    Set(CharSet),
}
