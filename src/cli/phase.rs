//! A phase without a screen.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Wrong;
use super::args::{How, Output, Place};
use super::asking::{self, AtWork, Terminal};
use super::{out, place, wire};
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::{Basis, Operator};
use crate::engine::Attendance;
use crate::headless::exit::Exit;
use crate::headless::{Follow, Format, follow};

pub fn format(output: Output) -> Result<Format, Wrong> {
    match output {
        Output::Text => Ok(Format::Text),
        Output::Json => Ok(Format::Json),
        Output::Sh => {
            Err(Wrong::Usage("`-o sh` is for plans: `flipside plan PHASE -o sh`".to_owned()))
        }
        Output::Yaml => Err(Wrong::Usage("`-o yaml` is for `flipside inventory`".to_owned())),
    }
}

pub async fn run(place: &Place, phase: Phase, how: &How) -> Result<Exit, Wrong> {
    carry_out(place, phase, how, AtWork { signs_off: false }).await
}

/// Verify, which a command line may sign off.
pub async fn verify(place: &Place, how: &How, signs_off: bool) -> Result<Exit, Wrong> {
    carry_out(place, Phase::Verify, how, AtWork { signs_off }).await
}

async fn carry_out(
    place: &Place,
    phase: Phase,
    how: &How,
    mut answers: AtWork,
) -> Result<Exit, Wrong> {
    let format = format(place.output)?;
    let here = place::here(place)?;
    let intent = here.intent(place, phase, how)?;
    asking::make_sure(place, &here.environment, phase, &how.sure)?;
    let (engine, handle) = wire::engine(&here, Arc::new(Terminal), Attendance::Unattended);
    let orders = handle.orders.clone();
    let basis = how.basis.clone().map(Basis);
    let send =
        |order| orders.send(order).map_err(|_| Wrong::Failed("the engine is gone".to_owned()));
    // Heard before the run begins: no lock may be taken by a run that a signal ends at once.
    let signals = signals();
    send(Order::Start { intent, basis })?;
    let stop = tokio::spawn(abort_on_signal(signals, orders.clone(), here.operator.clone()));
    let by = here.operator.clone();
    let skipped = handle.readers.skipped;
    let mut wires = Follow {
        events: handle.readers.events,
        lines: handle.readers.lines,
        orders: orders.clone(),
        by,
    };
    let verdict = follow(&mut wires, format, &mut answers, &mut out::page()).await;
    stop.abort();
    let skipped: u64 = skipped.borrow().values().sum();
    if skipped > 0 {
        out::note(format_args!(
            "{skipped} lines of output were not shown; they are in the journal"
        ));
    }
    send(Order::Quit)?;
    // Every lock is given back and every connection closed before we go.
    let _ = engine.task.await;
    Ok(verdict.as_ref().map_or(Exit::Unknown, Exit::from))
}

/// What ends a run from outside.
fn signals() -> Option<[Signal; 3]> {
    let heard = |kind| signal(kind).ok();
    Some([
        heard(SignalKind::interrupt())?,
        heard(SignalKind::terminate())?,
        heard(SignalKind::hangup())?,
    ])
}

/// The first signal aborts the run, which gives its locks back. A switch that is at work goes on to
/// its end first.
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
