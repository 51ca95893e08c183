//! Walks what tables, columns and dictionaries are made of, as the engine itself lists it: settings of tables, codecs, types,
//! indexes, tokenizers, disks, layouts and sources of dictionaries, tables of `system`, endings of aggregate functions. A newer
//! engine's entries are tried as well.

use anyhow::{Context, Result};

use crate::harness::code;
use crate::walk::{AGGREGATES_REFUSED, Trap, list, names};

/// Settings of tables that are texts, so that they could name something. One that is not here is new: look at what it names, and
/// put it here, or among those that nobody gives (`guard/settings.rs`).
const TEXT_SETTINGS: [&str; 10] = [
    "auto_statistics_types",
    "cache_populated_by_fetch_filename_regexp",
    "columns_to_prewarm_mark_cache",
    "default_compression_codec",
    "exclude_materialize_skip_indexes_on_merge",
    "marks_compression_codec",
    "merge_workload",
    "mutation_workload",
    "primary_key_compression_codec",
    "remote_fs_zero_copy_zookeeper_path",
];
/// Those that name a place of data.
const PLACES: [&str; 2] = ["disk", "storage_policy"];

const SYSTEM_TABLES: &str = include_str!("../../src/guard/lists/system_tables.txt");

/// What would reach the file or the listener, as an argument.
fn bait(trap: &Trap) -> Result<[String; 2]> {
    Ok([
        format!("'{}'", trap.file.display()),
        format!("'http://{}/x'", trap.host()?),
    ])
}

