//! What a platform has to answer, and the types of its questions and answers.

use super::locking::{Fence, LockClaim, LockRequests, Locking};
use crate::base::text::clean_line;
use crate::domain::availability::{Availabilities, SourceQuery};
use crate::domain::command::Command;
use crate::domain::finding::Finding;
use crate::domain::http::Request;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::{Observation, Observed};
use crate::domain::plan::{Action, Intent, Plan, Refusal};
use crate::domain::spec::{Member, PlatformSettings};

/// Why the replies of a target are no observation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("no reply to {to}")]
    NoReply { to: String },
    /// A script did not come to its end.
    #[error("the observation ended early (exit {code}): {output}")]
    EndedEarly { code: i32, output: String },
    /// An API answered with a status that is none of success.
    #[error("{request} answered {status}: {body}")]
    Status { request: String, status: i32, body: String },
    /// The target does not answer the question, for this reason.
    #[error("{0}")]
    Refused(String),
    /// A reply is not what was agreed on.
    #[error("{0}")]
    Malformed(String),
    #[error("its settings are of the platform {0}")]
    OtherPlatform(String),
}

impl ReadError {
    /// The target replied nothing.
    pub fn no_reply() -> Self {
        Self::NoReply { to: "the observation".to_owned() }
    }
}

/// The answer to one action of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReply {
    /// The exit code, or the HTTP status.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// When the question was sent, in milliseconds since the epoch, by the clock of this machine.
    pub asked_ms: i64,
    /// When the answer had arrived, by the same clock.
    pub answered_ms: i64,
}

impl ProbeReply {
    /// Returns whether one of our scripts started: then its standard output is data, not a message.
    pub fn script_started(&self) -> bool {
        self.stdout.contains('\u{1e}')
    }

    /// Returns the last lines of the output, cleaned: the last of standard error, and two of standard
    /// output unless a script of ours wrote it. A login shell that refuses, or a forced command, explains
    /// itself on standard output.
    pub fn last_output(&self) -> String {
        let last = |text: &str, most: usize| {
            let lines = text.lines().map(|line| clean_line(line.as_bytes()));
            let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
            lines[lines.len().saturating_sub(most)..].to_vec()
        };
        let mut lines = last(&self.stderr, 1);
        if !self.script_started() {
            lines.extend(last(&self.stdout, 2));
        }
        if lines.is_empty() { "no output".to_owned() } else { lines.join("; ") }
    }
}

/// One stack on one target, with its last observation.
#[derive(Debug, Clone, Copy)]
pub struct KnownMember<'a> {
    pub member: &'a Member,
    pub observed: &'a Observed,
}

/// A request to an entry point from the console's machine, and the remedy if it gets no answer.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryPointCheck {
    pub name: String,
    pub request: Request,
    pub remedy: String,
}

/// A platform. A spec that a function is given is that of its member.
pub trait Platform: Send + Sync {
    /// The settings of one stack on one target.
    type Spec: PlatformSettings;

    /// Returns the actions that observe a target. One action for a host: one round trip. Large answers that
    /// are known from `last` need not be sent again.
    fn probe(&self, member: &Member, spec: &Self::Spec, last: Option<&Observation>) -> Vec<Action>;

    /// Reads the replies of [`Platform::probe`], which was given the same `last`. `Err`: why they cannot be
    /// read.
    fn read(
        &self,
        member: &Member,
        spec: &Self::Spec,
        replies: &[ProbeReply],
        last: Option<&Observation>,
    ) -> Result<Observation, ReadError>;

    /// Returns the commands that take and release the lock of a stack on its host. `None`: this platform
    /// needs no such lock.
    fn locking(&self, spec: &Self::Spec, claim: &LockClaim<'_>) -> Option<Locking>;

    /// Returns the requests of a lock that is a resource of an API. `None`: it is none.
    fn lock_requests(&self, _spec: &Self::Spec, _claim: &LockClaim<'_>) -> Option<LockRequests> {
        None
    }

    /// Returns the command with the fence in front. If the fence does not hold, the command changes
    /// nothing and exits with [`Locking::LOST`] or [`Locking::CLOSED`].
    fn fenced(&self, spec: &Self::Spec, command: &Command, fence: &Fence<'_>) -> Command;

    /// Returns the fenced command that renews the lease of a run's lock. `None`: this platform has no lease.
    fn renewal(&self, spec: &Self::Spec, fence: &Fence<'_>) -> Option<Command>;

    /// Returns what the plan has to know of the sources of releases. They are asked before the plan is made.
    fn wanted(&self, intent: &Intent, known: &[KnownMember<'_>]) -> Vec<SourceQuery>;

    /// Plans the steps from what is to what is wanted. `availability` is what the sources answered to
    /// [`Platform::wanted`].
    fn plan(
        &self,
        intent: &Intent,
        known: &[KnownMember<'_>],
        availability: &Availabilities,
    ) -> Result<Plan, Refusal>;

    /// Returns the command or the request that follows a color's log, by what was observed last. `None`: there is no log
    /// to follow.
    fn follow_log(
        &self,
        member: &Member,
        spec: &Self::Spec,
        color: &Color,
        last: Option<&Observation>,
    ) -> Option<Action>;

    /// Returns the command that checks everything that a release needs on a target.
    fn doctor(&self, environment: &EnvName, member: &Member, spec: &Self::Spec) -> Option<Command>;

    /// Reads the reply of [`Platform::doctor`].
    fn diagnose(
        &self,
        environment: &EnvName,
        member: &Member,
        spec: &Self::Spec,
        reply: &ProbeReply,
    ) -> Vec<Finding>;

    /// Checks a member without asking its target.
    fn examine(&self, environment: &EnvName, member: &Member, spec: &Self::Spec) -> Vec<Finding>;

    /// Returns the entry points to check from the console's machine.
    fn entry_point_checks(&self, member: &Member, spec: &Self::Spec) -> Vec<EntryPointCheck>;

    /// Checks a stack as a whole, without asking a host.
    fn diagnose_fleet(&self, members: &[&Member]) -> Vec<Finding>;
}
