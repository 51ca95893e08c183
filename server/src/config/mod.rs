//! The checked settings of `weir serve`.
//!
//! [`layers`] collects what was written; [`Config`] is what it means. A `Config` that exists is usable: addresses are
//! addresses, the prefix is a path. What the machine says about it (a port in use, a folder that cannot be written)
//! is found out when serving starts.

mod clickhouse;
pub mod layers;
mod reader;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use weir_collector::warehouse::Cluster;
use weir_collector::{CollectorConfig, SETTINGS};

use crate::failure::Failure;
use crate::retention::Retention;
pub use clickhouse::Clickhouse;
use layers::{Key, Layer, Origin};
use reader::Reader;

/// Where page, tag and intake listen unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// Where the SQL interface listens unless told otherwise.
pub const DEFAULT_SQL_LISTEN: &str = "127.0.0.1:8123";
const DEFAULT_DATA: &str = "./data";
/// First part of the tag's path unless told otherwise.
pub const DEFAULT_TAG_PREFIX: &str = "/t/";

/// Paths of our own that the tag's prefix must not cover.
const RESERVED: [&str; 9] = [
    "/api/",
    "/ui/",
    "/demo/",
    "/c/",
    "/v1/",
    "/healthz/",
    "/readyz/",
    "/metrics/",
    "/",
];

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where page, tag and intake listen.
    pub listen: SocketAddr,
    /// Where the SQL interface of the embedded engine listens.
    pub sql_listen: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// Container files to serve and watch.
    pub containers: Vec<PathBuf>,
    /// A ClickHouse server in place of the embedded engine.
    pub clickhouse: Option<Clickhouse>,
    /// The cluster of its servers that the tables are spread over.
    pub cluster: Option<Cluster>,
    /// The engine library, when it is not where it is usually looked for.
    pub engine_lib: Option<PathBuf>,
    /// The address under which browsers reach this server, without a slash at the end.
    pub public_url: Option<String>,
    /// First part of the tag's path: begins and ends with a slash.
    pub tag_prefix: String,
    /// The collector's settings, but for its folder: limits, proxies, geography.
    pub collector: CollectorConfig,
    /// How long events are kept.
    pub retention: Retention,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Serve the demo shop.
    pub demo: bool,
    /// Leave out the sample site of the demo and its history.
    pub no_sample: bool,
    origins: Vec<(Key, String, Origin)>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("write `text` or `json`".to_owned()),
        }
    }
}

impl Config {
    /// Judges what was written.
    pub fn new(layer: &Layer) -> Result<Self, Failure> {
        let reader = Reader { layer };
        let mut config = Self {
            listen: reader.address(Key::Listen, DEFAULT_LISTEN)?,
            sql_listen: reader.address(Key::SqlListen, DEFAULT_SQL_LISTEN)?,
            data: reader.text(Key::Data).unwrap_or(DEFAULT_DATA).into(),
            containers: reader.paths(Key::Container),
            clickhouse: reader.parsed(Key::ClickhouseUrl, Clickhouse::parse)?,
            cluster: reader.parsed(Key::ClickhouseCluster, cluster)?,
            engine_lib: reader.text(Key::EngineLib).map(PathBuf::from),
            public_url: reader.parsed(Key::PublicUrl, public_url)?,
            tag_prefix: reader
                .parsed(Key::TagPrefix, tag_prefix)?
                .unwrap_or_else(|| DEFAULT_TAG_PREFIX.to_owned()),
            collector: reader.collector()?,
            retention: reader.retention()?,
            log_format: reader
                .parsed(Key::LogFormat, LogFormat::parse)?
                .unwrap_or_default(),
            demo: reader.flag(Key::Demo)?,
            no_sample: reader.flag(Key::NoSample)?,
            origins: Vec::new(),
        };
        config.origins = Key::ALL
            .into_iter()
            .map(|key| (key, config.shown(key), reader.origin(key)))
            .collect();
        if config.cluster.is_some() && config.clickhouse.is_none() {
            return Err(Failure::usage(
                "`--clickhouse-cluster` names a cluster, but no server of it is given",
                "give --clickhouse-url the address of one of its servers; the embedded engine is one server only",
            ));
        }
        if config.listen == config.sql_listen && config.listen.port() != 0 {
            return Err(Failure::usage(
                format!("`--listen` and `--sql-listen` are both {}", config.listen),
                "give each a port of its own",
            ));
        }
        Ok(config)
    }

