//! The command line: parses, wires the rooms together, and turns ends into exit codes. It knows
//! every room; no room knows it.

mod args;
mod asking;
mod console;
mod demo;
mod doctor;
mod errand;
mod first;
mod history;
mod inventory;
mod kept;
mod keys;
mod out;
mod past_runs;
mod phase;
mod place;
mod plan;
mod releases;
mod setup;
mod signals;
mod status;
mod theme;
mod themes;
mod unlock;
mod wire;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use crate::domain::phase::Phase;
use crate::headless::exit::Exit;
use args::{Cli, Verb};

/// Why a command did not even begin, for a person.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// The command line or the inventory.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Failed(String),
    #[error("{0}")]
    Refused(String),
}

impl Wrong {
    fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Io(_) | Self::Failed(_) => Exit::Failed,
            Self::Refused(_) => Exit::Refused,
        }
    }
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    crate::transport::http::install_crypto();
    let ended = match runtime(cli.verb.as_ref()) {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(Wrong::Io(error)),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(wrong) => out::reader_gone(&wrong).unwrap_or_else(|| {
            out::note(format_args!("flipside: {wrong}"));
            wrong.exit().into()
        }),
    }
}

/// Commands that only look wait for servers nearly all of their time: one thread does that, and nobody
/// has to be woken to hand it something. The others draw, ask or serve beside the connections.
fn runtime(verb: Option<&Verb>) -> std::io::Result<Runtime> {
    let looks = matches!(
        verb,
        Some(Verb::Status | Verb::Plan { .. } | Verb::Releases { .. } | Verb::Doctor)
    );
    let mut builder =
        if looks { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.worker_threads(2).enable_all().build()
}

async fn run(cli: Cli) -> Result<Exit, Wrong> {
    let (place, looks) = (cli.place, cli.looks);
    match cli.verb.unwrap_or(Verb::Console) {
        Verb::Console => console::open(&place, looks).await,
        Verb::Status => status::show(&place).await,
        Verb::Plan { phase, hosts, how } => plan::show(&place, phase, hosts, &how).await,
        Verb::Prepare(how) => phase::run(&place, Phase::Prepare, &how).await,
        Verb::Verify { how, sign_off } => phase::verify(&place, &how, sign_off).await,
        Verb::GoLive(how) => phase::run(&place, Phase::GoLive, &how).await,
        Verb::Rollback(how) => phase::run(&place, Phase::Rollback, &how).await,
        Verb::Abandon(how) => phase::run(&place, Phase::Abandon, &how).await,
        Verb::Finish(how) => phase::run(&place, Phase::Finish, &how).await,
        Verb::Repair(how) => phase::run(&place, Phase::Repair, &how).await,
        Verb::Unfreeze(how) => phase::run(&place, Phase::Unfreeze, &how).await,
        Verb::Releases { number } => releases::show(&place, number).await,
        Verb::History { run: None, number, .. } => history::list(&place, number),
        Verb::History { run: Some(run), summary: true, .. } => history::summarize(looks, &run),
        Verb::History { run: Some(run), .. } => history::tell_again(&place, &run).await,
        Verb::Replay { run, speed, text } => {
            history::replay(&place, looks, &run, speed, text).await
        }
        Verb::Unlock { reason, run, sure } => unlock::remove(&place, reason, run, &sure).await,
        Verb::Inventory { look } => inventory::look(&place, &look),
        Verb::Demo { headless: false, hosts } => demo::tour(&place, hosts, looks).await,
        Verb::Demo { headless: true, hosts } => demo::story(hosts).await,
        Verb::Themes { name } => themes::show(name.as_deref()),
        Verb::Doctor => doctor::examine(&place).await,
        Verb::Setup { hosts, how } => setup::run(&place, hosts, &how).await,
    }
}
