//! Every format in which results may be asked for, small and large.

use anyhow::{Context, Result};

use crate::harness::{Engine, code, text};

/// Formats that need columns of a certain kind: (format, statement).
const PARTICULAR: [(&str, &str); 8] = [
    ("GeoJSON", "SELECT (1., 2.)::Point AS geometry"),
    ("LineAsString", "SELECT 'x'"),
    ("LineAsStringWithNames", "SELECT 'x'"),
    ("LineAsStringWithNamesAndTypes", "SELECT 'x'"),
    ("Npy", "SELECT number FROM numbers(3)"),
    (
        "PNG",
        "SELECT toUInt8(1) AS r, toUInt8(2) AS g, toUInt8(3) AS b",
    ),
    ("Prometheus", "SELECT 'm' AS name, toFloat64(1) AS value"),
    ("RawBLOB", "SELECT 'x'"),
];
/// Formats that answer nothing by their nature.
const EMPTY: [&str; 1] = ["Null"];

async fn output_formats(engine: &Engine) -> Result<Vec<String>> {
    let list = engine
        .read("SELECT name FROM system.formats WHERE is_output ORDER BY name")
        .await?;
    Ok(list.lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn each_format_is_answered_or_refused_by_name() -> Result<()> {
    let engine = Engine::start().await?;
    let refused: Vec<&str> = include_str!("../../src/guard/lists/formats_refused.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect();
    for format in output_formats(&engine).await? {
        let sql = PARTICULAR
            .iter()
            .find(|(name, _)| *name == format)
            .map_or("SELECT 1 AS a, 'x' AS b", |(_, sql)| *sql);
        let answer = engine
            .post("")?
            .body(format!("{sql} FORMAT {format}"))
            .send()
            .await?;
        if refused.contains(&format.as_str()) {
            assert_eq!(code(&text(answer).await), Some(73), "{format}");
            continue;
        }
        let status = answer.status();
        let named = answer.headers().get("x-clickhouse-format").cloned();
        let bytes = answer.bytes().await?;
        assert!(
            status.is_success(),
            "{format}: {}",
            String::from_utf8_lossy(&bytes)
        );
        assert_eq!(named.context("no format header")?, *format);
        assert_eq!(
            bytes.is_empty(),
            EMPTY.contains(&format.as_str()),
            "{format}"
        );
    }
    Ok(())
}

/// A result sent in pieces must be the same bytes as the one that the engine writes in one go.
#[tokio::test]
async fn a_long_result_in_pieces_is_the_same_as_in_one() -> Result<()> {
    let engine = Engine::start().await?;
    let columns =
        "SELECT number AS `a\"b`, concat('x', toString(number % 7)) AS s FROM numbers(150000)";
    // Statistics differ from run to run; Native, MsgPack and the like are compared too.
    let without_statistics = "output_format_write_statistics=0";
    for format in output_formats(&engine).await? {
        let particular = PARTICULAR.iter().any(|(name, _)| *name == format);
        let random = [
            "Parquet",
            "ORC",
            "Avro",
            "Hash",
            "ArrowStream",
            "Arrow",
            "Null",
            "ODBCDriver2",
        ];
        let changing = format.ends_with("WithProgress");
        if particular || changing || random.contains(&format.as_str()) {
            continue;
        }
        let ask = async |wait: u8| -> Result<(bool, Vec<u8>)> {
            let query =
                format!("wait_end_of_query={wait}&{without_statistics}&default_format={format}");
            let answer = engine.post(&query)?.body(columns).send().await?;
            Ok((answer.status().is_success(), answer.bytes().await?.to_vec()))
        };
        let (fine, in_pieces) = ask(0).await?;
        if !fine {
            continue;
        }
        let (_, in_one) = ask(1).await?;
        assert_eq!(in_pieces.len(), in_one.len(), "{format}");
        assert!(in_pieces == in_one, "{format}");
    }
    Ok(())
}

#[tokio::test]
async fn an_error_amid_a_long_result_is_not_taken_for_its_end() -> Result<()> {
    let engine = Engine::start().await?;
    let sql = "SELECT throwIf(number = 900000, 'stop here') FROM numbers(1000000)";
    let answer = engine.post("")?.body(sql).send().await?;
    assert!(answer.status().is_success(), "the beginning was fine");
    assert!(answer.headers().get("x-clickhouse-exception-tag").is_some());
    assert!(answer.text().await.is_err(), "the connection breaks off");
    let client = clickhouse::Client::default().with_url(engine.url()?);
    let read = client
        .query("SELECT toUInt64(throwIf(number = 900000, 'stop here')) FROM numbers(1000000)");
    let error = read.fetch_all::<u64>().await.unwrap_err().to_string();
    assert!(error.contains("stop here"), "{error}");
    let whole = engine.post("wait_end_of_query=1")?.body(sql).send().await?;
    assert_eq!(code(&text(whole).await), Some(395));
    Ok(())
}

#[tokio::test]
async fn what_is_not_rows_is_there_too() -> Result<()> {
    let engine = Engine::start().await?;
    for (sql, expected) in [
        (
            "SELECT number % 2 AS a, count() FROM numbers(3) GROUP BY a WITH TOTALS ORDER BY a",
            "0\t2\n1\t1\n\n0\t3\n",
        ),
        (
            "SELECT number FROM numbers(3) SETTINGS extremes = 1",
            "0\n1\n2\n\n0\n2\n",
        ),
        (
            "SELECT 1 AS a WHERE 0 FORMAT TSVWithNamesAndTypes",
            "a\nUInt8\n",
        ),
        (
            "SELECT 1 AS a WHERE 0 FORMAT RowBinaryWithNamesAndTypes",
            "\u{1}\u{1}a\u{5}UInt8",
        ),
        ("SELECT 1 WHERE 0", ""),
    ] {
        assert_eq!(engine.read(sql).await?, expected, "{sql}");
    }
    Ok(())
}
