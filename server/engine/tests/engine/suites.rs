//! What tests of the clients' own look at, where the port was once different (docs/sql-endpoint.md has their outcome).

use anyhow::Result;

use crate::harness::{Engine, code, text};

/// The engine would have waited for ever for data that stand in the text of a statement.
#[tokio::test]
async fn an_insert_behind_a_with_finds_its_data() -> Result<()> {
    let engine = Engine::with_table().await?;
    let insert = "WITH {INSERT:Int32} AS insert, (SELECT 1) AS x INSERT INTO weir.t (s) FORMAT TSV\nvalue;\n";
    let whole = engine.post_as_writer("param_INSERT=13")?.body(insert);
    assert_eq!(text(whole.send().await?).await?, "");
    let apart = "query=WITH%201%20AS%20y%20INSERT%20INTO%20weir.t%20(s)%20VALUES";
    let apart = engine.post_as_writer(apart)?.body("('apart')");
    assert_eq!(text(apart.send().await?).await?, "");
    engine
        .write("WITH 'query' AS y INSERT INTO weir.t (s) SELECT y")
        .await?;
    let rows = "SELECT s FROM weir.t WHERE s IN ('value;', 'apart', 'query') ORDER BY s";
    assert_eq!(engine.read(rows).await?, "apart\nquery\nvalue;\n");
    let named = "WITH insert AS (SELECT 13 AS n) SELECT * FROM insert";
    assert_eq!(engine.read(named).await?, "13\n");
    Ok(())
}

#[tokio::test]
async fn an_insert_whose_data_are_not_found_is_refused() -> Result<()> {
    let engine = Engine::with_table().await?;
    // Each would take a place for good.
    for _ in 0..5 {
        let outcome = engine
            .write("WITH 1 AS select INSERT INTO weir.t (s) FORMAT TSV\nvalue\n")
            .await;
        assert_eq!(code(&outcome), Some(62), "{outcome:?}");
    }
    assert_eq!(engine.write("SELECT count() FROM weir.t").await?, "2\n");
    Ok(())
}

