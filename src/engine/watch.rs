//! The watch: observes every target of the focus at an interval, more often during a run.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::bus::EventBus;
use super::context::EngineContext;
use super::{locks, observe};
use crate::domain::event::What;
use crate::domain::names::{AppName, StackName};
use crate::domain::observation::Observed;
use crate::domain::spec::Member;

/// How often a target is observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchPace {
    /// No run is in progress.
    Calm,
    /// A run is in progress.
    Busy,
}

impl WatchPace {
    fn interval(self) -> Duration {
        match self {
            Self::Calm => Duration::from_secs(10),
            // A run makes its own observations, also of each host whose users it has moved.
            Self::Busy => Duration::from_secs(4),
        }
    }
}

/// The tasks of the watch. Dropping it ends them.
#[derive(Debug)]
pub struct Watch {
    _targets: JoinSet<()>,
}

impl Watch {
    pub fn start(
        context: &EngineContext,
        bus: &EventBus,
        app: &AppName,
        stack: &StackName,
        pace: &watch::Receiver<WatchPace>,
        now: &watch::Receiver<u64>,
    ) -> Self {
        let mut targets = JoinSet::new();
        for member in context.members(app, stack) {
            let (context, bus, member) = (context.clone(), bus.clone(), member.clone());
            targets.spawn(one(context, bus, member, pace.clone(), now.clone()));
        }
        Self { _targets: targets }
    }
}

/// Watches one target: observes it, emits the observation, and waits for the interval, a change of pace or a request.
async fn one(
    context: EngineContext,
    bus: EventBus,
    member: Member,
    mut pace: watch::Receiver<WatchPace>,
    mut now: watch::Receiver<u64>,
) {
    loop {
        if let Some(mut observed) = observe::aside(&context, &member).await {
            if release_left_lock(&context, &member, &observed).await
                && let Some(again) = observe::aside(&context, &member).await
            {
                observed = again;
            }
            bus.emit_outside_run(What::Observed { target: member.target.clone(), observed });
        }
        let observed_at = Instant::now();
        loop {
            // A run's observation counts too: a host is not asked twice for the same.
            let last =
                context.last_observed_at(&member).map_or(observed_at, |seen| seen.max(observed_at));
            let next = last + pace.borrow_and_update().interval();
            if next <= Instant::now() {
                break;
            }
            tokio::select! {
                () = sleep_until(next) => {}
                // A run that starts observes by itself: only the time of the next observation changes.
                changed = pace.changed() => if changed.is_err() { return },
                asked = now.changed() => match asked {
                    Ok(()) => break,
                    Err(_) => return,
                },
            }
        }
    }
}

/// Releases the lock of an ended run on a host that was out of reach then, so that nobody has to remove it by hand.
/// While a switch is still in progress there, the lock stays to protect it.
async fn release_left_lock(context: &EngineContext, member: &Member, observed: &Observed) -> bool {
    let Some(seen) = observed.current() else { return false };
    let is_switching = seen.switching.as_ref().is_some_and(|switching| switching.running);
    match &seen.lock {
        Some(lock) if !is_switching => locks::release_left_lock(context, member, lock).await,
        _ => false,
    }
}
