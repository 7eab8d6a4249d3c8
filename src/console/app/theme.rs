//! A theme whose file changed while the console runs.

use super::state::State;
use crate::console::screen::glyphs::Mark;
use crate::console::theme::Theme;

const STAYS: &str = "the theme stays as it is: ";

/// The last good one stays. Good news does not take the place of any other.
pub fn theme(state: &mut State, read: Result<Box<Theme>, String>) {
    match read {
        Ok(theme) => {
            state.setup.theme = *theme;
            state.messages.withdraw(|text| text.starts_with(STAYS));
            if state.messages.newest.is_none() {
                state.say(Mark::Ok, "the theme was read again");
            }
        }
        Err(why) => state.say(Mark::Bad, format!("{STAYS}{why}")),
    }
}
