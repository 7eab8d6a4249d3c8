//! The command line: parses arguments, connects the console or a text command to an engine, and turns results
//! into exit codes. It may use every other module; no other module may use it.

mod args;
mod commands;
mod confirm;
mod engine;
mod error;
mod first_steps;
mod keys;
mod onboarding;
mod out;
mod preferences;
mod prompt_cards;
mod runs;
mod scope;
mod signals;
mod terminal;
mod theme;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use args::{Cli, CliCommand};
pub use error::CliError;

/// Parses the command line, runs the command and returns its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    crate::transport::http::install_crypto();
    let result = match runtime(cli.command.as_ref()) {
        Ok(runtime) => runtime.block_on(commands::run(cli)),
        Err(error) => Err(CliError::Io(error)),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => out::broken_pipe(&error).unwrap_or_else(|| {
            out::note(format_args!("flipside: {error}"));
            error.exit().into()
        }),
    }
}

/// Builds a runtime with one thread for read-only commands, which wait for servers nearly all of their time,
/// so that no second thread has to be woken. Other commands draw or ask a person beside the connections and
/// get two more threads.
fn runtime(command: Option<&CliCommand>) -> std::io::Result<Runtime> {
    let reads_only = matches!(
        command,
        Some(
            CliCommand::Status
                | CliCommand::Plan { .. }
                | CliCommand::Releases { .. }
                | CliCommand::Doctor
        )
    );
    let mut builder =
        if reads_only { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.worker_threads(2).enable_all().build()
}
