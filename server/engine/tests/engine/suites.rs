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
