//! `weir spool`: batches that ClickHouse refused for good. Works on the files, so that a server may run meanwhile.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use weir_collector::{RefusedBatch, SpoolFiles, list_spool};

use super::Format;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Characters of an id that are shown, and suffice to name it as long as no other begins like this.
const SHORT_ID: usize = 18;
/// What is shown of an error in a list.
const SHORT_ERROR: usize = 60;

/// Prints what waits, and every batch that was refused.
pub(super) fn list(
    spool: &Path,
    format: Format,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let (files, batches) = read(spool)?;
    match format {
        Format::Json => {
            let json = serde_json::json!({ "files": files, "refused": batches });
            writeln!(terminal, "{json:#}")?;
        }
        Format::Text => print_list(files, &batches, &mut terminal)?,
    }
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn print_list(
    files: SpoolFiles,
    batches: &[RefusedBatch],
    terminal: &mut Terminal<'_>,
) -> io::Result<()> {
    writeln!(
        terminal,
        "waiting for ClickHouse: {} files, {}; inserted and not yet removed: {} files",
        files.waiting,
        size(files.waiting_bytes),
        files.done,
    )?;
    if batches.is_empty() {
        return writeln!(terminal, "no batch was refused");
    }
    writeln!(
        terminal,
        "\n{:<SHORT_ID$}  {:<20}  {:<20}  {:>9}  {:>9}  {:>4}  error",
        "batch", "table", "refused", "rows", "size", "code"
    )?;
    for batch in batches {
        let error = match (batch.goes_back, batch.error.lines().next()) {
            (true, _) => "is tried again by the running server, or the next one",
            (false, line) => line.unwrap_or_default(),
        };
        let or_none = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
        writeln!(
            terminal,
            "{:<SHORT_ID$}  {:<20}  {:<20}  {:>9}  {:>9}  {:>4}  {}",
            batch.batch_id.get(..SHORT_ID).unwrap_or(&batch.batch_id),
            batch.table,
            batch.refused_at_ms.map(shown_time).unwrap_or_default(),
            or_none(batch.rows.map(|rows| rows.to_string())),
            size(batch.bytes),
            or_none(batch.error_code.map(|code| code.to_string())),
            error.chars().take(SHORT_ERROR).collect::<String>(),
        )?;
    }
    writeln!(
        terminal,
        "\n`weir spool explain BATCH` says why and what to do; `weir spool replay BATCH`, or `--all`, tries again"
    )
}

/// Prints why a batch was refused, what is in it, and what to do.
pub(super) fn explain(
    spool: &Path,
    id: &str,
    format: Format,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let (_, batches) = read(spool)?;
    let batch = named(&batches, id)?;
    let content = batch.content().map_err(|error| {
        Failure::environment(
            format!("`{}` cannot be read: {error}", batch.file.display()),
            "see whether the server has taken it back already (`weir spool list`); else look at the disk",
        )
    })?;
    if matches!(format, Format::Json) {
        let json = serde_json::json!({ "batch": batch, "content": content });
        writeln!(terminal, "{json:#}")?;
        terminal.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut line = |what: &str, text: &str| writeln!(terminal, "{what:<11} {text}");
    line("batch", &batch.batch_id)?;
    line(
        "file",
        &format!("{}, {}", batch.file.display(), size(batch.bytes)),
    )?;
    line("table", batch.table)?;
    if let Some(at) = batch.refused_at_ms {
        line("refused", &shown_time(at))?;
    }
    line(
        "error",
        if batch.error.is_empty() {
            "(the note beside it is gone)"
        } else {
            batch.error.trim_end()
        },
    )?;
    let mut rows = content.rows.to_string();
    if let Some((first, last)) = content.span_ms {
        rows.push_str(&format!(
            ", from {} to {}",
            shown_time(first),
            shown_time(last)
        ));
    }
    line("rows", &rows)?;
    for (site, names) in &content.sites {
        let names: Vec<_> = names
            .iter()
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        let site = if site.is_empty() { "(no site)" } else { site };
        line("", &format!("{site}: {}", names.join(", ")))?;
    }
    if content.damaged > 0 {
        let text = format!(
            "{} places do not match their checksums; look at the disk",
            content.damaged
        );
        line("damaged", &text)?;
    }
    if !content.known {
        line(
            "",
            "a newer version of weir wrote them: only that one can insert them",
        )?;
    }
    line(
        "what to do",
        if batch.hint.is_empty() {
            "see the error"
        } else {
            &batch.hint
        },
    )?;
    let short = batch.batch_id.get(..SHORT_ID).unwrap_or(&batch.batch_id);
    let then = if batch.goes_back {
        "it is tried again by the running server, or the next one".to_owned()
    } else {
        format!("weir spool replay {short}")
    };
    line("then", &then)?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Has batches tried again.
pub(super) fn replay(
    spool: &Path,
    ids: &[String],
    all: bool,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let (_, batches) = read(spool)?;
    let chosen = if all {
        batches.iter().collect()
    } else {
        ids.iter()
            .map(|id| named(&batches, id))
            .collect::<Result<Vec<_>, _>>()?
    };
    for batch in &chosen {
        batch.replay().map_err(|error| {
            Failure::environment(
                format!("`{}` cannot be put back: {error}", batch.file.display()),
                "run this as the user that runs the server, and see that the disk has room",
            )
        })?;
    }
    match chosen.len() {
        0 => writeln!(
            terminal,
            "no batch was refused: there is nothing to try again"
        )?,
        count => writeln!(
            terminal,
            "{count} {} tried again: within a second or two if the server runs, else after its next start.\n\
             `weir spool list` shows what is refused once more.",
            if count == 1 {
                "batch is"
            } else {
                "batches are"
            },
        )?,
    }
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Of a folder that was used before: a slip in the path must not read as "all is well".
fn read(spool: &Path) -> Result<(SpoolFiles, Vec<RefusedBatch>), Failure> {
    if !spool.is_dir() {
        return Err(Failure::usage(
            format!("there is no spool at `{}`", spool.display()),
            "give the folder that the server uses with --data",
        ));
    }
    list_spool(spool).map_err(|error| {
        Failure::environment(
            format!("the spool `{}` cannot be read: {error}", spool.display()),
            "run this as the user that runs the server",
        )
    })
}

/// The batch whose id begins with `id`, and no other.
fn named<'a>(batches: &'a [RefusedBatch], id: &str) -> Result<&'a RefusedBatch, Failure> {
    let mut found = batches
        .iter()
        .filter(|batch| !id.is_empty() && batch.batch_id.starts_with(&id.to_ascii_lowercase()));
    match (found.next(), found.next()) {
        (Some(batch), None) => Ok(batch),
        (Some(_), Some(_)) => Err(Failure::usage(
            format!("several batches have ids that begin with `{id}`"),
            "give more of it: `weir spool list` shows the ids, with `--format json` whole",
        )),
        (None, _) => Err(Failure::usage(
            format!("no refused batch has an id that begins with `{id}`"),
            "`weir spool list` shows the ids",
        )),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

fn shown_time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| String::new(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_explained() {
        let temp = tempfile::tempdir().unwrap();
        let nowhere = temp.path().join("spool");
        let failure = list(&nowhere, Format::Text, Terminal::plain(Vec::new())).unwrap_err();
        assert!(failure.hint().contains("--data") && !nowhere.exists());
        std::fs::create_dir_all(&nowhere).unwrap();
        let wrong = [String::from("0194")];
        let failure = replay(&nowhere, &wrong, false, Terminal::plain(Vec::new())).unwrap_err();
        assert!(failure.message().contains("`0194`") && failure.hint().contains("list"));
        let empty = [String::new()];
        assert!(replay(&nowhere, &empty, false, Terminal::plain(Vec::new())).is_err());
        let mut out = Vec::new();
        replay(&nowhere, &[], true, Terminal::plain(&mut out)).unwrap();
        assert!(
            String::from_utf8(out)
                .unwrap()
                .contains("nothing to try again")
        );
        let mut out = Vec::new();
        list(&nowhere, Format::Text, Terminal::plain(&mut out)).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(
            out.contains("0 files, 0 B") && out.contains("no batch was refused"),
            "{out}"
        );
    }

    #[test]
    fn sizes_are_short() {
        let cases = [
            (9_999, "9999 B"),
            (10_000, "10 kB"),
            (9_999_999, "9999 kB"),
            (25_000_000, "25 MB"),
        ];
        for (bytes, shown) in cases {
            assert_eq!(size(bytes), shown);
        }
    }
}
