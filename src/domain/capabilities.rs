//! What an app supports. That depends on its settings, not on its platform alone: two APIs may differ.

use std::collections::BTreeMap;

use crate::domain::names::AppName;
use crate::domain::phase::Phase;
use crate::domain::plan::Refusal;

/// Commands and the console offer nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The phases that do not exist.
    absent: BTreeMap<Phase, Absent>,
    /// A release can be brought up beside the live one before users reach it.
    pub passive_side: bool,
    pub logs: Logs,
    /// Users may lose requests while they are switched.
    pub may_lose_requests: bool,
    /// Something without a color follows the users, such as job workers.
    pub jobs: bool,
}

/// The sides whose log can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logs {
    pub live: bool,
    pub passive: bool,
}

impl Logs {
    pub const NONE: Self = Self { live: false, passive: false };
    pub const BOTH: Self = Self { live: true, passive: true };

    pub fn any(self) -> bool {
        self.live || self.passive
    }
}

/// Why a phase does not exist, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Absent {
    why: String,
    remedy: String,
}

impl Capabilities {
    /// Returns everything that there is.
    pub fn all() -> Self {
        Self {
            absent: BTreeMap::new(),
            passive_side: true,
            logs: Logs::BOTH,
            may_lose_requests: false,
            jobs: true,
        }
    }

    #[must_use]
    pub fn without(mut self, phase: Phase, why: &str, remedy: &str) -> Self {
        self.absent.insert(phase, Absent { why: why.to_owned(), remedy: remedy.to_owned() });
        self
    }

    /// Returns what at least one of two members supports. If only one has a phase, the planner names the other.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        self.absent.retain(|phase, _| other.absent.contains_key(phase));
        self.passive_side |= other.passive_side;
        self.logs.live |= other.logs.live;
        self.logs.passive |= other.logs.passive;
        self.may_lose_requests |= other.may_lose_requests;
        self.jobs |= other.jobs;
        self
    }

    pub fn has(&self, phase: Phase) -> bool {
        !self.absent.contains_key(&phase)
    }

    /// Returns why there is no such phase. `None`: there is one.
    pub fn why_not(&self, phase: Phase) -> Option<&str> {
        self.absent.get(&phase).map(|absent| absent.why.as_str())
    }

    /// Returns the refusal of a phase that does not exist.
    pub fn refusal(&self, phase: Phase, app: &AppName) -> Option<Refusal> {
        let Absent { why, remedy } = self.absent.get(&phase)?;
        Some(Refusal {
            reason: format!("{app} has no phase `{phase}`: {why}"),
            remedy: remedy.clone(),
            targets: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_together_have_what_at_least_one_of_them_has() {
        let one = Capabilities { passive_side: false, logs: Logs::NONE, ..Capabilities::all() }
            .without(Phase::Prepare, "there is no passive side", "Go live directly.")
            .without(Phase::Finish, "nothing is left to stop", "");
        let other = Capabilities { may_lose_requests: true, ..Capabilities::all() }.without(
            Phase::Finish,
            "its owner does that",
            "",
        );
        let both = one.clone().or(&other);
        assert!(both.has(Phase::Prepare) && both.passive_side && both.logs.any());
        assert!(both.may_lose_requests);
        assert_eq!(both.why_not(Phase::Finish), Some("nothing is left to stop"));
        assert_eq!(other.or(&one).why_not(Phase::Finish), Some("its owner does that"));
    }

    #[test]
    fn refusal_names_the_app_and_what_to_do() {
        let none = Capabilities::all().without(Phase::Setup, "its owner does that", "Ask them.");
        let refusal = none.refusal(Phase::Setup, &"shop".parse().unwrap()).unwrap();
        assert_eq!(refusal.reason, "shop has no phase `setup`: its owner does that");
        assert_eq!(refusal.remedy, "Ask them.");
        assert_eq!(none.refusal(Phase::Prepare, &"shop".parse().unwrap()), None);
    }
}