    /// The settings in force and where each was set, secrets hidden.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.origins
            .iter()
            .filter(|(_, value, _)| !value.is_empty())
            .map(|(key, value, origin)| {
                let origin = match origin {
                    Origin::Default => "default".to_owned(),
                    Origin::File(path) => path.display().to_string(),
                    Origin::Environment => key.variable(),
                    Origin::Flag => key.flag(),
                };
                format!("{:<15}{value}  ({origin})", key.name())
            })
    }

    fn shown(&self, key: Key) -> String {
        match key {
            Key::Listen => self.listen.to_string(),
            Key::SqlListen if self.clickhouse.is_some() => String::new(),
            Key::SqlListen => self.sql_listen.to_string(),
            Key::Data => self.data.display().to_string(),
            Key::Container => {
                let list: Vec<String> = self
                    .containers
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect();
                list.join(" ")
            }
            Key::ClickhouseUrl => self
                .clickhouse
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            Key::ClickhouseCluster => self
                .cluster
                .as_ref()
                .map(|cluster| cluster.name().to_owned())
                .unwrap_or_default(),
            Key::EngineLib => shown_path(self.engine_lib.as_deref()),
            Key::PublicUrl => self.public_url.clone().unwrap_or_default(),
            Key::TagPrefix => self.tag_prefix.clone(),
            Key::TrustedProxy => {
                let list: Vec<String> = self
                    .collector
                    .proxy
                    .trusted
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                list.join(" ")
            }
            Key::ClientIpHeader if self.collector.proxy.trusted.is_empty() => String::new(),
            Key::ClientIpHeader => self.collector.proxy.header.to_string(),
            Key::Limit => self.shown_limits(),
            Key::Retention => self.retention.to_string(),
            Key::LogFormat => match self.log_format {
                LogFormat::Text => String::new(),
                LogFormat::Json => "json".to_owned(),
            },
            Key::Geoip => shown_path(self.collector.geo_file.as_deref()),
            Key::Demo => shown_flag(self.demo),
            Key::NoSample => shown_flag(self.no_sample),
        }
    }
}

impl Config {
    /// Those that are not as they come.
    fn shown_limits(&self) -> String {
        let default = CollectorConfig::default();
        let changed = SETTINGS
            .iter()
            .filter(|setting| self.collector.value(setting) != default.value(setting));
        let shown: Vec<String> = changed
            .map(|setting| format!("{}={}", setting.name, self.collector.value(setting)))
            .collect();
        shown.join(" ")
    }
}

fn shown_path(path: Option<&Path>) -> String {
    path.map(|path| path.display().to_string())
        .unwrap_or_default()
}

fn shown_flag(flag: bool) -> String {
    if flag {
        "true".to_owned()
    } else {
        String::new()
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let uri: http::Uri = url
        .parse()
        .map_err(|_| "it does not look like `https://stats.shop.example`".to_owned())?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    if !web || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
        return Err("write it like `https://stats.shop.example`".to_owned());
    }
    Ok(url.to_owned())
}

fn tag_prefix(text: &str) -> Result<String, String> {
    let prefix = format!("/{}/", text.trim_matches('/'));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
    if !prefix.bytes().all(plain) || prefix.contains("//") && prefix != "//" {
        return Err("write it like `/t/`: letters, digits, `-`, `_`, `/`".to_owned());
    }
    if prefix == "//" || RESERVED.iter().any(|path| prefix == *path) || prefix.starts_with("/api/")
    {
        return Err("that path is used by Weir itself; write it like `/t/`".to_owned());
    }
    Ok(prefix)
}

