//! The engine process by itself: what `weir engine` is, for tests and for looking around.
//!
//! `engine_child engine --data DIR --sql-listen A:P --engine-lib PATH [--sql-host NAME]…`

use std::process::ExitCode;

use weir_engine::{EngineOptions, child};

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let Some(options) = options(std::env::args().skip(1)) else {
        eprintln!(
            "usage: engine_child engine --data DIR --sql-listen A:P --engine-lib PATH [--sql-host NAME]…"
        );
        return ExitCode::from(2);
    };
    match child::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}\nhint: {}", failure.hint());
            ExitCode::from(failure.exit_code())
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<EngineOptions> {
    if arguments.next()? != "engine" {
        return None;
    }
    let (mut data_dir, mut listen, mut library, mut hosts) = (None, None, None, Vec::new());
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--data" => data_dir = Some(value.into()),
            "--sql-listen" => listen = Some(value.parse().ok()?),
            "--engine-lib" => library = Some(value.into()),
            "--sql-host" => hosts.push(value),
            _ => return None,
        }
    }
    Some(EngineOptions {
        data_dir: data_dir?,
        listen: listen?,
        library: library?,
        hosts,
    })
}
