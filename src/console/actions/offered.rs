//! Which actions exist for the app of this console, whatever happens there.

use super::id::{ActionId, Reason};
use super::table::Action;
use crate::console::app::state::State;
use crate::domain::phase::Phase;

impl ActionId {
    /// Returns the phase that the action starts.
    fn phase(self) -> Option<Phase> {
        match self {
            Self::Prepare => Some(Phase::Prepare),
            Self::Verify => Some(Phase::Verify),
            Self::GoLive => Some(Phase::GoLive),
            Self::Rollback => Some(Phase::Rollback),
            Self::Finish => Some(Phase::Finish),
            Self::Abandon => Some(Phase::Abandon),
            _ => None,
        }
    }
}

impl Action {
    /// Returns why the action cannot be done now.
    pub fn possible(&self, state: &State) -> Result<(), Reason> {
        state.offers(self.id)?;
        (self.allowed)(state)
    }
}

impl State {
    /// Returns why there is no such action for this app.
    pub fn offers(&self, id: ActionId) -> Result<(), Reason> {
        let fleet = &self.fleet;
        let has_hosts = || fleet.members.iter().any(|member| member.target.host().is_some());
        let why = match id {
            // While a run is at work its key ends and reverts that run.
            ActionId::Rollback if self.running().is_some() => None,
            ActionId::Tail if !fleet.can.logs.any() => Some("there is no log to follow"),
            ActionId::Shell if !fleet.members.is_empty() && !has_hosts() => {
                Some("the targets are no servers")
            }
            id => id.phase().and_then(|phase| fleet.can.why_not(phase)),
        };
        why.map_or(Ok(()), |why| Err(Reason(format!("not for this app: {why}"))))
    }

    /// Returns why there is no such phase for this app.
    pub fn offers_phase(&self, phase: Phase) -> Result<(), Reason> {
        let why = self.fleet.can.why_not(phase);
        why.map_or(Ok(()), |why| Err(Reason(format!("not for this app: {why}"))))
    }
}
