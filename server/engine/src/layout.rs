//! What lies in the engine's folder, and the two files we write there at every start.
//!
//! ```text
//! DATA/engine/lock         held by the process that has the folder open
//! DATA/engine/config.xml   ours, written anew at every start
//! DATA/engine/users.xml    ours, written anew at every start: roles and their grants
//! DATA/engine/db/          the engine's
//! ```
//!
//! The engine's one user holds nothing by itself, only two roles. Neither role has a grant on SOURCES, so that SQL can
//! reach no file and no network; table engines only of the families in use; no dictionaries, because their sources are
//! not covered by grants. Data in the format Values is not evaluated as expressions, which could call `file()`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// Databases that are ours to write.
pub(crate) const OUR_DATABASES: [&str; 2] = ["weir", "weir_fn"];

/// Tables that the server looks into and nobody can read: whoever lists tables, as dashboards do, would stumble over them.
const LOOKED_INTO: [&str; 2] = ["weir.known_visitors", "weir.user_aliases"];

/// Table engines that user `weir` may create.
pub(crate) const TABLE_ENGINES: [&str; 13] = [
    "MergeTree",
    "ReplacingMergeTree",
    "SummingMergeTree",
    "AggregatingMergeTree",
    "CollapsingMergeTree",
    "VersionedCollapsingMergeTree",
    "CoalescingMergeTree",
    "Memory",
    "Null",
    "Join",
    "Set",
    "View",
    "MaterializedView",
];

/// The one engine of databases.
pub(crate) const DATABASE_ENGINE: &str = "Atomic";

/// Paths in the engine's folder.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

/// Keeps the folder ours until dropped.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "held for its lock")] File);

impl Layout {
    /// Makes the folder.
    pub(crate) fn create(data_dir: &Path) -> io::Result<Self> {
        let root = data_dir.join("engine");
        fs::create_dir_all(&root)?;
        Ok(Self {
            root: root.canonicalize()?,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("db")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.root.join("config.xml")
    }

    /// Takes the lock; `None` if another process has it.
    pub(crate) fn try_lock(&self) -> io::Result<Option<FolderLock>> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.root.join("lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(FolderLock(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes both configuration files.
    pub(crate) fn write_configuration(&self, memory_bytes: u64) -> io::Result<()> {
        let users = self.root.join("users.xml");
        write(&users, &users_xml())?;
        write(
            &self.config(),
            &config_xml(&users, &self.root, memory_bytes),
        )
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())
}

fn config_xml(users: &Path, root: &Path, memory_bytes: u64) -> String {
    let users = escape(&users.display().to_string());
    let root = escape(&root.display().to_string());
    format!(
        "<!-- Written by Weir at every start: changes are lost. -->
<clickhouse>
 <user_directories><users_xml><path>{users}</path></users_xml></user_directories>
 <user_files_path>{root}/none/</user_files_path>
 <max_server_memory_usage>{memory_bytes}</max_server_memory_usage>
</clickhouse>
"
    )
}

fn users_xml() -> String {
    let mut analyst = Vec::new();
    let mut writer = Vec::new();
    for database in OUR_DATABASES {
        analyst.push(format!("GRANT SHOW, SELECT ON {database}.*"));
        writer.push(format!(
            "GRANT SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP, TRUNCATE, OPTIMIZE \
             ON {database}.*"
        ));
    }
    for table in LOOKED_INTO {
        analyst.push(format!("REVOKE SHOW, SELECT ON {table}"));
    }
    for role in [&mut analyst, &mut writer] {
        role.push("GRANT SELECT ON system.*".to_owned());
        role.push("GRANT SELECT ON information_schema.*".to_owned());
        role.push("GRANT SELECT ON INFORMATION_SCHEMA.*".to_owned());
    }
    writer.push("GRANT CREATE FUNCTION, DROP FUNCTION ON *.*".to_owned());
    writer.extend(
        TABLE_ENGINES
            .iter()
            .map(|engine| format!("GRANT TABLE ENGINE ON {engine}")),
    );
    let queries = |grants: &[String]| -> String {
        grants
            .iter()
            .map(|grant| format!("   <query>{grant}</query>\n"))
            .collect()
    };
    format!(
        "<!-- Written by Weir at every start: changes are lost. No SOURCES grant: SQL reaches no file, no network. -->
<clickhouse>
 <profiles><default>
  <async_insert>0</async_insert>
  <insert_deduplicate>1</insert_deduplicate>
  <deduplicate_blocks_in_dependent_materialized_views>1</deduplicate_blocks_in_dependent_materialized_views>
  <log_queries>0</log_queries>
  <input_format_values_interpret_expressions>0</input_format_values_interpret_expressions>
  <input_format_values_deduce_templates_of_expressions>0</input_format_values_deduce_templates_of_expressions>
 </default></profiles>
 <quotas><default/></quotas>
 <roles>
  <analyst><grants>
{}  </grants></analyst>
  <writer><grants>
{}  </grants></writer>
 </roles>
 <users><default>
  <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
  <grants><query>GRANT analyst</query><query>GRANT writer</query></grants>
 </default></users>
</clickhouse>
",
        queries(&analyst),
        queries(&writer)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
