//! Two shards in one process: the engine's library behind the smallest HTTP interface, without guard, set up as a cluster
//! whose two shards are both this process.
//!
//! What the library cannot do is taken out of the statements, and nothing else: it has no queue for `ON CLUSTER`, and its
//! replicated tables stay read-only, because only ClickHouse's server names itself to its replicas (tried with the engine's
//! own keeper and with ZooKeeper 3.8: docs/scale.md). So the tables are plain ones here, but spread: a policy on the table
//! of the shards shows each shard its own visitors, and `weir.events` asks both.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use weir_libchdb::{Connection, Library, Parameters};

pub(crate) const CLUSTER: &str = "two";
/// The programs of this file, by the name they are started by: with tables that can be written, and with replicated ones.
pub(crate) const SPREAD: &str = "cluster";
pub(crate) const REPLICATED: &str = "replicated";

/// Where a row of the shards' table belongs: what the table over them says.
const SHARD_OF_ROW: &str =
    "cityHash64(if(visitor_id = 0, cityHash64(event_id), visitor_id)) % 2 = shardNum() - 1";

struct Shards {
    library: Library,
    arguments: Vec<String>,
    /// Where refused changes are written down, if the tables are replicated.
    refusals: Option<PathBuf>,
}

/// A change that a replicated table refused.
#[derive(Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) sql: String,
    pub(crate) error: String,
}

/// The changes that were refused, in their order, by the process whose folder this is.
pub(crate) fn refusals(folder: &Path) -> Vec<Refusal> {
    fs::read_to_string(folder.join(REFUSALS))
        .unwrap_or_default()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const REFUSALS: &str = "refusals";

/// The body of the process.
pub(crate) fn run(program: &str, mut arguments: impl Iterator<Item = String>) {
    let folder = PathBuf::from(arguments.next().unwrap());
    let port: u16 = arguments.next().unwrap().parse().unwrap();
    let config = folder.join("config.xml");
    fs::write(folder.join("secret"), "none is asked for").unwrap();
    fs::write(
        folder.join("users.xml"),
        USERS.replace("{shard}", &SHARD_OF_ROW.replace('<', "&lt;")),
    )
    .unwrap();
    let users = folder.join("users.xml");
    fs::write(&config, CONFIG.replace("{users}", users.to_str().unwrap())).unwrap();
    let shards = Shards {
        library: Library::load(Path::new(&std::env::var_os("WEIR_ENGINE_LIB").unwrap())).unwrap(),
        arguments: vec![
            format!("--path={}", folder.join("db").display()),
            format!("--config-file={}", config.display()),
        ],
        refusals: (program == REPLICATED).then(|| folder.join(REFUSALS)),
    };
    // With its last connection the library closes the tables, and replicated ones end the process then.
    let arguments: Vec<&str> = shards.arguments.iter().map(String::as_str).collect();
    let _open = shards.library.connect(&arguments).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .unwrap();
        let routes = axum::Router::new()
            .fallback(answer)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::new(shards));
        tokio::spawn(async {
            // Ends with whoever started it.
            tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin()))
                .await
                .ok();
            std::process::exit(0);
        });
        axum::serve(listener, routes).await.unwrap();
    });
}

async fn answer(
    State(shards): State<Arc<Shards>>,
    Query(parameters): Query<Vec<(String, String)>>,
    body: Bytes,
) -> Response {
    let answer = tokio::task::spawn_blocking(move || shards.run(&parameters, &body))
        .await
        .unwrap();
    match answer {
        Ok(bytes) => bytes.into_response(),
        Err(text) => (StatusCode::INTERNAL_SERVER_ERROR, text).into_response(),
    }
}

