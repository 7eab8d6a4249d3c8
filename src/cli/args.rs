//! The command line. `--help` is made from it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::names::{AppName, EnvName, HostName, RunId, StackName, TargetName};
use crate::domain::release::Tag;

const EXAMPLES: &str = "\
Examples:
  flipside                                   open the console
  flipside demo                              try it on servers inside this process
  flipside status                            what is live where, as users see it
  flipside plan go-live                      what would be done, and what is so already
  flipside releases                          what there is to release
  flipside prepare --release v412            bring v412 up on the passive color
  flipside verify && flipside go-live        check it and sign it off, then send users to it
  flipside rollback                          send users back, on all hosts at once
  flipside rollback --to v411                send users to a release by its name
  flipside plan rollback -o sh >back.sh      the same as a script, for when this is not there

Exit codes:
  0 done   1 failed   2 wrong usage   3 unknown   4 locked   5 refused   6 partly   7 aborted";

/// A console for blue/green releases: see what is live, prepare, verify, go live, roll back.
#[derive(Debug, Parser)]
#[command(name = "flipside", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub looks: Looks,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What a command is about.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// The inventory. Else `$FLIPSIDE_INVENTORY`, ./inventory.yaml, the configuration directory.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub inventory: Option<PathBuf>,
    /// The environment, where the inventory has several.
    #[arg(short, long, global = true, env = "FLIPSIDE_ENVIRONMENT", value_name = "ENV")]
    pub environment: Option<EnvName>,
    /// The app, where the environment has several.
    #[arg(short, long, global = true, env = "FLIPSIDE_APP", value_name = "APP")]
    pub app: Option<AppName>,
    /// The stack, where the app has several.
    #[arg(long, global = true, value_name = "STACK")]
    pub stack: Option<StackName>,
    /// Only these hosts.
    #[arg(long, global = true, value_delimiter = ',', value_name = "HOST,…")]
    pub only: Vec<TargetName>,
    /// Change nothing: the console refuses what changes servers, and so does every command.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// How it is told.
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Output,
}

/// How the console looks.
#[derive(Debug, Clone, Args)]
pub struct Looks {
    /// The console's theme. Else `theme:` of console.yaml, else light or dark as the terminal is.
    #[arg(long, global = true, value_name = "THEME")]
    pub theme: Option<String>,
    /// Nothing but ASCII in the console, as where the locale is not UTF-8.
    #[arg(long, global = true)]
    pub ascii: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
    /// For a person with plain ssh: a shell script (plans only).
    Sh,
    /// The inventory as it is once every layer is laid over the one below it (inventory only).
    Yaml,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Open the console (the same as no command at all).
    Console,
    /// What is true on every host now.
    Status,
    /// What a phase would do, and what is so already. Changes nothing.
    Plan {
        #[arg(value_parser = phase)]
        phase: crate::domain::phase::Phase,
        /// Only these hosts, as with `--only`.
        #[arg(value_name = "HOST")]
        hosts: Vec<TargetName>,
        #[command(flatten)]
        how: How,
    },
    /// Bring a release up on the passive color. Users notice nothing.
    Prepare(How),
    /// Check the passive color, and sign the release off. Without a terminal, the checks alone.
    Verify {
        #[command(flatten)]
        how: How,
        /// Sign off what passes every check, and ask nobody.
        #[arg(long)]
        sign_off: bool,
    },
    /// Send users to the prepared release.
    GoLive(How),
    /// Send users back to the release they came from, on all hosts at once; or to one by its name.
    #[command(name = "rollback", alias = "roll-back")]
    Rollback(How),
    /// Give up a prepared release before users saw it.
    Abandon(How),
    /// Stop the previous color, and remove what neither color needs.
    Finish(How),
    /// Make what is recorded agree with what users reach. Moves nobody.
    Repair(How),
    /// Open go-live again, which a roll back closed. Wants a --reason.
    Unfreeze(How),
    /// What the registry has to release, newest first, and which servers have it already.
    Releases {
        /// At most so many.
        #[arg(short = 'n', long, default_value_t = 20)]
        number: usize,
    },
    /// Past runs, newest first; of one run, its story.
    History {
        /// The run's name, or the path of its journal.
        #[arg(value_name = "RUN")]
        run: Option<String>,
        /// What happened in it in a few lines, ready for a chat.
        #[arg(long, requires = "run")]
        summary: bool,
        /// At most so many.
        #[arg(short = 'n', long, default_value_t = 20)]
        number: usize,
    },
    /// Play a past run again: on the console's screen, or as text where there is none.
    Replay {
        /// The run's name, or the path of its journal.
        run: String,
        /// As text: so many times as fast as it happened; 0: at once.
        #[arg(long, default_value_t = 0.0)]
        speed: f64,
        /// As text, also on a terminal.
        #[arg(long)]
        text: bool,
    },
    /// Check on every host what a release needs, and say what to change.
    Doctor,
    /// Bring fresh servers into shape: directories, include files, the first release.
    Setup {
        #[arg(required = true, value_name = "HOST")]
        hosts: Vec<TargetName>,
        #[command(flatten)]
        how: How,
    },
    /// Remove a lock that its run cannot give back any more.
    Unlock {
        /// Why. It is told wherever the lock was seen.
        #[arg(long)]
        reason: String,
        /// Only the lock of this run; `status` names it.
        #[arg(long)]
        run: Option<RunId>,
        #[command(flatten)]
        sure: Sure,
    },
    /// Look at the inventory.
    Inventory {
        #[command(subcommand)]
        look: InventoryLook,
    },
    /// The console's themes and where each comes from; of one theme, a sample of each role.
    Themes {
        #[arg(value_name = "THEME")]
        name: Option<String>,
    },
    /// Try Flipside on servers inside this process: no server, no Docker, no root.
    Demo {
        /// The whole story without a screen; exits 0 only if no request was lost.
        #[arg(long)]
        headless: bool,
        /// How many hosts.
        #[arg(long, default_value_t = super::console::HOSTS, value_parser = clap::value_parser!(u8).range(2..=50))]
        hosts: u8,
    },
}

