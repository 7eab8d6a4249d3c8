//! The hooks that a run of a plan carries out, with every placeholder filled in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::Wait;
use crate::domain::http::Request;

/// When a hook is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookMoment {
    Before,
    /// After the phase ended well.
    After,
    /// After it ended in any other way.
    Failed,
}

/// A hook as a run carries it out, on the console's machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedHook {
    pub moment: HookMoment,
    /// `tell the pager: POST https://pager.example.org/events`, `./smoke-test --all`
    pub title: String,
    /// The phase goes on although this hook failed.
    pub advisory: bool,
    pub work: HookWork,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookWork {
    Command(HookCommand),
    Request(Box<HookRequest>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookCommand {
    /// Program and arguments; no shell reads them.
    pub words: Vec<String>,
    /// Added to the environment of the program.
    pub variables: Vec<(String, String)>,
    #[serde(with = "crate::base::millis")]
    pub timeout: Duration,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HookRequest {
    pub request: Request,
    /// The time limit of all attempts.
    #[serde(with = "crate::base::millis")]
    pub deadline: Duration,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<HookPoll>,
}

/// What a hook waits for after its request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HookPoll {
    #[serde(flatten)]
    pub wait: Wait,
    #[serde(with = "crate::base::millis")]
    pub deadline: Duration,
}

impl HookMoment {
    /// Returns the moment as `FLIPSIDE_MOMENT` has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Failed => "failed",
        }
    }
}

impl PlannedHook {
    /// Returns when it is carried out and what it is, for a reader of the plan.
    pub fn in_words(&self) -> String {
        let moment = match self.moment {
            HookMoment::Before => "before the phase",
            HookMoment::After => "after it is done",
            HookMoment::Failed => "if it is not done",
        };
        let advisory = match self.moment {
            HookMoment::Before if self.advisory => " (advisory)",
            _ => "",
        };
        format!("{moment}: {}{advisory}", self.title)
    }
}
