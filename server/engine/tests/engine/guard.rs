//! Statements that must pass, and statements that must not, with the code of the refusal.

use std::process::Command;

use anyhow::{Context, Result};

use crate::harness::{Engine, code, library, program, text};

/// What analysts and their tools send.
const PASS: &[&str] = &[
    "SELECT 1",
    "SELECT version(), timezone(), currentDatabase(), @@version",
    "SELECT count(), uniqExact(a), quantileTDigestIf(0.5)(a, a > 1), sum(a) FILTER (WHERE a > 1) FROM weir.t",
    "SELECT a, row_number() OVER w, lagInFrame(a, 1) OVER w FROM weir.t WINDOW w AS (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) QUALIFY a > 0",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r",
    "WITH f AS (SELECT 1 AS x), 2 AS y SELECT x + y FROM f",
    "SELECT t.a, u.s FROM weir.t AS t ANY LEFT JOIN weir.t AS u ON t.a = u.a WHERE t.a IN (SELECT a FROM weir.t) ORDER BY a WITH FILL FROM 1 TO 3 LIMIT 1 BY a",
    "SELECT a, count() FROM weir.t GROUP BY ROLLUP(a) HAVING count() > 0",
    "SELECT * EXCEPT (s) REPLACE (a + 1 AS a), COLUMNS('a') APPLY toString, * APPLY (x -> toString(x)) FROM weir.t",
    "SELECT arrayMap(x -> x * 2, [1, 2]), (1, 'a').1, map('k', 1)['k'], a > 1 ? 1 : 2, a::String, CAST(a, 'Float64') FROM weir.t",
    "SELECT CASE a WHEN 1 THEN 'x' ELSE 'y' END, CASE WHEN a > 1 THEN 1 END, a BETWEEN 1 AND 2, s LIKE '%o%', s ILIKE 'O%' FROM weir.t",
    "SELECT now() - INTERVAL 1 DAY, toStartOfWeek(today()), extract(YEAR FROM now()), formatDateTime(now(), '%Y'), date_diff('day', today(), today())",
    "SELECT exists(SELECT 1), 1 = ANY (SELECT 1), (SELECT max(a) FROM weir.t), NOT EXISTS (SELECT 1 WHERE 0)",
    "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2 EXCEPT SELECT 3",
    "WITH x -> x + 1 AS inc SELECT inc(2)",
    "SELECT file FROM (SELECT 1 AS file, 2 AS url)",
    "SELECT 'file(''/etc/passwd'')', '-- ; /*' -- file('x')",
    "FROM weir.t SELECT a SETTINGS max_threads = 1, join_use_nulls = 1, output_format_json_quote_64bit_integers = 0",
    "SELECT number FROM numbers(3) ARRAY JOIN [1, 2] AS x",
    "SELECT * FROM values('a Int8, b String', (1, 'x')) FORMAT JSONCompact",
    "SELECT * FROM view(SELECT 1)",
    "SELECT a FROM weir.plain_view",
    "SELECT * FROM weir_fn.with_parameters(n = 1)",
    "SELECT weir_twice(weir_twice(1))",
    "SHOW TABLES FROM weir",
    "SHOW DATABASES",
    "SHOW COLUMNS FROM weir.t",
    "SHOW FULL TABLES FROM weir LIKE 't%'",
    "SHOW CREATE TABLE weir.t",
    "SHOW CREATE VIEW weir.plain_view",
    "SHOW INDEX FROM weir.t",
    "SHOW FUNCTIONS LIKE 'abs'",
    "SHOW SETTINGS LIKE 'max_threads'",
    "DESCRIBE TABLE weir.t",
    "DESC (SELECT * FROM weir.plain_view)",
    "EXISTS TABLE weir.t",
    "EXISTS weir.plain_view",
    "EXPLAIN SELECT a FROM weir.plain_view",
    "EXPLAIN indexes = 1, actions = 1 SELECT a FROM weir.t WHERE a = 1",
    "EXPLAIN AST SELECT 1",
    "EXPLAIN SYNTAX SELECT 1",
    "EXPLAIN PIPELINE SELECT a FROM weir.t",
    "EXPLAIN ESTIMATE SELECT a FROM weir.t",
    "SELECT name, value, readonly FROM system.settings LIMIT 10000",
    "SELECT database, name, engine FROM system.tables WHERE database NOT IN ('system')",
    "SELECT * FROM system.columns WHERE database = 'weir'",
    "SELECT name FROM system.databases",
    "SELECT name, is_aggregate FROM system.functions LIMIT 1",
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'weir'",
    "SELECT sum(rows) FROM system.parts WHERE active",
    "SELECT 1;",
];

