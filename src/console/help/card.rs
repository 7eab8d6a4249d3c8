//! The keys of the place where one is, then all others, from the table of actions.

use ratatui::text::{Line, Span};

use super::dialog::HelpCard;
use crate::console::actions::{ACTIONS, Action, ActionId, Class};
use crate::console::app::state::State;
use crate::console::dialog::card::Card;
use crate::console::keys::context::KeyContext;
use crate::console::screen::paint;

/// What keys are about while the table has them.
const TABLE: &[ActionId] = &[
    ActionId::Down,
    ActionId::Up,
    ActionId::NextTrouble,
    ActionId::Search,
    ActionId::Sort,
    ActionId::Mark,
    ActionId::MarkShown,
    ActionId::Focus,
    ActionId::Zoom,
    ActionId::Read,
];

/// And while the output has them.
const OUTPUT: &[ActionId] = &[
    ActionId::PageUp,
    ActionId::PageDown,
    ActionId::Top,
    ActionId::Newest,
    ActionId::Search,
    ActionId::FindOlder,
    ActionId::FindNewer,
    ActionId::NextTrouble,
    ActionId::Wrap,
    ActionId::Left,
    ActionId::Right,
    ActionId::Times,
    ActionId::DrawMark,
    ActionId::CopyLines,
    ActionId::Save,
    ActionId::Tail,
    ActionId::Focus,
    ActionId::Zoom,
    ActionId::Read,
];

/// Keys and name, in front of the words.
const KEYS: usize = 14;
const NAME: usize = 15;
/// Below this the words stand under the name.
const NARROW: usize = 64;

pub fn card(state: &State, help: HelpCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let place = state.key_context();
    let mut card = Card::new(cells, "KEYS", theme.focus);
    card.scroll = help.scroll;
    card.lines.push(Line::styled(format!("HERE: {}", place.title()), theme.title));
    let first = verbs(place);
    let offered = || ACTIONS.iter().filter(|action| state.offers(action.id).is_ok());
    for action in offered().filter(|action| first.contains(&action.id)) {
        push_action(&mut card, state, action);
    }
    for key in place.keys() {
        push(&mut card, state, key.keys, key.name, Ok(key.words));
    }
    if first.is_empty() {
        let words = "ON THE HOSTS, once this is closed:";
        card.lines.push(Line::styled(words, theme.title));
    }
    let parts: [(&str, &[Class]); 3] = [
        (
            "UPPER CASE CHANGES SERVERS, after you confirm a card with Y",
            &[Class::Emergency, Class::Mutate],
        ),
        ("lower case steers the current run", &[Class::Steer]),
        ("and observes", &[Class::ReadOnly]),
    ];
    for (title, classes) in parts {
        card.lines.push(Line::styled(title.to_owned(), theme.title));
        let rest = offered().filter(|action| classes.contains(&action.class));
        for action in rest.filter(|action| !first.contains(&action.id)) {
            push_action(&mut card, state, action);
        }
    }
    card.keys(state, &[("Esc", "close"), ("Down", "more")]);
    card
}

fn verbs(place: KeyContext) -> &'static [ActionId] {
    match place {
        KeyContext::Table => TABLE,
        KeyContext::Output => OUTPUT,
        _ => &[],
    }
}

fn push_action(card: &mut Card, state: &State, action: &Action) {
    let keys = state.setup.keys.words(action.id);
    match action.possible(state) {
        Ok(()) => push(card, state, &keys, action.name, Ok(action.words)),
        Err(reason) => {
            let reason = format!("not now: {reason}");
            push(card, state, &keys, action.name, Err(&reason));
        }
    }
}

/// Nothing is cut: what has no room beside the name goes on below.
fn push(card: &mut Card, state: &State, keys: &str, name: &str, words: Result<&str, &str>) {
    let theme = &state.setup.theme;
    let narrow = card.cells < NARROW;
    let (words, style) = match words {
        Ok(words) => (words, theme.text),
        Err(reason) => (reason, theme.muted),
    };
    let indent = if narrow { 4 } else { 2 + KEYS + NAME };
    let head = vec![
        Span::styled(format!("  {} ", paint::pad(keys, KEYS - 1, "")), theme.key),
        Span::styled(paint::pad(name, NAME, ""), theme.text),
    ];
    let mut pieces = paint::wrap(words, card.cells.saturating_sub(indent).max(8)).into_iter();
    let mut first = Line::from(head);
    if !narrow {
        first.spans.extend(pieces.next().map(|piece| Span::styled(piece, style)));
    }
    card.lines.push(first);
    for piece in pieces {
        card.lines.push(Line::styled(format!("{:indent$}{piece}", ""), style));
    }
}
