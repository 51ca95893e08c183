//! What can be typed: commands, their arguments, and what `--help` says of them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use weir_collector::TokenScope;

use super::{import, preview, publish, simulate};
use crate::config::layers::{Key, Layer};
use crate::failure::Failure;
use crate::terminal::locale_is_russian;

/// Where the SQL interface is expected by commands that only read.
pub(super) const DEFAULT_SQL_URL: &str = "http://127.0.0.1:8123";

/// Tag manager and product analytics on ClickHouse.
#[derive(Debug, Parser)]
#[command(name = "weir", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve tags, take events in, show the page
    Serve(ServeArgs),
    /// The embedded ClickHouse engine; `weir serve` starts and supervises it
    Engine(EngineArgs),
    /// Check a container file and name every problem in it
    Check(CheckArgs),
    /// Tell in plain sentences what a container file does
    Explain(ExplainArgs),
    /// Try a container file on a page: what fires, what does not, and why not
    Simulate(Box<simulate::SimulateArgs>),
    /// Make a release of a container file, for a site that is managed in the page
    Publish(Box<publish::PublishArgs>),
    /// Make a short-lived link that opens a site with a draft, and tell what happens there
    Preview(Box<preview::PreviewArgs>),
    /// Print a funnel as a table with bars
    Funnel(FunnelArgs),
    /// Run one SQL statement and print its result
    Query(QueryArgs),
    /// Bring in what was not collected here: costs, and events of before
    Import {
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// The demo shop
    Demo {
        #[command(subcommand)]
        command: DemoCommand,
    },
    /// Tokens: for sending events from a server, for imports, for reading over the API
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// People who may sign in to the page
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Events on their way to ClickHouse, and batches that it refused for good
    Spool {
        #[command(subcommand)]
        command: SpoolCommand,
    },
    /// Look for what would keep `weir serve` from working, and say what to do
    Doctor(ServeArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum SpoolCommand {
    /// List what waits, and the batches that were refused
    List(SpoolListArgs),
    /// Say why a batch was refused, what is in it, and what to do
    Explain(SpoolExplainArgs),
    /// Try batches again, once the cause is mended; the server may be running
    Replay(SpoolReplayArgs),
}

#[derive(Debug, Args)]
pub(super) struct SpoolDataArgs {
    /// Data folder of the server; it may be running [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct SpoolListArgs {
    /// How to print them
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) folder: SpoolDataArgs,
}

#[derive(Debug, Args)]
pub(super) struct SpoolExplainArgs {
    /// Its id, or the beginning of it
    pub(super) batch: String,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) folder: SpoolDataArgs,
}

#[derive(Debug, Args)]
pub(super) struct SpoolReplayArgs {
    /// Their ids, or the beginnings of them
    #[arg(required_unless_present = "all")]
    pub(super) batch: Vec<String>,
    /// All that were refused
    #[arg(long, conflicts_with = "batch")]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) folder: SpoolDataArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Import what marketing costs from a CSV file, while the server runs
    Costs(Box<import::CostsArgs>),
}

#[derive(Debug, Subcommand)]
pub(super) enum DemoCommand {
    /// Fill the sample site `demo` with a month of history
    Seed(SeedArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print it: it is shown this once only
    Create(CreateTokenArgs),
    /// List all tokens, without their secrets
    List(TokenDataArgs),
    /// Take a token back
    Revoke(RevokeTokenArgs),
    /// Print the key with which a site signs the ids of its users for `weir('identify', …)`
    Identify(IdentifyKeyArgs),
}

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Print a link with which a user sets a new password: it can be used once, within an hour
    ResetPassword(ResetPasswordArgs),
    /// List all users
    List(TokenDataArgs),
}

#[derive(Debug, Args)]
pub(super) struct ResetPasswordArgs {
    /// Their e-mail address
    pub(super) email: String,
    /// The address under which browsers reach the server [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
    #[command(flatten)]
    pub(super) folder: TokenDataArgs,
}

#[derive(Debug, Args)]
pub(super) struct IdentifyKeyArgs {
    /// The site it is for
    #[arg(long, value_name = "ID")]
    pub(super) site: String,
    #[command(flatten)]
    pub(super) folder: TokenDataArgs,
}

#[derive(Debug, Args)]
pub(super) struct TokenDataArgs {
    /// Data folder of the server; it may be running [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CreateTokenArgs {
    /// The site it is for
    #[arg(long, value_name = "ID")]
    pub(super) site: String,
    /// What it allows: `write`, sending events as they happen; `import`, of any past time too; `read`, the API
    #[arg(long, value_enum)]
    pub(super) scope: Scope,
    /// What it is for, in your words
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(super) note: String,
    #[command(flatten)]
    pub(super) folder: TokenDataArgs,
}

#[derive(Debug, Args)]
pub(super) struct RevokeTokenArgs {
    /// Its id, or the whole token
    pub(super) id: String,
    #[command(flatten)]
    pub(super) folder: TokenDataArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Scope {
    Write,
    Import,
    Read,
}

impl From<Scope> for TokenScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Write => Self::Write,
            Scope::Import => Self::Import,
            Scope::Read => Self::Read,
        }
    }
}