/// Makes tables, `{}` in each statement standing for the name; uses those that could be made, and removes them. The statements
/// that made them.
async fn make(trap: &Trap, statements: &[String]) -> Result<Vec<String>> {
    let named =
        |(number, sql): (usize, &String)| sql.replacen("{}", &format!("weir.walked_{number}"), 1);
    let named: Vec<String> = statements.iter().enumerate().map(named).collect();
    trap.run(true, named.clone(), |_, _| {}).await?;
    let mut made = Vec::new();
    let tables =
        "SELECT name FROM system.tables WHERE database = 'weir' AND startsWith(name, 'walked_')";
    for table in names(&trap.engine, tables).await? {
        let row = format!("INSERT INTO weir.{table} FORMAT JSONEachRow {{}}");
        trap.engine.write(&row).await.ok();
        let drop = format!("DROP TABLE weir.{table}");
        trap.engine.write(&drop).await.context(table.clone())?;
        let number: usize = table.trim_start_matches("walked_").parse()?;
        made.extend(named.get(number).cloned());
    }
    Ok(made)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_setting_of_a_table_reaches_out() -> Result<()> {
    let trap = Trap::set().await?;
    let bait = bait(&trap)?;
    let mut statements = Vec::new();
    for table in ["merge_tree_settings", "replicated_merge_tree_settings"] {
        let texts = format!("SELECT name FROM system.{table} WHERE type = 'String'");
        for name in names(&trap.engine, &texts).await? {
            let is_known = TEXT_SETTINGS.contains(&&*name) || PLACES.contains(&&*name);
            assert!(is_known, "{name}: a new text, see TEXT_SETTINGS");
        }
    }
    let settings = names(&trap.engine, "SELECT name FROM system.merge_tree_settings").await?;
    assert!(settings.len() > 300, "{settings:?}");
    for name in &settings {
        // What is a number refuses any text alike.
        let values = if TEXT_SETTINGS.contains(&&**name) {
            2
        } else {
            1
        };
        for value in bait.iter().take(values) {
            statements.push(format!(
                "CREATE TABLE {{}} (a Int64) ENGINE = MergeTree ORDER BY a SETTINGS {name} = {value}"
            ));
        }
    }
    for made in make(&trap, &statements).await? {
        assert!(
            TEXT_SETTINGS
                .iter()
                .any(|name| made.contains(&format!(" {name} = "))),
            "{made}"
        );
    }
    let mut refused = Vec::new();
    for name in PLACES {
        for value in &bait {
            refused.push(format!(
                "CREATE TABLE weir.walked (a Int64) ENGINE = MergeTree ORDER BY a SETTINGS {name} = {value}"
            ));
            refused.push(format!(
                "ALTER TABLE weir.t MODIFY SETTING {name} = {value}"
            ));
        }
    }
    trap.run(true, refused, |sql, outcome| {
        assert_eq!(code(outcome), Some(164), "{sql}: {outcome:?}");
    })
    .await?;
    let alter = |name: &&str| format!("ALTER TABLE weir.t MODIFY SETTING {name} = {}", bait[0]);
    trap.run(true, TEXT_SETTINGS.iter().map(alter).collect(), |_, _| {})
        .await?;
    trap.check().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_disk_is_named() -> Result<()> {
    let trap = Trap::set().await?;
    let (file, url) = (trap.file.display(), format!("http://{}/x", trap.host()?));
    let (mut refused, mut tried) = (Vec::new(), Vec::new());
    let table = "CREATE TABLE {} (a DateTime) ENGINE = MergeTree ORDER BY a";
    for kind in names(&trap.engine, "SELECT name FROM system.disk_types").await? {
        for more in [
            format!("path = '{file}/'"),
            format!("endpoint = '{url}'"),
            "disk = 'default'".to_owned(),
        ] {
            let disk = format!("disk(type = '{kind}', {more})");
            refused.push((format!("{table} SETTINGS disk = {disk}"), 164));
            refused.push((
                format!("{table} SETTINGS table_disk = 1, disk = {disk}"),
                164,
            ));
            refused.push((format!("SELECT 1 SETTINGS disk = {disk}"), 164));
        }
    }
    let disks = "SELECT name FROM system.disks UNION DISTINCT SELECT policy_name FROM system.storage_policies";
    for name in names(&trap.engine, disks).await? {
        refused.push((format!("{table} SETTINGS disk = '{name}'"), 164));
        refused.push((format!("{table} SETTINGS storage_policy = '{name}'"), 164));
        for target in ["TABLE weir.t", "DATABASE weir", "ALL"] {
            refused.push((format!("BACKUP {target} TO Disk('{name}', 'b')"), 497));
            refused.push((format!("RESTORE {target} FROM Disk('{name}', 'b')"), 497));
        }
        for to in ["DISK", "VOLUME"] {
            let moved = format!("ALTER TABLE weir.t MOVE PARTITION tuple() TO {to} '{name}'");
            refused.push((moved, 497));
            tried.push(format!("{table} TTL a + INTERVAL 1 DAY TO {to} '{file}'"));
        }
    }
    assert!(refused.len() > 30, "{refused:?}");
    for (sql, expected) in refused {
        let outcome = trap
            .engine
            .write(&sql.replacen("{}", "weir.walked", 1))
            .await;
        // Some of these need more to be a statement.
        let is_refused =
            matches!(code(&outcome), Some(number) if number == expected || number == 62);
        assert!(is_refused, "{sql}: {outcome:?}");
    }
    assert_eq!(make(&trap, &tried).await?, Vec::<String>::new());
    trap.check().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_column_reaches_out() -> Result<()> {
    let trap = Trap::set().await?;
    let bait = bait(&trap)?;
    let (mut columns, mut casts) = (Vec::new(), Vec::new());
    for codec in names(&trap.engine, "SELECT name FROM system.codecs").await? {
        columns.push(format!("a String CODEC({codec})"));
        columns.push(format!("a UInt64 CODEC({codec})"));
        columns.extend(
            bait.iter()
                .map(|bait| format!("a String CODEC({codec}({bait}))")),
        );
    }
    for kind in names(&trap.engine, "SELECT name FROM system.data_type_families").await? {
        casts.push(format!("SELECT CAST({} AS {kind})", bait[0]));
        columns.push(format!("a {kind}({})", bait[0]));
        for bait in &bait {
            casts.push(format!("SELECT CAST('x' AS {kind}({bait}))"));
            casts.push(format!("SELECT {bait}::{kind}({bait}, String)"));
        }
    }
    for index in names(
        &trap.engine,
        "SELECT name FROM system.data_skipping_index_types",
    )
    .await?
    {
        columns.push(format!("a String, INDEX i a TYPE {index}"));
        columns.extend(
            bait.iter()
                .map(|bait| format!("a String, INDEX i a TYPE {index}({bait})")),
        );
    }
    for tokenizer in names(&trap.engine, "SELECT name FROM system.tokenizers").await? {
        for how in [
            tokenizer.clone(),
            format!("{tokenizer}({})", bait[0]),
            format!("'{tokenizer}'"),
        ] {
            columns.push(format!("a String, INDEX i a TYPE text(tokenizer = {how})"));
        }
        casts.push(format!("SELECT tokens('a', '{tokenizer}', {})", bait[0]));
    }
    let table = |columns: &String| {
        format!("CREATE TABLE {{}} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
    };
    let made = make(&trap, &columns.iter().map(table).collect::<Vec<_>>()).await?;
    let has = |text: &str| made.iter().any(|sql| sql.contains(text));
    assert!(
        has("(a String CODEC(LZ4))") && has("(a String, INDEX i a TYPE minmax)"),
        "{made:?}"
    );
    for bait in &bait {
        assert!(
            !has(&format!("({bait}))) ENGINE")),
            "a codec takes {bait}: {made:?}"
        );
    }
    trap.run(false, casts, |_, _| {}).await?;
    trap.check().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_dictionary_is_made() -> Result<()> {
    let trap = Trap::set().await?;
    let (file, host) = (trap.file.display(), trap.host()?);
    let mut statements = Vec::new();
    let dictionary = |source: &str, layout: &str| {
        format!(
            "CREATE DICTIONARY weir.walked (a UInt64, b String) PRIMARY KEY a SOURCE({source}) LAYOUT({layout}) LIFETIME(0)"
        )
    };
    let sources = names(&trap.engine, "SELECT name FROM system.dictionary_sources").await?;
    for source in sources {
        for arguments in [
            String::new(),
            format!("PATH '{file}' FORMAT 'CSV'"),
            format!("URL 'http://{host}/x' FORMAT 'CSV'"),
            format!(
                "HOST '127.0.0.1' PORT {} DB 'd' TABLE 't'",
                host.rsplit(':').next().unwrap_or_default()
            ),
            format!("COMMAND 'cat {file}' FORMAT 'CSV'"),
        ] {
            statements.push(dictionary(&format!("{source}({arguments})"), "FLAT()"));
        }
    }
    for layout in names(&trap.engine, "SELECT name FROM system.dictionary_layouts").await? {
        for arguments in [String::new(), format!("PATH '{file}'")] {
            statements.push(dictionary("NULL()", &format!("{layout}({arguments})")));
        }
    }
    assert!(statements.len() > 80, "{statements:?}");
    let look = |sql: &str, outcome: &Result<String>| {
        assert!(
            matches!(code(outcome), Some(497 | 62)),
            "{sql}: {outcome:?}"
        );
    };
    trap.run(true, statements.clone(), look).await?;
    trap.run(false, statements, |sql, outcome| {
        assert!(
            matches!(code(outcome), Some(497 | 164 | 62)),
            "{sql}: {outcome:?}"
        );
    })
    .await?;
    trap.check().await
}

/// A table of `system` that the list does not know is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_the_system_are_as_listed() -> Result<()> {
    let trap = Trap::set().await?;
    let listed = list(SYSTEM_TABLES);
    let tables = "SELECT name FROM system.tables WHERE database = 'system'";
    let tables = names(&trap.engine, tables).await?;
    assert!(tables.len() > 80, "{tables:?}");
    let select = |name: &String| format!("SELECT * FROM system.{name} LIMIT 1");
    let look = |sql: &str, outcome: &Result<String>| {
        let name = sql
            .trim_start_matches("SELECT * FROM system.")
            .trim_end_matches(" LIMIT 1");
        assert_eq!(
            code(outcome) == Some(497),
            !listed.contains(name),
            "{sql}: {outcome:?}"
        );
    };
    trap.run(false, tables.iter().map(select).collect(), look)
        .await?;
    trap.check().await
}

/// An ending that the guard does not know would make a name of a refused function that it does not know either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_ending_hides_a_refused_aggregate() -> Result<()> {
    let trap = Trap::set().await?;
    let endings = "SELECT name FROM system.aggregate_function_combinators";
    let endings = names(&trap.engine, endings).await?;
    assert!(endings.len() > 10, "{endings:?}");
    let mut statements = Vec::new();
    for name in list(AGGREGATES_REFUSED) {
        for ending in &endings {
            statements.push(format!("SELECT {name}{ending}(1, 1)"));
            statements.push(format!("SELECT {name}If{ending}(1, 1)"));
        }
    }
    trap.run(false, statements, |sql, outcome| {
        assert_eq!(code(outcome), Some(497), "{sql}: {outcome:?}");
    })
    .await?;
    trap.check().await
}
