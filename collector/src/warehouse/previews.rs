//! What pages observe that are previewed: rows of `weir.preview_events`, apart from every real event.
//!
//! Written as they come and not spooled: whoever previews looks on, and does it again if something is lost.

use std::time::Duration;

use clickhouse::Client;
use serde::Serialize;

use super::WarehouseError;

/// How long an insert may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// One thing that happened on a previewed page. The fields are the columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviewRow {
    /// Site id.
    pub site: String,
    /// Ascending in the order of arrival.
    pub id: u64,
    /// When it arrived, in milliseconds since 1970.
    #[serde(serialize_with = "as_seconds")]
    pub received_at: i64,
    /// When it happened.
    #[serde(serialize_with = "as_seconds")]
    pub at: i64,
    /// The public part of the link.
    pub preview: String,
    /// What happened.
    pub kind: String,
    /// The name of an event of the page.
    pub name: String,
    /// The element, in short.
    pub element: String,
    /// The page.
    pub page_url: String,
    /// The tags that fired.
    pub fired: Vec<String>,
    /// JSON.
    pub details: String,
}

/// As ClickHouse reads a time of milliseconds from JSON.
fn as_seconds<S: serde::Serializer>(ms: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    let ms = ms.max(&0);
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    serializer.serialize_str(&text)
}

/// Inserts rows.
pub async fn record_previews(client: &Client, rows: &[PreviewRow]) -> Result<(), WarehouseError> {
    let mut body = Vec::new();
    for row in rows {
        // Texts, numbers and lists of texts: nothing that could not be written.
        if serde_json::to_writer(&mut body, row).is_ok() {
            body.push(b'\n');
        }
    }
    let inserted = async {
        let mut insert = client
            .insert_formatted_with("INSERT INTO weir.preview_events FORMAT JSONEachRow")
            .with_timeouts(Some(TIMEOUT), Some(TIMEOUT));
        insert.send(body.into()).await?;
        insert.end().await
    };
    inserted
        .await
        .map_err(|error| WarehouseError::from_client("writing down what a preview observed", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_what_the_table_wants() {
        let row = PreviewRow {
            site: "shop".to_owned(),
            id: 7,
            received_at: 1_700_000_000_005,
            at: -1,
            preview: "ab".to_owned(),
            kind: "click".to_owned(),
            name: String::new(),
            element: "a.buy".to_owned(),
            page_url: "https://shop.example/".to_owned(),
            fired: vec!["Buy".to_owned()],
            details: "{}".to_owned(),
        };
        let written = serde_json::to_value(&row).unwrap();
        assert_eq!(written["received_at"], "1700000000.005");
        assert_eq!(written["at"], "0.000");
        let table = include_str!("../../sql/tables/0009_preview_events.sql");
        let fields = written.as_object().unwrap();
        for field in fields.keys() {
            assert!(table.contains(&format!("\n    {field} ")), "{field}");
        }
        assert_eq!(table.matches(" COMMENT ").count(), fields.len());
    }
}
