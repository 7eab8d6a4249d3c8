//! Every key, from the table of actions.

use ratatui::text::{Line, Span};

use super::Card;
use crate::console::actions::{ACTIONS, Action, Class};
use crate::console::state::State;

pub fn card(state: &State, scroll: usize, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut card = Card::new(cells, "KEYS", theme.focus);
    card.scroll = scroll;
    let parts: [(&str, &[Class]); 3] = [
        (
            "UPPER CASE CHANGES SERVERS, after a card was answered with Y",
            &[Class::Emergency, Class::Mutate],
        ),
        ("lower case steers the run at work", &[Class::Steer]),
        ("and looks", &[Class::Look]),
    ];
    for (title, classes) in parts {
        card.lines.push(Line::styled(title.to_owned(), theme.title));
        let actions = ACTIONS.iter().filter(|action| classes.contains(&action.class));
        card.lines.extend(actions.map(|action| line(state, action)));
    }
    card.keys(state, &[("Esc", "close")]);
    card
}

fn line(state: &State, action: &Action) -> Line<'static> {
    let theme = &state.setup.theme;
    let mut spans = vec![
        Span::styled(format!("  {:<14}", state.setup.keys.words(action.verb)), theme.key),
        Span::styled(format!("{:<14}", action.name), theme.text),
    ];
    match (action.allowed)(state) {
        Ok(()) => spans.push(Span::styled(action.words, theme.text)),
        Err(reason) => spans.push(Span::styled(format!("not now: {reason}"), theme.muted)),
    }
    Line::from(spans)
}
