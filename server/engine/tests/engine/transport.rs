//! Requests and answers as ClickHouse's clients make and expect them.

use anyhow::Result;
use futures_util::stream;
use reqwest::header::HeaderMap;
use reqwest::multipart::Form;

use crate::harness::{Engine, code, text};

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[tokio::test]
async fn statements_come_in_every_way_that_clients_send_them() -> Result<()> {
    let engine = Engine::with_table().await?;
    let url = engine.url()?;
    let get = async |query: &str| -> Result<String> {
        text(engine.http.get(format!("{url}/{query}")).send().await?).await
    };
    assert_eq!(get("ping").await?, "Ok.\n");
    assert_eq!(get("").await?, "Ok.\n");
    assert_eq!(get("?query=SELECT%201").await?, "1\n");
    assert_eq!(
        text(engine.post("query=SELECT")?.body("1 + 1").send().await?).await?,
        "2\n"
    );
    let pieces = ["SEL", "ECT ", "3"].map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(stream::iter(pieces));
    assert_eq!(
        text(engine.post("")?.body(body).send().await?).await?,
        "3\n"
    );
    let head = engine
        .http
        .head(format!("{url}/?query=SELECT%201"))
        .send()
        .await?;
    assert!(head.status().is_success());
    assert_eq!(
        header(head.headers(), "x-clickhouse-format"),
        "TabSeparated"
    );
    assert_eq!(head.text().await?, "");
    let missing = engine.http.get(format!("{url}/play")).send().await?;
    assert_eq!(missing.status(), 404);
    Ok(())
}

#[tokio::test]
async fn parameters_settings_database_and_format_are_taken_from_the_request() -> Result<()> {
    let engine = Engine::with_table().await?;
    let ask = async |query: &str, sql: &'static str| -> Result<String> {
        text(engine.post(query)?.body(sql).send().await?).await
    };
    assert_eq!(
        ask(
            "param_a=it%27s&param_b=41",
            "SELECT {a:String}, {b:UInt8} + 1"
        )
        .await?,
        "it\\'s\t42\n"
    );
    assert_eq!(
        ask("param_a=[1,2]", "SELECT arraySum({a:Array(UInt8)})").await?,
        "3\n"
    );
    assert_eq!(ask("database=weir", "SELECT count() FROM t").await?, "2\n");
    assert_eq!(
        ask("default_format=JSONCompactEachRow", "SELECT 1, 'a'").await?,
        "[1, \"a\"]\n"
    );
    assert_eq!(
        ask("default_format=JSON", "SELECT 1 FORMAT CSV").await?,
        "1\n",
        "the clause wins"
    );
    let quoted = "output_format_json_quote_64bit_integers=1&default_format=JSONEachRow";
    assert_eq!(
        ask(quoted, "SELECT toUInt64(7) AS n").await?,
        "{\"n\":\"7\"}\n"
    );
    assert_eq!(
        ask(
            "session_timezone=Asia/Tokyo",
            "SELECT toHour(toDateTime(0))"
        )
        .await?,
        "9\n"
    );
    assert_eq!(code(&ask("no_such_setting=1", "SELECT 1").await), Some(115));
    assert_eq!(code(&ask("database=nowhere", "SELECT 1").await), Some(81));
    let form = Form::new()
        .text("query", "SELECT {a:String} AS x")
        .text("param_a", "b\\nc");
    let answer = engine
        .post("default_format=TSVWithNames")?
        .multipart(form)
        .send()
        .await?;
    assert_eq!(text(answer).await?, "x\nb\\nc\n");
    // Each request is a session of its own: nothing of one reaches the next.
    assert_eq!(
        ask("join_use_nulls=1", "SELECT getSetting('join_use_nulls')").await?,
        "true\n"
    );
    assert_eq!(
        ask("", "SELECT getSetting('join_use_nulls')").await?,
        "false\n"
    );
    Ok(())
}

