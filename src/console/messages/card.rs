//! What the message line said, the newest last.

use ratatui::text::{Line, Span};

use super::Message;
use crate::base::text::sentences;
use crate::console::app::state::State;
use crate::console::dialog::card::Card;
use crate::console::fleet::Status;
use crate::console::output::view::failure;
use crate::console::rollback::desk;
use crate::console::screen::{next, paint};

/// The time and a gap, in front of each.
const TIME: usize = 10;

/// `back`: so many lines before the newest.
pub fn card(state: &State, back: usize, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let past = state.messages.past();
    let mut card = Card::new(cells, format!("MESSAGES {}", past.len()), theme.focus);
    card.lines = past.iter().flat_map(|message| lines(state, message, cells)).collect();
    if card.lines.is_empty() {
        card.say("No messages yet.", theme.muted);
    }
    now(&mut card, state);
    card.below = Some(back);
    card.keys(state, &[("Esc", "close"), ("Up", "older")]);
    card
}

fn lines(state: &State, message: &Message, cells: usize) -> Vec<Line<'static>> {
    let theme = &state.setup.theme;
    let status = paint::status(state, &Status::new(message.mark, message.text.clone()));
    let at = paint::when(message.at, state.now.at);
    let room = cells.saturating_sub(TIME).max(8);
    let pieces = paint::wrap(&status.content, room).into_iter().enumerate();
    pieces
        .map(|(index, piece)| {
            let time = if index == 0 { at.as_str() } else { "" };
            let time = paint::pad(time, TIME, "");
            Line::from(vec![Span::styled(time, theme.muted), Span::styled(piece, status.style)])
        })
        .collect()
}

/// What has no room elsewhere on the screen: all of NEXT, and what is wrong on each host with its remedy.
fn now(card: &mut Card, state: &State) {
    card.gap();
    card.lines.push(Line::styled("NOW", state.setup.theme.title));
    card.fact(state, "NEXT", &next::words(state));
    if let Some(found) = state.unfinished() {
        let words = sentences([found.what().as_str(), found.who().unwrap_or_default().as_str()]);
        card.fact(state, "unfinished", &words);
    }
    for words in desk::in_full(state) {
        card.fact(state, "rollback", &words);
    }
    for (host, words) in failure::in_full(state) {
        card.fact(state, &host, &words);
    }
    for host in state.hosts() {
        let name = host.name();
        if let Some(why) = host.why_failed() {
            card.fact(state, name, &format!("unreachable: {why}"));
        }
        let Some(seen) = host.latest() else { continue };
        for drift in &seen.drift {
            card.fact(state, name, &state.in_keys(&drift.in_words()));
        }
        if let Some(lock) = host.foreign_lock() {
            let remedy = state.in_keys(&lock.remedy(&host.member.target));
            card.fact(state, name, &sentences([format!("locked by {lock}").as_str(), &remedy]));
        }
    }
}
