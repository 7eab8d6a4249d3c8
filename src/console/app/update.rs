//! Updates the state for a message, and returns the effects.

use super::msg::{Effect, Msg};
use super::state::{Engine, State};
use super::{dialog_result, event, input, mouse_input, orders, perform, theme};
use crate::console::actions::ActionId;
use crate::console::history::HistoryRequest;
use crate::console::history::{playback, reply};
use crate::console::integration::Window;
use crate::console::output::arrange;
use crate::console::prompt::PromptDialog;
use crate::console::screen::glyphs::Mark;
use crate::console::{leave, output, releases};
use crate::domain::order::Order;

/// Returns the effects at the start, before any message.
pub fn begin(state: &State) -> Vec<Effect> {
    if state.engine == Engine::Never {
        return Vec::new();
    }
    let setup = &state.setup;
    let (app, stack) = (setup.app.clone(), setup.stack.clone());
    vec![Effect::send(Order::Focus { app, stack }), Effect::HistoryRequest(HistoryRequest::Last)]
}

pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    // Lines and time do not change the panes, and thousands of them come per second.
    let quiet = matches!(msg, Msg::Line(_) | Msg::Skipped { .. } | Msg::Tick(_));
    let effects = dispatch(state, msg);
    if !quiet || !effects.is_empty() {
        arrange::arrange(state);
    }
    effects
}

#[allow(clippy::too_many_lines)] // one arm for each message
fn dispatch(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => {
            state.now = now;
            state.messages.forget_old(state.now.running);
            let said = state.dialogs.last_mut().map(|top| top.tick(now.running));
            let mut effects = said.map(|said| dialog_result::said(state, said)).unwrap_or_default();
            playback::tick(state);
            effects.extend(orders::afterwards(state));
            effects.extend(leave::update::steps_ended(state));
            effects.extend(state.call_again());
            effects
        }
        Msg::Resize { columns, rows } => {
            state.screen.size = (columns, rows);
            playback::resize(state);
            Vec::new()
        }
        Msg::Key(key) => input::key(state, key),
        Msg::Paste(text) => input::paste(state, &text),
        Msg::Window(window) => {
            state.terminal.window = window;
            if window == Window::InFront {
                state.terminal.in_front_since = Some(state.now.running);
            }
            Vec::new()
        }
        Msg::MouseInput(touch) => mouse_input::touch(state, touch),
        Msg::Aside => perform::act(state, ActionId::Suspend),
        Msg::Returned(trouble) => {
            leave::away::returned(state, trouble);
            Vec::new()
        }
        Msg::Event(event) => event::event(state, &event),
        Msg::Line(line) => {
            output::update::line(state, line);
            Vec::new()
        }
        Msg::Skipped { target, lines } => {
            output::update::skipped(state, &target, lines);
            Vec::new()
        }
        Msg::Saved(saved) => {
            output::update::saved(state, saved);
            Vec::new()
        }
        Msg::Proposal(proposal) => {
            state.dialogs.iter_mut().for_each(|open| open.proposal(&proposal));
            Vec::new()
        }
        Msg::Releases(news) => releases::update::news(state, *news),
        Msg::Prompt { number, card } => {
            state.queue(PromptDialog::new(number, card));
            state.call("a server asks a question before it can be reached")
        }
        Msg::Guide(lines) => {
            state.screen.guide = lines;
            Vec::new()
        }
        Msg::Theme(read) => {
            theme::theme(state, read);
            Vec::new()
        }
        Msg::HistoryReply(reply) => reply::received(state, reply),
        Msg::EngineGone if state.engine == Engine::Never => Vec::new(),
        Msg::EngineGone => {
            state.engine = Engine::Gone;
            state.run.pending_rollback = None;
            let leave = state.key_word(ActionId::Quit);
            let what = "the engine has stopped: the screen shows the last known state.";
            state.say(Mark::Bad, format!("{what} {leave} leaves"));
            state.call("the engine has stopped")
        }
        Msg::Stop => vec![Effect::Quit],
    }
}
