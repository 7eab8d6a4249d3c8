//! Which key an action may have. Fingers know the law "upper case changes servers"; no file repeals it.

use super::fixed::FIXED;
use super::key::Key;
use crate::console::actions::Action;

/// Why the action may not have the key, and what to do about it.
pub fn why_not(action: &Action, key: Key) -> Option<(String, String)> {
    let (word, name) = (key.word(), action.name);
    if let Some((.., what)) = FIXED.into_iter().find(|(fixed, ..)| *fixed == key) {
        return Some((
            format!("`{word}` is fixed: {what}"),
            format!("give `{name}` another key; `{word}` needs no line"),
        ));
    }
    if action.class.changes_servers() && !is_deliberate(key) {
        let why = match key {
            Key::Char('G' | 'N') => "belongs to every pager in people's fingers",
            Key::Char(c) if c.is_lowercase() => "is lower case, which observes and steers",
            _ => "is pressed too easily",
        };
        return Some((
            format!("`{name}` changes servers, and `{word}` {why}"),
            "give it an upper-case letter other than G, N and Y, or one of F1 to F12".to_owned(),
        ));
    }
    None
}

/// Nobody presses it in passing.
fn is_deliberate(key: Key) -> bool {
    match key {
        Key::Char('G' | 'N' | 'Y') => false,
        Key::Char(c) => c.is_uppercase(),
        Key::F(_) => true,
        _ => false,
    }
}
