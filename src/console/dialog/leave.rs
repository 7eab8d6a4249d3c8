//! Leaving while a run is at work. Whoever leaves takes the run along: it lives in this console.

use super::{Mutation, Said};
use crate::console::key::Key;

/// Every way out of it is upper case: each ends the run, sooner or later.
pub fn quit(scroll: &mut usize, key: Key) -> Said {
    match key {
        Key::Down | Key::Char('j') => {
            *scroll += 1;
            Said::Nothing
        }
        Key::Up | Key::Char('k') => {
            *scroll = scroll.saturating_sub(1);
            Said::Nothing
        }
        Key::Char('F') => Said::confirmed(Mutation::FinishStepsAndLeave),
        Key::Char('R') => Said::RollbackAndLeave,
        Key::Char('Y') => Said::confirmed(Mutation::AbortAndLeave),
        Key::Esc => Said::Close,
        _ => Said::Nothing,
    }
}

/// The run is being ended already.
pub fn leave_now(key: Key) -> Said {
    match key {
        Key::Char('Y') => Said::Leave,
        Key::Esc => Said::Close,
        _ => Said::Nothing,
    }
}
