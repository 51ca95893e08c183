//! The part of `multipart/form-data` that ClickHouse's clients use: fields with a name and a value. Files (external
//! tables) are refused.

/// Most fields of one form.
const MAX_FIELDS: usize = 1_000;

/// The boundary, if a content type is that of a form.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    rest.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Cuts a form into names and values; the sentence for the client if it is not well-formed.
pub(crate) fn fields(body: &[u8], boundary: &str) -> Result<Vec<(String, Vec<u8>)>, &'static str> {
    let opening = format!("--{boundary}");
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = body
        .strip_prefix(opening.as_bytes())
        .ok_or("the form does not begin with its boundary")?;
    let mut fields = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(fields);
        }
        let part = rest
            .strip_prefix(b"\r\n")
            .ok_or("a boundary of the form is not followed by a line break")?;
        let end = find(part, delimiter.as_bytes()).ok_or("the form is cut short")?;
        let (field, behind) = part.split_at(end);
        let blank = find(field, b"\r\n\r\n")
            .ok_or("a field of the form has no empty line before its value")?;
        let (header, value) = field.split_at(blank);
        let header = std::str::from_utf8(header).map_err(|_| "a field's header is not UTF-8")?;
        let name = parameter(header, "name").ok_or("a field of the form has no name")?;
        if parameter(header, "filename").is_some() {
            return Err(
                "external tables are not supported: insert the rows, or write them into the query",
            );
        }
        fields.push((name.to_owned(), value.get(4..).unwrap_or_default().to_vec()));
        if fields.len() > MAX_FIELDS {
            return Err("the form has too many fields");
        }
        rest = behind.get(delimiter.len()..).unwrap_or_default();
    }
}

/// A quoted parameter of the Content-Disposition header.
fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let line = header.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-disposition:")
    })?;
    line.split(';').find_map(|piece| {
        let (key, value) = piece.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"'))
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT {a:String}\r\n--x\r\n\
        Content-Disposition: form-data; name=\"param_a\"\r\nContent-Type: text/plain\r\n\r\nb\r\nc\r\n--x--\r\n";

    #[test]
    fn fields_come_out_as_they_were_put_in() {
        let fields = fields(FORM, "x").unwrap();
        assert_eq!(
            fields,
            [
                ("query".to_owned(), b"SELECT {a:String}".to_vec()),
                ("param_a".to_owned(), b"b\r\nc".to_vec())
            ]
        );
    }

    #[test]
    fn a_form_cut_anywhere_is_refused() {
        for end in 0..FORM.len() - 4 {
            assert!(fields(&FORM[..end], "x").is_err(), "{end}");
        }
    }

    #[test]
    fn the_boundary_is_read_with_and_without_quotes() {
        assert_eq!(
            boundary("multipart/form-data; boundary=\"a b\"").as_deref(),
            Some("a b")
        );
        assert_eq!(
            boundary("Multipart/Form-Data; charset=utf-8; Boundary=ab").as_deref(),
            Some("ab")
        );
        assert_eq!(boundary("text/plain; boundary=ab"), None);
    }
}
