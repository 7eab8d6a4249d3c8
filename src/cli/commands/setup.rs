//! `flipside setup HOST…`: runs the setup phase on the named hosts.

use super::phase;
use crate::cli::CliError;
use crate::cli::args::{RunArgs, ScopeArgs};
use crate::domain::names::TargetName;
use crate::domain::phase::Phase;
use crate::headless::exit::Exit;

pub async fn run(
    args: &ScopeArgs,
    hosts: Vec<TargetName>,
    run: &RunArgs,
) -> Result<Exit, CliError> {
    if args.only.iter().any(|only| !hosts.contains(only)) {
        return Err(CliError::Usage(
            "setup takes the hosts as arguments. Leave out `--only`.".to_owned(),
        ));
    }
    let args = ScopeArgs { only: hosts, ..args.clone() };
    phase::run(&args, Phase::Setup, run).await
}
