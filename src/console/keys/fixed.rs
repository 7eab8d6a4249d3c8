//! Keys that no file can give away.

use super::key::Key;
use crate::console::actions::ActionId;

/// Keys that mean the same everywhere and always, whose they are, and what for.
pub const FIXED: [(Key, Option<ActionId>, &str); 4] = [
    (Key::Char('Y'), None, "it says yes on a card"),
    (Key::Esc, Some(ActionId::Read), "it leaves whatever is open"),
    (Key::Ctrl('c'), Some(ActionId::Quit), "it leaves the console"),
    (Key::Ctrl('l'), Some(ActionId::Redraw), "it paints the screen anew"),
];

/// The keys that a file cannot take from an action.
pub fn fixed_of(id: ActionId) -> impl Iterator<Item = Key> {
    FIXED.into_iter().filter(move |(_, whose, _)| *whose == Some(id)).map(|(key, ..)| key)
}