impl Shards {
    fn run(&self, parameters: &[(String, String)], body: &[u8]) -> Result<Vec<u8>, String> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let mut connection = self
            .library
            .connect(&arguments)
            .map_err(|error| error.to_string())?;
        let none = Parameters::default();
        let mut values = Parameters::default();
        let (mut sql, mut format) = (String::new(), "TabSeparated".to_owned());
        // What is too long for an address comes as a form.
        let form = form_fields(body);
        for (name, value) in parameters.iter().chain(&form) {
            match name.as_str() {
                "query" => sql.clone_from(value),
                "default_format" => format.clone_from(value),
                "database" | "compress" | "decompress" | "wait_end_of_query" | "query_id" => {}
                name if name.starts_with("param_") => {
                    values.add(&name["param_".len()..], value.as_str());
                }
                setting => {
                    let set = format!("SET {setting} = '{value}'");
                    connection
                        .query(&set, "Null", &none)
                        .map_err(|error| error.0)?;
                }
            }
        }
        if sql.is_empty() {
            sql = String::from_utf8_lossy(body).into_owned();
        } else if form.is_empty() {
            return Self::insert(&mut connection, &sql, body);
        }
        if sql.contains(" ON CLUSTER ") || sql.contains("ENGINE = Replicated") {
            // What is taken out below is at least read, as it was sent, by the parser that servers have.
            let mut asked = Parameters::default();
            let escaped = sql.replace('\\', "\\\\");
            asked.add(
                "sql",
                escaped.replace('\n', "\\n").replace('\t', "\\t").as_str(),
            );
            connection
                .query("SELECT formatQuery({sql:String})", "Null", &asked)
                .map_err(|error| format!("{sql}\n{}", error.0))?;
        }
        match connection.query(&self.possible(&sql), &format, &values) {
            Ok(result) => Ok(result.bytes().to_vec()),
            Err(error) => self.is_refused(sql, error.0),
        }
    }

    /// Passes over what cannot be changed here, and writes it down.
    fn is_refused(&self, sql: String, error: String) -> Result<Vec<u8>, String> {
        let changes = sql.starts_with("ALTER TABLE ") || sql.starts_with("INSERT INTO ");
        let Some(file) = self.refusals.as_ref().filter(|_| changes) else {
            return Err(error);
        };
        let line = serde_json::to_string(&Refusal { sql, error }).unwrap();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .unwrap();
        writeln!(file, "{line}").unwrap();
        Ok(Vec::new())
    }

    fn insert(connection: &mut Connection, sql: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        let (insert, of_rows) = sql.rsplit_once(" FORMAT ").unwrap();
        let mut stream = connection
            .insert(insert, of_rows.trim(), &Parameters::default())
            .map_err(|error| error.0)?;
        // What is wrong with the rows is said at the end.
        let _is_taken = stream.append(body);
        stream.finish().map(|_| Vec::new()).map_err(|error| error.0)
    }

    /// A statement without what the library cannot do.
    fn possible(&self, sql: &str) -> String {
        let sql = sql.replace(&format!(" ON CLUSTER `{CLUSTER}`"), "");
        if sql.starts_with("SYSTEM SYNC REPLICA") {
            return "SELECT 1".to_owned();
        }
        if self.refusals.is_some() {
            return sql;
        }
        let Some((before, after)) = sql.split_once("ENGINE = Replicated") else {
            return sql;
        };
        let (family, after) = after.split_once('(').unwrap();
        let (arguments, after) = after.split_once(')').unwrap();
        // The first two are the path and the replica.
        let arguments: Vec<&str> = arguments.split(", ").skip(2).collect();
        let after = match after.split_once("replicated_deduplication_window_seconds = ") {
            Some((settings, rest)) => {
                let (_, rest) = rest.split_once(", ").unwrap();
                format!("{settings}non_{rest}")
            }
            None => after.to_owned(),
        };
        format!("{before}ENGINE = {family}({}){after}", arguments.join(", "))
    }
}

/// Fields of a `multipart/form-data` body; none, if it is no such thing.
fn form_fields(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let Some((boundary, _)) = text
        .split_once("\r\n")
        .filter(|(first, _)| first.starts_with("--clickhouse-rs-boundary"))
    else {
        return Vec::new();
    };
    let field = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let name = head.split_once("name=\"")?.1.split('"').next()?;
        Some((name.to_owned(), value.strip_suffix("\r\n")?.to_owned()))
    };
    text.split(boundary).filter_map(field).collect()
}

const CONFIG: &str = "<clickhouse>
 <user_directories><users_xml><path>{users}</path></users_xml></user_directories>
 <tcp_port>9000</tcp_port>
 <zookeeper><implementation>testkeeper</implementation></zookeeper>
 <macros><shard>1</shard><replica>one</replica></macros>
 <remote_servers>
  <two>
   <shard><internal_replication>true</internal_replication><replica><host>localhost</host><port>9000</port></replica></shard>
   <shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
  </two>
  <careless>
   <shard><replica><host>localhost</host><port>9000</port></replica></shard>
  </careless>
 </remote_servers>
</clickhouse>
";

const USERS: &str = "<clickhouse>
 <profiles><default>
  <async_insert>0</async_insert>
  <distributed_foreground_insert>1</distributed_foreground_insert>
  <insert_keeper_max_retries>0</insert_keeper_max_retries>
 </default></profiles>
 <quotas><default/></quotas>
 <users><default>
  <password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
  <databases><weir_local><events><filter>shardNum() = 0 OR {shard}</filter></events></weir_local></databases>
 </default></users>
</clickhouse>
";
