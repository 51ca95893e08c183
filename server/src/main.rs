//! The `weir` binary; everything is in the library, where tests reach it.

fn main() -> std::process::ExitCode {
    weir_server::cli::run(std::env::args_os())
}
