//! What a person said on a card becomes an effect.

use super::msg::Effect;
use super::run_state::Leaving;
use super::state::{Engine, State};
use super::{orders, perform};
use crate::console::actions::ActionId;
use crate::console::dialog::DialogResult;
use crate::console::fleet;
use crate::console::history::{playback, reply};
use crate::console::leave;
use crate::console::output::find;
use crate::console::palette;
use crate::console::read_only::Access;
use crate::console::releases;
use crate::console::rollback;
use crate::console::screen::glyphs::Mark;

#[allow(clippy::too_many_lines)] // one arm for each result
pub fn said(state: &mut State, said: DialogResult) -> Vec<Effect> {
    match said {
        DialogResult::Nothing => Vec::new(),
        DialogResult::Close if state.is_picking() => releases::update::close(state),
        DialogResult::Close => {
            leave::update::stays(state);
            state.close();
            playback::end_if_closed(state);
            // A replay alone has nothing behind it.
            let nothing_left = state.engine == Engine::Never && state.dialogs.is_empty();
            if nothing_left { vec![Effect::Quit] } else { Vec::new() }
        }
        DialogResult::Do(confirmed) => {
            state.close();
            orders::carry_out(state, confirmed)
        }
        DialogResult::Pick(pick) => releases::update::pick(state, pick),
        DialogResult::Reply { number, answer } => {
            state.close();
            vec![Effect::Reply { number, answer }]
        }
        DialogResult::Search(text) => {
            state.close();
            find::begin(state, text);
            Vec::new()
        }
        DialogResult::Palette(key) => palette::update::key(state, key),
        DialogResult::Replay(key) => playback::key(state, key),
        DialogResult::Lift(confirmed) => {
            state.close();
            state.access = Access::lifted(confirmed);
            let words =
                format!("{} can be changed from this console again", state.setup.environment.name);
            state.say(Mark::Warn, words);
            Vec::new()
        }
        DialogResult::Filter(text) => {
            state.close();
            fleet::update::filter(state, text);
            Vec::new()
        }
        DialogResult::Past(asked) => reply::asked(state, asked),
        DialogResult::Choose(step) => perform::run(state, step),
        DialogResult::Rollback(selection) => {
            state.close();
            rollback::open::roll_back_of(state, selection)
        }
        DialogResult::RollbackTo(tag) => {
            state.close();
            rollback::open::roll_back_to(state, tag)
        }
        DialogResult::RollbackAndLeave => {
            state.close();
            leave_after_rollback(state)
        }
        DialogResult::ReadMessages => {
            state.close();
            state.messages.read_all();
            Vec::new()
        }
        DialogResult::Go(place) => {
            state.close();
            leave::away::go(state, place)
        }
        DialogResult::Leave => vec![Effect::Quit],
    }
}

/// Leaves after a rollback, which is confirmed on its own card.
fn leave_after_rollback(state: &mut State) -> Vec<Effect> {
    let cards = state.dialogs.len();
    let effects = perform::act(state, ActionId::Rollback);
    if state.dialogs.len() > cards {
        state.run.leaving = Leaving::AfterRollback;
    }
    effects
}
