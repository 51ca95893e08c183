//! What can be wrong with a text that should be JSON.

/// Why a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// Nothing but white space.
    Empty,
    /// A value follows another without a comma between.
    MissingComma,
    /// A comma before `}` or `]`.
    TrailingComma,
    /// A comma where a value or key should stand.
    StrayComma,
    /// A key without a colon after it.
    MissingColon,
    /// A colon that follows no key.
    StrayColon,
    /// A key without a value.
    MissingValue,
    /// A `{` without its `}`.
    UnclosedBrace,
    /// A `[` without its `]`.
    UnclosedBracket,
    /// A `}` that closes nothing.
    StrayBrace,
    /// A `]` that closes nothing.
    StrayBracket,
    /// A text without its closing quote.
    UnclosedText,
    /// A quote in the middle of a text.
    QuoteInText,
    /// A text in single quotes.
    SingleQuotes,
    /// A text in the quotes that word processors make.
    CurlyQuotes,
    /// A key or word without quotes.
    UnquotedWord,
    /// A comment.
    Comment,
    /// A backslash before a character that cannot follow it.
    Escape,
    /// A line break or tab inside a text.
    ControlCharacter,
    /// Not a number as JSON writes it.
    Number,
    /// Something after the end.
    SecondValue,
    /// Nested too deep.
    TooDeep,
    /// Anything else.
    Unexpected,
}
