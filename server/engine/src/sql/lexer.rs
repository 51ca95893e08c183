//! Cuts SQL text into tokens the way ClickHouse's lexer does.
//!
//! Works on bytes, because the data of an INSERT follows its statement and need not be text. Comments and white space
//! are left out. An unclosed quote or comment ends the text: [`Lexer::unclosed`] tells.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A bare word: a keyword or an identifier without quotes.
    Word,
    /// An identifier in back-ticks or double quotes.
    Quoted,
    /// A string literal, heredocs included.
    Text,
    /// Something that begins with a digit.
    Number,
    /// Any other single byte.
    Symbol(u8),
}

/// One token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    /// The token's bytes in the text it was cut from.
    pub(crate) fn bytes<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether it is this bare word, in any case.
    pub(crate) fn is_word(&self, text: &[u8], word: &str) -> bool {
        self.kind == Kind::Word && self.bytes(text).eq_ignore_ascii_case(word.as_bytes())
    }

    /// Whether it is this symbol.
    pub(crate) fn is_symbol(&self, symbol: u8) -> bool {
        self.kind == Kind::Symbol(symbol)
    }
}

/// Cuts tokens off a text, one by one.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    unclosed: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            unclosed: false,
        }
    }

    /// Whether the text ended inside a quote or a comment.
    pub(crate) fn unclosed(&self) -> bool {
        self.unclosed
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// Moves behind the next occurrence of `end`, or to the end of the text.
    fn skip_past(&mut self, end: &[u8]) -> bool {
        match self
            .rest()
            .windows(end.len())
            .position(|window| window == end)
        {
            Some(found) => {
                self.at += found + end.len();
                true
            }
            None => {
                self.at = self.text.len();
                false
            }
        }
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(byte), _) if byte.is_ascii_whitespace() || byte == 0x0b => self.at += 1,
                (Some(b'-'), Some(b'-')) | (Some(b'#'), Some(b' ' | b'!')) => {
                    self.skip_past(b"\n");
                }
                (Some(b'/'), Some(b'*')) => {
                    self.at += 2;
                    self.unclosed |= !self.skip_past(b"*/");
                }
                // A no-break space, which editors leave behind.
                (Some(0xc2), Some(0xa0)) => self.at += 2,
                _ => return,
            }
        }
    }

    /// Behind the closing quote; a doubled quote and a backslash do not close.
    fn skip_quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => self.at += 2,
                _ if byte == quote && self.peek(1) == Some(quote) => self.at += 2,
                _ if byte == quote => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
        self.unclosed = true;
    }

    /// `$tag$ … $tag$`; false if this is no heredoc.
    fn skip_heredoc(&mut self) -> bool {
        let rest = self.rest();
        let Some(length) = rest.iter().skip(1).position(|byte| *byte == b'$') else {
            return false;
        };
        let Some(tag) = rest.get(..length + 2) else {
            return false;
        };
        if !tag
            .get(1..=length)
            .unwrap_or_default()
            .iter()
            .all(|byte| is_word_byte(*byte))
        {
            return false;
        }
        self.at += tag.len();
        self.unclosed |= !self.skip_past(tag);
        true
    }

    fn skip_word(&mut self) {
        while self
            .peek(0)
            .is_some_and(|byte| is_word_byte(byte) || byte == b'$')
        {
            self.at += 1;
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks_and_comments();
        let start = self.at;
        let kind = match self.peek(0)? {
            b'\'' => {
                self.skip_quoted(b'\'');
                Kind::Text
            }
            quote @ (b'`' | b'"') => {
                self.skip_quoted(quote);
                Kind::Quoted
            }
            b'$' if self.skip_heredoc() => Kind::Text,
            byte if byte.is_ascii_digit() => {
                self.skip_word();
                Kind::Number
            }
            byte if is_word_byte(byte) || byte == b'$' => {
                self.skip_word();
                Kind::Word
            }
            byte => {
                self.at += 1;
                Kind::Symbol(byte)
            }
        };
        self.at = self.at.min(self.text.len());
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(Kind, &str)> {
        Lexer::new(text.as_bytes())
            .map(|token| (token.kind, text.get(token.start..token.end).unwrap()))
            .collect()
    }

    #[test]
    fn quotes_comments_and_heredocs_hide_their_content() {
        assert_eq!(
            words("a -- b 'c\n/* d */ 'e''f\\'g' `h i` \"j\" $k$ l ' $k$ 1e5 #! m"),
            [
                (Kind::Word, "a"),
                (Kind::Text, "'e''f\\'g'"),
                (Kind::Quoted, "`h i`"),
                (Kind::Quoted, "\"j\""),
                (Kind::Text, "$k$ l ' $k$"),
                (Kind::Number, "1e5"),
            ]
        );
    }

    #[test]
    fn a_text_cut_inside_a_quote_says_so() {
        for (text, unclosed) in [
            ("'a", true),
            ("/* a", true),
            ("`a", true),
            ("'a'", false),
            ("$a$ b", true),
        ] {
            let mut lexer = Lexer::new(text.as_bytes());
            lexer.by_ref().count();
            assert_eq!(lexer.unclosed(), unclosed, "{text}");
        }
    }
}
