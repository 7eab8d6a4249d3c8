//! The card for leaving during a run. The run ends with the console, since its engine is in this process.

use crate::console::dialog::Consent;
use crate::console::dialog::{DialogResult, Mutation};
use crate::console::keys::key::Key;

/// Every way out of it is upper case: each ends the run, sooner or later.
pub fn quit(scroll: &mut usize, key: Key) -> DialogResult {
    for (letter, mutation) in [('F', Mutation::FinishStepsAndLeave), ('Y', Mutation::AbortAndLeave)]
    {
        if let Some(consent) = Consent::by_key(key, letter) {
            return DialogResult::confirmed(consent, mutation);
        }
    }
    match key {
        Key::Down | Key::Char('j') => {
            *scroll += 1;
            DialogResult::Nothing
        }
        Key::Up | Key::Char('k') => {
            *scroll = scroll.saturating_sub(1);
            DialogResult::Nothing
        }
        Key::Char('R') => DialogResult::RollbackAndLeave,
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
