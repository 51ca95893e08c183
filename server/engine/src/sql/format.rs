//! Formats: which one a statement asks for, which can be sent in pieces, what media type each has.

use super::lexer::{Kind, Lexer};

/// Format of results when nobody asks for one.
pub(crate) const DEFAULT_FORMAT: &str = "TabSeparated";

/// The FORMAT clause at the end of a statement, if it has one.
pub(crate) fn asked_format(sql: &str) -> Option<String> {
    let text = sql.as_bytes();
    let mut depth = 0_usize;
    let mut found = None;
    let mut lexer = Lexer::new(text);
    while let Some(token) = lexer.next() {
        match token.kind {
            Kind::Symbol(b'(' | b'[' | b'{') => depth += 1,
            Kind::Symbol(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            Kind::Word if depth == 0 && token.is_word(text, "FORMAT") => {
                // `format(…)` is a function; only a bare word behind it makes a clause.
                match lexer.next() {
                    Some(name) if name.kind == Kind::Word => {
                        found = Some(String::from_utf8_lossy(name.bytes(text)).into_owned());
                    }
                    Some(next) if next.is_symbol(b'(') => depth += 1,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    found
}

/// What the engine writes at the head of every chunk of a format, which must be kept from the first one only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkHead {
    /// Nothing: chunks can be joined as they are.
    None,
    /// This many lines.
    Lines(usize),
    /// This many CSV records: names in quotes may hold line breaks.
    Records(usize),
    /// The binary list of names, and of types if there are two lists.
    Names {
        /// 1 for names alone, 2 with types.
        lists: usize,
    },
}

/// How to join the chunks of a format; `None` for formats that only make sense as one document.
pub(crate) fn chunk_head(format: &str) -> Option<ChunkHead> {
    Some(match format {
        "TabSeparated"
        | "TSV"
        | "TabSeparatedRaw"
        | "TSVRaw"
        | "CSV"
        | "JSONEachRow"
        | "JSONLines"
        | "NDJSON"
        | "JSONStringsEachRow"
        | "JSONCompactEachRow"
        | "JSONCompactStringsEachRow"
        | "RowBinary"
        | "Native"
        | "TSKV"
        | "LineAsString"
        | "RawBLOB"
        | "MsgPack"
        | "Vertical" => match format {
            // Row numbers of this one restart with each chunk.
            "Vertical" => return None,
            _ => ChunkHead::None,
        },
        "TabSeparatedWithNames"
        | "TSVWithNames"
        | "TabSeparatedRawWithNames"
        | "TSVRawWithNames"
        | "JSONCompactEachRowWithNames"
        | "JSONCompactStringsEachRowWithNames" => ChunkHead::Lines(1),
        "TabSeparatedWithNamesAndTypes"
        | "TSVWithNamesAndTypes"
        | "TabSeparatedRawWithNamesAndTypes"
        | "TSVRawWithNamesAndTypes"
        | "JSONCompactEachRowWithNamesAndTypes"
        | "JSONCompactStringsEachRowWithNamesAndTypes" => ChunkHead::Lines(2),
        "CSVWithNames" => ChunkHead::Records(1),
        "CSVWithNamesAndTypes" => ChunkHead::Records(2),
        "RowBinaryWithNames" => ChunkHead::Names { lists: 1 },
        "RowBinaryWithNamesAndTypes" => ChunkHead::Names { lists: 2 },
        _ => return None,
    })
}

impl ChunkHead {
    /// Length of the head of this chunk; `None` if the chunk does not look as it should.
    pub(crate) fn length(self, chunk: &[u8]) -> Option<usize> {
        match self {
            Self::None => Some(0),
            Self::Lines(count) => nth_line_end(chunk, count, |_| false),
            Self::Records(count) => nth_line_end(chunk, count, |byte| byte == b'"'),
            Self::Names { lists } => names_length(chunk, lists),
        }
    }
}

/// Behind the `count`th line break that does not stand between two quotes.
fn nth_line_end(chunk: &[u8], count: usize, is_quote: impl Fn(u8) -> bool) -> Option<usize> {
    let mut quoted = false;
    let mut left = count;
    for (at, byte) in chunk.iter().enumerate() {
        if is_quote(*byte) {
            quoted = !quoted;
        } else if *byte == b'\n' && !quoted {
            left -= 1;
            if left == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// A count, then that many texts with their length, `lists` times the texts.
fn names_length(chunk: &[u8], lists: usize) -> Option<usize> {
    let mut at = 0;
    let columns = read_number(chunk, &mut at)?;
    for _ in 0..columns.checked_mul(lists)? {
        let length = read_number(chunk, &mut at)?;
        at = at.checked_add(length)?;
        if at > chunk.len() {
            return None;
        }
    }
    Some(at)
}

/// A variable-length number: seven bits a byte, the high bit says that more follow.
fn read_number(chunk: &[u8], at: &mut usize) -> Option<usize> {
    let mut number = 0_usize;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *chunk.get(*at)?;
        *at += 1;
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Media type of a format, as ClickHouse names it.
pub(crate) fn media_type(format: &str) -> &'static str {
    match format {
        "JSONEachRow"
        | "JSONLines"
        | "NDJSON"
        | "JSONStringsEachRow"
        | "JSONCompactEachRow"
        | "JSONCompactStringsEachRow"
        | "JSONCompactEachRowWithNames"
        | "JSONCompactEachRowWithNamesAndTypes"
        | "JSONCompactStringsEachRowWithNames"
        | "JSONCompactStringsEachRowWithNamesAndTypes"
        | "JSONEachRowWithProgress" => "application/x-ndjson; charset=UTF-8",
        "CSV" => "text/csv; charset=UTF-8; header=absent",
        "CSVWithNames" | "CSVWithNamesAndTypes" => "text/csv; charset=UTF-8; header=present",
        "XML" => "application/xml; charset=UTF-8",
        "Markdown" => "text/markdown; charset=UTF-8",
        "Native"
        | "RowBinary"
        | "RowBinaryWithNames"
        | "RowBinaryWithNamesAndTypes"
        | "Parquet"
        | "Arrow"
        | "ArrowStream"
        | "ORC"
        | "Avro"
        | "MsgPack"
        | "RawBLOB"
        | "Npy"
        | "BSONEachRow"
        | "Protobuf"
        | "ProtobufSingle"
        | "ProtobufList"
        | "CapnProto" => "application/octet-stream",
        _ if format.starts_with("JSON") => "application/json; charset=UTF-8",
        _ if format.starts_with("TabSeparated") || format.starts_with("TSV") => {
            "text/tab-separated-values; charset=UTF-8"
        }
        _ => "text/plain; charset=UTF-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_clause_is_found_and_nothing_else() {
        for (sql, format) in [
            ("SELECT 1 FORMAT JSON", Some("JSON")),
            ("SELECT 1 format CSV settings max_threads=1", Some("CSV")),
            ("SELECT format('{}', 1)", None),
            ("SELECT * FROM format(CSV, '1')", None),
            ("SELECT (SELECT 1 AS format)", None),
            ("SELECT 'FORMAT JSON' -- FORMAT CSV", None),
            ("SELECT 1 INTO OUTFILE 'x' FORMAT TSV;", Some("TSV")),
        ] {
            assert_eq!(asked_format(sql).as_deref(), format, "{sql}");
        }
    }

    #[test]
    fn heads_end_where_rows_begin() {
        for (format, chunk, head) in [
            ("TSV", "1\n".as_bytes(), 0),
            ("TSVWithNames", b"a\tb\n1\t2\n", 4),
            ("CSVWithNamesAndTypes", b"\"a\nb\"\n\"Int8\"\n1\n", 13),
            ("RowBinaryWithNamesAndTypes", b"\x01\x01a\x05UInt8\x07", 9),
            ("RowBinaryWithNames", b"\x02\x01a\x01b", 5),
        ] {
            assert_eq!(
                chunk_head(format).unwrap().length(chunk),
                Some(head),
                "{format}"
            );
        }
        assert_eq!(chunk_head("JSON"), None);
        assert_eq!(
            chunk_head("RowBinaryWithNames")
                .unwrap()
                .length(b"\x05\x09a"),
            None,
            "cut short"
        );
    }
}
