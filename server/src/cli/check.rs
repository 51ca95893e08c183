//! `weir check`: every problem of a container file, with its place and what to do.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use weir_rules::{Problem, Severity, report};

use super::{Format, Language};
use crate::container;
use crate::failure::Failure;
use crate::publish::read_text;
use crate::terminal::Terminal;

pub(super) fn run(
    file: &Path,
    format: Format,
    language: Language,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let name = file.display().to_string();
    let text = read(file, "check")?;
    let problems = container::check(&text).problems;
    let lang = container::lang(language);
    let shown = match format {
        Format::Json => format!("{}\n", report::to_json(&problems, lang).trim_end()),
        Format::Text if problems.is_empty() => match language {
            Language::En => format!("{name}: no problems\n"),
            Language::Ru => format!("{name}: замечаний нет\n"),
        },
        Format::Text => {
            let told = report::render(&problems, &text, &name, lang, terminal.rich);
            format!(
                "{}\n\n{name}: {}\n",
                told.trim_end(),
                summary(&problems, language)
            )
        }
    };
    terminal.write_all(shown.as_bytes())?;
    terminal.flush()?;
    let failed = problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    Ok(if failed {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

/// The text of a container file.
pub(super) fn read(file: &Path, command: &str) -> Result<String, Failure> {
    read_text(file).map_err(|reason| {
        Failure::usage(
            format!(
                "cannot read the container file `{}`: {reason}",
                file.display()
            ),
            format!("give the path of a container, such as `weir {command} shop.json`"),
        )
    })
}

/// A container file without errors, for the commands that need one. `None`: its errors have been told, on standard error.
pub(super) fn sound(
    file: &Path,
    command: &str,
    language: Language,
    rich: bool,
) -> Result<Option<weir_rules::Container>, Failure> {
    let text = read(file, command)?;
    let checked = weir_rules::check(&text);
    if checked.container.is_none() {
        let errors: Vec<Problem> = checked
            .problems
            .into_iter()
            .filter(|problem| problem.severity == Severity::Error)
            .collect();
        let name = file.display().to_string();
        let told = report::render(&errors, &text, &name, container::lang(language), rich);
        let told = format!(
            "{}\n\n{name}: {}\n",
            told.trim_end(),
            summary(&errors, language)
        );
        std::io::stderr().write_all(told.as_bytes())?;
    }
    Ok(checked.container)
}

/// How many of each there are.
fn summary(problems: &[Problem], language: Language) -> String {
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    let warnings = problems.len() - errors;
    let parts = match language {
        Language::En => [
            (
                errors,
                format!("{errors} error{}", if errors == 1 { "" } else { "s" }),
            ),
            (
                warnings,
                format!("{warnings} warning{}", if warnings == 1 { "" } else { "s" }),
            ),
        ],
        Language::Ru => [
            (errors, format!("ошибок: {errors}")),
            (warnings, format!("предупреждений: {warnings}")),
        ],
    };
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, text)| text)
        .collect();
    told.join(", ")
}
