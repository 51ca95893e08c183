//! Inserts: streamed, packed, repeated, broken off.

use anyhow::Result;
use bytes::Bytes;
use futures_util::stream;
use reqwest::Body;

use crate::harness::{Engine, code, text, until};

type Piece = Result<Bytes, std::io::Error>;

#[tokio::test]
async fn data_in_any_format_and_any_cut_arrives() -> Result<()> {
    let engine = Engine::with_table().await?;
    engine.write("TRUNCATE TABLE weir.t").await?;
    let in_url = "query=INSERT%20INTO%20weir.t%20FORMAT%20";
    for (format, data) in [
        ("CSV", &b"10,\"a,b\"\n11,c\n"[..]),
        ("TSV", b"12\td\n"),
        ("JSONEachRow", b"{\"a\":13,\"s\":\"e\"}\n{\"a\":14}"),
        ("RowBinary", b"\x0f\0\0\0\0\0\0\0\x01f"),
        ("Values", b"(16, 'g'), (17, 'h')"),
    ] {
        let by_url = engine
            .post_as_writer(&format!("{in_url}{format}"))?
            .body(data.to_vec());
        assert_eq!(text(by_url.send().await?).await?, "", "{format}");
    }
    let rows = engine
        .read("SELECT a, s FROM weir.t ORDER BY a FORMAT CSV")
        .await?;
    assert_eq!(
        rows,
        "10,\"a,b\"\n11,\"c\"\n12,\"d\"\n13,\"e\"\n14,\"\"\n15,\"f\"\n16,\"g\"\n17,\"h\"\n"
    );
    // Statement and data in the body, each byte a chunk of its own.
    let whole = b"INSERT INTO weir.t (s, a)\nFORMAT CSV\n\"FORMAT X\",20\nb,21\n";
    let pieces = whole
        .iter()
        .map(|byte| Piece::Ok(Bytes::copy_from_slice(&[*byte])));
    let body = Body::wrap_stream(stream::iter(pieces.collect::<Vec<_>>()));
    text(engine.post_as_writer("")?.body(body).send().await?).await?;
    assert_eq!(
        engine
            .read("SELECT s FROM weir.t WHERE a >= 20 ORDER BY a")
            .await?,
        "FORMAT X\nb\n"
    );
    Ok(())
}

#[tokio::test]
async fn a_long_insert_in_small_chunks_is_one_part() -> Result<()> {
    let engine = Engine::with_table().await?;
    engine.write("TRUNCATE TABLE weir.t").await?;
    const ROWS: i64 = 200_000;
    let rows: Vec<u8> = (0..ROWS)
        .flat_map(|n| [&n.to_le_bytes()[..], b"\x03abc"].concat())
        .collect();
    let chunks: Vec<Piece> = rows
        .chunks(1_001)
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    let query = "query=INSERT%20INTO%20weir.t%20FORMAT%20RowBinary";
    let body = Body::wrap_stream(stream::iter(chunks));
    text(engine.post_as_writer(query)?.body(body).send().await?).await?;
    assert_eq!(
        engine.read("SELECT count(), sum(a) FROM weir.t").await?,
        "200000\t19999900000\n"
    );
    let parts = "SELECT count(), max(rows) FROM system.parts WHERE active AND database = 'weir' AND table = 't'";
    assert_eq!(
        engine.read(parts).await?,
        "1\t200000\n",
        "one block, so that it is inserted whole or not at all"
    );
    Ok(())
}

#[tokio::test]
async fn a_repeated_token_inserts_nothing() -> Result<()> {
    let engine = Engine::with_table().await?;
    let insert = async |token: &str, rows: &'static str| -> Result<String> {
        let query = format!(
            "query=INSERT%20INTO%20weir.t%20FORMAT%20CSV&insert_deduplication_token={token}&async_insert=0\
             &insert_deduplicate=1"
        );
        text(engine.post_as_writer(&query)?.body(rows).send().await?).await
    };
    insert("batch-1", "10,a\n").await?;
    insert("batch-1", "10,a\n").await?;
    insert("batch-2", "10,a\n").await?;
    assert_eq!(
        engine
            .read("SELECT count() FROM weir.t WHERE a = 10")
            .await?,
        "2\n"
    );
    Ok(())
}

#[tokio::test]
async fn an_insert_that_breaks_off_leaves_nothing() -> Result<()> {
    let engine = Engine::with_table().await?;
    let query = "query=INSERT%20INTO%20weir.t%20FORMAT%20CSV";
    let pieces: Vec<Piece> = vec![
        Ok(Bytes::from_static(b"70,a\n71,b\n")),
        Err(std::io::Error::other("the client gives up")),
    ];
    let body = Body::wrap_stream(stream::iter(pieces));
    assert!(
        engine
            .post_as_writer(query)?
            .body(body)
            .send()
            .await
            .is_err()
    );
    // The next insert goes through the same door; what was broken off would be seen by now.
    for n in 0..3 {
        engine
            .write(&format!("INSERT INTO weir.t VALUES (80, '{n}')"))
            .await?;
    }
    assert_eq!(
        engine
            .read("SELECT count() FROM weir.t WHERE a IN (70, 71)")
            .await?,
        "0\n"
    );
    let broken = engine
        .post_as_writer(query)?
        .body("72,a\nnot a row\n")
        .send()
        .await?;
    assert_eq!(code(&text(broken).await), Some(27));
    assert_eq!(
        engine
            .read("SELECT count() FROM weir.t WHERE a = 72")
            .await?,
        "0\n"
    );
    Ok(())
}

#[tokio::test]
async fn a_failed_insert_is_answered_although_the_client_still_sends() -> Result<()> {
    let engine = Engine::with_table().await?;
    let pieces = (0..2_000).map(|_| Piece::Ok(Bytes::from(vec![b'1'; 4_096])));
    let body = Body::wrap_stream(stream::iter(pieces.collect::<Vec<_>>()));
    let query = "query=INSERT%20INTO%20weir.missing%20FORMAT%20CSV";
    let answer = engine.post_as_writer(query)?.body(body).send().await?;
    assert_eq!(code(&text(answer).await), Some(60));
    Ok(())
}

#[tokio::test]
async fn materialized_views_get_their_rows_once() -> Result<()> {
    let engine = Engine::with_table().await?;
    for sql in [
        "CREATE TABLE weir.target (a Int64) ENGINE = MergeTree ORDER BY a SETTINGS \
         non_replicated_deduplication_window = 100",
        "CREATE MATERIALIZED VIEW weir.mv TO weir.target AS SELECT a FROM weir.t",
    ] {
        engine.write(sql).await?;
    }
    let query = "query=INSERT%20INTO%20weir.t%20FORMAT%20CSV&insert_deduplication_token=once";
    for _ in 0..2 {
        text(engine.post_as_writer(query)?.body("5,x\n").send().await?).await?;
    }
    assert_eq!(engine.read("SELECT count() FROM weir.target").await?, "1\n");
    Ok(())
}

#[tokio::test]
async fn an_abandoned_query_is_cancelled() -> Result<()> {
    let engine = Engine::with_table().await?;
    let endless = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(cityHash64(number))";
    let request = engine.post("")?.body(endless).send();
    let running =
        "SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers(1000%'";
    let count = async || engine.write(running).await.unwrap_or_default();
    tokio::select! {
        answer = request => panic!("it ended by itself: {answer:?}"),
        started = until("the query runs", async || count().await == "1\n") => started?,
    }
    until("the query is cancelled", async || count().await == "0\n").await
}
