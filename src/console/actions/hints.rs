//! Which keys the last line of the screen names.

use super::{Action, ActionId, find_action};
use crate::console::app::state::{Focus, State, Zoom};

/// The few that the last line of the screen has room for, now.
pub fn hints(state: &State) -> Vec<&'static Action> {
    let stuck = state.chosen_target().is_some_and(|target| state.is_stuck(target));
    let verbs: &[ActionId] = match (state.screen.zoom, state.screen.focus) {
        (Zoom::Pane, _) | (_, Focus::Pane) => &[
            ActionId::Help,
            ActionId::Quit,
            ActionId::Focus,
            ActionId::Zoom,
            ActionId::Newest,
            ActionId::Search,
            ActionId::NextTrouble,
            ActionId::Wrap,
            ActionId::Times,
            ActionId::CopyLines,
            ActionId::Save,
        ],
        _ if stuck => &[
            ActionId::Help,
            ActionId::Quit,
            ActionId::Retry,
            ActionId::Skip,
            ActionId::Revert,
            ActionId::Rollback,
            ActionId::Abort,
        ],
        _ if state.running().is_some() => &[
            ActionId::Help,
            ActionId::Quit,
            ActionId::Pause,
            ActionId::Abort,
            ActionId::Rollback,
            ActionId::Verify,
            ActionId::Zoom,
        ],
        _ => &[
            ActionId::Help,
            ActionId::Quit,
            ActionId::Prepare,
            ActionId::Verify,
            ActionId::GoLive,
            ActionId::Rollback,
            ActionId::Finish,
            ActionId::Abandon,
            ActionId::Retry,
            ActionId::Palette,
            ActionId::History,
            ActionId::Copy,
        ],
    };
    let offered = verbs.iter().filter(|id| state.offers(**id).is_ok());
    offered.filter_map(|id| find_action(*id)).collect()
}
