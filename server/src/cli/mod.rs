//! The command line: what was typed, and which command does it.

mod check;
mod demo;
mod doctor;
mod explain;
mod funnel;
mod preview;
mod query;
mod simulate;
mod spool;
mod token;
mod user;

pub(crate) use simulate::action_hint;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use weir_collector::TokenScope;

use crate::config::layers::{Key, Layer};
use crate::config::{Config, LogFormat};
use crate::failure::Failure;
use crate::terminal::{Terminal, locale_is_russian};

/// Where the SQL interface is expected by commands that only read.
const DEFAULT_SQL_URL: &str = "http://127.0.0.1:8123";

/// Tag manager and product analytics on ClickHouse.
#[derive(Debug, Parser)]
#[command(name = "weir", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
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
    /// Make a short-lived link that opens a site with a draft, and tell what happens there
    Preview(Box<preview::PreviewArgs>),
    /// Print a funnel as a table with bars
    Funnel(FunnelArgs),
    /// Run one SQL statement and print its result
    Query(QueryArgs),
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
enum SpoolCommand {
    /// List what waits, and the batches that were refused
    List(SpoolListArgs),
    /// Say why a batch was refused, what is in it, and what to do
    Explain(SpoolExplainArgs),
    /// Try batches again, once the cause is mended; the server may be running
    Replay(SpoolReplayArgs),
}

#[derive(Debug, Args)]
struct SpoolDataArgs {
    /// Data folder of the server; it may be running [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
}

#[derive(Debug, Args)]
struct SpoolListArgs {
    /// How to print them
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    folder: SpoolDataArgs,
}

#[derive(Debug, Args)]
struct SpoolExplainArgs {
    /// Its id, or the beginning of it
    batch: String,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    folder: SpoolDataArgs,
}

#[derive(Debug, Args)]
struct SpoolReplayArgs {
    /// Their ids, or the beginnings of them
    #[arg(required_unless_present = "all")]
    batch: Vec<String>,
    /// All that were refused
    #[arg(long, conflicts_with = "batch")]
    all: bool,
    #[command(flatten)]
    folder: SpoolDataArgs,
}

