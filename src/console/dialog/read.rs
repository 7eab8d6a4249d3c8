//! Reading a card.

use crate::console::app::state::State;
use crate::console::screen;

/// Scrolling beyond the end does not have to be undone.
pub fn hold(state: &mut State) {
    let most = screen::beyond_card(state);
    if let Some(reading) = state.dialogs.last_mut().and_then(|open| open.dialog.reading_mut()) {
        reading.scroll = reading.scroll.min(most);
    }
}
