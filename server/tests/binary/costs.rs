//! `weir import costs` beside a running server, and the same file over HTTP with a token.

use std::io::Write;
use std::process::{Output, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::support::{PATIENCE, POLL, Server, free_port, run, said, weir};

const FILE: &str = "\u{feff}дата;месяц;вид;источник;тип трафика;кампания;сумма;клики;CTR\r\n\
                    01.11.2026;;;yandex;cpc;spring;1 234,56;120;1 %\r\n\
                    ;11.2026;зарплаты;;;;100000,01;;\r\n";

fn query(statement: &str, sql: &str) -> String {
    let asked = ["query", statement, "--format", "TabSeparated", "--sql", sql];
    said(&run(&asked)).trim().to_owned()
}

/// Imports what comes by standard input.
fn piped(text: &str, arguments: &[&str]) -> Output {
    let mut child = weir(&[&["import", "costs", "-"], arguments].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn costs_are_imported_whole_corrected_and_taken_away() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let folder = data.to_str().unwrap();
    let container = temp.path().join("shop.json");
    std::fs::write(
        &container,
        r#"{ "weir": 1, "site": { "id": "shop", "currency": "RUB" } }"#,
    )
    .unwrap();
    let file = temp.path().join("costs.csv");
    std::fs::write(&file, FILE).unwrap();
    let file = file.to_str().unwrap();
    let import = |more: &[&str]| {
        let beginning = ["import", "costs", file, "--site", "shop", "--data", folder];
        run(&[&beginning, more].concat())
    };

    let without = import(&[]);
    assert_eq!(without.status.code(), Some(1));
    assert!(
        said(&without).contains("no server runs"),
        "{}",
        said(&without)
    );
    assert!(said(&import(&["--lang", "ru"])).contains("не работает ни один сервер"));

    let address = format!("127.0.0.1:{}", free_port());
    let container = container.to_str().unwrap();
    let arguments = ["--sql-listen", &address, "--container", container];
    let server = Server::start(&data, &arguments).await;
    let sql = format!("http://{address}");
    let end = Instant::now() + PATIENCE;
    while query("SELECT count() FROM weir.sites WHERE id = 'shop'", &sql) != "1" {
        assert!(Instant::now() < end, "the site is never published");
        tokio::time::sleep(POLL).await;
    }

    let sums = "SELECT count(), sum(cost), sum(clicks), uniqExact(imported_at) FROM weir.costs WHERE site = 'shop'";
    let tried = said(&import(&["--dry-run"]));
    assert!(tried.starts_with("nothing was imported; it would be: 2 costs of `shop`, 2026-11-01 to 2026-11-30, 101234.57 RUB"), "{tried}");
    assert!(
        tried.contains("columns that were not read: `CTR`"),
        "{tried}"
    );
    assert!(query(sums, &sql).starts_with("0\t0\t0\t"));
    for replaced in [0, 2] {
        let done = import(&["--format", "json"]);
        let told: Value =
            serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", said(&done)));
        assert_eq!(
            (&told["costs"], &told["replaced"], &told["done"]),
            (&2.into(), &replaced.into(), &true.into())
        );
        assert_eq!(query(sums, &sql), "31\t101234.57\t120\t1");
    }

    // Anything wrong, and nothing is imported.
    let wrong = format!("{FILE}03.11.2026;;;vk;;;2,5;;\r\n31.11.2026;;;vk;;;1,234;;\r\n");
    let refused = piped(
        &wrong,
        &["--site", "shop", "--data", folder, "--lang", "ru"],
    );
    assert_eq!(refused.status.code(), Some(1));
    let told = said(&refused);
    assert!(
        told.contains("-, строка 5, столбец `дата`: `31.11.2026` — не дата"),
        "{told}"
    );
    assert!(
        told.contains("-, строка 5, столбец `сумма`: `1,234` можно понять как 1234 и как 1.234"),
        "{told}"
    );
    assert_eq!(query(sums, &sql), "31\t101234.57\t120\t1");
    let foreign = piped(
        "day,amount,currency\n2026-11-01,5,USD\n",
        &["--site", "shop", "--data", folder],
    );
    assert!(
        said(&foreign).contains("the cost is in USD, and the site counts in RUB"),
        "{}",
        said(&foreign)
    );
    let unknown = said(&piped(FILE, &["--site", "shp", "--data", folder]));
    assert!(
        unknown.contains("there is no site `shp`") && unknown.contains("did you mean `shop`?"),
        "{unknown}"
    );

    // A correction takes the place, over HTTP as well.
    let create = [
        "token", "create", "--site", "shop", "--data", folder, "--scope",
    ];
    let token =
        |scope: &str| String::from_utf8(run(&[&create[..], &[scope]].concat()).stdout).unwrap();
    let (token, writes) = (token("import"), token("write"));
    let corrected = FILE.replace("1 234,56", "1 000");
    let path = "/api/v1/sites/shop/costs";
    let (status, body) = server
        .send_csv(path, token.trim(), corrected.clone())
        .await
        .unwrap();
    assert_eq!(status, 200, "{body}");
    assert_eq!(query(sums, &sql), "31\t101000.01\t120\t1");
    for (path, token, refused) in [
        (path, writes.trim(), 403),
        (path, "weir_nobody", 401),
        ("/api/v1/sites/nobody/costs", token.trim(), 403),
    ] {
        let (status, body) = server
            .send_csv(path, token, corrected.clone())
            .await
            .unwrap();
        assert_eq!(status, refused, "{path}: {body}");
    }
    let (status, body) = server
        .send_csv(
            &format!("{path}?lang=ru"),
            token.trim(),
            "дата;сумма\n1.1.2026;-5\n".to_owned(),
        )
        .await
        .unwrap();
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status, &told["error"]["code"]),
        (422, &"bad_costs".into()),
        "{body}"
    );
    assert_eq!(told["problems"].as_array().unwrap().len(), 1, "{body}");
    assert!(body.contains("меньше нуля"), "{body}");

    let away = said(&import(&["--remove"]));
    assert!(away.starts_with("taken away: 2 costs"), "{away}");
    assert!(query(sums, &sql).starts_with("0\t0\t0\t"));
}
