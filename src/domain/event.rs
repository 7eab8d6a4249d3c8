//! Everything that happens in a run, as data. Screen, plain log, JSON output, history, replay and hooks read this one stream
//! and keep no other state.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::finding::Examination;
use super::lock::{HeldLock, Lock};
use super::names::RunId;
use super::observation::Observed;
use super::outcome::Outcome;
use super::plan::{Effect, HookMoment, Intent, Operator, Pause, Plan, Question, Refusal};
use super::target::Target;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counts up by one within a journal.
    pub seq: u64,
    pub at: DateTime<Utc>,
    /// `None`: the event belongs to no run, such as an observation between two phases.
    pub run: Option<RunId>,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    RunStarted {
        intent: Intent,
        flipside: String,
        inventory: String,
    },
    LockTaken {
        target: Target,
        lock: Lock,
    },
    /// Another run holds the lock.
    LockHeld {
        target: Target,
        holder: HeldLock,
    },
    LockReleased {
        target: Target,
    },
    /// The lock could not be released and is still on the host.
    LockLeft {
        target: Target,
        why: String,
    },
    Observed {
        target: Target,
        #[serde(alias = "sight")]
        observed: Observed,
    },
    /// The result of an examination. Without a target it is about the whole stack.
    Examined {
        target: Option<Target>,
        #[serde(alias = "checkup")]
        examination: Examination,
    },
    /// The rest of the phase, as it is planned now. `round` counts from 1.
    Planned {
        round: u32,
        plan: Plan,
    },
    Refused {
        refusal: Refusal,
    },
    /// On disk before the step has any effect.
    StepStarted {
        target: Target,
        stage: usize,
        step: StepMark,
        command: String,
    },
    StepSkipped {
        target: Target,
        stage: usize,
        step: StepMark,
        why: String,
    },
    StepEnded {
        target: Target,
        stage: usize,
        step: StepMark,
        outcome: Outcome,
        #[serde(with = "crate::base::millis")]
        took: Duration,
        exit: Option<i32>,
    },
    StageStarted {
        stage: usize,
        of: usize,
        name: String,
    },
    StageEnded {
        stage: usize,
        name: String,
    },
    /// One line of a target's output. It is not in the journal but in the target's own file beside it.
    Output(OutputLine),
    /// How much of a target's output, since the start of the run, was not kept in its file.
    OutputCut {
        target: Target,
        lines: u64,
        bytes: u64,
    },
    /// The journal cannot be written any more. The run continues because it is a rollback.
    JournalLost {
        why: String,
    },
    Pausing {
        pause: Pause,
    },
    Paused {
        by: Operator,
    },
    Resumed {
        by: Operator,
    },
    AbortAsked {
        by: Operator,
    },
    Asked {
        question: Question,
    },
    Answered {
        yes: bool,
        by: Operator,
        note: Option<String>,
    },
    /// A person decided how to recover a target on which a step was not done.
    Chosen {
        target: Target,
        choice: Choice,
        by: Operator,
    },
    HookStarted {
        moment: HookMoment,
        /// [`PlannedHook::title`](super::plan::PlannedHook::title)
        #[serde(alias = "command")]
        hook: String,
    },
    HookEnded {
        moment: HookMoment,
        #[serde(alias = "command")]
        hook: String,
        outcome: Outcome,
    },
    Notified {
        to: String,
        outcome: Outcome,
    },
    ConnectionLost {
        target: Target,
        why: String,
    },
    ConnectionBack {
        target: Target,
    },
    /// A task of the engine panicked; the outcome of its work is unknown.
    WorkerDied {
        target: Option<Target>,
        why: String,
    },
    /// A message for a person that has no event of its own.
    Note {
        text: String,
    },
    RunEnded {
        verdict: Verdict,
    },
}

/// A step of one target, with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepMark {
    pub name: String,
    pub title: String,
    /// Counts from 1, over all stages of the round.
    pub number: usize,
    pub of: usize,
    pub effect: Effect,
    #[serde(with = "crate::base::millis")]
    pub deadline: Duration,
    #[serde(default)]
    pub announce: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    pub target: Target,
    pub at: DateTime<Utc>,
    pub stream: Stream,
    /// Clean text, without escape sequences and control characters.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
    /// A line by Flipside among the host's output: the command that runs, the status of an answer.
    Own,
    /// A step begins: its title, its deadline, and whether it can be repeated.
    Begins,
    /// A step ended as done. The output of a step ends with this line or one of the next two.
    Done,
    Failed,
    Unknown,
}

impl Stream {
    pub const ALL: [Self; 7] = [
        Self::Stdout,
        Self::Stderr,
        Self::Own,
        Self::Begins,
        Self::Done,
        Self::Failed,
        Self::Unknown,
    ];

    /// Returns the character that marks the stream in the file of a host's output.
    pub fn sign(self) -> char {
        match self {
            Self::Stdout => ' ',
            Self::Stderr => '!',
            Self::Own => '#',
            Self::Begins => '>',
            Self::Done => '+',
            Self::Failed => 'x',
            Self::Unknown => '?',
        }
    }

    pub fn of_sign(sign: char) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.sign() == sign)
    }

    /// Returns whether the host printed the line.
    pub fn is_host(self) -> bool {
        matches!(self, Self::Stdout | Self::Stderr)
    }

    /// Returns whether the line says how a step ended.
    pub fn ends(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Unknown)
    }
}

impl From<&Outcome> for Stream {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Failed { .. } => Self::Failed,
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

/// How to recover a target on which a step failed or has an unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Observe the target again and do what is left.
    Retry,
    /// Leave the target as it is and continue without it.
    Skip,
    /// Revert this run's work on the target.
    Revert,
    /// Revert this run's work on every target.
    RevertAll,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// A final observation found nothing left to do.
    Done,
    /// Nothing was changed.
    Refused {
        why: String,
    },
    /// Nothing was changed: another run holds a lock.
    Locked {
        target: Target,
        holder: Box<HeldLock>,
    },
    /// The run lost its lock on this target and changed nothing more on any target.
    LockLost {
        target: Target,
        /// The current holder. `None`: no other holder is known.
        holder: Option<Box<HeldLock>>,
    },
    /// Some targets are done, and others failed or are unknown.
    Partly {
        done: Vec<Target>,
        failed: Vec<Target>,
        unknown: Vec<Target>,
    },
    Failed {
        why: String,
        failed: Vec<Target>,
    },
    /// No step is known to have failed, but the outcome on these targets is unknown.
    Unknown {
        unknown: Vec<Target>,
    },
    /// The operator aborted the run.
    Aborted {
        by: Operator,
    },
}

impl Verdict {
    /// Returns the targets that are not done: failed or unknown.
    pub fn not_done(&self) -> Vec<&Target> {
        match self {
            Self::Partly { failed, unknown, .. } => failed.iter().chain(unknown).collect(),
            Self::Failed { failed, .. } => failed.iter().collect(),
            Self::Unknown { unknown } => unknown.iter().collect(),
            Self::Locked { target, .. } | Self::LockLost { target, .. } => vec![target],
            Self::Done | Self::Refused { .. } | Self::Aborted { .. } => Vec::new(),
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused { .. } => "refused",
            Self::Locked { .. } => "locked",
            Self::LockLost { .. } => "lock-lost",
            Self::Partly { .. } => "partly",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Aborted { .. } => "aborted",
        }
    }
}
