//! Why a command could not do its job, in words a person can act on.
//!
//! Every way for `weir` to end badly passes through [`Failure`]: one sentence on what is wrong, one on what to do.
//! Libraries below keep their own error types; they become a `Failure` at the command that meets them.

use std::fmt;
use std::process::ExitCode;

/// Whose move it is, and so the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The machine or the data is not as it must be: exit code 1.
    Environment,
    /// The command or its settings are wrong: exit code 2.
    Usage,
}

/// What is wrong and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    kind: Kind,
    message: String,
    hint: String,
}

impl Failure {
    /// The machine, the data or another program is in the way.
    pub fn environment(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind: Kind::Environment,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// The command line or a setting is wrong.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind: Kind::Usage,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What is wrong: one sentence, lower case, no full stop.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do; may be empty.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The process exit code that says whose move it is.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::Environment => ExitCode::from(1),
            Kind::Usage => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        if !self.hint.is_empty() {
            write!(f, "\n hint: {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// Writing to a closed pipe (`weir funnel … | head`) is how the reader says "enough"; the rest is a real failure.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::environment(format!("could not write the output: {error}"), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_the_hint_on_a_line_of_its_own() {
        let failure = Failure::usage("unknown setting `listn`", "did you mean `listen`?");
        assert_eq!(
            failure.to_string(),
            "error: unknown setting `listn`\n hint: did you mean `listen`?"
        );
        assert_eq!(Failure::environment("x", "").to_string(), "error: x");
    }
}
