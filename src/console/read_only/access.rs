//! May this console change servers?

use crate::console::dialog::{Confirmed, Lift};
use crate::domain::names::EnvName;
use crate::domain::spec::Environment;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It may; each change is asked for and confirmed as ever.
    Full,
    ReadOnly(Because),
}

/// Who wanted it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    Inventory,
    /// `--read-only`
    Started,
    /// A person at this console.
    Command,
    /// What is shown was, and is not.
    Replay,
}

impl Access {
    /// What a console begins with: as it was started, and never more than the inventory allows.
    pub fn at_start(environment: &Environment, started: Self) -> Self {
        if environment.read_only { Self::ReadOnly(Because::Inventory) } else { started }
    }

    /// Only a person who typed the environment's name brings this back.
    pub fn lifted(_: Confirmed<Lift>) -> Self {
        Self::Full
    }

    pub fn is_read_only(self) -> bool {
        self != Self::Full
    }

    /// Is what is shown of the past?
    pub fn is_replay(self) -> bool {
        self == Self::ReadOnly(Because::Replay)
    }

    /// Returns why nothing may be changed.
    pub fn why_not(self, environment: &EnvName) -> Option<String> {
        let why = self.why(environment)?;
        if self.is_replay() {
            return Some(why);
        }
        Some(format!("{why}; `:read-only off` lifts it"))
    }

    pub fn why(self, environment: &EnvName) -> Option<String> {
        let Self::ReadOnly(because) = self else { return None };
        Some(match because {
            Because::Inventory => format!("{environment} is read-only in the inventory"),
            Because::Started => "the console was started with --read-only".to_owned(),
            Because::Command => "the console was made read-only".to_owned(),
            Because::Replay => "this is a replay: it was, and cannot be changed".to_owned(),
        })
    }
}