/// What nobody without the secret may run, and the code of the refusal.
const REFUSED: &[(&str, u32)] = &[
    ("INSERT INTO weir.t VALUES (9, 'x')", 164),
    ("INSERT INTO weir.t SELECT 9, 'x'", 164),
    ("CREATE TABLE weir.mine (a Int8) ENGINE = Memory", 164),
    ("CREATE VIEW weir.mine AS SELECT 1", 164),
    ("CREATE FUNCTION mine AS x -> x", 164),
    ("CREATE USER me", 164),
    ("GRANT ALL ON *.* TO default", 164),
    ("ALTER TABLE weir.t DELETE WHERE 1", 164),
    ("DROP TABLE weir.t", 164),
    ("TRUNCATE TABLE weir.t", 164),
    ("DELETE FROM weir.t WHERE 1", 164),
    ("OPTIMIZE TABLE weir.t FINAL", 164),
    ("RENAME TABLE weir.t TO weir.u", 164),
    ("CREATE TEMPORARY TABLE mine (a Int8)", 497),
    ("SET max_execution_time = 0", 497),
    ("SET ROLE writer", 497),
    ("USE system", 497),
    ("KILL QUERY WHERE 1", 497),
    ("SYSTEM SHUTDOWN", 497),
    ("SYSTEM RELOAD CONFIG", 497),
    ("BACKUP DATABASE weir TO File('x')", 497),
    ("ATTACH TABLE weir.x", 497),
    ("DETACH TABLE weir.t", 497),
    ("EXECUTE AS weir SELECT 1", 497),
    ("BEGIN TRANSACTION", 497),
    ("CHECK TABLE weir.t", 497),
    ("SHOW PROCESSLIST", 497),
    ("SHOW GRANTS", 497),
    ("SHOW USERS", 497),
    ("SHOW ACCESS", 497),
    ("SHOW CREATE USER default", 497),
    ("SELECT 1; SELECT 2", 62),
    ("SELECT 1; DROP TABLE weir.t", 62),
    ("SELECT 1 PARALLEL WITH SELECT 2", 62),
    ("SELECT 1 INTO OUTFILE '{file}.out'", 497),
    ("EXPLAIN AST SELECT 1 INTO OUTFILE '{file}.out'", 497),
    ("INSERT INTO weir.t FROM INFILE '{file}' FORMAT CSV", 164),
    ("INSERT INTO FUNCTION file('{file}') SELECT 1", 497),
    ("SELECT file('{file}')", 497),
    (
        "SELECT FILE('{file}'), `file`('{file}'), \"file\" /* */ ('{file}')",
        497,
    ),
    ("SELECT arrayMap(x -> file(x), ['{file}'])", 497),
    ("SELECT * APPLY file FROM (SELECT '{file}' AS x)", 497),
    (
        "SELECT * APPLY (x -> file(x)) FROM (SELECT '{file}' AS x)",
        497,
    ),
    ("SELECT * REPLACE (file('{file}') AS a) FROM weir.t", 497),
    ("SHOW TABLES FROM weir WHERE file('{file}') != ''", 497),
    ("SHOW TABLES FROM weir LIMIT length(file('{file}'))", 497),
    (
        "SELECT a FROM weir.t ORDER BY a WITH FILL FROM length(file('{file}')) TO 2",
        497,
    ),
    ("SELECT a FROM weir.t LIMIT length(file('{file}'))", 497),
    (
        "SELECT 1 FROM weir.t WHERE s IN (SELECT * FROM file('{file}', 'LineAsString'))",
        497,
    ),
    ("SELECT * FROM weir.t PREWHERE file('{file}') != ''", 497),
    (
        "SELECT count() OVER (ORDER BY file('{file}')) FROM weir.t",
        497,
    ),
    ("WITH (SELECT file('{file}')) AS x SELECT x", 497),
    ("DESCRIBE TABLE file('{file}', 'LineAsString')", 497),
    ("EXPLAIN SELECT * FROM file('{file}', 'LineAsString')", 497),
    (
        "SELECT * FROM view(SELECT * FROM file('{file}', 'LineAsString'))",
        497,
    ),
    (
        "SELECT * FROM viewIfPermitted(SELECT 1 ELSE file('{file}', 'LineAsString'))",
        497,
    ),
    ("SELECT * FROM url('{url}', 'LineAsString')", 497),
    ("SELECT * FROM remote('{host}', system.one)", 497),
    ("SELECT * FROM cluster('default', system.one)", 497),
    ("SELECT * FROM merge('system', '.*')", 497),
    (
        "SELECT * FROM executable('cat /etc/passwd', 'LineAsString', 'a String')",
        497,
    ),
    (
        "SELECT hasColumnInTable('{host}', 'system', 'one', 'dummy')",
        497,
    ),
    ("SELECT dictGet('x', 'y', 1)", 497),
    ("SELECT sleep(3)", 497),
    (
        "SELECT hostName(), getServerPort('tcp_port'), getMacro('x')",
        497,
    ),
    ("SELECT addressToLine(1)", 497),
    ("SELECT last_error_message FROM system.errors", 497),
    ("SELECT command FROM system.mutations", 497),
    ("SELECT * FROM system.users", 497),
    ("SELECT * FROM `system` . /* */ `processes`", 497),
    ("SELECT 1 IN system.processes", 497),
    ("SELECT system.processes.query FROM system.processes", 497),
    ("DESCRIBE TABLE system.query_log", 497),
    ("SHOW CREATE TABLE system.users", 497),
    ("SELECT * FROM {t:Identifier}", 497),
    ("SELECT 1 AS `a\nb`", 497),
    (
        "SELECT 1 FORMAT Template SETTINGS format_template_row = '{file}'",
        73,
    ),
    (
        "SELECT 1 FORMAT Protobuf SETTINGS format_schema = '{file}:X'",
        73,
    ),
    ("SELECT 1 SETTINGS output_format_schema = '{file}.out'", 164),
    (
        "SELECT 1 SETTINGS additional_result_filter = 'file(''{file}'')'",
        164,
    ),
    ("SELECT 1 SETTINGS readonly = 0", 164),
    ("SELECT 1 SETTINGS dialect = 'prql'", 164),
    ("SELECT 1 SETTINGS allow_introspection_functions = 1", 164),
    ("SELECT 1 SETTINGS no_such_setting = 1", 115),
    ("SELECT 1 FORMAT NoSuchFormat", 73),
    ("SELECT file('{file}', 1) SETTINGS join_use_nulls = 1", 497),
];

