//! What drivers that cannot be installed here send after their handshakes (`transport.rs`), as their public sources make it:
//! Grafana's data source by clickhouse-go, DBeaver and Metabase by clickhouse-java. What they decode is decoded.

use anyhow::{Context, Result, ensure};
use reqwest::RequestBuilder;

use crate::harness::{Engine, code, text};
use crate::transport::header;

/// A table with what drivers stumble over, and a view.
async fn engine() -> Result<Engine> {
    let engine = Engine::with_table().await?;
    for sql in [
        "CREATE TABLE weir.visits (day Date COMMENT 'the day', at DateTime64(3, 'UTC'), channel LowCardinality(String), \
         revenue Decimal(18, 2), city Nullable(String), steps Array(String), props Map(String, String)) \
         ENGINE = MergeTree PRIMARY KEY (channel, day) ORDER BY (channel, day, at) COMMENT 'visits'",
        "INSERT INTO weir.visits SELECT '2026-11-01', '2026-11-01 10:00:00.500', 'Direct', 12.5, NULL, ['a', 'b'], map('k', 'v')",
        "CREATE VIEW weir.sessions AS SELECT day, channel FROM weir.visits",
    ] {
        engine.write(sql).await.context(sql)?;
    }
    Ok(engine)
}

/// Reads bytes from their beginning.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("cut short")?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<usize> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = usize::from(*self.take(1)?.first().context("no byte")?);
            number |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    fn text(&mut self) -> Result<String> {
        let length = self.number()?;
        Ok(String::from_utf8(self.take(length)?.to_vec())?)
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into()?))
    }
}

/// ClickHouse's blocks, unpacked: a checksum, then method, size of the whole and of the content, content.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Bytes(bytes);
    let mut content = Vec::new();
    while !bytes.0.is_empty() {
        bytes.take(16)?;
        ensure!(bytes.take(1)? == [0x82], "not LZ4");
        let (size, length) = (bytes.u32()? as usize, bytes.u32()? as usize);
        content.extend(lz4_flex::block::decompress(bytes.take(size - 9)?, length)?);
    }
    Ok(content)
}

/// What clickhouse-java sends with each statement.
async fn java(engine: &Engine, more: &str, sql: &str) -> Result<(Vec<String>, Vec<u8>)> {
    let query = format!(
        "compress=1&client_protocol_version=0&query_id=6c1f2b1e-0000-4000-8000-000000000000&database=weir{more}"
    );
    let answer = engine
        .post(&query)?
        .header("X-ClickHouse-User", "analyst")
        .header("X-ClickHouse-Key", "")
        .header("X-ClickHouse-Database", "weir")
        .header("X-ClickHouse-Format", "RowBinaryWithNamesAndTypes")
        .header(
            "User-Agent",
            "jdbc-v2/0.9.0 clickhouse-java-v2/0.9.0 (Linux; jvm:21) Apache-HttpClient/5.4",
        )
        .header("Content-Type", "text/plain; charset=UTF-8")
        .body(sql.to_owned())
        .send()
        .await?;
    let headers = answer.headers().clone();
    ensure!(
        answer.status().is_success(),
        "{sql}: {}",
        answer.text().await?
    );
    // It reads the format, the zone and the numbers of the summary off the headers.
    assert_eq!(
        header(&headers, "x-clickhouse-format"),
        "RowBinaryWithNamesAndTypes",
        "{sql}"
    );
    assert!(
        !header(&headers, "x-clickhouse-timezone").is_empty(),
        "{sql}"
    );
    let summary: serde_json::Value =
        serde_json::from_str(header(&headers, "x-clickhouse-summary"))?;
    for number in ["read_rows", "result_rows", "elapsed_ns", "written_rows"] {
        let number = summary
            .get(number)
            .and_then(serde_json::Value::as_str)
            .context("no number")?;
        number.parse::<u64>().context(sql.to_owned())?;
    }
    let content = unpacked(&answer.bytes().await?)?;
    let mut bytes = Bytes(&content);
    let columns = bytes.number()?;
    let named = (0..columns)
        .map(|_| bytes.text())
        .collect::<Result<Vec<_>>>()?;
    let mut head = named;
    for _ in 0..columns {
        head.push(bytes.text()?);
    }
    Ok((head, bytes.0.to_vec()))
}

