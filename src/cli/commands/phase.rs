//! Runs a phase without the console.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::args::{OutputFormat, RunArgs, ScopeArgs};
use crate::cli::terminal::RunAnswers;
use crate::cli::{CliError, confirm, engine, out, scope};
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::{Basis, Operator};
use crate::headless::exit::Exit;
use crate::headless::{Follow, Format, follow};

pub async fn run(args: &ScopeArgs, phase: Phase, run: &RunArgs) -> Result<Exit, CliError> {
    carry_out(args, phase, run, RunAnswers { signs_off: false }).await
}

/// Runs the verify phase, with the answer that `--sign-off` gives.
pub async fn verify(args: &ScopeArgs, run: &RunArgs, signs_off: bool) -> Result<Exit, CliError> {
    carry_out(args, Phase::Verify, run, RunAnswers { signs_off }).await
}

fn format(output: OutputFormat) -> Result<Format, CliError> {
    match output {
        OutputFormat::Text => Ok(Format::Text),
        OutputFormat::Json => Ok(Format::Json),
        OutputFormat::Sh => Err(CliError::Usage(
            "`-o sh` is for plans. Use `flipside plan PHASE -o sh`.".to_owned(),
        )),
        OutputFormat::Yaml => {
            Err(CliError::Usage("`-o yaml` is for `flipside inventory` only.".to_owned()))
        }
    }
}

async fn carry_out(
    args: &ScopeArgs,
    phase: Phase,
    run: &RunArgs,
    mut answers: RunAnswers,
) -> Result<Exit, CliError> {
    let format = format(args.output)?;
    let scope = scope::resolve(args)?;
    let intent = scope.intent(args, phase, run)?;
    confirm::check(args, &scope.environment, phase, &run.confirm)?;
    let (engine, handle) = engine::unattended(&scope);
    let orders = handle.orders.clone();
    let basis = run.basis.clone().map(Basis);
    let send = |order| orders.send(order).map_err(|_| CliError::engine_gone());
    // The handlers are set before the run starts: a signal must not end a process that holds locks.
    let signals = signals();
    send(Order::Start { intent, basis })?;
    let stop = tokio::spawn(abort_on_signal(signals, orders.clone(), scope.operator.clone()));
    let skipped = handle.readers.skipped;
    let mut channels = Follow {
        events: handle.readers.events,
        lines: handle.readers.lines,
        orders: orders.clone(),
        by: scope.operator.clone(),
    };
    let verdict = follow(&mut channels, format, &mut answers, &mut out::page()).await;
    stop.abort();
    let skipped: u64 = skipped.borrow().values().sum();
    if skipped > 0 {
        out::note(format_args!(
            "{skipped} lines of output were not shown. They are in the journal."
        ));
    }
    send(Order::Quit)?;
    // The engine releases every lock and closes every connection before the process ends.
    let _ = engine.task.await;
    Ok(verdict.as_ref().map_or(Exit::Unknown, Exit::from))
}

/// Sets handlers for the signals that end a run.
fn signals() -> Option<[Signal; 3]> {
    let handler = |kind| signal(kind).ok();
    Some([
        handler(SignalKind::interrupt())?,
        handler(SignalKind::terminate())?,
        handler(SignalKind::hangup())?,
    ])
}

/// Aborts the run at a signal. The run then releases its locks; a switch that has started is completed first.
async fn abort_on_signal(
    signals: Option<[Signal; 3]>,
    orders: tokio::sync::mpsc::UnboundedSender<Order>,
    by: Operator,
) {
    let Some([mut int, mut term, mut hup]) = signals else { return };
    loop {
        tokio::select! {
            _ = int.recv() => {}
            _ = term.recv() => {}
            _ = hup.recv() => {}
        }
        if orders.send(Order::Abort { by: by.clone() }).is_err() {
            return;
        }
    }
}
