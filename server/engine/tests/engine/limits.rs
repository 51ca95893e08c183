//! What a statement may cost, and how many may run.

use anyhow::Result;

use crate::harness::{Engine, code, text, until};

const ENDLESS: &str =
    "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(cityHash64(number))";

#[tokio::test]
async fn rows_memory_and_time_are_bounded() -> Result<()> {
    let engine = Engine::start().await?;
    for (query, sql, expected) in [
        ("", "SELECT number FROM numbers(6000000)", 396),
        (
            "default_format=JSON",
            "SELECT number FROM numbers(6000000)",
            396,
        ),
        (
            "max_result_rows=0",
            "SELECT number FROM numbers(6000000)",
            396,
        ),
        ("max_result_rows=10", "SELECT number FROM numbers(100)", 396),
        (
            "max_memory_usage=50000000",
            "SELECT groupArray(number) FROM numbers(100000000)",
            241,
        ),
        ("max_execution_time=1", ENDLESS, 159),
        (
            "",
            &format!("{ENDLESS} SETTINGS max_execution_time = 1"),
            159,
        ),
    ] {
        let answer = engine
            .post(&format!("wait_end_of_query=1&{query}"))?
            .body(sql.to_owned())
            .send()
            .await?;
        assert_eq!(code(&text(answer).await), Some(expected), "{query} {sql}");
    }
    // In pieces, the limit strikes after the beginning was sent.
    let answer = engine
        .post("")?
        .body("SELECT number FROM numbers(6000000)")
        .send()
        .await?;
    assert!(answer.text().await.is_err());
    Ok(())
}

#[tokio::test]
async fn limits_can_be_lowered_and_never_lifted() -> Result<()> {
    let engine = Engine::start().await?;
    let limits = [
        "max_execution_time",
        "max_result_rows",
        "max_result_bytes",
        "max_memory_usage",
    ];
    for name in limits {
        let sql = format!("SELECT toUInt64(getSetting('{name}'))");
        let standard: u64 = engine.read(&sql).await?.trim().parse()?;
        assert!(standard > 0, "{name}");
        for (given, expected) in [
            ("0", standard),
            ("18446744073709551615", standard),
            ("-1", standard),
            ("7", 7),
        ] {
            let answer = engine
                .post(&format!("{name}={given}"))?
                .body(sql.clone())
                .send()
                .await?;
            match text(answer).await {
                Ok(seen) => assert_eq!(seen.trim(), expected.to_string(), "{name}={given}"),
                // 7 bytes are too few for any statement.
                Err(error) => assert!(given == "7", "{name}={given}: {error}"),
            }
        }
        for given in ["0", "999999999999999999", "-1", "DEFAULT", "'0'", "1e30"] {
            for sql in [
                format!("SELECT 1 SETTINGS {name} = {given}"),
                format!("SELECT * FROM (SELECT 1 SETTINGS {name} = {given})"),
                format!("SELECT 1 UNION ALL SELECT 2 SETTINGS extremes = 1, {name} = {given}"),
                format!("SELECT 1 FORMAT JSON SETTINGS {name} = {given}"),
                format!("EXPLAIN SELECT 1 SETTINGS {name} = {given}"),
                format!("WITH x AS (SELECT 1 SETTINGS `{name}` = {given}) SELECT * FROM x"),
            ] {
                assert_eq!(code(&engine.read(&sql).await), Some(164), "{sql}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_crowd_of_analysts_leaves_the_writer_its_place() -> Result<()> {
    let engine = Engine::with_table().await?;
    let mut crowd = Vec::new();
    for _ in 0..80 {
        let request = engine.post("")?.body(ENDLESS);
        crowd.push(tokio::spawn(
            async move { text(request.send().await?).await },
        ));
    }
    // Five run and sixty-four wait; the others are told so.
    until("some are turned away", async || {
        crowd.iter().filter(|task| task.is_finished()).count() >= 80 - 5 - 64
    })
    .await?;
    engine
        .write("INSERT INTO weir.t VALUES (50, 'while the others wait')")
        .await?;
    assert_eq!(
        engine
            .write("SELECT count() FROM weir.t WHERE a = 50")
            .await?,
        "1\n"
    );
    let mut turned_away = 0;
    for task in crowd {
        if task.is_finished() {
            assert_eq!(code(&task.await?), Some(202));
            turned_away += 1;
        } else {
            task.abort();
        }
    }
    assert!(turned_away >= 80 - 5 - 64);
    until("the places are free again", async || {
        engine.read("SELECT 1").await.is_ok()
    })
    .await
}