/// First what the client asks by itself, then what `DatabaseMetaData` asks for the tree of tables.
#[tokio::test]
async fn jdbc_finds_tables_and_columns() -> Result<()> {
    let engine = engine().await?;
    let hello =
        "SELECT currentUser() AS user, timezone() AS timezone, version() AS version LIMIT 1";
    let (head, rows) = java(&engine, "", hello).await?;
    assert_eq!(
        head,
        ["user", "timezone", "version", "String", "String", "String"]
    );
    let mut rows = Bytes(&rows);
    assert!(!rows.text()?.is_empty() && !rows.text()?.is_empty());
    assert!(rows.text()?.starts_with("26."));

    let schemas =
        "SELECT name AS TABLE_SCHEM, '' AS TABLE_CATALOG FROM system.databases ORDER BY name";
    let (_, rows) = java(&engine, "", schemas).await?;
    assert!(rows.windows(6).any(|text| text == b"\x04weir\x00"));

    let tables = "SELECT '' AS TABLE_CAT, t.database AS TABLE_SCHEM, t.name AS TABLE_NAME, \
        if(t.is_temporary = 1, concat('Temporary', t.engine), t.engine) AS TABLE_TYPE, t.comment AS REMARKS, \
        CAST(null as Nullable(String)) AS TYPE_CAT, d.engine AS TYPE_SCHEM, CAST(null as Nullable(String)) AS REF_GENERATION \
        FROM system.tables t JOIN system.databases d ON system.tables.database = system.databases.name \
        WHERE t.database LIKE 'weir' AND t.name LIKE '%' AND ( (t.engine IN ('View','MergeTree')) OR (t.engine NOT IN ('View') \
        AND NOT t.engine LIKE 'System%' AND NOT t.engine LIKE 'Async%' AND t.is_temporary = 0)) AND (t.is_temporary = 0)";
    let (head, rows) = java(&engine, "", tables).await?;
    assert_eq!(head.get(2).map(String::as_str), Some("TABLE_NAME"));
    let mut rows = Bytes(&rows);
    let mut found = Vec::new();
    while !rows.0.is_empty() {
        let texts: Vec<String> = (0..5).map(|_| rows.text()).collect::<Result<_>>()?;
        assert_eq!(rows.take(1)?, [1], "null");
        assert_eq!(rows.text()?, "Atomic");
        assert_eq!(rows.take(1)?, [1], "null");
        found.push(texts.join("|"));
    }
    found.sort();
    let expected = [
        "|weir|sessions|View|",
        "|weir|t|MergeTree|",
        "|weir|visits|MergeTree|visits",
    ];
    assert_eq!(found, expected);

    let columns = "SELECT '' AS TABLE_CAT, database AS TABLE_SCHEM, table AS TABLE_NAME, name AS COLUMN_NAME, toInt32(1111) AS DATA_TYPE, \
        type AS TYPE_NAME, toInt32(multiIf(character_octet_length IS NOT NULL, character_octet_length, \
        system.columns.type == 'Int8', 1, numeric_precision IS NOT NULL, numeric_precision, 0)) AS COLUMN_SIZE, \
        toInt32(IF (numeric_scale == 0, NULL, numeric_scale)) as DECIMAL_DIGITS,  toInt32(numeric_precision_radix) AS NUM_PREC_RADIX, \
        toInt32(position(type, 'Nullable(') >= 1 ?1 : 0) as NULLABLE, system.columns.comment AS REMARKS, \
        system.columns.default_expression AS COLUMN_DEF, character_octet_length::Nullable(Int32) AS CHAR_OCTET_LENGTH, \
        toInt32(system.columns.position) AS ORDINAL_POSITION, position(upper(type), 'NULLABLE') >= 1 ? 'YES' : 'NO' AS IS_NULLABLE, \
        CAST(NULL as Nullable(Int16)) AS SOURCE_DATA_TYPE, 'NO' as IS_AUTOINCREMENT  FROM system.columns \
        WHERE database LIKE 'weir' AND table LIKE 'visits' AND name LIKE '%' ORDER BY TABLE_SCHEM, TABLE_NAME, ORDINAL_POSITION";
    let (_, rows) = java(&engine, "", columns).await?;
    let mut rows = Bytes(&rows);
    let first: Vec<String> = (0..4).map(|_| rows.text()).collect::<Result<_>>()?;
    assert_eq!(first, ["", "weir", "visits", "day"]);
    assert_eq!((rows.u32()?, rows.text()?.as_str()), (1111, "Date"));

    let keys = "SELECT NULL::Nullable(String) AS TABLE_CAT, system.tables.database AS TABLE_SCHEM, system.tables.name AS TABLE_NAME, \
        trim(c.1) AS COLUMN_NAME, CAST(c.2 AS Int16) AS KEY_SEQ, 'PRIMARY' AS PK_NAME FROM system.tables \
        ARRAY JOIN arrayZip(splitByChar(',', primary_key), arrayEnumerate(splitByChar(',', primary_key))) as c \
        WHERE system.tables.primary_key <> '' AND system.tables.database ILIKE 'weir' AND system.tables.name ILIKE 'visits' \
        ORDER BY COLUMN_NAME";
    let (_, rows) = java(&engine, "", keys).await?;
    assert!(
        rows.starts_with(b"\x01\x04weir\x06visits\x07channel\x01\x00\x07PRIMARY"),
        "{rows:?}"
    );
    for sql in [
        "SELECT 'local' AS TABLE_CAT  WHERE 1 = 0",
        "SELECT arrayJoin(['TABLE','VIEW']) AS TABLE_TYPE ORDER BY TABLE_TYPE",
        "SELECT '' AS PROCEDURE_CAT, CAST(0 as Int16) AS RESERVED1 LIMIT 0",
        "SELECT name, alias_to, case_insensitive FROM system.data_type_families",
        "SHOW TABLES",
        "DESCRIBE TABLE visits",
        "SELECT 1",
    ] {
        java(&engine, "", sql).await?;
    }
    Ok(())
}

