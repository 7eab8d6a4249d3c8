//! What a message makes of the state, and what is to be done about it.

mod command;
mod elsewhere;
mod event;
mod find;
mod hand;
mod hosts;
mod leave;
mod looks;
mod mutate;
mod open;
mod output;
mod panes;
mod past;
mod pick;
mod read;
mod said;
mod tail;
mod touch;
mod unfreeze;
mod verb;

pub use event::verdict_words;
pub use mutate::Afterwards;
pub use tail::Tail;

use super::actions::Verb;
use super::dialog::PromptDialog;
use super::fleet::Together;
use super::glyphs::Mark;
use super::history::Recall;
use super::manners::Window;
use super::msg::{Effect, Msg};
use super::state::{Engine, State};
use crate::domain::order::Order;

/// What is to be done before anything came in.
pub fn begin(state: &State) -> Vec<Effect> {
    if state.engine == Engine::Never {
        return Vec::new();
    }
    let setup = &state.setup;
    let (app, stack) = (setup.app.clone(), setup.stack.clone());
    vec![Effect::send(Order::Focus { app, stack }), Effect::Recall(Recall::Last)]
}

/// Looks elsewhere, and does nothing else: how a replay is looked around in.
pub fn look(state: &mut State, verb: Verb) {
    let looks = matches!(
        verb,
        Verb::Down
            | Verb::Up
            | Verb::Focus
            | Verb::Zoom
            | Verb::PageUp
            | Verb::PageDown
            | Verb::Sort
            | Verb::Panes(_)
            | Verb::Wrap
            | Verb::Times
    );
    if looks {
        state.together = None;
        drop(verb::act(state, verb));
        settled(state);
    }
}

/// A past run, played again.
pub use past::play;

pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    // Lines and time change nothing of which panes there are, and come thousands a second.
    let quiet = matches!(msg, Msg::Line(_) | Msg::Skipped { .. } | Msg::Tick(_));
    if !quiet {
        state.together = None;
    }
    let effects = taken(state, msg);
    if !quiet || !effects.is_empty() {
        settled(state);
    }
    effects
}

/// After something was changed: which panes there are, and what follows from all hosts.
pub fn settled(state: &mut State) {
    state.together = None;
    panes::arrange(state);
    state.together = Some(Together::default());
}

fn taken(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => {
            if now.at.timestamp() != state.now.at.timestamp() {
                state.together.iter_mut().for_each(Together::time_went_on);
            }
            state.now = now;
            state.forget_old_message();
            let said = state.dialogs.last_mut().map(|top| top.tick(now.running));
            let mut effects = said.map(|said| said::said(state, said)).unwrap_or_default();
            effects.extend(mutate::afterwards(state));
            effects.extend(leave::steps_ended(state));
            effects.extend(state.call_again());
            effects
        }
        Msg::Resize { columns, rows } => {
            state.size = (columns, rows);
            for open in &mut state.dialogs {
                open.resize(state.size);
            }
            Vec::new()
        }
        Msg::Key(key) => hand::key(state, key),
        Msg::Paste(text) => hand::paste(state, &text),
        Msg::Window(window) => {
            state.window = window;
            if window == Window::InFront {
                state.in_front_since = Some(state.now.running);
            }
            Vec::new()
        }
        Msg::Touch(touch) => touch::touch(state, touch),
        Msg::Aside => elsewhere::aside(state),
        Msg::Returned(trouble) => {
            elsewhere::returned(state, trouble);
            Vec::new()
        }
        Msg::Event(event) => event::event(state, &event),
        Msg::Line(line) => {
            output::line(state, line);
            Vec::new()
        }
        Msg::Skipped { target, lines } => {
            output::skipped(state, &target, lines);
            Vec::new()
        }
        Msg::Saved(saved) => {
            output::saved(state, saved);
            Vec::new()
        }
        Msg::Proposal(proposal) => {
            state.dialogs.iter_mut().for_each(|open| open.proposal(&proposal));
            Vec::new()
        }
        Msg::Releases(news) => pick::news(state, *news),
        Msg::Prompt { number, card } => {
            state.queue(PromptDialog::new(number, card));
            state.call("a server asks something before it can be reached")
        }
        Msg::Guide(lines) => {
            state.guide = lines;
            Vec::new()
        }
        Msg::Theme(read) => {
            looks::theme(state, read);
            Vec::new()
        }
        Msg::Recalled(recalled) => past::recalled(state, recalled),
        Msg::EngineGone if state.engine == Engine::Never => Vec::new(),
        Msg::EngineGone => {
            state.engine = Engine::Gone;
            state.afterwards = None;
            let leave = state.key_word(Verb::Quit);
            let what = "the engine has ended: what is shown is the last that was known.";
            state.say(Mark::Bad, format!("{what} {leave} leaves"));
            state.call("the engine has ended")
        }
        Msg::Stop => vec![Effect::Quit],
    }
}
