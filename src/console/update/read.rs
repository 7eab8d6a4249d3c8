//! Reading a card.

use crate::console::state::State;
use crate::console::view;

/// Scrolling beyond the end does not have to be undone.
pub fn hold(state: &mut State) {
    let most = view::beyond_card(state);
    if let Some(reading) = state.dialogs.last_mut().and_then(|open| open.dialog.reading_mut()) {
        reading.scroll = reading.scroll.min(most);
    }
}
