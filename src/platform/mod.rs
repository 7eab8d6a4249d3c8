//! Platforms: how a release runs and how traffic is switched. Pure planners and readers; whatever
//! they want done or asked is data that somebody else carries out.

pub mod compose;
mod locking;
#[cfg(test)] // its planners are still to come
mod symlink;

pub use locking::{Fence, LockClaim, Locking};

use crate::base::text::clean_line;
use crate::domain::availability::{Availabilities, ReleaseToPull};
use crate::domain::command::Command;
use crate::domain::finding::Finding;
use crate::domain::http::Request;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::{Observation, Observed};
use crate::domain::plan::{Action, Intent, Plan, Refusal};
use crate::domain::spec::{Member, PlatformSpec};

/// The platform that understands this spec.
pub fn of(spec: &PlatformSpec) -> &'static dyn Platform {
    match spec {
        PlatformSpec::Compose(_) => &compose::Compose,
    }
}

/// What a platform can do at all. The console shows only the phases there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// A passive color can be tried before users reach it.
    pub passive_side: bool,
    /// Traffic can be moved by shares.
    pub split: bool,
    /// After `finish` there is no instant way back.
    pub point_of_no_return: bool,
}

/// How one action of a probe ended: what it printed or answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReply {
    /// The exit code, or the HTTP status.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// When it was asked and when it was answered, in milliseconds since the epoch, console's clock.
    pub asked_ms: i64,
    pub answered_ms: i64,
}

impl ProbeReply {
    /// A script of ours began, and what it printed is no message.
    pub fn has_begun(&self) -> bool {
        self.stdout.contains('\u{1e}')
    }

    /// The last words of whatever answered, clean. A login shell that refuses, and a command that
    /// stands in its place, say why on standard output.
    pub fn said(&self) -> String {
        let last = |text: &str, most: usize| {
            let lines = text.lines().map(|line| clean_line(line.as_bytes()));
            let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
            lines[lines.len().saturating_sub(most)..].to_vec()
        };
        let mut words = last(&self.stderr, 1);
        if !self.has_begun() {
            words.extend(last(&self.stdout, 2));
        }
        if words.is_empty() { "it said nothing".to_owned() } else { words.join("; ") }
    }
}

/// One stack of one target, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct KnownMember<'a> {
    pub member: &'a Member,
    pub observed: &'a Observed,
}

/// A way in as a person elsewhere takes it, and what to do when it does not answer.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryPointCheck {
    pub name: String,
    pub request: Request,
    pub remedy: String,
}

pub trait Platform: Send + Sync {
    fn capabilities(&self) -> Capabilities;

    /// What to ask a target to know what is true there. One action for a host: one round trip. What is
    /// known from `last` and costs much to send need not be sent again.
    fn probe(&self, member: &Member, last: Option<&Observation>) -> Vec<Action>;

    /// What the answers mean, or why they cannot be read. `last` is what the probe was made with.
    fn read(
        &self,
        member: &Member,
        replies: &[ProbeReply],
        last: Option<&Observation>,
    ) -> Result<Observation, String>;

    /// The commands that take the lock of a stack on its host and give it back, and what their exit
    /// codes mean. `None`: this platform locks another way.
    fn locking(&self, member: &Member, claim: &LockClaim<'_>) -> Option<Locking>;

    /// The command that changes nothing unless the fence holds: then it exits with
    /// [`Locking::LOST`] or [`Locking::CLOSED`].
    fn fenced(&self, member: &Member, command: &Command, fence: &Fence<'_>) -> Command;

    /// The command, fenced, that renews the lease of a run's lock. `None`: this platform has no lease.
    fn renewal(&self, member: &Member, fence: &Fence<'_>) -> Option<Command>;

    /// The releases that the plan of a rollback would pull: their registry is asked before it is made.
    fn wanted(&self, intent: &Intent, fleet: &[KnownMember<'_>]) -> Vec<ReleaseToPull>;

    /// The difference between what is and what is wanted. `availability`: what the registry said of those.
    fn plan(
        &self,
        intent: &Intent,
        fleet: &[KnownMember<'_>],
        availability: &Availabilities,
    ) -> Result<Plan, Refusal>;

    /// The command that prints a color's log as it grows. `None`: it has none that can be followed.
    fn follow_log(&self, member: &Member, color: &Color) -> Option<Command>;

    /// The one command that asks a target for everything that a release needs there.
    fn doctor(&self, environment: &EnvName, member: &Member) -> Option<Command>;

    /// What its answer means.
    fn diagnose(&self, environment: &EnvName, member: &Member, reply: &ProbeReply) -> Vec<Finding>;

    /// What can be told of a member before its target is asked.
    fn examine(&self, environment: &EnvName, member: &Member) -> Vec<Finding>;

    /// The ways in that are examined from the console's machine.
    fn entry_point_checks(&self, member: &Member) -> Vec<EntryPointCheck>;

    /// What is to be said of a stack as a whole, before any host is asked.
    fn diagnose_fleet(&self, members: &[&Member]) -> Vec<Finding>;
}
