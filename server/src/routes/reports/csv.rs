//! Rows as CSV that a spreadsheet opens as it is, and takes for no formulas.

use serde_json::Value;

/// Without it, spreadsheets take UTF-8 for the code page of the machine.
const MARK: char = '\u{feff}';

/// A header and rows (RFC 4180).
pub(super) fn write<'a>(header: impl Iterator<Item = &'a str>, rows: &[Vec<Value>]) -> String {
    let mut text = String::from(MARK);
    line(header.map(text_cell), &mut text);
    for row in rows {
        line(row.iter().map(cell), &mut text);
    }
    text
}

fn line(cells: impl Iterator<Item = String>, text: &mut String) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&cell);
    }
    text.push_str("\r\n");
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text_cell(text),
        Value::Array(values) => {
            let parts: Vec<String> = values
                .iter()
                .map(|value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect();
            text_cell(&parts.join(" → "))
        }
        other => other.to_string(),
    }
}

/// What begins like a formula gets an apostrophe before it: a page's visitor chose some of these texts.
fn text_cell(text: &str) -> String {
    let is_formula = text
        .trim_start_matches([' ', '\u{a0}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let guard = if is_formula { "'" } else { "" };
    if is_formula || text.contains(['"', ',', ';', '\n', '\r']) {
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_no_formulas_and_numbers_stay_numbers() {
        let row = |value: Value| vec![value];
        let rows = [
            row(json!("=1+1")),
            row(json!(" @SUM(A1)")),
            row(json!("-")),
            row(json!(-5.5)),
            row(json!(null)),
            row(json!("say \"hi\", all")),
            row(json!(["/a", "/b"])),
            row(json!("чай 🍵")),
        ];
        assert_eq!(
            write(["x"].into_iter(), &rows),
            "\u{feff}x\r\n\"'=1+1\"\r\n\"' @SUM(A1)\"\r\n\"'-\"\r\n-5.5\r\n\r\n\"say \"\"hi\"\", all\"\r\n/a → /b\r\nчай 🍵\r\n"
        );
    }
}