fn cluster(text: &str) -> Result<Cluster, String> {
    Cluster::named(text).ok_or_else(|| {
        "a cluster has a name of letters, digits, `_`, `-` and `.`: that of a cluster in ClickHouse's `remote_servers`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[(Key, &str)]) -> Result<Config, Failure> {
        let layer = flags.iter().fold(Layer::default(), |layer, (key, value)| {
            layer.with_flag(*key, vec![(*value).to_owned()])
        });
        Config::new(&layer)
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let config = config(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.sql_listen.to_string(), "127.0.0.1:8123");
        assert_eq!(config.data, PathBuf::from("./data"));
        assert_eq!(config.tag_prefix, "/t/");
        assert!(!config.demo);
    }

    #[test]
    fn passwords_are_hidden_wherever_settings_are_shown() {
        let config =
            config(&[(Key::ClickhouseUrl, "http://weir:hunt%40er2@ch.example:8123")]).unwrap();
        let clickhouse = config.clickhouse.clone().unwrap();
        assert_eq!(clickhouse.url, "http://ch.example:8123");
        assert_eq!(clickhouse.user, "weir");
        assert_eq!(clickhouse.password(), "hunt@er2");
        let shown: Vec<String> = config.lines().collect();
        assert!(
            shown
                .iter()
                .any(|line| line.contains("http://weir:***@ch.example:8123"))
        );
        let everything = format!("{shown:?} {config:?}");
        assert!(!everything.contains("hunt"), "{everything}");
    }

    #[test]
    fn a_cluster_has_a_name_and_a_server() {
        let url = (Key::ClickhouseUrl, "http://ch-1:8123");
        let main = config(&[url, (Key::ClickhouseCluster, "main")]).unwrap();
        assert_eq!(main.cluster.unwrap().name(), "main");
        let failure = config(&[url, (Key::ClickhouseCluster, "a`b")]).unwrap_err();
        assert_eq!(failure.message(), "`--clickhouse-cluster` cannot be used");
        let failure = config(&[(Key::ClickhouseCluster, "main")]).unwrap_err();
        assert!(failure.message().contains("no server of it is given"));
    }

    #[test]
    fn a_wrong_value_names_its_place_and_not_a_secret() {
        let failure = config(&[(Key::Listen, "8080")]).unwrap_err();
        assert_eq!(
            failure.message(),
            "`--listen` is not an address and port: `8080`"
        );
        let failure = config(&[(Key::ClickhouseUrl, "https://u:geheim@x")]).unwrap_err();
        assert_eq!(failure.message(), "`--clickhouse-url` cannot be used");
        assert!(!failure.to_string().contains("geheim"));
    }

    #[test]
    fn the_prefix_is_a_path_of_its_own() {
        let prefix = |text: &str| config(&[(Key::TagPrefix, text)]).map(|c| c.tag_prefix);
        assert_eq!(prefix("stats/js").unwrap(), "/stats/js/");
        for wrong in [
            "/", "/api", "/api/v1/", "/demo/", "/a//b/", "/a b/", "/{x}/", "//",
        ] {
            assert!(prefix(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_public_url_is_a_web_address() {
        let url = |text: &str| config(&[(Key::PublicUrl, text)]).map(|c| c.public_url);
        assert_eq!(
            url("https://s.example/x/").unwrap().as_deref(),
            Some("https://s.example/x")
        );
        for wrong in [
            "s.example",
            "ftp://s.example",
            "https://",
            "https://s.example/?a=b",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn proxies_are_believed_only_where_they_are_named() {
        let header = (Key::ClientIpHeader, "X-Real-IP");
        let set = config(&[(Key::TrustedProxy, "10.0.0.0/8"), header]).unwrap();
        let lines: Vec<String> = set.lines().collect();
        assert!(
            lines.iter().any(|line| line.contains("10.0.0.0/8")),
            "{lines:?}"
        );
        assert!(
            lines.iter().any(|line| line.contains("x-real-ip")),
            "{lines:?}"
        );
        assert!(config(&[]).unwrap().collector.proxy.trusted.is_empty());
        let failure = config(&[header]).unwrap_err();
        assert!(failure.hint().contains("--trusted-proxy"), "{failure}");
        let failure = config(&[(Key::TrustedProxy, "nginx")]).unwrap_err();
        assert!(failure.message().contains("`nginx`"), "{failure}");
    }

    #[test]
    fn limits_are_set_by_name() {
        let set = config(&[(Key::Limit, "site_rate=1_000")]).unwrap();
        assert_eq!(set.collector.limits.site_rate, 1_000);
        assert!(set.lines().any(|line| line.contains("site_rate=1000")));
        for (wrong, said, hint) in [
            ("site_rat=1", "`site_rat`", "site_rate"),
            ("site_rate", "`site_rate` has no value", "site_rate=1000"),
            ("commit_wait_ms=5000", "from 0 to 1000", "docs/collector.md"),
            ("spool_bytes=2000000", "less than `seal_bytes`", "room"),
        ] {
            let failure = config(&[(Key::Limit, wrong)]).unwrap_err();
            assert!(failure.message().contains(said), "{failure}");
            assert!(failure.hint().contains(hint), "{failure}");
        }
    }

    #[test]
    fn both_listeners_need_a_port_of_their_own() {
        let same = [
            (Key::Listen, "127.0.0.1:9000"),
            (Key::SqlListen, "127.0.0.1:9000"),
        ];
        assert!(config(&same).is_err());
    }
}