/// What user `weir` may not run either.
const WRITER_REFUSED: &[(&str, u32)] = &[
    ("CREATE VIEW weir.bad AS SELECT file('{file}')", 497),
    (
        "CREATE VIEW weir.bad AS SELECT * FROM url('{url}', 'LineAsString')",
        497,
    ),
    (
        "CREATE VIEW weir_fn.bad AS SELECT * FROM {t:Identifier}",
        497,
    ),
    ("CREATE FUNCTION weir_bad AS x -> file(x)", 497),
    (
        "CREATE MATERIALIZED VIEW weir.bad ENGINE = URL('{url}', 'CSV') AS SELECT 1 AS a",
        497,
    ),
    (
        "CREATE MATERIALIZED VIEW weir.bad REFRESH EVERY 1 DAY ENGINE = Memory AS SELECT file('{file}') AS a",
        497,
    ),
    (
        "CREATE TABLE weir.bad (a String) ENGINE = File('LineAsString', '{file}')",
        497,
    ),
    (
        "CREATE TABLE weir.bad (a String DEFAULT file('{file}')) ENGINE = Memory",
        497,
    ),
    (
        "CREATE TABLE weir.bad (a String) ENGINE = MergeTree ORDER BY a TTL now() + length(file('{file}'))",
        497,
    ),
    (
        "CREATE TABLE weir.bad (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = 's3', endpoint = '{url}')",
        164,
    ),
    (
        "CREATE TABLE weir.bad (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS storage_policy = 'x'",
        164,
    ),
    (
        "CREATE TABLE weir.bad AS file('{file}', 'LineAsString')",
        497,
    ),
    (
        "CREATE DICTIONARY weir.bad (a UInt64) PRIMARY KEY a SOURCE(HTTP(URL '{url}' FORMAT 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
        497,
    ),
    ("CREATE DATABASE other", 497),
    ("CREATE DATABASE weir_fn ENGINE = Memory", 497),
    ("CREATE DATABASE weir_fn ENGINE = Filesystem('/')", 497),
    (
        "CREATE DATABASE weir_fn ENGINE = MySQL('{host}', 'a', 'b', 'c')",
        497,
    ),
    ("CREATE USER me", 497),
    ("CREATE NAMED COLLECTION me AS url = '{url}'", 497),
    ("INSERT INTO weir.t SELECT 1, file('{file}')", 497),
    ("INSERT INTO weir.t VALUES (1, file('{file}'))", 344),
    ("INSERT INTO weir.t FROM INFILE '{file}' FORMAT CSV", 497),
    (
        "INSERT INTO FUNCTION url('{url}', 'CSV', 'a Int8') SELECT 1",
        497,
    ),
    ("ALTER TABLE weir.t UPDATE s = file('{file}') WHERE 1", 497),
    (
        "ALTER TABLE weir.t ADD COLUMN c String DEFAULT file('{file}')",
        497,
    ),
    ("ALTER TABLE weir.t MODIFY SETTING disk = 'x'", 164),
    ("ALTER TABLE weir.t FREEZE", 497),
    ("ALTER TABLE weir.t FETCH PARTITION 1 FROM '/x'", 497),
    ("DELETE FROM weir.t WHERE file('{file}') != ''", 497),
    (
        "ATTACH TABLE weir.x FROM '/tmp' (a Int8) ENGINE = MergeTree ORDER BY a",
        497,
    ),
    ("SYSTEM RELOAD CONFIG", 497),
    ("SET allow_introspection_functions = 1", 497),
    ("SELECT 1 SETTINGS format_schema = '{file}:X'", 164),
    ("SELECT * FROM system.users", 497),
];