/// By this header clients tell a query that found nothing from a statement that has nothing to find.
#[tokio::test]
async fn a_format_is_named_where_there_is_a_result() -> Result<()> {
    let engine = Engine::with_table().await?;
    for (sql, format) in [
        ("SELECT 1 WHERE 0", Some("TabSeparated")),
        ("SELECT 1 WHERE 0 FORMAT Native", Some("Native")),
        ("SHOW TABLES FROM weir LIKE 'none'", Some("TabSeparated")),
        ("EXISTS weir.t", Some("TabSeparated")),
        ("DROP TABLE IF EXISTS weir.none", None),
        ("CREATE TABLE weir.u (a Int8) ENGINE = Memory", None),
        ("INSERT INTO weir.u VALUES (1)", None),
        ("INSERT INTO weir.u SELECT 1", None),
        ("ALTER TABLE weir.u ADD COLUMN b Int8", None),
        ("TRUNCATE TABLE weir.u", None),
    ] {
        let answer = engine.post_as_writer("")?.body(sql).send().await?;
        assert!(answer.status().is_success(), "{sql}");
        let named = answer.headers().get("x-clickhouse-format");
        assert_eq!(
            named.map(|name| name.to_str()).transpose()?,
            format,
            "{sql}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn tables_may_have_nested_columns_and_hints_in_json() -> Result<()> {
    let engine = Engine::with_table().await?;
    engine
        .write(
            "CREATE TABLE weir.n (a Int8, n Nested(x Int8, y String), j JSON(max_dynamic_paths = 2, b.c UInt32, SKIP d)) \
             ENGINE = MergeTree ORDER BY a",
        )
        .await?;
    engine
        .write("INSERT INTO weir.n FORMAT JSONEachRow\n{\"a\":1,\"n.x\":[1,2],\"n.y\":[\"a\",\"b\"],\"j\":{\"b\":{\"c\":7}}}")
        .await?;
    assert_eq!(
        engine.read("SELECT n.y, j.b.c FROM weir.n").await?,
        "['a','b']\t7\n"
    );
    // The function of this name stays the engine's own.
    let outcome = engine.read("SELECT nested(['a'], [1])").await;
    assert_eq!(code(&outcome), Some(497), "{outcome:?}");
    Ok(())
}

/// Which many clients name when nobody has named another.
#[tokio::test]
async fn the_database_default_may_be_named() -> Result<()> {
    let engine = Engine::with_table().await?;
    let current = "SELECT currentDatabase(), (SELECT count() FROM weir.t)";
    for query in ["database=default", ""] {
        let answer = engine.post(query)?.body(current).send().await?;
        assert_eq!(text(answer).await?, "default\t2\n", "{query}");
    }
    let header = engine.post("")?.header("X-ClickHouse-Database", "default");
    assert_eq!(
        text(header.body(current).send().await?).await?,
        "default\t2\n"
    );
    let unknown = engine
        .post("database=nowhere")?
        .body(current)
        .send()
        .await?;
    assert_eq!(code(&text(unknown).await), Some(81));
    Ok(())
}

/// Formats are found in any case, as ClickHouse finds them, and named as it names them; a refused one is refused in any.
#[tokio::test]
async fn names_of_formats_are_taken_in_any_case() -> Result<()> {
    let engine = Engine::with_table().await?;
    for (query, sql) in [
        ("", "SELECT 1 AS a FORMAT jsonEachRow"),
        ("default_format=JSONEACHROW", "SELECT 1 AS a"),
    ] {
        let answer = engine.post(query)?.body(sql).send().await?;
        let of = |name: &str| answer.headers().get(name).cloned();
        let (format, media) = (of("x-clickhouse-format"), of("content-type"));
        assert_eq!(text(answer).await?, "{\"a\":1}\n", "{sql}");
        assert_eq!(
            format.as_ref().map(|name| name.as_bytes()),
            Some(&b"JSONEachRow"[..])
        );
        let ndjson = &b"application/x-ndjson; charset=UTF-8"[..];
        assert_eq!(media.as_ref().map(|name| name.as_bytes()), Some(ndjson));
    }
    let insert = engine.post_as_writer("query=INSERT%20INTO%20weir.t%20(s)%20FORMAT%20tsv")?;
    assert_eq!(text(insert.body("any case\n").send().await?).await?, "");
    let rows = "SELECT count() FROM weir.t WHERE s = 'any case'";
    assert_eq!(engine.read(rows).await?, "1\n");
    for refused in ["protobuf", "TEMPLATE", "capnproto"] {
        let outcome = engine.read(&format!("SELECT 1 FORMAT {refused}")).await;
        assert_eq!(code(&outcome), Some(73), "{refused}: {outcome:?}");
    }
    Ok(())
}

/// Whom the statement is to blame for gets a status below 500, by which clients decide whether to try again.
#[tokio::test]
async fn a_status_says_whose_fault_it_is() -> Result<()> {
    let engine = Engine::with_table().await?;
    for (sql, number, status) in [
        ("SELECT toUUID('x')", 376, 400),
        ("SELECT toIPv4('x')", 675, 400),
        ("SELECT toIPv6('x')", 676, 400),
        ("SELECT 1 AS a, 2 AS a, a", 179, 500),
        ("SELECT sumx(1) FROM numbers(1)", 46, 404),
        ("SELECT CAST(1 AS Nothing_)", 50, 404),
    ] {
        let answer = engine.post("")?.body(sql).send().await?;
        let answered = answer.status().as_u16();
        assert_eq!(code(&text(answer).await), Some(number), "{sql}");
        assert_eq!(answered, status, "{sql}");
    }
    let long = format!("SELECT '{}'", "x".repeat(1 << 20));
    let answer = engine.post("")?.body(long).send().await?;
    assert_eq!(answer.status().as_u16(), 413);
    assert_eq!(code(&text(answer).await), Some(229));
    // The number that the engine has for this name.
    let name = "SELECT errorCodeToName(229)";
    assert_eq!(engine.read(name).await?, "QUERY_IS_TOO_LARGE\n");
    Ok(())
}

/// Drivers read the header to know the zone of times without one.
#[tokio::test]
async fn the_time_zone_of_a_request_is_in_its_header() -> Result<()> {
    let engine = Engine::with_table().await?;
    for (query, expected) in [
        ("session_timezone=Asia%2FTokyo", Some("Asia/Tokyo")),
        ("session_timezone=", None),
        ("session_timezone=a%0D%0Ab", None),
    ] {
        let answer = engine.post(query)?.body("SELECT timezone()").send().await?;
        let zone = answer.headers().get("x-clickhouse-timezone").cloned();
        let zone = zone
            .as_ref()
            .and_then(|zone| zone.to_str().ok())
            .unwrap_or_default();
        match expected {
            Some(expected) => assert_eq!(zone, expected),
            None => assert!(!zone.is_empty() && zone != "Asia/Tokyo", "{zone}"),
        }
    }
    Ok(())
}

/// What balancers and tools send by habit.
#[tokio::test]
async fn habits_of_proxies_do_no_harm() -> Result<()> {
    let engine = Engine::with_table().await?;
    let url = format!("{}/replicas_status", engine.url()?.trim_end_matches('/'));
    assert_eq!(text(engine.http.get(url).send().await?).await?, "Ok.\n");
    for setting in ["add_http_cors_header=1", "workload=default", "priority=1"] {
        let answer = engine.post(setting)?.body("SELECT 1").send().await?;
        assert!(!answer.headers().contains_key("access-control-allow-origin"));
        assert_eq!(text(answer).await?, "1\n", "{setting}");
    }
    Ok(())
}
