//! The cluster form of the tables: the same statements, said to every node of a cluster of ClickHouse servers.
//!
//! Two kinds of tables. `events` is spread: each shard holds its visitors' part in `weir_local.events`, replicated within the
//! shard, and `weir.events` is the [`Distributed`](EVENTS) table over all of them, on every node. All the others are small
//! and read with it: each node holds the whole of them (one replicated group over all shards), so that a view joins them
//! without asking another node. What is held in memory (`Join`) is made anew on each node from what the node has.
//!
//! The form is a property of the database, read from it ([`of_database`]): only the start that makes the tables is told
//! the name of the cluster. The embedded engine never has it. What must be so in the cluster: docs/scale.md.

use clickhouse::Client;

use super::client::fetch;
use super::error::WarehouseError;

/// The database of the parts that shards hold.
pub(super) const LOCAL: &str = "weir_local";
/// The table that is spread over the shards.
const EVENTS: &str = "events";
/// A repeat of an event goes where the event is, because its visitor is the same; what has none is spread by its id.
const SHARD: &str = "cityHash64(if(visitor_id = 0, cityHash64(event_id), visitor_id))";
/// How long tokens are remembered, beside their number: a collector's spool may have waited for days.
const TOKEN_SECONDS: u32 = 14 * 86_400;

/// A cluster of `remote_servers`, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    name: String,
}

#[derive(clickhouse::Row, serde::Deserialize)]
struct Known {
    clusters: Vec<String>,
    macros: Vec<String>,
    /// Shards whose replicas do not replicate by themselves.
    unreplicated: u64,
}

