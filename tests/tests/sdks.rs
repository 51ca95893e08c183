//! Segment's libraries, unmodified, deliver through restarts and refusals, each event once.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use weir_tests::{Stack, StackOptions};

/// Orders that each library sends, one every 50 ms.
const ORDERS: u64 = 120;
/// `identify`, `page`, `group` and `alias` before them.
const OTHERS: u64 = 4;

fn sdks() -> Result<PathBuf> {
    std::env::var_os("WEIR_SDKS").map(PathBuf::from).context(
        "WEIR_SDKS does not name the folder of `tools/setup.sh sdks`; run the tests by `make test`",
    )
}

/// Ended when dropped, so that a test that fails leaves nothing behind.
struct Sender(Child);

impl Sender {
    fn start(command: &mut Command) -> Result<Self> {
        let command = command.stdin(Stdio::null()).stderr(Stdio::piped());
        Ok(Self(command.spawn()?))
    }

    /// Waits until it ends well.
    async fn finish(mut self) -> Result<()> {
        for _ in 0..2_400 {
            if let Some(status) = self.0.try_wait()? {
                let mut said = String::new();
                if let Some(mut errors) = self.0.stderr.take() {
                    std::io::Read::read_to_string(&mut errors, &mut said)?;
                }
                ensure!(status.success(), "a library gave up: {said}");
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("a library still sends after two minutes")
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("sdks")
        .join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_libraries_deliver_through_restarts_and_refusals_once() -> Result<()> {
    let sdks = sdks()?;
    let mut stack = Stack::start(StackOptions {
        containers: vec![(
            "sdks.json".to_owned(),
            r#"{ "weir": 1, "site": { "id": "sdks", "currency": "EUR" } }"#.to_owned(),
        )],
        // Less than both send together, so that some batches are told to come again.
        arguments: ["--limit", "site_rate=30", "site_burst=10"]
            .map(str::to_owned)
            .to_vec(),
        ..StackOptions::default()
    })
    .await?;
    let data = stack.data().display().to_string();
    let make = [
        "token", "create", "--site", "sdks", "--scope", "write", "--data", &data,
    ];
    let (code, token, said) = stack.weir(&make)?;
    ensure!(
        code == Some(0) && token.starts_with("weir_"),
        "{token}{said}"
    );
    let (token, host, count) = (token.trim(), stack.url(""), ORDERS.to_string());

    let python = Sender::start(
        Command::new("python3")
            .arg(script("by_python.py"))
            .args([&host, token, &count])
            .env("PYTHONPATH", sdks.join("python")),
    )?;
    let node = Sender::start(
        Command::new("node")
            .arg(script("by_node.mjs"))
            .arg(&sdks)
            .args([&host, token, &count]),
    )?;
    // Long enough for batches to be under way, whatever the machine is doing.
    let some = "SELECT least(count(), 5) FROM weir.events WHERE site = 'sdks'";
    stack.wait_for_number(some, 5).await?;
    stack.kill();
    tokio::time::sleep(Duration::from_millis(500)).await;
    stack.restart().await?;
    python.finish().await?;
    node.finish().await?;

    let all = "SELECT uniqExact(event_id) FROM weir.events WHERE site = 'sdks'";
    stack.wait_for_number(all, 2 * (ORDERS + OTHERS)).await?;
    let check = async |stack: &Stack| -> Result<()> {
        let rows = stack
            .number("SELECT count() FROM weir.events WHERE site = 'sdks'")
            .await?;
        ensure!(
            rows == 2 * (ORDERS + OTHERS),
            "{rows} rows: something is stored twice"
        );
        for library in ["python", "node"] {
            let orders = format!(
                "SELECT concat(toString(count()), ' ', toString(uniqExact(order_id)), ' ', toString(sum(revenue))) \
                 FROM weir.events WHERE site = 'sdks' AND name = 'purchase' AND user_id = '{library}-user' \
                 AND origin = 'api' AND bot = ''"
            );
            let seen = stack.sql(&orders).await?;
            ensure!(
                seen.trim() == format!("{ORDERS} {ORDERS} 1230"),
                "{library}: {seen}"
            );
        }
        Ok(())
    };
    check(&stack).await?;
    let kinds = "SELECT arrayStringConcat(arraySort(groupUniqArray(name)), ' ') FROM weir.events WHERE site = 'sdks'";
    ensure!(stack.sql(kinds).await?.trim() == "alias group identify pageview purchase");
    let personal =
        "SELECT countIf(toString(props) LIKE '%ann@%') FROM weir.events WHERE site = 'sdks'";
    ensure!(
        stack.number(personal).await? == 0,
        "an address is stored in plain text"
    );
    let (_, metrics) = stack.get("/metrics").await?;
    let refused = metrics.lines().find_map(|line| {
        line.strip_prefix(r#"weir_collector_requests_refused_total{reason="site_rate"} "#)
    });
    ensure!(
        refused.is_some_and(|count| count != "0"),
        "nothing was refused, so nothing was proven"
    );

    // And after one more restart nothing appears again.
    ensure!(stack.stop()?.success(), "a clean stop:\n{}", stack.log());
    stack.restart().await?;
    check(&stack).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_notices_tokens_and_shows_what_it_rejects() -> Result<()> {
    let mut stack = Stack::start(StackOptions {
        containers: vec![(
            "crm.json".to_owned(),
            r#"{ "weir": 1, "site": { "id": "crm" } }"#.to_owned(),
        )],
        arguments: ["--retention", "crm=10000"].map(str::to_owned).to_vec(),
        ..StackOptions::default()
    })
    .await?;
    let data = stack.data().display().to_string();
    let weir = |arguments: &[&str]| -> Result<String> {
        let (code, out, said) = stack.weir(&[arguments, &["--data", &data]].concat())?;
        ensure!(code == Some(0), "{out}{said}");
        Ok(out.trim().to_owned())
    };
    let client = weir_tests::sender::client()?;
    let address = stack.url("");
    let send = async |token: &str, path: &str, body: &str| -> Result<(u16, String)> {
        let request = client
            .post(format!("{address}{path}"))
            .bearer_auth(token)
            .body(body.to_owned());
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    let token = weir(&["token", "create", "--site", "crm", "--scope", "import"])?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let batch = r#"{"batch": [
        {"type": "track", "event": "view", "anonymousId": 257597, "messageId": "1", "timestamp": 1433221332117},
        {"type": "track", "event": "view", "messageId": "2", "properties": {"phone": "+7 900 000-00-00"}}]}"#;
    let (status, answer) = send(&token, "/v1/batch", batch).await?;
    ensure!(
        status == 200 && answer.contains("no_user"),
        "{status} {answer}"
    );
    let stored = "SELECT count() FROM weir.events WHERE site = 'crm' AND toYear(ts) = 2015 AND origin = 'import'";
    stack.wait_for_number(stored, 1).await?;
    let rejected = "SELECT count() FROM weir.rejected_events WHERE site = 'crm' AND reason = 'no_user' \
                    AND event_id = '2' AND path = '/v1/batch' AND NOT sample LIKE '%900%'";
    stack.wait_for_number(rejected, 1).await?;

    // More months, and so partitions, than ClickHouse takes in one insert by default.
    let months: Vec<_> = (0..110)
        .map(|month| {
            let (year, month) = (2_008 + month / 12, 1 + month % 12);
            serde_json::json!({ "type": "track", "event": "visit", "userId": 7, "messageId": format!("m-{year}-{month}"),
                                "timestamp": format!("{year}-{month:02}-15T12:00:00Z") })
        })
        .collect();
    let months = serde_json::json!({ "batch": months }).to_string();
    let (status, answer) = send(&token, "/v1/batch", &months).await?;
    ensure!(status == 200, "{status} {answer}");
    let visits =
        "SELECT uniqExact(toYYYYMM(ts)) FROM weir.events WHERE site = 'crm' AND name = 'visit'";
    stack.wait_for_number(visits, 110).await?;
    let ancient = r#"{"event": "ancient", "userId": 7, "timestamp": "1998-01-01"}"#;
    ensure!(send(&token, "/v1/track", ancient).await?.0 == 200);
    let old =
        "SELECT count() FROM weir.events WHERE site = 'crm' AND session_date < today() - 10000";
    stack.wait_for_number(old, 1).await?;

    ensure!(weir(&["token", "list"])?.contains("import"));
    weir(&["token", "revoke", &token])?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (status, answer) = send(&token, "/v1/batch", batch).await?;
    ensure!(
        status == 401 && answer.contains("revoked_token"),
        "{status} {answer}"
    );

    // What is older than the site's events are kept for goes at the next start.
    ensure!(stack.stop()?.success(), "a clean stop:\n{}", stack.log());
    stack.restart().await?;
    stack.wait_for_number(old, 0).await?;
    let kept = "SELECT count() FROM weir.events WHERE site = 'crm'";
    ensure!(
        stack.number(kept).await? == 111,
        "what is young enough stays"
    );
    Ok(())
}
