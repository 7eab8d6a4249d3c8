//! The card for leaving during a run. The run ends with the console, since its engine is in this process.

use super::{DialogResult, Mutation};
use crate::console::key::Key;

/// Every way out of it is upper case: each ends the run, sooner or later.
pub fn quit(scroll: &mut usize, key: Key) -> DialogResult {
    match key {
        Key::Down | Key::Char('j') => {
            *scroll += 1;
            DialogResult::Nothing
        }
        Key::Up | Key::Char('k') => {
            *scroll = scroll.saturating_sub(1);
            DialogResult::Nothing
        }
        Key::Char('F') => DialogResult::confirmed(Mutation::FinishStepsAndLeave),
        Key::Char('R') => DialogResult::RollbackAndLeave,
        Key::Char('Y') => DialogResult::confirmed(Mutation::AbortAndLeave),
        Key::Esc => DialogResult::Close,
        _ => DialogResult::Nothing,
    }
}

/// The run is being ended already.
pub fn leave_now(key: Key) -> DialogResult {
    match key {
        Key::Char('Y') => DialogResult::Leave,
        Key::Esc => DialogResult::Close,
        _ => DialogResult::Nothing,
    }
}