#[tokio::test]
async fn answers_carry_the_headers_that_clients_read() -> Result<()> {
    let engine = Engine::with_table().await?;
    let answer = engine
        .post("query_id=my-query-1")?
        .header("X-ClickHouse-Format", "JSONEachRow")
        .body("SELECT a FROM weir.t")
        .send()
        .await?;
    let headers = answer.headers();
    assert_eq!(header(headers, "x-clickhouse-query-id"), "my-query-1");
    assert_eq!(header(headers, "x-clickhouse-format"), "JSONEachRow");
    assert_eq!(
        header(headers, "content-type"),
        "application/x-ndjson; charset=UTF-8"
    );
    assert!(!header(headers, "x-clickhouse-timezone").is_empty());
    let summary: serde_json::Value = serde_json::from_str(header(headers, "x-clickhouse-summary"))?;
    assert_eq!(summary["result_rows"], "2");
    assert_eq!(summary["read_rows"], "2");
    let unnamed = engine.post("")?.body("SELECT 1").send().await?;
    assert_eq!(header(unnamed.headers(), "x-clickhouse-query-id").len(), 36);
    let written = engine
        .post_as_writer("")?
        .body("INSERT INTO weir.t VALUES (3, 'x')")
        .send()
        .await?;
    let summary: serde_json::Value =
        serde_json::from_str(header(written.headers(), "x-clickhouse-summary"))?;
    assert_eq!(summary["written_rows"], "1");
    Ok(())
}

#[tokio::test]
async fn errors_have_clickhouse_codes_in_status_header_and_text() -> Result<()> {
    let engine = Engine::with_table().await?;
    for (sql, status, number) in [
        ("SELEC 1", 400, "62"),
        ("SELECT * FROM weir.missing", 404, "60"),
        ("SELECT missing FROM weir.t", 404, "47"),
        ("SELECT toUInt8('x')", 400, "6"),
        ("SELECT {a:UInt8}", 400, "456"),
        ("SELECT throwIf(1)", 500, "395"),
        ("INSERT INTO weir.t VALUES (1, 'x')", 403, "164"),
    ] {
        let answer = engine.post("")?.body(sql).send().await?;
        assert_eq!(answer.status().as_u16(), status, "{sql}");
        assert_eq!(
            header(answer.headers(), "x-clickhouse-exception-code"),
            number,
            "{sql}"
        );
        let text = answer.text().await?;
        assert!(
            text.starts_with(&format!("Code: {number}. DB::Exception: ")),
            "{text}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn only_the_secret_opens_the_writers_door() -> Result<()> {
    let engine = Engine::with_table().await?;
    let (url, secret) = (engine.url()?, engine.secret()?);
    let row = |text: &str| format!("INSERT INTO weir.t VALUES (9, '{text}')");
    let post = || engine.http.post(&url);
    for request in [
        engine
            .post(&format!("user=weir&password={secret}"))?
            .body(row("a")),
        post().basic_auth("weir", Some(&secret)).body(row("b")),
        post()
            .header("X-ClickHouse-User", "weir")
            .header("X-ClickHouse-Key", &secret)
            .body(row("c")),
    ] {
        assert_eq!(text(request.send().await?).await?, "");
    }
    for request in [
        post().basic_auth("weir", Some("wrong")),
        post().basic_auth("weir", None::<&str>),
        post().header("X-ClickHouse-User", "weir"),
        post().basic_auth("admin", Some(&secret)),
        post().bearer_auth(&secret),
        post().basic_auth("analyst", Some(&secret)),
    ] {
        let answer = request.body(row("d")).send().await?;
        assert_eq!(answer.status().as_u16(), 403);
        assert_eq!(code(&text(answer).await), Some(516));
    }
    for name in ["analyst", "default", ""] {
        let answer = engine
            .http
            .post(&url)
            .basic_auth(name, Some(""))
            .body("SELECT 1")
            .send()
            .await?;
        assert_eq!(text(answer).await?, "1\n", "{name}");
    }
    assert_eq!(
        engine
            .read("SELECT count() FROM weir.t WHERE a = 9")
            .await?,
        "3\n"
    );
    let by_get = engine
        .http
        .get(format!(
            "{url}/?user=weir&password={secret}&query={}",
            row("e")
        ))
        .send()
        .await?;
    assert_eq!(code(&text(by_get).await), Some(164), "GET does not write");
    for (readonly, expected) in [("1", Some(164)), ("2", Some(164)), ("0", None)] {
        let asked = engine.post_as_writer(&format!("readonly={readonly}"))?;
        let answer = text(asked.body(row("f")).send().await?).await;
        assert_eq!(code(&answer), expected, "readonly={readonly}");
    }
    Ok(())
}

#[tokio::test]
async fn web_pages_and_foreign_host_names_are_turned_away() -> Result<()> {
    let engine = Engine::start().await?;
    let port = engine.address()?.port();
    for (name, value) in [
        ("Host", "evil.example".to_owned()),
        ("Host", format!("evil.example:{port}")),
        ("Origin", "https://evil.example".to_owned()),
        ("Origin", format!("http://127.0.0.1:{port}")),
        ("Origin", "null".to_owned()),
    ] {
        for path in ["", "ping"] {
            let url = format!("{}/{path}", engine.url()?);
            let answer = engine
                .http
                .post(url)
                .header(name, &value)
                .body("SELECT 1")
                .send()
                .await?;
            assert_eq!(answer.status().as_u16(), 403, "{name}: {value}");
            assert!(
                answer
                    .headers()
                    .get("access-control-allow-origin")
                    .is_none()
            );
        }
    }
    let answer = engine
        .post("")?
        .header("Host", "localhost:1")
        .body("SELECT 1")
        .send()
        .await?;
    assert_eq!(text(answer).await?, "1\n");
    Ok(())
}

fn packed(encoding: &str, text: &str) -> Result<Vec<u8>> {
    use std::io::Write;
    let level = flate2::Compression::fast();
    Ok(match encoding {
        "gzip" => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
            writer.write_all(text.as_bytes())?;
            writer.finish()?
        }
        "deflate" => {
            let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), level);
            writer.write_all(text.as_bytes())?;
            writer.finish()?
        }
        "zstd" => zstd::stream::encode_all(text.as_bytes(), 1)?,
        _ => {
            let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
            writer.write_all(text.as_bytes())?;
            writer.finish()?
        }
    })
}

