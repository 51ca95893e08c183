//! SQL text, as far as it must be cut and looked at before the engine gets it. No meaning is decided here: that is the
//! engine's parser's business, and the guard's.

pub(crate) mod format;
pub(crate) mod insert;
pub(crate) mod lexer;
