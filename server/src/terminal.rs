//! Where commands print: standard output, and what it can show.

use std::io::{self, IsTerminal, Write};

const DEFAULT_WIDTH: usize = 80;
const MIN_WIDTH: usize = 40;
const MAX_WIDTH: usize = 160;

/// An output and what it can show.
pub struct Terminal<'a> {
    out: Box<dyn Write + Send + 'a>,
    /// Colours, and bars of block characters.
    pub rich: bool,
    /// Characters in a line.
    pub width: usize,
}

impl Terminal<'static> {
    /// Standard output. Plain when it is no terminal, when `NO_COLOR` is set or the locale is not UTF-8.
    pub fn stdout() -> Self {
        let stdout = io::stdout();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let rich = stdout.is_terminal() && !set("NO_COLOR") && locale_is_utf8();
        let width = rustix::termios::tcgetwinsize(&stdout)
            .map_or(DEFAULT_WIDTH, |size| usize::from(size.ws_col))
            .clamp(MIN_WIDTH, MAX_WIDTH);
        Self {
            out: Box::new(stdout),
            rich,
            width,
        }
    }
}

impl<'a> Terminal<'a> {
    /// Plain text into a buffer.
    pub fn plain(out: impl Write + Send + 'a) -> Self {
        Self {
            out: Box::new(out),
            rich: false,
            width: DEFAULT_WIDTH,
        }
    }

    /// Text in bold, where that can be shown.
    pub fn bold(&self, text: &str) -> String {
        self.styled("1", text)
    }

    /// Text in a colour by its ANSI number, where that can be shown.
    pub fn styled(&self, code: &str, text: &str) -> String {
        if self.rich {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

impl Write for Terminal<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn locale() -> String {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

fn locale_is_utf8() -> bool {
    let locale = locale().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Whether the environment asks for Russian messages.
pub fn locale_is_russian(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .is_some_and(|value| value == "ru" || value.starts_with("ru_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_locale_variable_decides() {
        let environment = |pairs: &'static [(&str, &str)]| {
            move |name: &str| {
                pairs
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            }
        };
        assert!(locale_is_russian(environment(&[("LANG", "ru_RU.UTF-8")])));
        assert!(!locale_is_russian(environment(&[
            ("LC_ALL", "C.UTF-8"),
            ("LANG", "ru_RU")
        ])));
        assert!(locale_is_russian(environment(&[
            ("LC_ALL", ""),
            ("LANG", "ru")
        ])));
        assert!(!locale_is_russian(environment(&[])));
    }

    #[test]
    fn plain_output_has_no_escapes() {
        assert_eq!(Terminal::plain(Vec::new()).bold("x"), "x");
    }
}
