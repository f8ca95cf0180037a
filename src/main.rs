//! The command's answer → exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    plainbounce::cli::run(std::env::args_os())
}