fn unpacked(encoding: &str, bytes: &[u8]) -> Result<String> {
    use std::io::Read;
    let mut text = String::new();
    match encoding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_string(&mut text)?,
        "deflate" => flate2::read::ZlibDecoder::new(bytes).read_to_string(&mut text)?,
        "zstd" => zstd::stream::read::Decoder::new(bytes)?.read_to_string(&mut text)?,
        _ => lz4_flex::frame::FrameDecoder::new(bytes).read_to_string(&mut text)?,
    };
    Ok(text)
}

#[tokio::test]
async fn bodies_and_answers_are_packed_as_http_packs_them() -> Result<()> {
    let engine = Engine::with_table().await?;
    for (number, encoding) in (10..).zip(["gzip", "deflate", "zstd", "lz4"]) {
        let statement = packed(encoding, "SELECT number FROM numbers(200000)")?;
        let answer = engine
            .post("")?
            .header("Content-Encoding", encoding)
            .header("Accept-Encoding", encoding)
            .body(statement)
            .send()
            .await?;
        assert_eq!(header(answer.headers(), "content-encoding"), encoding);
        let lines = unpacked(encoding, &answer.bytes().await?)?;
        assert_eq!(lines.lines().count(), 200_000, "{encoding}, in pieces");

        let rows = packed(
            encoding,
            &format!("INSERT INTO weir.t FORMAT TabSeparated\n{number}\t{encoding}\n"),
        )?;
        let answer = engine
            .post_as_writer("")?
            .header("Content-Encoding", encoding)
            .body(rows)
            .send()
            .await?;
        assert_eq!(text(answer).await?, "");
        let stored = engine
            .read(&format!("SELECT s FROM weir.t WHERE a = {number}"))
            .await?;
        assert_eq!(stored, format!("{encoding}\n"));

        let answer = engine
            .post("")?
            .header("Accept-Encoding", encoding)
            .body("SELECT missing")
            .send()
            .await?;
        assert_eq!(answer.status(), 404);
        let error = unpacked(encoding, &answer.bytes().await?)?;
        assert!(error.starts_with("Code: 47."), "{error}");
    }
    let plain = engine
        .post("enable_http_compression=0")?
        .header("Accept-Encoding", "gzip")
        .body("SELECT 1")
        .send()
        .await?;
    assert_eq!(header(plain.headers(), "content-encoding"), "");
    assert_eq!(text(plain).await?, "1\n");
    let empty = engine.post("")?.header("Accept-Encoding", "gzip");
    let empty = empty.body("SELECT 1 LIMIT 0").send().await?;
    assert_eq!(header(empty.headers(), "content-encoding"), "");
    assert_eq!(text(empty).await?, "");
    let unknown = engine.post("")?.header("Content-Encoding", "br").body("x");
    assert_eq!(code(&text(unknown.send().await?).await), Some(271));
    let cut = packed("gzip", "SELECT 1")?;
    let cut = engine
        .post("")?
        .header("Content-Encoding", "gzip")
        .body(cut[..cut.len() - 3].to_vec());
    assert_eq!(code(&text(cut.send().await?).await), Some(271));
    Ok(())
}

