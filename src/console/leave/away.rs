//! What leads out of this console for a while, or for good: a shell on a host, another environment.

use crate::console::app::msg::Effect;
use crate::console::app::scope::ConsoleScope;
use crate::console::app::state::State;
use crate::console::dialog::Dialog;
use crate::console::environments::EnvironmentsCard;
use crate::console::integration::{ShellSession, Window};
use crate::console::screen::glyphs::Mark;

pub fn visit(state: &mut State) -> Vec<Effect> {
    let Some(target) = state.chosen_target().cloned() else { return Vec::new() };
    let host = target.host().and_then(|name| state.setup.environment.hosts.get(name));
    let Some(host) = host else {
        state.say(Mark::Warn, format!("{target} is not a server"));
        return Vec::new();
    };
    match ShellSession::to(host, state.setup.integration.home.as_deref()) {
        Ok(visit) => vec![Effect::ShellSession(Box::new(visit))],
        Err(why) => {
            state.say(Mark::Bad, format!("{target}: {why}"));
            Vec::new()
        }
    }
}

/// The terminal is back. What was typed for the shell may still come.
pub fn returned(state: &mut State, trouble: Option<String>) {
    state.terminal.window = Window::InFront;
    state.terminal.in_front_since = Some(state.now.running);
    match trouble {
        Some(trouble) => state.say(Mark::Bad, trouble),
        None if state.messages.newest.is_none() => state.say(Mark::Ok, "back from the shell"),
        None => {}
    }
}

pub fn choose_place(state: &mut State) {
    let card = EnvironmentsCard::new(state.setup.scopes.clone(), state.setup.scope());
    state.open(Dialog::Places(card));
}

pub fn go(state: &mut State, scope: ConsoleScope) -> Vec<Effect> {
    if scope == state.setup.scope() {
        let name = state.setup.environment.name.clone();
        state.say(Mark::Ok, format!("this is {name}"));
        return Vec::new();
    }
    vec![Effect::Go(scope)]
}
