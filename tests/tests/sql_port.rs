//! The SQL port as a stranger with `curl` meets it: reads, and nothing else.

use anyhow::Result;
use weir_tests::{Stack, StackOptions};

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_one_can_read_and_nothing_else() -> Result<()> {
    let stack = Stack::start(StackOptions {
        demo: true,
        ..StackOptions::default()
    })
    .await?;
    let columns = stack
        .sql("SELECT * FROM weir.funnel_shop_checkout FORMAT TSVWithNames")
        .await?;
    assert_eq!(
        columns.lines().next(),
        Some(
            "step_no\tstep\tpersons\tconversion_from_start\tconversion_from_prev\tdrop_off\t\
             median_s_from_prev\tmaturing\tas_of"
        )
    );
    let planted = stack.data().join("planted.txt");
    std::fs::write(&planted, "secret")?;
    let planted = planted.display();
    for query in [
        "INSERT INTO weir.events (site) VALUES ('x')".to_owned(),
        "CREATE TABLE weir.mine (a Int8) ENGINE = Memory".to_owned(),
        "DROP TABLE weir.events".to_owned(),
        "ALTER TABLE weir.events DELETE WHERE 1".to_owned(),
        "SET max_execution_time = 0".to_owned(),
        "SELECT 1 SETTINGS max_execution_time = 0".to_owned(),
        "SELECT 1; SELECT 2".to_owned(),
        "KILL QUERY WHERE 1".to_owned(),
        "SYSTEM SHUTDOWN".to_owned(),
        format!("SELECT * FROM file('{planted}', 'LineAsString')"),
        format!("SELECT file('{planted}')"),
        format!("SELECT 1 INTO OUTFILE '{planted}.out'"),
        format!("INSERT INTO weir.events FROM INFILE '{planted}' FORMAT CSV"),
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')".to_owned(),
        "SELECT * FROM remote('127.0.0.1:1', system.one)".to_owned(),
        "SELECT * FROM s3('http://127.0.0.1:1/x', 'LineAsString')".to_owned(),
        "SELECT * FROM system.users".to_owned(),
    ] {
        let answer = stack.sql(&query).await;
        assert!(answer.is_err(), "{query} was allowed: {answer:?}");
    }
    let client = reqwest::Client::new();
    for setting in ["max_execution_time=0", "readonly=0", "max_memory_usage=0"] {
        let url = format!(
            "{}/?{setting}&query=SELECT%20getSetting('readonly')",
            stack.sql_url()
        );
        let text = client.get(url).send().await?.text().await?;
        assert_ne!(text.trim(), "0", "{setting}");
    }
    for (header, value) in [("Host", "evil.example"), ("Origin", "https://evil.example")] {
        let answer = client
            .post(stack.sql_url())
            .header(header, value)
            .body("SELECT 1")
            .send()
            .await?;
        assert_eq!(answer.status().as_u16(), 403, "{header}: {value}");
    }
    let wrong = client
        .post(stack.sql_url())
        .basic_auth("weir", Some("guess"))
        .body("SELECT 1")
        .send()
        .await?;
    assert!(!wrong.status().is_success());
    assert!(wrong.text().await?.contains("Code: 516"));
    assert_eq!(
        stack.sql("SELECT 1").await?.trim(),
        "1",
        "the port is still there"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_reads_unmodified() -> Result<()> {
    let stack = Stack::start(StackOptions {
        demo: true,
        ..StackOptions::default()
    })
    .await?;
    let client = clickhouse::Client::default()
        .with_url(stack.sql_url())
        .with_user("analyst");
    let answer: u64 = client
        .query("SELECT toUInt64(?) + 1")
        .bind(41u64)
        .fetch_one()
        .await?;
    assert_eq!(answer, 42);
    let count: u64 = client
        .query("SELECT count() FROM weir.sessions")
        .fetch_one()
        .await?;
    assert_eq!(count, 0, "nobody came yet");
    Ok(())
}
