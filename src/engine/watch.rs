//! The watch: a look at every target of the focus, again and again; more often while a run works.

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

/// How often a target is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchPace {
    /// Nothing is going on.
    Calm,
    /// A run works.
    Busy,
}

impl WatchPace {
    fn interval(self) -> Duration {
        match self {
            Self::Calm => Duration::from_secs(10),
            // A run looks for itself, and at each host whose users it has moved.
            Self::Busy => Duration::from_secs(4),
        }
    }
}

/// Watches until it is dropped.
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

/// One target: look, tell, wait for the time, for a change of pace, or for somebody who asks.
async fn one(
    context: EngineContext,
    bus: EventBus,
    member: Member,
    mut pace: watch::Receiver<WatchPace>,
    mut now: watch::Receiver<u64>,
) {
    loop {
        if let Some(mut observed) = observe::aside(&context, &member).await {
            if gives_back(&context, &member, &observed).await
                && let Some(again) = observe::aside(&context, &member).await
            {
                observed = again;
            }
            bus.emit_outside_run(What::Observed { target: member.target.clone(), observed });
        }
        let looked = Instant::now();
        loop {
            // A look of a run counts, too: a host is not asked twice for the same.
            let last = context.last_observed_at(&member).map_or(looked, |seen| seen.max(looked));
            let next = last + pace.borrow_and_update().interval();
            if next <= Instant::now() {
                break;
            }
            tokio::select! {
                () = sleep_until(next) => {}
                // A run that begins looks for itself: only the time of the next look is another one.
                changed = pace.changed() => if changed.is_err() { return },
                asked = now.changed() => match asked {
                    Ok(()) => break,
                    Err(_) => return,
                },
            }
        }
    }
}

/// A host that could not be reached when its run ended is back: nobody need remove that lock by hand. While its
/// switch still goes on the lock protects it.
async fn gives_back(context: &EngineContext, member: &Member, observed: &Observed) -> bool {
    let Some(seen) = observed.current() else { return false };
    let goes_on = seen.switching.as_ref().is_some_and(|switching| switching.running);
    match &seen.lock {
        Some(lock) if !goes_on => locks::release_left_lock(context, member, lock).await,
        _ => false,
    }
}
