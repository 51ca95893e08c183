//! `weir explain`: what a container does, in plain sentences.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use weir_rules::explain;

use super::check::sound;
use super::{Format, Language};
use crate::container;
use crate::failure::Failure;
use crate::terminal::Terminal;

pub(super) fn run(
    file: &Path,
    format: Format,
    language: Language,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let Some(container) = sound(file, "explain", language, terminal.rich)? else {
        return Ok(ExitCode::from(1));
    };
    let lang = container::lang(language);
    let explained = explain::explain(&container, lang);
    let shown = match format {
        Format::Json => explain::to_json(&explained),
        Format::Text => explain::render(&explained, lang, terminal.width, terminal.rich),
    };
    terminal.write_all(shown.as_bytes())?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}