#[tokio::test]
async fn a_session_runs_one_statement_at_a_time() -> Result<()> {
    let engine = Engine::with_table().await?;
    let ask = async |query: &str| -> Result<String> {
        text(engine.post(query)?.body("SELECT 1").send().await?).await
    };
    assert_eq!(code(&ask("session_id=a&session_check=1").await), Some(372));
    assert_eq!(ask("session_id=a&session_timeout=60").await?, "1\n");
    assert_eq!(ask("session_id=a&session_check=1").await?, "1\n");
    assert_eq!(
        code(&ask("session_id=a&session_timeout=9999").await),
        Some(374)
    );
    // A long result that nobody reads holds its session.
    let long = engine
        .post("session_id=a")?
        .body("SELECT repeat('x', 1000) FROM numbers(1000000)")
        .send()
        .await?;
    let busy = engine.post("session_id=a")?.body("SELECT 1").send().await?;
    assert_eq!(busy.status().as_u16(), 423);
    assert_eq!(code(&text(busy).await), Some(373));
    assert_eq!(ask("session_id=b").await?, "1\n");
    drop(long);
    crate::harness::until("the session is free again", async || {
        ask("session_id=a").await.is_ok()
    })
    .await
}

/// What clickhouse-go sends first over HTTP, byte for byte as its sources make it, and what it decodes.
#[tokio::test]
async fn clickhouse_go_is_told_to_expect_plain_blocks() -> Result<()> {
    let engine = Engine::with_table().await?;
    let query = "client_protocol_version=54460&database=weir&default_format=Native&enable_http_compression=1";
    let answer = engine
        .post(query)?
        .header("Accept-Encoding", "gzip")
        .body("SELECT displayName(), version(), revision(), timezone()")
        .send()
        .await?;
    assert_eq!(header(answer.headers(), "content-encoding"), "gzip");
    let bytes = answer.bytes().await?;
    let mut block = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(bytes.as_ref()),
        &mut block,
    )?;
    let head = b"\x01\x00\x02\xff\xff\xff\xff\x00\x04\x01\x0ddisplayName()\x06String\x00\x04weir";
    assert!(block.starts_with(head), "{block:?}");
    let revision = b"\x0arevision()\x06UInt32\x00\x00\x00\x00\x00\x0atimezone()\x06String\x00";
    assert!(
        block
            .windows(revision.len())
            .any(|window| window == revision)
    );
    // Revision 0 from here on: no block info, no byte before the values.
    let answer = engine.post(query)?.body("SELECT 1").send().await?;
    assert_eq!(
        answer.bytes().await?.as_ref(),
        b"\x01\x01\x011\x05UInt8\x01"
    );
    Ok(())
}

/// What the JDBC driver sends (DBeaver, Metabase): answers in ClickHouse's blocks, binary rows with names and types.
#[tokio::test]
async fn the_jdbc_driver_gets_its_blocks() -> Result<()> {
    let engine = Engine::start().await?;
    let query = "compress=1&default_format=RowBinaryWithNamesAndTypes&wait_end_of_query=1&client_protocol_version=0\
                 &output_format_binary_write_json_as_string=1";
    let answer = engine
        .post(query)?
        .header("X-ClickHouse-User", "default")
        .header("X-ClickHouse-Key", "")
        .body("SELECT toUInt8(7) AS n, 'a' AS s")
        .send()
        .await?;
    assert!(answer.status().is_success(), "{}", answer.text().await?);
    let bytes = answer.bytes().await?;
    let rows = b"\x02\x01n\x01s\x05UInt8\x06String\x07\x01a";
    let sizes = bytes.get(17..25).unwrap_or_default();
    assert_eq!(bytes.get(16), Some(&0x82), "LZ4");
    assert_eq!(
        sizes.get(4..),
        Some(u32::try_from(rows.len())?.to_le_bytes().as_slice())
    );
    let content = lz4_flex::block::decompress(&bytes[25..], rows.len())?;
    assert_eq!(content, rows);
    Ok(())
}
