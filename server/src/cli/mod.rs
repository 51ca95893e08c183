//! The command line: which command does what was typed.

mod args;
mod check;
mod demo;
mod doctor;
mod explain;
mod funnel;
mod import;
mod preview;
mod publish;
mod query;
mod simulate;
mod spool;
mod token;
mod user;

pub(crate) use simulate::action_hint;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use args::Language;
use args::{
    Cli, Command, DEFAULT_SQL_URL, DemoCommand, Format, ImportCommand, SpoolCommand, SpoolDataArgs,
    TokenCommand, TokenDataArgs, UserCommand,
};

use crate::config::layers::{Key, Layer};
use crate::config::{Config, LogFormat};
use crate::failure::Failure;
use crate::terminal::Terminal;

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
        Command::Publish(args) => {
            crate::serve::start_logging("warn", LogFormat::Text);
            let language = Language::or_of_locale(args.lang, environment);
            let layer = Layer::from_environment(environment)
                .with_flag(Key::Data, args.data.clone().into_iter().collect());
            let data = Config::new(&layer)?.data;
            let terminal = Terminal::stdout();
            publish::run(&args, &data, language, terminal, &mut std::io::stderr())
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
        Command::Import {
            command: ImportCommand::Costs(args),
        } => {
            crate::serve::start_logging("warn", LogFormat::Text);
            let language = Language::or_of_locale(args.lang, environment);
            let layer = Layer::from_environment(environment)
                .with_flag(Key::Data, args.data.clone().into_iter().collect());
            let config = Config::new(&layer)?;
            let terminal = Terminal::stdout();
            block_on(import::costs(&args, &config, language, terminal))
        }
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
