//! The official `clickhouse` crate, as it is, with its default compression.

use anyhow::Result;
use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};

use crate::harness::Engine;

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Visit {
    visitor: u64,
    path: String,
    tags: Vec<String>,
    score: Option<f64>,
}

fn visit(visitor: u64) -> Visit {
    let score = visitor.is_multiple_of(2).then_some(visitor as f64 / 2.0);
    Visit {
        visitor,
        path: format!("/{visitor}'\"\n"),
        tags: vec!["a".to_owned(); (visitor % 3) as usize],
        score,
    }
}

fn writer(engine: &Engine) -> Result<Client> {
    Ok(Client::default()
        .with_url(engine.url()?)
        .with_user("weir")
        .with_password(engine.secret()?))
}

#[tokio::test]
async fn typed_rows_go_in_and_come_out() -> Result<()> {
    let engine = Engine::start().await?;
    let client = writer(&engine)?;
    for sql in [
        "CREATE DATABASE weir",
        "CREATE TABLE weir.visits (visitor UInt64, path String, tags Array(String), score Nullable(Float64)) \
         ENGINE = MergeTree ORDER BY visitor SETTINGS non_replicated_deduplication_window = 100",
    ] {
        client.query(sql).execute().await?;
    }
    let client = client.with_database("weir");
    let rows: Vec<Visit> = (0..10_000).map(visit).collect();
    for _ in 0..2 {
        let mut insert = client
            .insert::<Visit>("visits")
            .await?
            .with_setting("insert_deduplication_token", "first")
            .with_setting("async_insert", "0");
        for row in &rows {
            insert.write(row).await?;
        }
        insert.end().await?;
    }
    let read: Vec<Visit> = client
        .query("SELECT ?fields FROM visits ORDER BY visitor")
        .fetch_all()
        .await?;
    assert_eq!(
        read, rows,
        "inserted once, although sent twice under one token"
    );
    let reader = Client::default()
        .with_url(engine.url()?)
        .with_user("analyst")
        .with_database("weir");
    let count: u64 = reader
        .query("SELECT count() FROM visits WHERE path = {path:String} AND visitor IN {ids:Array(UInt64)}")
        .param("path", "/7'\"\n")
        .param("ids", vec![6_u64, 7])
        .fetch_one()
        .await?;
    assert_eq!(count, 1);
    let bound: String = reader
        .query("SELECT path FROM visits WHERE visitor = ?")
        .bind(8_u64)
        .fetch_one()
        .await?;
    assert_eq!(bound, "/8'\"\n");
    let refused = reader
        .query("INSERT INTO visits (visitor) VALUES (1)")
        .execute()
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("Code: 164"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn ready_bytes_go_in_plain_and_packed() -> Result<()> {
    let engine = Engine::with_table().await?;
    let sql = "INSERT INTO weir.t (a, s) FORMAT RowBinary";
    for (letter, compression) in [
        (b'n', clickhouse::Compression::None),
        (b'l', clickhouse::Compression::Lz4),
    ] {
        let rows: Vec<u8> = (100..20_100_i64)
            .flat_map(|n| [&n.to_le_bytes()[..], &[1, letter]].concat())
            .collect();
        let client = writer(&engine)?.with_compression(compression);
        let mut insert = client.insert_formatted_with(sql);
        for piece in rows.chunks(7_777) {
            insert.send(bytes::Bytes::copy_from_slice(piece)).await?;
        }
        insert.end().await?;
    }
    assert_eq!(
        engine
            .read("SELECT count() FROM weir.t WHERE a >= 100")
            .await?,
        "40000\n"
    );
    Ok(())
}

#[tokio::test]
async fn a_cursor_reads_a_long_result_row_by_row() -> Result<()> {
    let engine = Engine::start().await?;
    let client = Client::default().with_url(engine.url()?);
    let mut cursor = client
        .query("SELECT number FROM numbers(300000)")
        .fetch::<u64>()?;
    let mut expected = 0;
    while let Some(number) = cursor.next().await? {
        assert_eq!(number, expected);
        expected += 1;
    }
    assert_eq!(expected, 300_000);
    Ok(())
}
