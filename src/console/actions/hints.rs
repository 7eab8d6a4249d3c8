//! Which keys the last line of the screen names.

use super::{Action, Verb, of_verb};
use crate::console::state::{Focus, State, Zoom};

/// The few that the last line of the screen has room for, now.
pub fn hints(state: &State) -> Vec<&'static Action> {
    let stuck = state.chosen_target().is_some_and(|target| state.is_stuck(target));
    let verbs: &[Verb] = match (state.screen.zoom, state.screen.focus) {
        (Zoom::Pane, _) | (_, Focus::Pane) => &[
            Verb::Help,
            Verb::Quit,
            Verb::Focus,
            Verb::Zoom,
            Verb::Newest,
            Verb::Search,
            Verb::NextTrouble,
            Verb::Wrap,
            Verb::Times,
            Verb::CopyLines,
            Verb::Save,
        ],
        _ if stuck => &[
            Verb::Help,
            Verb::Quit,
            Verb::Retry,
            Verb::Skip,
            Verb::Revert,
            Verb::Rollback,
            Verb::Abort,
        ],
        _ if state.running().is_some() => &[
            Verb::Help,
            Verb::Quit,
            Verb::Pause,
            Verb::Abort,
            Verb::Rollback,
            Verb::Verify,
            Verb::Zoom,
        ],
        _ => &[
            Verb::Help,
            Verb::Quit,
            Verb::Prepare,
            Verb::Verify,
            Verb::GoLive,
            Verb::Rollback,
            Verb::Finish,
            Verb::Abandon,
            Verb::Retry,
            Verb::Palette,
            Verb::History,
            Verb::Copy,
        ],
    };
    verbs.iter().filter_map(|verb| of_verb(*verb)).collect()
}
