//! Leaving while something is at work: what is, and what becomes of it in each way of leaving.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::console::actions::{ActionId, find_action};
use crate::console::app::state::State;
use crate::console::dialog::card::Card;
use crate::console::fleet::Host;
use crate::console::screen::{next, paint};
use crate::domain::deploy::{Doing, Progress};
use crate::domain::plan::Effect;

/// More rows of hosts than this are a number.
const ROWS: usize = 12;
/// The columns of a host's name and of its step, at most.
const NAME: usize = 16;
const STEP: usize = 24;

pub fn card(state: &State, scroll: usize, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut card = Card::new(cells, "A RUN IS IN PROGRESS", theme.danger);
    card.scroll = scroll;
    if let Some(intent) = state.running() {
        let since = state.run.deploy.started_at.map_or(String::new(), |from| {
            format!(", for {}", paint::span(paint::since(from, state.now.at)))
        });
        let words = format!("{} of {}{since}", intent.phase.title(), intent.app);
        card.lines.push(Line::raw(words));
        card.lines.push(Line::raw(next::words(state)));
    }
    card.gap();
    hosts(state, &mut card);
    card.gap();
    let words = "The run is part of this console: it cannot continue without it.";
    card.say(words, theme.muted);
    card.keys(state, &[("Esc", "stay"), ("F", "finish these steps, then leave")]);
    let back = find_action(ActionId::Rollback).map(|action| action.possible(state));
    if matches!(back, Some(Ok(()))) {
        card.keys(state, &[("R", "roll back, then leave"), ("Y", "end the run now, then leave")]);
    } else {
        card.keys(state, &[("Y", "end the run now, then leave")]);
    }
    card
}

/// Lists the hosts that are not done, and what leaving now means there.
fn hosts(state: &State, card: &mut Card) {
    let theme = &state.setup.theme;
    let open = |host: &Host<'_>| host.progress.is_some_and(|it| it.doing != Doing::Done);
    let mut open: Vec<Host<'_>> = state.hosts().filter(open).collect();
    open.sort_by_key(Host::how_far);
    let cut = state.setup.glyphs.cut;
    let rows: Vec<(&str, Span<'_>, &Progress)> = open
        .iter()
        .take(ROWS)
        .filter_map(|host| Some((host.name(), paint::status(state, &host.step()), host.progress?)))
        .collect();
    let names = rows.iter().map(|(name, ..)| name.width()).max().unwrap_or(0).min(NAME);
    let steps = rows.iter().map(|(_, step, _)| step.width()).max().unwrap_or(0).min(STEP);
    for (name, step, progress) in rows {
        let name = paint::pad(name, names, cut);
        let words = paint::pad(&step.content, steps, cut);
        let line = Line::from(vec![
            Span::styled(format!("  {name} "), theme.text),
            Span::styled(format!("{words} "), step.style),
            Span::styled(if_left(progress), theme.muted),
        ]);
        card.lines.push(paint::cut_line(line, card.cells, cut));
    }
    let more = open.len().saturating_sub(ROWS);
    if more > 0 {
        card.lines.push(Line::styled(format!("  and {more} more"), theme.muted));
    }
}

/// Returns what `Y` does on that host.
fn if_left(progress: &Progress) -> &'static str {
    let effect = progress.step.as_ref().map(|step| step.effect);
    match progress.doing {
        Doing::Queued => "not started: unchanged",
        Doing::Working if effect == Some(Effect::Switches) => "completes, or restores everything",
        Doing::Working if effect == Some(Effect::Replaces) => "completes",
        Doing::Working => "stopped if it can be; safe to repeat",
        Doing::Done => "done",
        Doing::Failed(_) => "stays failed",
        Doing::Unknown(_) => "stays unknown",
        Doing::Skipped => "skipped: unchanged",
    }
}

pub fn leave_now(state: &State, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut card = Card::new(cells, "THE RUN HAS NOT ENDED YET", theme.danger);
    card.say(
        "Steps that run on a server complete there, but this console will not see the result. \
         Start the console again to observe the result.",
        theme.text,
    );
    card.gap();
    card.keys(state, &[("Esc", "wait for it"), ("Y", "leave at once")]);
    card
}
