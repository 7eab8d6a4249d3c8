//! The watch: a look at every target of the focus, again and again; more often while a run works.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::bus::Bus;
use super::world::World;
use super::{locks, observe};
use crate::domain::event::What;
use crate::domain::names::{AppName, StackName};
use crate::domain::observation::Observed;
use crate::domain::spec::Member;

/// How often a target is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Nothing is going on.
    Calm,
    /// A run works.
    Busy,
}

impl Pace {
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
        world: &World,
        bus: &Bus,
        app: &AppName,
        stack: &StackName,
        pace: &watch::Receiver<Pace>,
        now: &watch::Receiver<u64>,
    ) -> Self {
        let mut targets = JoinSet::new();
        for member in world.members(app, stack) {
            let (world, bus, member) = (world.clone(), bus.clone(), member.clone());
            targets.spawn(one(world, bus, member, pace.clone(), now.clone()));
        }
        Self { _targets: targets }
    }
}

/// One target: look, tell, wait for the time, for a change of pace, or for somebody who asks.
async fn one(
    world: World,
    bus: Bus,
    member: Member,
    mut pace: watch::Receiver<Pace>,
    mut now: watch::Receiver<u64>,
) {
    loop {
        if let Some(mut observed) = observe::aside(&world, &member).await {
            if gives_back(&world, &member, &observed).await
                && let Some(again) = observe::aside(&world, &member).await
            {
                observed = again;
            }
            bus.emit_aside(What::Observed { target: member.target.clone(), observed });
        }
        let looked = Instant::now();
        loop {
            // A look of a run counts, too: a host is not asked twice for the same.
            let last = world.seen_at(&member).map_or(looked, |seen| seen.max(looked));
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
async fn gives_back(world: &World, member: &Member, observed: &Observed) -> bool {
    let Some(seen) = observed.current() else { return false };
    let goes_on = seen.switching.as_ref().is_some_and(|switching| switching.running);
    match &seen.lock {
        Some(lock) if !goes_on => locks::give_back_left(world, member, lock).await,
        _ => false,
    }
}