/// Every setting also exists as `WEIR_…` in the environment and in the file of `--config`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Address and port of page, tag and intake [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
    /// Address and port of the SQL interface [default: 127.0.0.1:8123]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) sql_listen: Option<String>,
    /// Data folder [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<String>,
    /// Container files: served, watched, republished when saved
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(super) container: Vec<String>,
    /// A ClickHouse server in place of the embedded engine: http://user:password@host:8123
    #[arg(long, value_name = "URL")]
    pub(super) clickhouse_url: Option<String>,
    /// The cluster that its tables are spread over, as ClickHouse's `remote_servers` names it
    #[arg(long, value_name = "NAME")]
    pub(super) clickhouse_cluster: Option<String>,
    /// Settings as TOML; the environment (WEIR_LISTEN …) and flags win over it
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The engine library, libchdb.so
    #[arg(long, value_name = "PATH")]
    pub(super) engine_lib: Option<String>,
    /// The address under which browsers reach this server [default: that of --listen]
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
    /// First part of the tag's path, for a first-party address of your own [default: /t/]
    #[arg(long, value_name = "PATH")]
    pub(super) tag_prefix: Option<String>,
    /// Proxies that may name the client: addresses and ranges such as 10.0.0.0/8; none by default
    #[arg(long, value_name = "CIDR", num_args = 1..)]
    pub(super) trusted_proxy: Vec<String>,
    /// The header in which they do [default: X-Forwarded-For]
    #[arg(long, value_name = "NAME")]
    pub(super) client_ip_header: Option<String>,
    /// A city or country database in MaxMind's format, for the columns country and city
    #[arg(long, value_name = "FILE")]
    pub(super) geoip: Option<String>,
    /// Bounds of the collector by name, such as site_rate=1000; docs/collector.md lists them
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    pub(super) limit: Vec<String>,
    /// Days for which events are kept, by site or for all others: shop=730 *=400 [default: for ever]
    #[arg(long, value_name = "SITE=DAYS", num_args = 1..)]
    pub(super) retention: Vec<String>,
    /// How log lines look: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(super) log_format: Option<String>,
    /// Serve the demo shop at /demo/, with a sample site that has a month of history
    #[arg(long)]
    pub(super) demo: bool,
    /// With --demo: leave out the sample site
    #[arg(long)]
    pub(super) no_sample: bool,
}

#[derive(Debug, Args)]
pub(super) struct EngineArgs {
    /// Data folder
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
    /// Address and port of the SQL interface
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) sql_listen: std::net::SocketAddr,
    /// Further host names under which the SQL interface may be addressed
    #[arg(long, value_name = "NAME")]
    pub(super) sql_host: Vec<String>,
    /// The engine library, libchdb.so
    #[arg(long, value_name = "PATH", env = "WEIR_ENGINE_LIB")]
    pub(super) engine_lib: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The container file
    pub(super) file: PathBuf,
    /// How to print the problems
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Language of the messages [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    pub(super) lang: Option<Language>,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The container file
    pub(super) file: PathBuf,
    /// How to print the sentences
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Language of the sentences [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    pub(super) lang: Option<Language>,
}

/// For people, or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// A language in which problems can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
}

impl Language {
    /// The language asked for, else that of the environment.
    pub(super) fn or_of_locale(
        asked: Option<Self>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let of_locale = || {
            if locale_is_russian(environment) {
                Self::Ru
            } else {
                Self::En
            }
        };
        asked.unwrap_or_else(of_locale)
    }
}

#[derive(Debug, Args)]
pub(super) struct FunnelArgs {
    /// Name of the funnel
    pub(super) name: String,
    /// The site, when several have a funnel of this name
    #[arg(long)]
    pub(super) site: Option<String>,
    /// The SQL interface
    #[arg(long, value_name = "URL", env = "WEIR_SQL", default_value = DEFAULT_SQL_URL, hide_env_values = true)]
    pub(super) sql: String,
}

#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// One SQL statement
    pub(super) sql_text: String,
    /// The SQL interface
    #[arg(long, value_name = "URL", env = "WEIR_SQL", default_value = DEFAULT_SQL_URL, hide_env_values = true)]
    pub(super) sql: String,
    /// A ClickHouse output format [default: a table on a terminal, else TabSeparatedWithNames]
    #[arg(long)]
    pub(super) format: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct SeedArgs {
    /// Data folder; its secret opens the SQL interface for writing [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<String>,
    /// The SQL interface, with an account that may write: http://weir:secret@host:8123
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub(super) sql: Option<String>,
    /// The engine library, should no server be running
    #[arg(long, value_name = "PATH")]
    pub(super) engine_lib: Option<String>,
}

impl ServeArgs {
    /// File, environment and flags, in rising order.
    pub(super) fn layers(
        self,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Layer, Failure> {
        let file = self
            .config
            .or_else(|| environment("WEIR_CONFIG").map(PathBuf::from));
        let file = file
            .as_deref()
            .map(Layer::from_file)
            .transpose()?
            .unwrap_or_default();
        let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
        let switch = |set: bool| {
            if set {
                vec!["true".to_owned()]
            } else {
                Vec::new()
            }
        };
        let flags = Layer::default()
            .with_flag(Key::Listen, one(self.listen))
            .with_flag(Key::SqlListen, one(self.sql_listen))
            .with_flag(Key::Data, one(self.data))
            .with_flag(Key::Container, self.container)
            .with_flag(Key::ClickhouseUrl, one(self.clickhouse_url))
            .with_flag(Key::ClickhouseCluster, one(self.clickhouse_cluster))
            .with_flag(Key::EngineLib, one(self.engine_lib))
            .with_flag(Key::PublicUrl, one(self.public_url))
            .with_flag(Key::TagPrefix, one(self.tag_prefix))
            .with_flag(Key::TrustedProxy, self.trusted_proxy)
            .with_flag(Key::ClientIpHeader, one(self.client_ip_header))
            .with_flag(Key::Geoip, one(self.geoip))
            .with_flag(Key::Limit, self.limit)
            .with_flag(Key::Retention, self.retention)
            .with_flag(Key::LogFormat, one(self.log_format))
            .with_flag(Key::Demo, switch(self.demo))
            .with_flag(Key::NoSample, switch(self.no_sample));
        Ok(file
            .covered_by(Layer::from_environment(environment))
            .covered_by(flags))
    }
}