impl Cluster {
    /// `None` if the name could not be written into a statement.
    pub fn named(name: &str) -> Option<Self> {
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        ((1..=64).contains(&name.len()) && name.bytes().all(is_plain)).then(|| Self {
            name: name.to_owned(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `ON CLUSTER …`, with a blank before it.
    pub(super) fn clause(&self) -> String {
        format!(" ON CLUSTER `{}`", self.name)
    }

    /// Events, where they can be changed.
    pub(super) fn changeable_events(&self) -> String {
        format!("{LOCAL}.{EVENTS}{}", self.clause())
    }

    /// The statement of a single server, as the cluster must be told it: one statement or several.
    pub(super) fn statements(&self, sql: &str) -> Vec<String> {
        let on = self.clause();
        // What explains a statement stands before it.
        let lines = sql.split_inclusive('\n');
        let before: usize = lines
            .take_while(|line| line.starts_with("--"))
            .map(str::len)
            .sum();
        let (before, sql) = sql.split_at(before);
        if let Some(rest) = sql.strip_prefix("CREATE TABLE IF NOT EXISTS weir.") {
            let (table, rest) = cut_name(rest);
            let name = place(table);
            let rest = self.engine(table, rest);
            let mut all = vec![format!("CREATE TABLE IF NOT EXISTS {name}{on}{rest}")];
            all.extend(self.spread(table));
            return all;
        }
        if let Some(rest) = sql.strip_prefix("ALTER TABLE weir.") {
            let (table, rest) = cut_name(rest);
            // The group of a small table passes a change on to all its members by itself.
            let on = if table == EVENTS { on.as_str() } else { "" };
            let mut all = vec![format!("ALTER TABLE {}{on}{rest}", place(table))];
            all.extend(self.spread(table));
            return all;
        }
        for head in [
            "CREATE DATABASE IF NOT EXISTS ",
            "CREATE OR REPLACE VIEW ",
            "DROP VIEW IF EXISTS ",
        ] {
            if let Some(rest) = sql.strip_prefix(head) {
                let (name, rest) = cut_name(rest);
                return vec![format!("{before}{head}{name}{on}{rest}")];
            }
        }
        vec![format!("{before}{sql}")]
    }

    /// The table over all shards, made anew whenever the one below it has changed: it holds nothing.
    fn spread(&self, table: &str) -> Option<String> {
        (table == EVENTS).then(|| {
            format!(
                "CREATE OR REPLACE TABLE weir.{EVENTS}{} AS {LOCAL}.{EVENTS} ENGINE = Distributed('{}', '{LOCAL}', '{EVENTS}', {SHARD})",
                self.clause(),
                self.name
            )
        })
    }

    /// What follows the name of a table, with the engine that replicates.
    fn engine(&self, table: &str, rest: &str) -> String {
        let Some((columns, behind)) = rest.split_once("\nENGINE = ") else {
            return rest.to_owned();
        };
        let end = behind.find(['\n', ' ']).unwrap_or(behind.len());
        let (engine, behind) = behind.split_at(end);
        if !engine.contains("MergeTree") {
            return rest.to_owned();
        }
        let (family, arguments) = engine
            .strip_suffix(')')
            .and_then(|engine| engine.split_once('('))
            .unwrap_or((engine, ""));
        let (group, replica) = if table == EVENTS {
            ("{shard}", "{replica}")
        } else {
            ("all", "{shard}-{replica}")
        };
        let comma = if arguments.is_empty() { "" } else { ", " };
        let behind = behind.replace("non_replicated_deduplication_window = ", &format!(
            "replicated_deduplication_window_seconds = {TOKEN_SECONDS}, replicated_deduplication_window = "
        ));
        format!(
            "{columns}\nENGINE = Replicated{family}('/clickhouse/tables/{}/{group}/weir.{table}', '{replica}'{comma}{arguments}){behind}",
            self.name
        )
    }

    /// Whether the servers are set up for it.
    pub(super) async fn check(&self, client: &Client) -> Result<(), WarehouseError> {
        let query = client
            .query(
                "SELECT arraySort(groupUniqArray(cluster)) AS clusters, \
                        (SELECT groupArray(macro) FROM system.macros WHERE macro IN ('shard', 'replica')) AS macros, \
                        countIf(cluster = ? AND NOT internal_replication) AS unreplicated \
                 FROM system.clusters",
            )
            .bind(&self.name);
        let rows: Vec<Known> = fetch(query)
            .await
            .map_err(|error| WarehouseError::from_client("looking up the cluster", error))?;
        let Some(known) = rows.into_iter().next() else {
            return Ok(());
        };
        if !known.clusters.contains(&self.name) {
            return Err(WarehouseError::NoSuchCluster {
                name: self.name.clone(),
                known: known.clusters,
            });
        }
        if known.macros.len() < 2 {
            return Err(WarehouseError::ClusterSetUp {
                name: self.name.clone(),
                what: "its servers have no macros `shard` and `replica`",
            });
        }
        if known.unreplicated > 0 {
            return Err(WarehouseError::ClusterSetUp {
                name: self.name.clone(),
                what: "a shard of it has `internal_replication` false, so that every event would be stored once per replica",
            });
        }
        Ok(())
    }
}

/// Database and name of the table that a statement about `weir.table` means.
fn place(table: &str) -> String {
    let database = if table == EVENTS { LOCAL } else { "weir" };
    format!("{database}.{table}")
}

/// A name, and what follows it.
fn cut_name(text: &str) -> (&str, &str) {
    let end = text
        .find(|sign: char| !(sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.')))
        .unwrap_or(text.len());
    text.split_at(end)
}

/// The form of the tables that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// There are none yet.
    New,
    /// Those of one server.
    Single,
    /// Those of a cluster.
    Spread(Cluster),
}

#[derive(clickhouse::Row, serde::Deserialize)]
struct Engine {
    engine_full: String,
}

/// Reads the form from the database.
pub(super) async fn form(client: &Client) -> Result<Form, WarehouseError> {
    let query = client.query_raw(
        "SELECT engine_full FROM system.tables WHERE database = 'weir' AND name = 'events'",
    );
    let rows: Vec<Engine> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking up the tables", error))?;
    Ok(match rows.into_iter().next() {
        None => Form::New,
        Some(row) => row
            .engine_full
            .strip_prefix("Distributed('")
            .and_then(|rest| rest.split_once('\''))
            .and_then(|(name, _)| Cluster::named(name))
            .map_or(Form::Single, Form::Spread),
    })
}

/// The cluster that the database is spread over, if it is.
pub(super) async fn of_database(client: &Client) -> Result<Option<Cluster>, WarehouseError> {
    Ok(match form(client).await? {
        Form::Spread(cluster) => Some(cluster),
        Form::New | Form::Single => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sql: &str) -> Vec<String> {
        Cluster::named("main").unwrap().statements(sql)
    }

    #[test]
    fn events_are_spread_and_replicated_within_their_shard() {
        let all = told(
            "CREATE TABLE IF NOT EXISTS weir.events\n(\n    site String\n)\nENGINE = ReplacingMergeTree\nORDER BY site\nSETTINGS non_replicated_deduplication_window = 10",
        );
        let [table, spread] = all.as_slice() else {
            panic!("{all:?}")
        };
        assert_eq!(
            table,
            "CREATE TABLE IF NOT EXISTS weir_local.events ON CLUSTER `main`\n(\n    site String\n)\n\
             ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/main/{shard}/weir.events', '{replica}')\nORDER BY site\n\
             SETTINGS replicated_deduplication_window_seconds = 1209600, replicated_deduplication_window = 10"
        );
        assert!(spread.starts_with("CREATE OR REPLACE TABLE weir.events ON CLUSTER `main` AS weir_local.events ENGINE = Distributed('main', 'weir_local', 'events', cityHash64("), "{spread}");
    }

    #[test]
    fn small_tables_are_whole_on_every_node() {
        let all = told(
            "CREATE TABLE IF NOT EXISTS weir.sites\n(\n    id String\n)\nENGINE = ReplacingMergeTree(published_at)\nORDER BY id",
        );
        assert_eq!(all.len(), 1);
        assert!(all[0].contains("CREATE TABLE IF NOT EXISTS weir.sites ON CLUSTER `main`\n"));
        // The ledger begins with a comment: it would be the table of one server.
        let ledger = told(include_str!("../../sql/ledger.sql"));
        assert!(
            ledger[0].starts_with("CREATE TABLE IF NOT EXISTS weir.migrations ON CLUSTER `main`\n"),
            "{}",
            ledger[0]
        );
        assert!(
            ledger[0].contains("'/clickhouse/tables/main/all/weir.migrations'"),
            "{}",
            ledger[0]
        );
        assert!(all[0].contains(
            "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/main/all/weir.sites', '{shard}-{replica}', published_at)\n"
        ), "{}", all[0]);
        let altered = told("ALTER TABLE weir.sites\n    ADD COLUMN IF NOT EXISTS x Int8");
        assert_eq!(
            altered,
            ["ALTER TABLE weir.sites\n    ADD COLUMN IF NOT EXISTS x Int8"]
        );
        let events = told("ALTER TABLE weir.events\n    ADD COLUMN IF NOT EXISTS x Int8");
        assert_eq!(events.len(), 2);
        assert!(events[0].starts_with("ALTER TABLE weir_local.events ON CLUSTER `main`\n"));
    }

    #[test]
    fn what_is_in_memory_views_and_databases_are_made_everywhere() {
        let join = told(
            "CREATE TABLE IF NOT EXISTS weir.user_aliases\n(\n    x String\n)\nENGINE = Join(ANY, LEFT, x)\nCOMMENT 'y'",
        );
        assert_eq!(
            join,
            [
                "CREATE TABLE IF NOT EXISTS weir.user_aliases ON CLUSTER `main`\n(\n    x String\n)\nENGINE = Join(ANY, LEFT, x)\nCOMMENT 'y'"
            ]
        );
        assert_eq!(
            told("-- Question\nCREATE OR REPLACE VIEW weir.a AS\nSELECT 1"),
            ["-- Question\nCREATE OR REPLACE VIEW weir.a ON CLUSTER `main` AS\nSELECT 1"]
        );
        assert_eq!(
            told("DROP VIEW IF EXISTS weir.a"),
            ["DROP VIEW IF EXISTS weir.a ON CLUSTER `main`"]
        );
        assert_eq!(
            told("CREATE DATABASE IF NOT EXISTS weir"),
            ["CREATE DATABASE IF NOT EXISTS weir ON CLUSTER `main`"]
        );
        assert_eq!(
            told("INSERT INTO weir.sites SELECT 1"),
            ["INSERT INTO weir.sites SELECT 1"]
        );
    }

    #[test]
    fn a_name_is_plain() {
        for name in ["main", "default", "a-b.c_1"] {
            assert!(Cluster::named(name).is_some(), "{name}");
        }
        for name in ["", "a`b", "a b", "{cluster}", "a'"] {
            assert!(Cluster::named(name).is_none(), "{name}");
        }
    }
}