async fn engine_with_views() -> Result<Engine> {
    let engine = Engine::with_table().await?;
    for sql in [
        "CREATE VIEW weir.plain_view AS SELECT a, b FROM weir.t LEFT JOIN (SELECT 2 AS a, 3 AS b) AS u USING (a) SETTINGS join_use_nulls = 1",
        "CREATE VIEW weir_fn.with_parameters AS SELECT a FROM weir.t WHERE a = {n:Int64}",
        "CREATE FUNCTION weir_inc AS x -> x + 1",
        "CREATE FUNCTION weir_twice AS x -> weir_inc(weir_inc(x))",
    ] {
        engine.write(sql).await.context(sql)?;
    }
    Ok(engine)
}

#[tokio::test]
async fn what_analysts_need_passes() -> Result<()> {
    let engine = engine_with_views().await?;
    for sql in PASS {
        engine
            .read(sql)
            .await
            .with_context(|| format!("as analyst: {sql}"))?;
        engine
            .write(sql)
            .await
            .with_context(|| format!("as weir: {sql}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_theirs_does_not() -> Result<()> {
    let engine = engine_with_views().await?;
    let planted = engine.data.path().join("planted.csv");
    std::fs::write(&planted, "7,PLANTED\n")?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let host = listener.local_addr()?.to_string();
    let filled = |sql: &str| {
        sql.replace("{file}", &planted.display().to_string())
            .replace("{url}", &format!("http://{host}/x"))
            .replace("{host}", &host)
    };
    for (sql, expected) in REFUSED {
        let outcome = engine.read(&filled(sql)).await;
        assert_eq!(code(&outcome), Some(*expected), "{sql}: {outcome:?}");
        let explained = format!("{:?}", outcome.err());
        assert!(!explained.contains("PLANTED"), "{sql}: {explained}");
    }
    engine.write("DROP DATABASE weir_fn").await?;
    for (sql, expected) in WRITER_REFUSED {
        let outcome = engine.write(&filled(sql)).await;
        assert_eq!(code(&outcome), Some(*expected), "{sql}: {outcome:?}");
    }
    assert_eq!(
        engine.read("SELECT count() FROM weir.t").await?,
        "2\n",
        "nothing was written"
    );
    assert!(!planted.with_extension("csv.out").exists());
    assert!(listener.accept().is_err(), "something was connected to");
    Ok(())
}

/// Settings of the request, and of the statement itself, must not hide a part of it from the guard.
#[tokio::test]
async fn no_setting_hides_a_part_of_the_statement() -> Result<()> {
    let engine = engine_with_views().await?;
    let hidden = "SHOW TABLES FROM weir WHERE file('/etc/hostname') != ''";
    let in_query = "SELECT file('/etc/hostname')";
    for settings in [
        "offset=1",
        "limit=1&offset=1",
        "max_result_rows=1&result_overflow_mode=break&max_block_size=1",
        "max_rows_to_read=1&read_overflow_mode=break",
        "timeout_overflow_mode=break&max_execution_time=1",
        "extremes=1",
        "default_format=JSON",
        "output_format_tsv_crlf_end_of_line=1",
    ] {
        for sql in [hidden, in_query] {
            let answer = engine.post(settings)?.body(sql).send().await?;
            assert_eq!(code(&text(answer).await), Some(497), "{settings} {sql}");
        }
        let clause = settings
            .replace('&', ", ")
            .replace("=break", "='break'")
            .replace("default_format=JSON", "limit=1");
        for sql in [
            format!("{hidden} SETTINGS {clause}"),
            format!("{in_query} SETTINGS {clause}"),
            format!("SELECT 1 UNION ALL {in_query} SETTINGS {clause}"),
        ] {
            let outcome = engine.read(&sql).await;
            assert!(
                matches!(code(&outcome), Some(497 | 62)),
                "{sql}: {outcome:?}"
            );
        }
    }
    Ok(())
}

/// A database that is older than the guard may hold anything.
#[tokio::test]
async fn what_an_old_view_or_function_does_is_looked_at() -> Result<()> {
    let data = tempfile::TempDir::with_prefix("weir-engine-")?;
    std::fs::create_dir_all(data.path().join("engine"))?;
    let made = Command::new(program())
        .arg("unguarded")
        .arg(data.path())
        .arg(library()?)
        .args([
            "CREATE DATABASE weir ENGINE = Atomic",
            "CREATE FUNCTION sneak AS x -> file(x)",
            "CREATE FUNCTION harmless AS x -> x + 1",
            "CREATE FUNCTION sneak_again AS x -> sneak(x)",
            "CREATE VIEW weir.by_function AS SELECT sneak('/etc/passwd') AS x",
            "CREATE VIEW weir.by_table AS SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
            "CREATE VIEW weir.by_view AS SELECT * FROM weir.by_table",
            "CREATE VIEW weir.fine AS SELECT harmless(1) AS x",
        ])
        .output()?;
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let engine = Engine::start_on(data).await?;
    for sql in [
        "SELECT sneak('/etc/passwd')",
        "SELECT sneak_again('/etc/passwd')",
        "SELECT * FROM weir.by_function",
        "SELECT * FROM weir.by_table",
        "SELECT * FROM `weir`.`by_view`",
        "SELECT 1 IN weir.by_view",
    ] {
        assert_eq!(code(&engine.read(sql).await), Some(497), "{sql}");
        assert_eq!(code(&engine.write(sql).await), Some(497), "{sql}");
    }
    let in_database = engine
        .post("database=weir")?
        .body("SELECT * FROM by_view")
        .send()
        .await?;
    assert_eq!(code(&text(in_database).await), Some(497));
    assert_eq!(engine.read("SELECT * FROM weir.fine").await?, "2\n");
    engine.write("DROP VIEW weir.fine").await?;
    engine
        .write("CREATE VIEW weir.by_another AS SELECT 1 AS x")
        .await?;
    assert_eq!(
        engine.read("SELECT * FROM weir.by_another").await?,
        "1\n",
        "the catalogue is read again"
    );
    Ok(())
}
