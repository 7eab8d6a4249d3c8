//! Opening the question of a run.

use super::SignOffCard;
use crate::console::app::state::State;
use crate::console::dialog::Dialog;

/// Opens the question of the run, unless there is none, or it is open already.
pub fn open(state: &mut State) {
    let open = state.dialogs.iter().any(|open| matches!(open.dialog, Dialog::SignOff(_)));
    if let Some(question) = state.run.deploy.question.clone().filter(|_| !open) {
        state.open(Dialog::SignOff(SignOffCard::new(question)));
    }
}
