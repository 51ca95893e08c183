//! Starting where it cannot work: the real binary says what is in the way and what to do.

use std::fs;
use std::net::TcpListener;

use crate::support::{Server, free_port, run, said, weir};

/// A ClickHouse that is away: these tests need no engine.
const AWAY: &str = "http://127.0.0.1:1";

#[test]
fn a_port_in_use_is_named_with_its_option() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let data = data.to_str().unwrap();
    let output = run(&[
        "serve",
        "--listen",
        &address,
        "--data",
        data,
        "--clickhouse-url",
        AWAY,
    ]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("error: {address} is in use by another program")),
        "{said}"
    );
    assert!(said.contains("--listen"), "{said}");
}

#[test]
fn a_second_seeder_is_told_of_the_first() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().to_str().unwrap();
    fs::write(temp.path().join("secret"), "s".repeat(64)).unwrap();
    let first = fs::File::create(temp.path().join("seeding")).unwrap();
    first.lock().unwrap();
    let output = run(&["demo", "seed", "--data", data, "--sql", AWAY]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("another weir is filling in the sample"),
        "{told}"
    );
    // Nobody is in the way any more: what is now is another thing.
    drop(first);
    let output = run(&["demo", "seed", "--data", data, "--sql", AWAY]);
    let told = said(&output);
    assert!(!told.contains("another weir"), "{told}");
}

#[tokio::test]
async fn a_port_that_weir_holds_is_said_to_be_its_own() {
    let temp = tempfile::tempdir().unwrap();
    let server = Server::start(&temp.path().join("first"), &["--clickhouse-url", AWAY]).await;
    let listen = format!("127.0.0.1:{}", server.port);
    let data = temp.path().join("second");
    let output = weir(&["serve", "--listen", &listen, "--clickhouse-url", AWAY])
        .args(["--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    let serve = said(&output);
    assert_eq!(output.status.code(), Some(1), "{serve}");
    assert!(
        serve.contains(&format!("error: weir already runs on {listen}"))
            && serve.contains("--listen"),
        "{serve}"
    );
    let output = weir(&["doctor", "--listen", &listen, "--clickhouse-url", AWAY])
        .args(["--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    let doctor = said(&output);
    // What is to mend is the ClickHouse that is away.
    assert!(
        doctor.contains(&format!(
            "ok  page and intake: weir already runs on {listen}"
        )) && doctor.contains("1 thing to mend"),
        "{doctor}"
    );
}

#[test]
fn the_sql_port_in_use_is_named_with_its_option() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let listen = format!("127.0.0.1:{}", free_port());
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    // The library is looked at before the ports, and only loaded after them: a file of the right kind and size.
    let library = temp.path().join("libchdb.so");
    let file = fs::File::create(&library).unwrap();
    std::io::Write::write_all(&mut &file, b"\x7fELF").unwrap();
    file.set_len(600 << 20).unwrap();
    let output = weir(&["serve", "--listen", &listen, "--sql-listen", &address])
        .args([
            "--data",
            data.to_str().unwrap(),
            "--engine-lib",
            library.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("error: {address} is in use by another program")),
        "{said}"
    );
    assert!(said.contains("--sql-listen"), "{said}");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("file");
    fs::write(&file, "").unwrap();
    let data = file.join("data");
    let data = data.to_str().unwrap();
    let output = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        data,
        "--clickhouse-url",
        AWAY,
    ]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(data) && said.contains("--data"), "{said}");
}

#[tokio::test]
async fn a_data_folder_in_use_is_named_with_the_process_that_has_it() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let first = Server::start(&data, &["--clickhouse-url", AWAY]).await;
    let path = fs::canonicalize(&data).unwrap();
    let path = path.to_str().unwrap();
    let output = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        path,
        "--clickhouse-url",
        AWAY,
    ]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let expected = format!(
        "`{path}` is in use by another weir (process {})",
        first.id()
    );
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn a_missing_or_damaged_engine_library_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let data = data.to_str().unwrap();
    let missing = temp.path().join("missing.so");
    let damaged = temp.path().join("damaged.so");
    fs::write(&damaged, b"\x7fELF and then nothing").unwrap();
    for (library, words) in [(missing, "cannot be read"), (damaged, "is damaged")] {
        let library = library.to_str().unwrap();
        let free = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--sql-listen",
            "127.0.0.1:0",
        ];
        let output = weir(&free)
            .args(["--data", data, "--engine-lib", library])
            .output()
            .unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(library) && said.contains(words), "{said}");
        assert!(said.contains("hint: "), "{said}");
    }
}

#[tokio::test]
async fn a_container_file_that_never_was_there_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let file = temp.path().join("shop.json");
    let arguments = [
        "--clickhouse-url",
        AWAY,
        "--container",
        file.to_str().unwrap(),
    ];
    let output = weir(&["serve", "--listen", "127.0.0.1:0"])
        .args(["--data", data.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let expected = format!("error: there is no container file `{}`", file.display());
    assert!(
        said.contains(&expected) && said.contains("--container"),
        "{said}"
    );

    // Once it has been served, its last good release serves on without it.
    fs::write(&file, "{ \"weir\": 1, \"site\": { \"id\": \"shop\" } }").unwrap();
    drop(Server::start(&data, &arguments).await);
    fs::remove_file(&file).unwrap();
    let server = Server::start(&data, &arguments).await;
    assert_eq!(server.get("/t/shop.js").await.unwrap().0, 200);
}

#[test]
fn a_wrong_setting_is_a_usage_error() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("weir.toml");
    fs::write(&file, "listn = \"127.0.0.1:8080\"\n").unwrap();
    let output = run(&["serve", "--config", file.to_str().unwrap()]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("unknown setting `listn`") && said.contains("did you mean `listen`?"),
        "{said}"
    );
    assert_eq!(run(&["serve", "--nonsense"]).status.code(), Some(2));
    assert_eq!(run(&["nonsense"]).status.code(), Some(2));
}

#[test]
fn reading_commands_say_when_nothing_answers() {
    for arguments in [
        ["query", "SELECT 1", "--sql", AWAY],
        ["funnel", "checkout", "--sql", AWAY],
    ] {
        let output = run(&arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(AWAY) && said.contains("weir serve"), "{said}");
    }
}

#[test]
fn the_doctor_finds_what_is_wrong_and_creates_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let container = temp.path().join("shop.json");
    fs::write(&container, "{").unwrap();
    let output = weir(&[
        "doctor",
        "--data",
        data.to_str().unwrap(),
        "--clickhouse-url",
        AWAY,
    ])
    .args([
        "--listen",
        "127.0.0.1:0",
        "--container",
        container.to_str().unwrap(),
    ])
    .output()
    .unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for words in [
        "ok  data folder",
        "!!  ClickHouse",
        "weir check",
        "2 things to mend",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!data.exists());
}
