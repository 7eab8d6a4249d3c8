//! The steps of a plan: what each does on its target, and whether it is still to be done.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::change::FileChange;
use crate::domain::command::Command;
use crate::domain::http::Request;
use crate::domain::wait::WaitStart;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The name of the step, the same on every target: `pull`, `switch`.
    pub name: String,
    /// What the step does on this target: `switch users to green v412`.
    pub title: String,
    pub effect: Effect,
    pub action: Action,
    #[serde(with = "crate::base::millis")]
    pub deadline: Duration,
    pub state: StepState,
    /// The text of the notification when the step is done: `green live on web1`.
    pub announce: Option<String>,
    /// The changes that the step makes to files.
    #[serde(default)]
    pub changes: Vec<FileChange>,
}

/// What a step may affect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The step only reads.
    #[serde(alias = "looks")]
    ReadOnly,
    /// The step changes something that users do not reach.
    Changes,
    /// The step replaces something that runs. It is never interrupted, because then neither the old nor the new might run.
    Replaces,
    /// The step moves users between colors.
    Switches,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    ToDo,
    /// An observation showed that nothing has to be done; the text says which. The step is shown and not executed.
    #[serde(alias = "already_so")]
    AlreadyDone(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A command on the host of the track.
    Run(Command),
    /// A request from the operator's machine.
    Request(Request),
    /// A probe that is repeated until its answer is as expected.
    Wait(Wait),
    /// A question to the operator.
    Ask(Question),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    pub probe: Probe,
    #[serde(with = "crate::base::millis")]
    pub every: Duration,
    /// How many expected answers in a row end the wait.
    pub successes: u32,
    #[serde(default, skip_serializing_if = "WaitStart::is_after_done")]
    pub begin: WaitStart,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a plan holds few of them")]
pub enum Probe {
    /// Succeeds with exit code 0.
    Run(Command),
    /// Succeeds with the answer that the request expects.
    Request(Request),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub text: String,
    /// What helps to answer the question, such as addresses to try by hand.
    pub hints: Vec<String>,
}

impl Step {
    /// Returns a step that runs a command on the host and is still to be done.
    pub fn run(
        name: &str,
        title: String,
        effect: Effect,
        command: Command,
        deadline: Duration,
    ) -> Self {
        Self {
            name: name.to_owned(),
            title,
            effect,
            action: Action::Run(command),
            deadline,
            state: StepState::ToDo,
            announce: None,
            changes: Vec::new(),
        }
    }

    pub fn is_to_do(&self) -> bool {
        self.state == StepState::ToDo
    }

    /// Returns whether this step finds out what became of the step before it, if that one's outcome is unknown.
    pub fn settles(&self) -> bool {
        let waits =
            matches!(&self.action, Action::Wait(wait) if wait.begin == WaitStart::AfterUnknown);
        waits && self.is_to_do()
    }

    /// Adds the text that is announced (to hooks) once the step is done.
    #[must_use]
    pub fn announced(mut self, text: String) -> Self {
        self.announce = Some(text);
        self
    }

    /// Marks the step as already done, if there is a reason `why` it is.
    #[must_use]
    pub fn already(mut self, why: Option<String>) -> Self {
        if let Some(why) = why {
            self.state = StepState::AlreadyDone(why);
        }
        self
    }
}
