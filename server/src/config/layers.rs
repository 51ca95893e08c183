//! Settings as they were written down: by file, environment and flag, each layer covering the one before.
//!
//! A layer knows names and origins, not meanings: [`super::Config`] is made from the result and judges the values.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::suggest;

/// A configuration file larger than this is something else.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Everything that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Where the page, the tag and the intake listen.
    Listen,
    /// Where the SQL interface listens.
    SqlListen,
    /// The data folder.
    Data,
    /// Container files.
    Container,
    /// A ClickHouse server in place of the embedded engine.
    ClickhouseUrl,
    /// The cluster of servers that the tables are spread over.
    ClickhouseCluster,
    /// The engine library.
    EngineLib,
    /// The address under which browsers reach this server.
    PublicUrl,
    /// The first part of the tag's path.
    TagPrefix,
    /// Proxies that are believed when they name the client.
    TrustedProxy,
    /// The header in which they do.
    ClientIpHeader,
    /// A file in MaxMind's format for country and city.
    Geoip,
    /// Bounds by name: `site_rate=1000`.
    Limit,
    /// Days for which events are kept: `shop=400`.
    Retention,
    /// How log lines look.
    LogFormat,
    /// Serve the demo shop.
    Demo,
    /// Leave out the sample site of the demo.
    NoSample,
}

impl Key {
    /// All of them, in the order in which they are printed.
    pub const ALL: [Self; 17] = [
        Self::Listen,
        Self::SqlListen,
        Self::Data,
        Self::Container,
        Self::ClickhouseUrl,
        Self::ClickhouseCluster,
        Self::EngineLib,
        Self::PublicUrl,
        Self::TagPrefix,
        Self::TrustedProxy,
        Self::ClientIpHeader,
        Self::Geoip,
        Self::Limit,
        Self::Retention,
        Self::LogFormat,
        Self::Demo,
        Self::NoSample,
    ];

    /// As written in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::SqlListen => "sql_listen",
            Self::Data => "data",
            Self::Container => "container",
            Self::ClickhouseUrl => "clickhouse_url",
            Self::ClickhouseCluster => "clickhouse_cluster",
            Self::EngineLib => "engine_lib",
            Self::PublicUrl => "public_url",
            Self::TagPrefix => "tag_prefix",
            Self::TrustedProxy => "trusted_proxy",
            Self::ClientIpHeader => "client_ip_header",
            Self::Geoip => "geoip",
            // The plural in a file, where it is a table.
            Self::Limit => "limit",
            Self::Retention => "retention",
            Self::LogFormat => "log_format",
            Self::Demo => "demo",
            Self::NoSample => "no_sample",
        }
    }

    /// As written in the environment.
    #[must_use]
    pub fn variable(self) -> String {
        format!("WEIR_{}", self.name().to_ascii_uppercase())
    }

    /// As written on the command line.
    #[must_use]
    pub fn flag(self) -> String {
        format!("--{}", self.name().replace('_', "-"))
    }

    fn is_path(self) -> bool {
        matches!(
            self,
            Self::Data | Self::Container | Self::EngineLib | Self::Geoip
        )
    }

    fn is_list(self) -> bool {
        matches!(
            self,
            Self::Container | Self::TrustedProxy | Self::Limit | Self::Retention
        )
    }
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// A `WEIR_…` variable.
    Environment,
    /// The command line.
    Flag,
}

/// One setting as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// One value, or several for a list.
    pub values: Vec<String>,
    /// Where it was written.
    pub origin: Origin,
}

/// How an error message names the place of a setting.
pub struct Place<'a>(pub Key, pub &'a Origin);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Origin::Default => write!(f, "default of `{}`", self.0.name()),
            Origin::File(path) => write!(f, "`{}` in {}", self.0.name(), path.display()),
            Origin::Environment => write!(f, "`{}`", self.0.variable()),
            Origin::Flag => write!(f, "`{}`", self.0.flag()),
        }
    }
}

/// Settings by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer(BTreeMap<Key, Written>);

impl Layer {
    /// Adds a value of the command line; nothing when it was not given.
    #[must_use]
    pub fn with_flag(mut self, key: Key, values: Vec<String>) -> Self {
        if !values.is_empty() {
            self.0.insert(
                key,
                Written {
                    values,
                    origin: Origin::Flag,
                },
            );
        }
        self
    }