/// A prepared statement comes with its values written into it; the rows are what the driver reads by their types.
#[tokio::test]
async fn jdbc_reads_rows() -> Result<()> {
    let engine = engine().await?;
    let limits = "&max_execution_time=30&max_result_rows=2000&result_overflow_mode=break&wait_end_of_query=1&session_timezone=UTC";
    let sql = "SELECT day, at, channel, revenue, city, steps, props FROM visits WHERE channel = 'Direct' AND day >= '2026-10-01' LIMIT 200";
    let (head, rows) = java(&engine, limits, sql).await?;
    let types = [
        "Date",
        "DateTime64(3, 'UTC')",
        "LowCardinality(String)",
        "Decimal(18, 2)",
        "Nullable(String)",
        "Array(String)",
        "Map(String, String)",
    ];
    assert_eq!(head.get(7..).context("no types")?, types);
    let mut rows = Bytes(&rows);
    let day = u16::from_le_bytes(rows.take(2)?.try_into()?);
    let at = i64::from_le_bytes(rows.take(8)?.try_into()?);
    assert_eq!((day, at), (20_758, 1_793_527_200_500));
    assert_eq!(rows.text()?, "Direct");
    assert_eq!(i64::from_le_bytes(rows.take(8)?.try_into()?), 1250);
    assert_eq!(rows.0, b"\x01\x02\x01a\x01b\x01\x01k\x01v");
    // By parameters of the server, as the client has it, too.
    let (_, rows) = java(
        &engine,
        "&param_c=Direct",
        "SELECT count() FROM visits WHERE channel = {c:String}",
    )
    .await?;
    assert_eq!(rows, 1_u64.to_le_bytes());
    // A long result, in many blocks; its summary is of what was there when it began.
    let (_, rows) = java(&engine, "", "SELECT number FROM numbers(300000)").await?;
    assert_eq!(rows.len(), 8 * 300_000);
    // An error is in blocks, too.
    let failed = engine
        .post("compress=1&database=weir")?
        .body("SELECT missing FROM visits");
    let failed = failed.send().await?;
    assert_eq!(
        header(failed.headers(), "x-clickhouse-exception-code"),
        "47"
    );
    let said = String::from_utf8(unpacked(&failed.bytes().await?)?)?;
    assert!(said.starts_with("Code: 47. DB::Exception: "), "{said}");
    Ok(())
}

/// A block of Native, as clickhouse-go decodes it at revision 0: its columns with their types, and how many rows.
fn block(bytes: &mut Bytes<'_>) -> Result<(Vec<[String; 2]>, usize)> {
    let (columns, rows) = (bytes.number()?, bytes.number()?);
    let mut head = Vec::new();
    for _ in 0..columns {
        let named = [bytes.text()?, bytes.text()?];
        // Of the types that are asked for here, those that are texts.
        ensure!(named[1] == "String" || columns == 1, "{named:?}");
        if named[1] == "String" {
            for _ in 0..rows {
                bytes.text()?;
            }
        }
        head.push(named);
    }
    Ok((head, rows))
}

/// What clickhouse-go sends with each statement for Grafana.
fn go(engine: &Engine, more: &str, sql: &str) -> Result<RequestBuilder> {
    let query = format!(
        "client_protocol_version=54460&database=weir&default_format=Native&enable_http_compression=1&max_execution_time=60\
         &query_id=5e8f0b1e-0000-4000-8000-000000000001{more}"
    );
    Ok(engine
        .post(&query)?
        .basic_auth("analyst", Some(""))
        .header("User-Agent", "grafana/12.0.0 clickhouse-datasource/4.10.0 clickhouse-go/2.40.0 (lv:go/1.24; os:linux)")
        .body(sql.to_owned()))
}