#[derive(Debug, Subcommand)]
enum DemoCommand {
    /// Fill the sample site `demo` with a month of history
    Seed(SeedArgs),
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
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
enum UserCommand {
    /// Print a link with which a user sets a new password: it can be used once, within an hour
    ResetPassword(ResetPasswordArgs),
    /// List all users
    List(TokenDataArgs),
}

#[derive(Debug, Args)]
struct ResetPasswordArgs {
    /// Their e-mail address
    email: String,
    /// The address under which browsers reach the server [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    folder: TokenDataArgs,
}

#[derive(Debug, Args)]
struct IdentifyKeyArgs {
    /// The site it is for
    #[arg(long, value_name = "ID")]
    site: String,
    #[command(flatten)]
    folder: TokenDataArgs,
}

#[derive(Debug, Args)]
struct TokenDataArgs {
    /// Data folder of the server; it may be running [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
}

#[derive(Debug, Args)]
struct CreateTokenArgs {
    /// The site it is for
    #[arg(long, value_name = "ID")]
    site: String,
    /// What it allows: `write`, sending events as they happen; `import`, of any past time too; `read`, the API
    #[arg(long, value_enum)]
    scope: Scope,
    /// What it is for, in your words
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
    #[command(flatten)]
    folder: TokenDataArgs,
}

#[derive(Debug, Args)]
struct RevokeTokenArgs {
    /// Its id, or the whole token
    id: String,
    #[command(flatten)]
    folder: TokenDataArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scope {
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
struct ServeArgs {
    /// Address and port of page, tag and intake [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Address and port of the SQL interface [default: 127.0.0.1:8123]
    #[arg(long, value_name = "ADDRESS:PORT")]
    sql_listen: Option<String>,
    /// Data folder [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Container files: served, watched, republished when saved
    #[arg(long, value_name = "FILE", num_args = 1..)]
    container: Vec<String>,
    /// A ClickHouse server in place of the embedded engine: http://user:password@host:8123
    #[arg(long, value_name = "URL")]
    clickhouse_url: Option<String>,
    /// The cluster that its tables are spread over, as ClickHouse's `remote_servers` names it
    #[arg(long, value_name = "NAME")]
    clickhouse_cluster: Option<String>,
    /// Settings as TOML; the environment (WEIR_LISTEN …) and flags win over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The engine library, libchdb.so
    #[arg(long, value_name = "PATH")]
    engine_lib: Option<String>,
    /// The address under which browsers reach this server [default: that of --listen]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// First part of the tag's path, for a first-party address of your own [default: /t/]
    #[arg(long, value_name = "PATH")]
    tag_prefix: Option<String>,
    /// Proxies that may name the client: addresses and ranges such as 10.0.0.0/8; none by default
    #[arg(long, value_name = "CIDR", num_args = 1..)]
    trusted_proxy: Vec<String>,
    /// The header in which they do [default: X-Forwarded-For]
    #[arg(long, value_name = "NAME")]
    client_ip_header: Option<String>,
    /// A city or country database in MaxMind's format, for the columns country and city
    #[arg(long, value_name = "FILE")]
    geoip: Option<String>,
    /// Bounds of the collector by name, such as site_rate=1000; docs/collector.md lists them
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    limit: Vec<String>,
    /// Days for which events are kept, by site or for all others: shop=730 *=400 [default: for ever]
    #[arg(long, value_name = "SITE=DAYS", num_args = 1..)]
    retention: Vec<String>,
    /// How log lines look: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Serve the demo shop at /demo/, with a sample site that has a month of history
    #[arg(long)]
    demo: bool,
    /// With --demo: leave out the sample site
    #[arg(long)]
    no_sample: bool,
}

#[derive(Debug, Args)]
struct EngineArgs {
    /// Data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address and port of the SQL interface
    #[arg(long, value_name = "ADDRESS:PORT")]
    sql_listen: std::net::SocketAddr,
    /// Further host names under which the SQL interface may be addressed
    #[arg(long, value_name = "NAME")]
    sql_host: Vec<String>,
    /// The engine library, libchdb.so
    #[arg(long, value_name = "PATH", env = "WEIR_ENGINE_LIB")]
    engine_lib: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The container file
    file: PathBuf,
    /// How to print the problems
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the messages [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// The container file
    file: PathBuf,
    /// How to print the sentences
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the sentences [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

/// For people, or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
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
    fn or_of_locale(asked: Option<Self>, environment: impl Fn(&str) -> Option<String>) -> Self {
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
struct FunnelArgs {
    /// Name of the funnel
    name: String,
    /// The site, when several have a funnel of this name
    #[arg(long)]
    site: Option<String>,
    /// The SQL interface
    #[arg(long, value_name = "URL", env = "WEIR_SQL", default_value = DEFAULT_SQL_URL, hide_env_values = true)]
    sql: String,
}

#[derive(Debug, Args)]
struct QueryArgs {
    /// One SQL statement
    sql_text: String,
    /// The SQL interface
    #[arg(long, value_name = "URL", env = "WEIR_SQL", default_value = DEFAULT_SQL_URL, hide_env_values = true)]
    sql: String,
    /// A ClickHouse output format [default: a table on a terminal, else TabSeparatedWithNames]
    #[arg(long)]
    format: Option<String>,
}

#[derive(Debug, Args)]
struct SeedArgs {
    /// Data folder; its secret opens the SQL interface for writing [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// The SQL interface, with an account that may write: http://weir:secret@host:8123
    #[arg(long, value_name = "URL", hide_env_values = true)]
    sql: Option<String>,
    /// The engine library, should no server be running
    #[arg(long, value_name = "PATH")]
    engine_lib: Option<String>,
}

/// Does what the command line says.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Also prints `--help` and `--version`. When even that cannot be written, the exit code says it all.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match dispatch(cli.command) {
        Ok(code) => code,
        Err(failure) => {
            tracing::debug!("exits");
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("{failure}\n").as_bytes(),
            );
            failure.exit_code()
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    let environment = |name: &str| std::env::var(name).ok();
    match command {
        Command::Serve(args) => {
            let config = Config::new(&args.layers(environment)?)?;
            crate::serve::start_logging("info", config.log_format);
            block_on(crate::serve::serve(config))
        }
        Command::Engine(args) => {
            crate::serve::start_logging("info", LogFormat::Text);
            crate::engine::run(args.data, args.sql_listen, args.sql_host, args.engine_lib)
        }
        Command::Check(args) => {
            let language = Language::or_of_locale(args.lang, environment);
            check::run(&args.file, args.format, language, &mut Terminal::stdout())
        }
        Command::Explain(args) => {
            let language = Language::or_of_locale(args.lang, environment);
            explain::run(&args.file, args.format, language, &mut Terminal::stdout())
        }
        Command::Simulate(args) => {
            let language = Language::or_of_locale(args.lang, environment);
            simulate::run(&args, language, &mut Terminal::stdout())
        }
        Command::Preview(args) => {
            crate::serve::start_logging("warn", LogFormat::Text);
            let language = Language::or_of_locale(args.lang, environment);
            let layer = Layer::from_environment(environment)
                .with_flag(Key::Data, args.data.clone().into_iter().collect());
            let data = Config::new(&layer)?.data;
            block_on(preview::run(&args, &data, language, Terminal::stdout()))
        }
        Command::Funnel(args) => block_on(funnel::run(
            &args.name,
            args.site.as_deref(),
            &args.sql,
            Terminal::stdout(),
        )),
        Command::Query(args) => block_on(query::run(
            &args.sql_text,
            args.format,
            &args.sql,
            Terminal::stdout(),
        )),
        Command::Demo {
            command: DemoCommand::Seed(args),
        } => {
            crate::serve::start_logging("warn", LogFormat::Text);
            let layer = Layer::from_environment(environment)
                .with_flag(Key::Data, args.data.into_iter().collect())
                .with_flag(Key::EngineLib, args.engine_lib.into_iter().collect());
            let config = Config::new(&layer)?;
            block_on(demo::seed(config, args.sql, Terminal::stdout()))
        }
        Command::Token { command } => {
            crate::serve::start_logging("warn", LogFormat::Text);
            // The same folder as `weir serve` would take, by environment and default.
            let folder = |args: TokenDataArgs| {
                let layer = Layer::from_environment(environment)
                    .with_flag(Key::Data, args.data.into_iter().collect());
                Ok::<_, Failure>(Config::new(&layer)?.data)
            };
            let terminal = Terminal::stdout();
            match command {
                TokenCommand::Create(args) => token::create(
                    &folder(args.folder)?,
                    &args.site,
                    args.scope.into(),
                    &args.note,
                    terminal,
                    &mut std::io::stderr(),
                ),
                TokenCommand::List(args) => token::list(&folder(args)?, terminal),
                TokenCommand::Revoke(args) => {
                    token::revoke(&folder(args.folder)?, &args.id, terminal)
                }
                TokenCommand::Identify(args) => {
                    token::identify(&folder(args.folder)?, &args.site, terminal)
                }
            }
        }
        Command::User { command } => {
            crate::serve::start_logging("warn", LogFormat::Text);
            // The same settings as `weir serve` would take, by environment and default.
            let config = |args: TokenDataArgs, public_url: Option<String>| {
                let layer = Layer::from_environment(environment)
                    .with_flag(Key::Data, args.data.into_iter().collect())
                    .with_flag(Key::PublicUrl, public_url.into_iter().collect());
                Config::new(&layer)
            };
            let terminal = Terminal::stdout();
            match command {
                UserCommand::ResetPassword(args) => {
                    let config = config(args.folder, args.public_url)?;
                    let listening = format!("http://{}", crate::ports::reachable(config.listen));
                    user::reset_password(
                        &config.data,
                        &args.email,
                        config.public_url.as_deref().unwrap_or(&listening),
                        terminal,
                        &mut std::io::stderr(),
                    )
                }
                UserCommand::List(args) => user::list(&config(args, None)?.data, terminal),
            }
        }
        Command::Spool { command } => {
            let folder = |args: SpoolDataArgs| {
                let layer = Layer::from_environment(environment)
                    .with_flag(Key::Data, args.data.into_iter().collect());
                Ok::<_, Failure>(Config::new(&layer)?.data.join("spool"))
            };
            let terminal = Terminal::stdout();
            match command {
                SpoolCommand::List(args) => {
                    spool::list(&folder(args.folder)?, args.format, terminal)
                }
                SpoolCommand::Explain(args) => {
                    spool::explain(&folder(args.folder)?, &args.batch, args.format, terminal)
                }
                SpoolCommand::Replay(args) => {
                    spool::replay(&folder(args.folder)?, &args.batch, args.all, terminal)
                }
            }
        }
        Command::Doctor(args) => {
            let config = Config::new(&args.layers(environment)?)?;
            block_on(doctor::run(config, Terminal::stdout()))
        }
    }
}

impl ServeArgs {
    /// File, environment and flags, in rising order.
    fn layers(self, environment: impl Fn(&str) -> Option<String>) -> Result<Layer, Failure> {
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

fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::environment(
                format!("the operating system refused to start threads: {error}"),
                "look at the limits of the user that runs weir (`ulimit -u`)",
            )
        })?;
    runtime.block_on(future)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &[&str]) -> Command {
        Cli::try_parse_from(arguments).unwrap().command
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn file_environment_and_flags_rise_in_that_order() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("weir.toml");
        std::fs::write(
            &file,
            "listen = \"127.0.0.1:1\"\nsql-listen = \"127.0.0.1:2\"\ntag_prefix = \"/a/\"",
        )
        .unwrap();
        let flags = [
            "weir",
            "serve",
            "--config",
            file.to_str().unwrap(),
            "--listen",
            "127.0.0.1:9",
        ];
        let Command::Serve(args) = parse(&flags) else {
            panic!("serve")
        };
        let layers = args.layers(|name| match name {
            "WEIR_LISTEN" => Some("127.0.0.1:5".to_owned()),
            "WEIR_TAG_PREFIX" => Some("/b/".to_owned()),
            _ => None,
        });
        let config = Config::new(&layers.unwrap()).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:9");
        assert_eq!(config.sql_listen.to_string(), "127.0.0.1:2");
        assert_eq!(config.tag_prefix, "/b/");
        let lines: Vec<String> = config.lines().collect();
        assert_eq!(lines[0], "listen         127.0.0.1:9  (--listen)");
        assert_eq!(lines[3], "tag_prefix     /b/  (WEIR_TAG_PREFIX)");
    }

    #[test]
    fn several_containers_may_follow_one_flag() {
        let Command::Serve(args) = parse(&["weir", "serve", "--container", "a", "b", "--demo"])
        else {
            panic!("serve")
        };
        assert_eq!(args.container, ["a", "b"]);
        assert!(args.demo);
    }
}