    /// Reads the `WEIR_…` variables through `variable`.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut layer = Self::default();
        for key in Key::ALL {
            let Some(value) = variable(&key.variable()).filter(|value| !value.is_empty()) else {
                continue;
            };
            let values = if matches!(key, Key::TrustedProxy | Key::Limit | Key::Retention) {
                value
                    .split(',')
                    .map(|part| part.trim().to_owned())
                    .collect()
            } else if key.is_list() {
                std::env::split_paths(&value)
                    .map(|path| path.display().to_string())
                    .collect()
            } else {
                vec![value]
            };
            layer.0.insert(
                key,
                Written {
                    values,
                    origin: Origin::Environment,
                },
            );
        }
        layer
    }

    /// Reads a TOML file. Paths in it count from its folder.
    pub fn from_file(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: &dyn fmt::Display| {
            Failure::usage(
                format!(
                    "cannot read the configuration file `{}`: {error}",
                    path.display()
                ),
                "give the path of a TOML file with --config, or leave the flag out",
            )
        };
        let bytes = std::fs::metadata(path)
            .map_err(|error| unreadable(&error))?
            .len();
        if bytes > MAX_FILE_BYTES {
            return Err(unreadable(&"it is larger than 1 MiB"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
        Self::from_toml(&text, path)
    }

    fn from_toml(text: &str, path: &Path) -> Result<Self, Failure> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| {
                1 + text
                    .bytes()
                    .take(span.start)
                    .filter(|byte| *byte == b'\n')
                    .count()
            });
            Failure::usage(
                format!("{}, line {line}: {}", path.display(), error.message()),
                "the file is TOML: `name = \"value\"`, one a line",
            )
        })?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let mut layer = Self::default();
        for (name, value) in &table {
            let key = key_of(name, path)?;
            let mut values = texts(key, value).ok_or_else(|| wrong_type(key, path))?;
            if key.is_path() {
                for value in &mut values {
                    *value = folder.join(&*value).display().to_string();
                }
            }
            layer.0.insert(
                key,
                Written {
                    values,
                    origin: Origin::File(path.to_owned()),
                },
            );
        }
        Ok(layer)
    }

    /// This layer, covered by a stronger one.
    #[must_use]
    pub fn covered_by(mut self, stronger: Self) -> Self {
        self.0.extend(stronger.0);
        self
    }

    /// What was written for a setting, if anything.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&Written> {
        self.0.get(&key)
    }
}

/// `sql-listen` is accepted for `sql_listen`: people copy from the flags.
fn key_of(name: &str, path: &Path) -> Result<Key, Failure> {
    let plain = match name {
        "limits" => "limit".to_owned(),
        name => name.replace('-', "_"),
    };
    Key::ALL
        .into_iter()
        .find(|key| key.name() == plain)
        .ok_or_else(|| {
            Failure::usage(
                format!("unknown setting `{name}` in {}", path.display()),
                suggest::hint(&plain, "setting", Key::ALL.map(Key::name)),
            )
        })
}

fn texts(key: Key, value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text.clone()]),
        toml::Value::Boolean(flag) if matches!(key, Key::Demo | Key::NoSample) => {
            Some(vec![flag.to_string()])
        }
        toml::Value::Table(table) if matches!(key, Key::Limit | Key::Retention) => table
            .iter()
            .map(|(name, value)| Some(format!("{name}={}", value.as_integer()?)))
            .collect(),
        toml::Value::Array(list) if key.is_list() => list
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        toml::Value::Array(_)
        | toml::Value::Boolean(_)
        | toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => None,
    }
}

