//! The command line's arguments. `--help` is generated from these doc comments.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::demo::DemoPlatform;
use crate::domain::names::{AppName, EnvName, RunId, StackName, TargetName};
use crate::domain::phase::Phase;
use crate::domain::plan::{FailurePolicy, Width};
use crate::domain::release::{Release, Tag};

const EXAMPLES: &str = "\
Examples:
  flipside                                   open the console
  flipside demo                              try it on servers inside this process
  flipside status                            show what is live on each host
  flipside plan go-live                      show what would change and what is already done
  flipside releases                          list the releases in the registry
  flipside prepare --release v412            start v412 on the passive color
  flipside verify && flipside go-live        check it and sign it off, then send users to it
  flipside rollback                          send users back, on all hosts at once
  flipside rollback --to v411                send users to a release by its tag
  flipside plan rollback -o sh >back.sh      write the rollback as a script, for use without Flipside

Exit codes:
  0 done   1 failed   2 wrong usage   3 unknown   4 locked   5 refused   6 partly done   7 aborted";

/// A console for blue/green releases: see what is live, prepare, verify, go live, roll back.
#[derive(Debug, Parser)]
#[command(name = "flipside", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub scope: ScopeArgs,
    #[command(flatten)]
    pub appearance: AppearanceArgs,
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

/// What a command is about, and options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct ScopeArgs {
    /// Read this inventory [default: `$FLIPSIDE_INVENTORY`, ./inventory.yaml, the configuration directory].
    #[arg(short, long, global = true, value_name = "FILE")]
    pub inventory: Option<PathBuf>,
    /// Select the environment, where the inventory has several.
    #[arg(short, long, global = true, env = "FLIPSIDE_ENVIRONMENT", value_name = "ENV")]
    pub environment: Option<EnvName>,
    /// Select the app, where the environment has several.
    #[arg(short, long, global = true, env = "FLIPSIDE_APP", value_name = "APP")]
    pub app: Option<AppName>,
    /// Select the stack, where the app has several.
    #[arg(long, global = true, value_name = "STACK")]
    pub stack: Option<StackName>,
    /// Act on these hosts only.
    #[arg(long, global = true, value_delimiter = ',', value_name = "HOST,…")]
    pub only: Vec<TargetName>,
    /// Change no server: the console and every command refuse what would.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Select the output format.
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,
}

/// How the console is drawn.
#[derive(Debug, Clone, Args)]
pub struct AppearanceArgs {
    /// Use this console theme [default: `theme:` of console.yaml, else light or dark as the terminal is].
    #[arg(long, global = true, value_name = "THEME")]
    pub theme: Option<String>,
    /// Draw the console in ASCII only, as where the locale is not UTF-8.
    #[arg(long, global = true)]
    pub ascii: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object per line.
    Json,
    /// A shell script for a person with plain ssh (plans only).
    Sh,
    /// The inventory with all its layers merged (inventory only).
    Yaml,
}

