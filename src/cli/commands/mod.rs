//! One module for each command.

mod config;
mod console;
mod demo;
mod doctor;
mod history;
mod inventory;
mod phase;
mod plan;
mod releases;
mod setup;
mod start;
mod status;
mod themes;
mod unlock;

use super::CliError;
use super::args::{Cli, CliCommand};
use crate::domain::phase::Phase;
use crate::headless::exit::Exit;

/// Runs the command that was given; the console where none was given.
pub async fn run(cli: Cli) -> Result<Exit, CliError> {
    let (args, appearance) = (cli.scope, cli.appearance);
    match cli.command.unwrap_or(CliCommand::Console) {
        CliCommand::Console => start::open(&args, appearance).await,
        CliCommand::Status => status::show(&args).await,
        CliCommand::Plan { phase, hosts, run } => plan::show(&args, phase, hosts, &run).await,
        CliCommand::Prepare(run) => phase::run(&args, Phase::Prepare, &run).await,
        CliCommand::Verify { run, sign_off } => phase::verify(&args, &run, sign_off).await,
        CliCommand::GoLive(run) => phase::run(&args, Phase::GoLive, &run).await,
        CliCommand::Rollback(run) => phase::run(&args, Phase::Rollback, &run).await,
        CliCommand::Abandon(run) => phase::run(&args, Phase::Abandon, &run).await,
        CliCommand::Finish(run) => phase::run(&args, Phase::Finish, &run).await,
        CliCommand::Repair(run) => phase::run(&args, Phase::Repair, &run).await,
        CliCommand::Unfreeze(run) => phase::run(&args, Phase::Unfreeze, &run).await,
        CliCommand::Releases { number } => releases::show(&args, number).await,
        CliCommand::History { run: None, number, .. } => history::list(&args, number),
        CliCommand::History { run: Some(run), summary: true, .. } => {
            history::summarize(appearance, &run)
        }
        CliCommand::History { run: Some(run), .. } => history::show(&args, &run).await,
        CliCommand::Replay { run, speed, text } => {
            history::replay(&args, appearance, &run, speed, text).await
        }
        CliCommand::Unlock { reason, run, confirm } => {
            unlock::remove(&args, reason, run, &confirm).await
        }
        CliCommand::Config { app, target, diff: true, .. } => {
            config::diff(&args, app, &target).await
        }
        CliCommand::Config { app, target, key, .. } => {
            config::show(&args, app, &target, key.as_deref())
        }
        CliCommand::Inventory { command } => inventory::run(&args, &command),
        CliCommand::Demo { headless: false, platform, hosts } => {
            demo::tour(&args, platform, hosts, appearance).await
        }
        CliCommand::Demo { headless: true, platform, hosts } => demo::story(platform, hosts).await,
        CliCommand::Themes { name } => themes::show(name.as_deref()),
        CliCommand::Doctor => doctor::examine(&args).await,
        CliCommand::Setup { hosts, run } => setup::run(&args, hosts, &run).await,
    }
}