fn wrong_type(key: Key, path: &Path) -> Failure {
    let example = match key {
        Key::Listen => "listen = \"127.0.0.1:8080\"",
        Key::SqlListen => "sql_listen = \"127.0.0.1:8123\"",
        Key::Data => "data = \"/var/lib/weir\"",
        Key::Container => "container = [\"shop.json\"]",
        Key::ClickhouseUrl => "clickhouse_url = \"http://127.0.0.1:8124\"",
        Key::ClickhouseCluster => "clickhouse_cluster = \"main\"",
        Key::EngineLib => "engine_lib = \"/usr/lib/libchdb.so\"",
        Key::PublicUrl => "public_url = \"https://stats.shop.example\"",
        Key::TagPrefix => "tag_prefix = \"/t/\"",
        Key::TrustedProxy => "trusted_proxy = [\"127.0.0.1\", \"10.0.0.0/8\"]",
        Key::ClientIpHeader => "client_ip_header = \"X-Forwarded-For\"",
        Key::Limit => "[limits]\nsite_rate = 1000",
        Key::Retention => "retention = [\"shop=730\", \"*=400\"]",
        Key::LogFormat => "log_format = \"json\"",
        Key::Geoip => "geoip = \"/var/lib/GeoLite2-City.mmdb\"",
        Key::Demo => "demo = true",
        Key::NoSample => "no_sample = true",
    };
    Failure::usage(
        format!(
            "`{}` in {} has a value of the wrong type",
            key.name(),
            path.display()
        ),
        format!("write it like this: {example}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(layer: &Layer, key: Key) -> Option<&str> {
        layer
            .get(key)
            .and_then(|written| written.values.first())
            .map(String::as_str)
    }

    #[test]
    fn environment_covers_the_file_and_flags_cover_both() {
        let file = Layer::from_toml(
            "listen = \"127.0.0.1:1\"\nsql_listen = \"127.0.0.1:2\"\ndata = \"d\"",
            Path::new("/etc/weir.toml"),
        )
        .unwrap();
        let environment = Layer::from_environment(|name| match name {
            "WEIR_SQL_LISTEN" => Some("127.0.0.1:3".to_owned()),
            "WEIR_LISTEN" => Some("127.0.0.1:4".to_owned()),
            _ => None,
        });
        let flags = Layer::default()
            .with_flag(Key::Listen, vec!["127.0.0.1:5".to_owned()])
            .with_flag(Key::Data, Vec::new());
        let all = file.covered_by(environment).covered_by(flags);
        assert_eq!(one(&all, Key::Listen), Some("127.0.0.1:5"));
        assert_eq!(one(&all, Key::SqlListen), Some("127.0.0.1:3"));
        assert_eq!(one(&all, Key::Data), Some("/etc/d"));
        assert_eq!(one(&all, Key::Container), None);
    }

    #[test]
    fn paths_in_a_file_count_from_its_folder() {
        let layer = Layer::from_toml(
            "container = [\"shop.json\", \"/abs/other.json\"]",
            Path::new("/etc/weir/weir.toml"),
        )
        .unwrap();
        assert_eq!(
            layer.get(Key::Container).unwrap().values,
            ["/etc/weir/shop.json", "/abs/other.json"]
        );
    }

    #[test]
    fn limits_are_a_table_in_the_file() {
        let layer = Layer::from_toml(
            "[limits]\nrequests = 5\nsite_rate = 1_000",
            Path::new("weir.toml"),
        );
        assert_eq!(
            layer.unwrap().get(Key::Limit).unwrap().values,
            ["requests=5", "site_rate=1000"]
        );
        let wrong = Layer::from_toml("[limits]\nrequests = \"many\"", Path::new("weir.toml"));
        assert!(wrong.unwrap_err().hint().contains("[limits]"));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_the_nearest_name() {
        let failure = Layer::from_toml("listn = \"x\"", Path::new("weir.toml")).unwrap_err();
        assert_eq!(failure.message(), "unknown setting `listn` in weir.toml");
        assert_eq!(failure.hint(), "did you mean `listen`?");
    }

    #[test]
    fn a_value_of_the_wrong_type_comes_with_an_example() {
        let failure = Layer::from_toml("demo = \"x\"\nlisten = 8080", Path::new("weir.toml"));
        assert_eq!(
            failure.unwrap_err().to_string(),
            "error: `listen` in weir.toml has a value of the wrong type\n hint: write it like this: listen = \"127.0.0.1:8080\""
        );
    }

    #[test]
    fn broken_toml_names_the_line() {
        let failure = Layer::from_toml("demo = true\nlisten = ", Path::new("weir.toml"));
        assert!(
            failure
                .unwrap_err()
                .message()
                .starts_with("weir.toml, line 2: ")
        );
    }

    #[test]
    fn the_environment_lists_containers_like_a_path() {
        let layer = Layer::from_environment(|name| {
            (name == "WEIR_CONTAINER").then(|| "a.json:b.json".to_owned())
        });
        assert_eq!(
            layer.get(Key::Container).unwrap().values,
            ["a.json", "b.json"]
        );
    }
}
