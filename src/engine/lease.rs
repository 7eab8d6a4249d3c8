//! A run's lease on its locks: the heartbeat that renews them, the fence before every script that changes something,
//! and the one place that knows when a lock was lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::api_lock::ApiLock;
use super::bus::EventBus;
use super::context::EngineContext;
use super::lock_answer::{LockAnswer, LockCommandError};
use super::lock_command::on_host;
use super::observe;
use super::stragglers::WaitPolicy;
use crate::domain::event::What;
use crate::domain::freeze::Freeze;
use crate::domain::lock::{HeldLock, LEASE_SECONDS, Lock};
use crate::domain::observation::Observed;
use crate::domain::phase::Phase;
use crate::domain::plan::{Action, Effect, Intent, Step};
use crate::domain::spec::Member;
use crate::domain::target::Target;
use crate::platform::{self, Fence, LockClaim, Locking};

/// How often a lock is renewed: a lease survives three failed renewals.
const EVERY: Duration = Duration::from_secs(LEASE_SECONDS / 4);

/// A lost lock, after which the run may change nothing more.
#[derive(Debug, Clone)]
pub struct LostLease {
    pub target: Target,
    pub why: LossReason,
}

#[derive(Debug, Clone)]
pub enum LossReason {
    /// Another run holds the lock now. `None`: the lock is gone.
    Lock(Option<HeldLock>),
    /// Go-live was frozen during the run.
    Closed(Option<Freeze>),
}

/// Shared by all parts of a run. When a lock is lost, the run ends like an aborted one.
#[derive(Clone)]
pub struct Lease {
    shared: Arc<LeaseState>,
}

struct LeaseState {
    context: EngineContext,
    bus: EventBus,
    lock: Lock,
    /// Whether a freeze ends this run.
    closes: AtomicBool,
    end: CancellationToken,
    members: Mutex<Vec<Member>>,
    lost: Mutex<Option<LostLease>>,
    /// When all locks were last checked.
    read: tokio::sync::Mutex<Option<Instant>>,
}

/// The tasks that renew locks. Dropping this ends them.
#[derive(Default)]
pub struct Renewals(JoinSet<()>);

