//! Leaving while something is at work.

use ratatui::text::{Line, Span};

use super::Card;
use crate::console::state::State;
use crate::console::view::{next, paint};
use crate::domain::deploy::Doing;

pub fn card(state: &State, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut card = Card::new(cells, "A RUN IS AT WORK", theme.danger);
    if let Some(intent) = state.running() {
        let since = state.deploy.started_at.map_or(String::new(), |from| {
            format!(", for {}", paint::span(paint::since(from, state.now.at)))
        });
        let words = format!("{} of {}{since}", intent.phase.title(), intent.app);
        card.lines.push(Line::raw(words));
        card.lines.push(Line::raw(next::words(state)));
    }
    card.gap();
    for host in state.hosts() {
        let Some(progress) = host.progress else { continue };
        if progress.doing != Doing::Done {
            let name = Span::raw(format!("  {}  ", host.name()));
            card.lines.push(Line::from(vec![name, paint::status(state, &host.step())]));
        }
    }
    card.gap();
    let words = "The run lives in this console: it cannot go on without it.";
    card.lines.push(Line::styled(words, theme.muted));
    card.keys(state, &[("Esc", "stay"), ("Y", "end the run, then leave")]);
    card
}

pub fn leave_now(state: &State, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut card = Card::new(cells, "THE RUN HAS NOT ENDED YET", theme.danger);
    card.say(
        "What is at work on a server runs to its end there, but this console will not see how. \
         The next look tells: start the console again.",
        theme.text,
    );
    card.gap();
    card.keys(state, &[("Esc", "wait for it"), ("Y", "leave at once")]);
    card
}
