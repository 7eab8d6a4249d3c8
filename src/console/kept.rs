//! How a person looks at an app's hosts: written down when the console is left, and found again.
//!
//! Never a filter and never marks: what somebody hid, or meant, yesterday would lie today.

use serde::{Deserialize, Serialize};

use super::glyphs::Mark;
use super::listing::Sort;
use super::output::{Fold, Times, View};
use super::state::State;
use super::update::settled;

/// Whatever is not written holds as ever; whatever is not known here is somebody's newer console's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    pub sort: Sort,
    /// The host, by its name.
    pub chosen: Option<String>,
    pub panes: View,
    pub cut_lines: bool,
    pub times: Times,
}

impl Kept {
    pub fn of(state: &State) -> Self {
        Self {
            sort: state.listing.sort,
            chosen: state.chosen.as_ref().map(|target| target.name().to_owned()),
            panes: state.panes.view,
            cut_lines: matches!(state.panes.looks.fold, Fold::Cut { .. }),
            times: state.panes.looks.times,
        }
    }

    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// What cannot be read is told, and everything is as it is at first.
pub fn restore(state: &mut State) {
    match state.setup.kept.clone() {
        Ok(kept) => {
            state.listing.sort = kept.sort;
            state.panes.view = kept.panes;
            state.panes.looks.times = kept.times;
            if kept.cut_lines {
                state.panes.looks.fold = Fold::Cut { from: 0 };
            }
            let named = |name: &str| {
                let mut targets = state.members.iter().map(|seat| &seat.target);
                targets.find(|target| target.name() == name).cloned()
            };
            let chosen = kept.chosen.as_deref().and_then(named);
            state.chosen = chosen.or(state.chosen.take());
            settled(state);
        }
        Err(why) => {
            state.say(Mark::Warn, format!("how you last looked at this is not known: {why}"));
        }
    }
}
