//! The title of the terminal's window: a summary of the state.

use crate::console::app::state::{Engine, State};
use crate::console::screen::phases::count;
use crate::domain::event::Verdict;

/// `flipside: production GO LIVE 5/12, 1 waits for you`
pub fn title(state: &State) -> String {
    let name = &state.setup.environment.name;
    let standing = match state.engine {
        Engine::Gone => " the engine has stopped".to_owned(),
        Engine::There => running(state).or_else(|| ended(state)).unwrap_or_default(),
        Engine::Never => " a replay".to_owned(),
    };
    format!("flipside: {name}{standing}")
}

fn running(state: &State) -> Option<String> {
    let phase = state.running()?.phase.title().to_uppercase();
    let (done, of) = count(&state.run.deploy);
    let held = match state.stuck().count() {
        0 if state.run.deploy.question.is_some() => ", asks for a sign-off".to_owned(),
        0 if state.run.deploy.paused => ", paused".to_owned(),
        0 => String::new(),
        1 => ", 1 waits for you".to_owned(),
        many => format!(", {many} wait for you"),
    };
    Some(format!(" {phase} {done}/{of}{held}"))
}

fn ended(state: &State) -> Option<String> {
    let last = state.run.phase_bar.last()?;
    let phase = last.phase.title().to_uppercase();
    let word = match &last.verdict {
        Verdict::Done => "done".to_owned(),
        other => other.word().to_uppercase(),
    };
    Some(format!(" {phase} {word} {}/{}", last.done, last.of))
}
