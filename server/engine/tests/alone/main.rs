//! The engine process, and a parent that supervises one: what `weir engine` and `weir serve` make of this crate.
//!
//! - `engine-alone engine --data DIR --sql-listen A:P --engine-lib PATH [--sql-host NAME]…`
//! - `engine-alone supervise …`, with the same arguments: starts itself as `engine`, prints the state, waits for ever
//! - `engine-alone unguarded DIR LIBRARY SQL…`: runs statements on the folder's database as nobody else may

use std::env;
use std::io::Write;
use std::process::ExitCode;

use weir_engine::{EngineOptions, Supervisor, SupervisorOptions, child};
use weir_libchdb::{Library, Parameters};

const USAGE: &str = "usage: engine-alone engine|supervise --data DIR --sql-listen A:P --engine-lib PATH [--sql-host NAME]…";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    match command.as_str() {
        "engine" => engine(&arguments),
        "supervise" => supervise(arguments),
        "unguarded" => unguarded(&arguments).unwrap_or_else(|error| fail(&error, "", 1)),
        _ => fail(USAGE, "", 2),
    }
}

fn fail(error: &str, hint: &str, code: u8) -> ExitCode {
    let text = format!("error: {error}\nhint: {hint}\n");
    // Where standard error is closed, the exit status must do.
    std::io::stderr().write_all(text.as_bytes()).ok();
    ExitCode::from(code)
}

fn engine(arguments: &[String]) -> ExitCode {
    let Some(options) = options(arguments) else {
        return fail(USAGE, "", 2);
    };
    match child::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure.to_string(), &failure.hint(), failure.exit_code()),
    }
}

fn supervise(arguments: Vec<String>) -> ExitCode {
    let Ok(program) = env::current_exe() else {
        return fail("no executable", "", 1);
    };
    let arguments = std::iter::once("engine".to_owned())
        .chain(arguments)
        .map(Into::into)
        .collect();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return fail("no runtime", "", 1);
    };
    runtime.block_on(async {
        match Supervisor::start(SupervisorOptions { program, arguments }).await {
            Ok(supervisor) => {
                let line = format!("{:?}\n", supervisor.state());
                if std::io::stdout().write_all(line.as_bytes()).is_err() {
                    return ExitCode::FAILURE;
                }
                std::future::pending::<()>().await;
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error.reason, &error.hint, 1),
        }
    })
}

fn unguarded(arguments: &[String]) -> Result<ExitCode, String> {
    let [data, library, statements @ ..] = arguments else {
        return Err(USAGE.to_owned());
    };
    let library = Library::load(library.as_ref()).map_err(|error| error.to_string())?;
    let mut session = library
        .connect(&[&format!("--path={data}/engine/db")])
        .map_err(|error| error.to_string())?;
    for sql in statements {
        session
            .query(sql, "Null", &Parameters::default())
            .map_err(|error| error.to_string())?;
    }
    drop(session);
    // Threads that do not stop end with the process.
    library.shutdown().ok();
    Ok(ExitCode::SUCCESS)
}

fn options(arguments: &[String]) -> Option<EngineOptions> {
    let (mut data_dir, mut listen, mut library, mut hosts) = (None, None, None, Vec::new());
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        match name.as_str() {
            "--data" => data_dir = Some(value.into()),
            "--sql-listen" => listen = Some(value.parse().ok()?),
            "--engine-lib" => library = Some(value.into()),
            "--sql-host" => hosts.push(value.clone()),
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
