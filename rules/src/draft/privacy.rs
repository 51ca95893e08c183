//! Reads `privacy`.

use crate::bounds::MAX_LIST;
use crate::report::Collector;

use super::At;
use super::reader::Cursor;

#[derive(Debug)]
pub(crate) struct DraftPrivacy {
    pub(crate) identity: Option<At<String>>,
    /// `None`: every parameter stays.
    pub(crate) keep_query: Option<Vec<At<String>>>,
    pub(crate) redact: Vec<At<String>>,
}

pub(super) fn read(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftPrivacy> {
    let known = ["identity", "keep_query", "redact"];
    let example = "{ \"redact\": [\"email\", \"phone\"] }";
    let fields = cursor.fields(report, &known, Some(example))?;
    let list = |key: &str, report: &mut Collector<'_>| {
        let list = fields.get(key)?;
        Some(list.texts_or_text(report, MAX_LIST))
    };
    Some(DraftPrivacy {
        identity: fields.text(report, "identity"),
        keep_query: list("keep_query", report),
        redact: list("redact", report).unwrap_or_default(),
    })
}