impl Lease {
    /// `end` is cancelled when a lock is lost.
    pub fn new(
        context: &EngineContext,
        bus: &EventBus,
        intent: &Intent,
        lock: Lock,
        end: CancellationToken,
    ) -> Self {
        let shared = LeaseState {
            context: context.clone(),
            bus: bus.clone(),
            lock,
            closes: AtomicBool::new(intent.phase == Phase::GoLive && intent.freeze),
            end,
            members: Mutex::default(),
            lost: Mutex::default(),
            read: tokio::sync::Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    pub fn lock(&self) -> &Lock {
        &self.shared.lock
    }

    /// Returns the token that is cancelled when the run must end, by a person or because a lock was lost.
    pub fn end(&self) -> &CancellationToken {
        &self.shared.end
    }

    pub fn lost(&self) -> Option<LostLease> {
        self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_lost(&self) -> bool {
        self.lost().is_some()
    }

    /// Starts to renew this member's lock, which the run holds now.
    pub fn hold(&self, member: &Member, renewals: &mut Renewals) {
        let mut members = self.shared.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.push(member.clone());
        drop(members);
        let (lease, member) = (self.clone(), member.clone());
        renewals.0.spawn(async move {
            loop {
                sleep(EVERY).await;
                if !lease.renew(&member, WaitPolicy::ForAll.patience()).await {
                    return;
                }
            }
        });
    }

    fn members(&self) -> Vec<Member> {
        self.shared.members.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn member(&self, target: &Target) -> Option<Member> {
        self.members().into_iter().find(|member| member.target == *target)
    }

    /// Sets whether a freeze ends the run, and returns the previous setting. It does not while the run itself rolls back
    /// and leaves such marks.
    pub fn set_freeze_ends_run(&self, closes: bool) -> bool {
        self.shared.closes.swap(closes, Ordering::SeqCst)
    }

    fn fence(&self) -> Fence<'_> {
        let closes = self.shared.closes.load(Ordering::SeqCst);
        Fence { run: &self.shared.lock.run, closes }
    }

    /// Returns the step as it is carried out: with a fence, if it changes something on its host.
    pub fn fenced(&self, target: &Target, step: &Step) -> Step {
        let mut step = step.clone();
        if step.effect != Effect::ReadOnly
            && let Action::Run(command) = &step.action
            && let Some(member) = self.member(target)
        {
            let fence = self.fence();
            step.action =
                Action::Run(platform::of(&member.platform).fenced(&member, command, &fence));
        }
        step
    }

    /// Checks the lock after a step ended with an exit code of the fence. The code may also be the script's own, so the
    /// host is asked.
    pub async fn check_after_exit(&self, target: &Target, exit: Option<i32>) {
        if matches!(exit, Some(Locking::LOST | Locking::CLOSED))
            && let Some(member) = self.member(target)
        {
            self.renew(&member, WaitPolicy::ForMost.patience()).await;
        }
    }

    /// Checks every lock of the run and the freeze, since both may have changed during a pause. Returns whether the run
    /// still holds all locks. A host that does not answer is checked by the fence of its next step.
    pub async fn check_locks(&self) -> bool {
        let asked = Instant::now();
        let mut read = self.shared.read.lock().await;
        // Many hosts continue at once after a pause. One of them checks for all.
        if read.is_none_or(|read| read < asked) && !self.is_lost() {
            let members = self.members();
            let patience = WaitPolicy::ForMost.patience();
            join_all(members.iter().map(|member| self.renew(member, patience))).await;
            *read = Some(asked);
        }
        !self.is_lost()
    }

    /// Checks the locks that the observations show.
    pub fn check_observed_locks(&self, seen: &[(&Member, Observed)]) {
        for (member, observed) in seen {
            if let (Some(seen), Some(_)) = (observed.current(), self.member(&member.target))
                && !seen.lock.as_ref().is_some_and(|held| held.is_of(&self.lock().run))
            {
                self.lose(&member.target, LossReason::Lock(seen.lock.clone()));
            }
        }
    }

    /// Renews the lock of one member. Returns `false` if it was lost.
    async fn renew(&self, member: &Member, patience: Duration) -> bool {
        let context = &self.shared.context;
        let Some(answer) = self.renewal(member, patience).await else { return true };
        match answer {
            Ok((code @ (Locking::LOST | Locking::CLOSED), _)) => {
                let observed = observe::at(context, member, patience).await;
                let seen = observed.current();
                let why = if code == Locking::CLOSED {
                    LossReason::Closed(seen.and_then(|seen| seen.frozen.clone()))
                } else {
                    LossReason::Lock(seen.and_then(|seen| seen.lock.clone()))
                };
                let target = member.target.clone();
                self.shared.bus.emit(What::Observed { target, observed });
                self.lose(&member.target, why);
                false
            }
            Ok(_) | Err(LockCommandError::NotStarted(_) | LockCommandError::NotKnown(_)) => true,
        }
    }

    /// Renews the lock of one member on its host; an API is asked whether the run still holds it. `None`: the member has
    /// no lock that could be lost.
    async fn renewal(&self, member: &Member, patience: Duration) -> Option<LockAnswer> {
        let (context, platform) = (&self.shared.context, platform::of(&member.platform));
        if let Some(requests) = platform.lock_requests(member, &LockClaim::Ours(self.lock())) {
            let lock = ApiLock { web: context.web.as_ref(), requests: &requests, patience };
            return Some(lock.check().await);
        }
        let command = platform.renewal(member, &self.fence())?;
        Some(on_host(context, member, &command, patience).await)
    }

    /// Ends the run: it changes nothing more, on any host. Only the first loss is recorded.
    fn lose(&self, target: &Target, why: LossReason) {
        let mut lost = self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner);
        if lost.is_some() {
            return;
        }
        let event = match &why {
            LossReason::Lock(Some(holder)) => {
                What::LockHeld { target: target.clone(), holder: holder.clone() }
            }
            LossReason::Lock(None) => What::Note {
                text: format!(
                    "{target}: the lock of this run is gone; the run changes nothing more"
                ),
            },
            LossReason::Closed(_) => What::Note {
                text: format!("{target}: go-live was frozen; the run changes nothing more"),
            },
        };
        *lost = Some(LostLease { target: target.clone(), why });
        drop(lost);
        self.shared.bus.emit(event);
        self.shared.end.cancel();
    }
}