#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Open the console (the default).
    Console,
    /// Show the current state of every host.
    Status,
    /// Show what a phase would do and what is already done. Changes nothing.
    Plan {
        #[arg(value_parser = phase)]
        phase: Phase,
        /// Plan for these hosts only, as with `--only`.
        #[arg(value_name = "HOST")]
        hosts: Vec<TargetName>,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Start a release on the passive color. Users are not affected.
    Prepare(RunArgs),
    /// Check the passive color, then sign the release off. Without a terminal, only check.
    Verify {
        #[command(flatten)]
        run: RunArgs,
        /// Sign off without asking if every check passes.
        #[arg(long)]
        sign_off: bool,
    },
    /// Send users to the prepared release.
    GoLive(RunArgs),
    /// Send users back to the release they came from, or to the one named by `--to`, on all hosts at once.
    #[command(name = "rollback", alias = "roll-back")]
    Rollback(RunArgs),
    /// Remove a prepared release that users have not reached yet.
    Abandon(RunArgs),
    /// Stop the previous color and remove what neither color needs.
    Finish(RunArgs),
    /// Correct the recorded state to match what users reach. Moves no users.
    Repair(RunArgs),
    /// Reopen go-live after a rollback froze it. Needs `--reason`.
    Unfreeze(RunArgs),
    /// List the releases in the registry, newest first, and the servers that have them.
    Releases {
        /// Show at most this many.
        #[arg(short = 'n', long, default_value_t = 20)]
        number: usize,
    },
    /// List past runs, newest first, or show the events of one.
    History {
        /// The name of a run, or the path of its journal.
        #[arg(value_name = "RUN")]
        run: Option<String>,
        /// Summarize the run in a few lines, for a chat.
        #[arg(long, requires = "run")]
        summary: bool,
        /// Show at most this many.
        #[arg(short = 'n', long, default_value_t = 20)]
        number: usize,
    },
    /// Replay a past run in the console, or as text where there is no terminal.
    Replay {
        /// The name of a run, or the path of its journal.
        run: String,
        /// Replay text at this multiple of the original speed; 0 does not wait.
        #[arg(long, default_value_t = 0.0)]
        speed: f64,
        /// Replay as text, also on a terminal.
        #[arg(long)]
        text: bool,
    },
    /// Check on every host what a release needs, and say how to fix what is missing.
    Doctor,
    /// Set up new servers: directories, include files, the first release.
    Setup {
        #[arg(required = true, value_name = "HOST")]
        hosts: Vec<TargetName>,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Remove the locks of a run that can no longer release them.
    Unlock {
        /// Say why; every console that shows the lock shows this reason.
        #[arg(long)]
        reason: String,
        /// Remove only the lock of this run; `status` shows its name.
        #[arg(long)]
        run: Option<RunId>,
        #[command(flatten)]
        confirm: ConfirmArgs,
    },
    /// Show the configuration that a release gets on a host, and the file and line that set each value.
    Config {
        app: AppName,
        #[arg(value_name = "HOST")]
        target: TargetName,
        /// Show this value, or those below it: `db.host`.
        key: Option<String>,
        /// Ask the host which values the prepared release changes; values themselves are not shown.
        #[arg(long, conflicts_with = "key")]
        diff: bool,
    },
    /// Check, list or explain the inventory.
    Inventory {
        #[command(subcommand)]
        command: InventoryCommand,
    },
    /// List the console's themes, or show a sample of each role of one.
    Themes {
        #[arg(value_name = "THEME")]
        name: Option<String>,
    },
    /// Try Flipside on servers inside this process, without a server, Docker or root.
    Demo {
        /// Run the whole story as text; exit 0 only if no request was lost.
        #[arg(long)]
        headless: bool,
        /// Show this platform.
        #[arg(long, value_name = "PLATFORM", default_value_t, value_parser = demo_platform())]
        platform: DemoPlatform,
        /// Start this many hosts, or APIs [default: 6 hosts, 2 APIs].
        #[arg(long, value_parser = clap::value_parser!(u8).range(2..=50))]
        hosts: Option<u8>,
    },
}

#[derive(Debug, Subcommand)]
pub enum InventoryCommand {
    /// Show which file and line set each value of a host or another target.
    Explain {
        target: TargetName,
        /// Show only values whose name contains this.
        key: Option<String>,
    },
    /// Check the inventory; show the line and the remedy of every mistake.
    Check,
    /// List environments, hosts and other targets, and apps.
    List,
    /// Print an inventory that shows every option, to start from.
    Example {
        /// Print the compose template that the example names.
        #[arg(long)]
        template: bool,
    },
}

/// How a phase is carried out.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    /// Name the release by its tag. To prepare exactly these bytes, add their digest: `TAG@sha256:…`.
    #[arg(long, value_name = "TAG")]
    pub release: Option<Release>,
    /// Roll back to this release [default: the one that each host recorded its users came from].
    #[arg(long, value_name = "TAG")]
    pub to: Option<Tag>,
    /// Stop or continue on the other hosts after a failure, or continue for up to N failures.
    #[arg(long, value_name = "stop|continue|N", value_parser = policy)]
    pub on_failure: Option<FailurePolicy>,
    /// Work on this many hosts at once.
    #[arg(long, value_name = "N|N%|all", value_parser = width)]
    pub batch: Option<Width>,
    /// Refuse to run if the hosts have changed since this plan was shown.
    #[arg(long, value_name = "PLAN")]
    pub basis: Option<String>,
    /// Record why in the journal; a rollback also records it on the hosts.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    #[command(flatten)]
    pub confirm: ConfirmArgs,
}

#[derive(Debug, Clone, Default, Args)]
pub struct ConfirmArgs {
    /// Confirm the name of a protected environment, where there is no terminal to type it on.
    #[arg(long, value_name = "ENV")]
    pub confirm: Option<EnvName>,
}

/// Reads the name of a platform of the demo; another name is an error that lists them.
fn demo_platform() -> impl TypedValueParser<Value = DemoPlatform> {
    PossibleValuesParser::new(DemoPlatform::ALL.map(DemoPlatform::name))
        .try_map(|name| name.parse::<DemoPlatform>())
}

fn phase(text: &str) -> Result<Phase, String> {
    text.parse()
}

fn policy(text: &str) -> Result<FailurePolicy, String> {
    match text {
        "stop" => Ok(FailurePolicy::Stop),
        "continue" => Ok(FailurePolicy::Continue),
        number => number
            .parse()
            .map(FailurePolicy::AtMost)
            .map_err(|_| "expected `stop`, `continue` or a number".to_owned()),
    }
}

fn width(text: &str) -> Result<Width, String> {
    let invalid = || "expected `all`, a number from 1, or a percentage from 1% to 100%".to_owned();
    match text.strip_suffix('%') {
        Some(percent) => percent
            .parse()
            .ok()
            .filter(|p| (1..=100).contains(p))
            .map(Width::Percent)
            .ok_or_else(invalid),
        None if text == "all" => Ok(Width::All),
        None => text.parse().ok().filter(|n| *n > 0).map(Width::Count).ok_or_else(invalid),
    }
}