/// What the data source asks to fill its menus, and its panels with their macros written out.
#[tokio::test]
async fn grafana_fills_its_menus_and_panels() -> Result<()> {
    let engine = engine().await?;
    let texts = |sql: &'static str| {
        let request = go(&engine, "", sql);
        async move {
            let answer = request?.send().await?;
            ensure!(
                answer.status().is_success(),
                "{sql}: {}",
                answer.text().await?
            );
            let bytes = answer.bytes().await?;
            let mut bytes = Bytes(&bytes);
            let found = block(&mut bytes).with_context(|| sql.to_owned())?;
            ensure!(bytes.0.is_empty(), "{sql}: more than one block");
            Ok(found)
        }
    };
    let (_, databases) = texts("SHOW DATABASES").await?;
    assert!(databases >= 2);
    for (sql, rows) in [
        ("SHOW TABLES", 3),
        ("SHOW TABLES FROM \"weir\"", 3),
        ("DESC TABLE \"weir\".\"visits\"", 7),
        ("DESC TABLE \"weir\".\"sessions\"", 2),
        (
            "SELECT name, type, table FROM system.columns WHERE database IN ('weir')",
            11,
        ),
        (
            "SELECT database, name FROM system.tables WHERE database = 'weir' ORDER BY database, name",
            3,
        ),
        (
            "SELECT database, table, name, type, comment FROM system.columns WHERE (database, table) IN (('weir', 'visits')) ORDER BY database, table, position",
            7,
        ),
        (
            "SELECT DISTINCT arrayJoin(props.keys) as keys FROM \"weir\".\"visits\" LIMIT 1000",
            1,
        ),
        ("select distinct city from weir.visits limit 0", 0),
    ] {
        let (_, found) = texts(sql).await.or_else(|error| match rows {
            // An empty answer has no block.
            0 => Ok((Vec::new(), 0)),
            _ => Err(error),
        })?;
        assert_eq!(found, rows, "{sql}");
    }
    for sql in [
        // Its check whether the port answers, and whose settings it may set.
        "SELECT 1",
        "SELECT value FROM system.settings WHERE name='readonly'",
        "SELECT currentDatabase()",
        "SELECT name, is_aggregate, case_insensitive, alias_to, origin, description, syntax, arguments, returned_value, examples, \
         categories FROM system.functions LIMIT 10000",
        "SELECT DISTINCT channel FROM weir.visits SETTINGS max_execution_time=10",
        "SELECT DISTINCT id FROM (SELECT 'shop' AS id) ORDER BY id",
        // $__timeFilter, $__timeFilter_ms, $__dateFilter, $__timeInterval, $__interval_s.
        "SELECT toStartOfInterval(toDateTime(at), INTERVAL 60 second) as time, count() AS visits FROM weir.visits \
         WHERE at >= toDateTime(1793491200) AND at <= toDateTime(1796083199) GROUP BY time ORDER BY time",
        "SELECT count() FROM weir.visits WHERE at >= fromUnixTimestamp64Milli(1793491200000) AND at <= fromUnixTimestamp64Milli(1796083199000) \
         AND day >= toDate('2026-11-01') AND day <= toDate('2026-11-30')",
        "SELECT toStartOfInterval(toDateTime64(at, 3), INTERVAL 500 millisecond) AS time, quantile(0.95)(revenue) FROM weir.visits \
         WHERE day >= toDate(toDateTime(1793491200)) GROUP BY time ORDER BY time ASC LIMIT 1000",
    ] {
        let answer = go(&engine, "&readonly=1", sql)?
            .header("Accept-Encoding", "gzip")
            .send()
            .await?;
        ensure!(
            answer.status().is_success(),
            "{sql}: {}",
            answer.text().await?
        );
        assert_eq!(
            header(answer.headers(), "x-clickhouse-format"),
            "Native",
            "{sql}"
        );
        assert!(
            answer.headers().contains_key("x-clickhouse-query-id"),
            "{sql}"
        );
    }
    // Filters for all panels at once go by a setting whose value is an expression: docs/sql-endpoint.md says so.
    let filtered = "SELECT count() FROM weir.visits settings additional_table_filters={'weir.visits' : 'channel = \\'Direct\\''}";
    let answer = go(&engine, "", filtered)?.send().await?;
    assert_eq!(code(&text(answer).await), Some(164));
    Ok(())
}
