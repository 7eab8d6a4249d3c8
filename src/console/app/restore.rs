//! A state as its person left it the last time, and what is kept of it for the next.

use super::msg::Moment;
use super::preferences::Preferences;
use super::setup::Setup;
use super::state::State;
use crate::console::output::Fold;
use crate::console::output::arrange::arrange;
use crate::console::screen::glyphs::Mark;

impl State {
    /// Returns a new state with the stored preferences, if they are known.
    pub fn new(setup: Setup, now: Moment, size: (u16, u16)) -> Self {
        let mut state = Self::fresh(setup, now, size);
        restore(&mut state);
        arrange(&mut state);
        state
    }
}

impl Preferences {
    pub fn of(state: &State) -> Self {
        Self {
            sort: state.fleet.listing.sort,
            chosen: state.fleet.chosen.as_ref().map(|target| target.name().to_owned()),
            panes: state.output.panes.view,
            cut_lines: matches!(state.output.panes.line_options.fold, Fold::Cut { .. }),
            times: state.output.panes.line_options.times,
        }
    }
}

/// Preferences that cannot be read are reported, and the defaults apply.
fn restore(state: &mut State) {
    match state.setup.kept.clone() {
        Ok(kept) => {
            state.fleet.listing.sort = kept.sort;
            state.output.panes.view = kept.panes;
            state.output.panes.line_options.times = kept.times;
            if kept.cut_lines {
                state.output.panes.line_options.fold = Fold::Cut { from: 0 };
            }
            let named = |name: &str| {
                let mut targets = state.fleet.members.iter().map(|seat| &seat.target);
                targets.find(|target| target.name() == name).cloned()
            };
            let chosen = kept.chosen.as_deref().and_then(named);
            if chosen.is_some() {
                state.fleet.chosen = chosen;
            }
        }
        Err(why) => {
            state.say(
                Mark::Warn,
                format!("the view settings of the last time could not be read: {why}"),
            );
        }
    }
}