#[derive(Debug, Subcommand)]
pub enum InventoryLook {
    /// Which file and line set each value of a host.
    Explain {
        host: HostName,
        /// Only values whose name holds this.
        key: Option<String>,
    },
    /// Check the inventory; every mistake is told with its place and its remedy.
    Check,
    /// Which environments, hosts and apps there are.
    List,
    /// An inventory that shows every option, to begin with.
    Example {
        /// The compose template that it names.
        #[arg(long)]
        template: bool,
    },
}

/// How a phase is to be carried out.
#[derive(Debug, Clone, Default, Args)]
pub struct How {
    /// The release's tag.
    #[arg(long, value_name = "TAG")]
    pub release: Option<Tag>,
    /// Of a rollback: the release that users go to. Else where each host recorded that they came from.
    #[arg(long, value_name = "TAG")]
    pub to: Option<Tag>,
    /// What a failure on one host means for the others: stop, continue, or a number of failures.
    #[arg(long, value_name = "POLICY", value_parser = policy)]
    pub on_failure: Option<crate::domain::plan::FailurePolicy>,
    /// How many hosts at once: all, a number, or a percentage.
    #[arg(long, value_name = "N|N%|all", value_parser = width)]
    pub batch: Option<crate::domain::plan::Width>,
    /// Refuse if the fleet is no longer as it was when this plan was shown.
    #[arg(long, value_name = "PLAN")]
    pub basis: Option<String>,
    /// Why: kept in the journal, and by a roll back on the hosts. `unfreeze` wants one.
    #[arg(long, value_name = "WORDS")]
    pub reason: Option<String>,
    #[command(flatten)]
    pub sure: Sure,
}

#[derive(Debug, Clone, Default, Args)]
pub struct Sure {
    /// The environment's name, where it is protected and nobody can be asked.
    #[arg(long, value_name = "ENV")]
    pub confirm: Option<EnvName>,
}

fn phase(text: &str) -> Result<crate::domain::phase::Phase, String> {
    text.parse()
}

fn policy(text: &str) -> Result<crate::domain::plan::FailurePolicy, String> {
    use crate::domain::plan::FailurePolicy;
    match text {
        "stop" => Ok(FailurePolicy::Stop),
        "continue" => Ok(FailurePolicy::Continue),
        number => number
            .parse()
            .map(FailurePolicy::AtMost)
            .map_err(|_| "it is `stop`, `continue` or a number".to_owned()),
    }
}

fn width(text: &str) -> Result<crate::domain::plan::Width, String> {
    use crate::domain::plan::Width;
    let wrong = || "it is `all`, a number from 1, or a percentage from 1% to 100%".to_owned();
    match text.strip_suffix('%') {
        Some(percent) => percent
            .parse()
            .ok()
            .filter(|p| (1..=100).contains(p))
            .map(Width::Percent)
            .ok_or_else(wrong),
        None if text == "all" => Ok(Width::All),
        None => text.parse().ok().filter(|n| *n > 0).map(Width::Count).ok_or_else(wrong),
    }
}
