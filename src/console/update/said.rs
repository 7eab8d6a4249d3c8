//! What a person said on a card becomes an effect.

use super::{
    elsewhere, find, hosts, leave, mutate, open, palette, perform, pick, recalled, replay,
};
use crate::console::access::Access;
use crate::console::actions::Verb;
use crate::console::dialog::Said;
use crate::console::glyphs::Mark;
use crate::console::msg::Effect;
use crate::console::run_state::Leaving;
use crate::console::state::{Engine, State};

pub fn said(state: &mut State, said: Said) -> Vec<Effect> {
    match said {
        Said::Nothing => Vec::new(),
        Said::Close if state.is_picking() => pick::close(state),
        Said::Close => {
            leave::stays(state);
            state.close();
            replay::end_if_closed(state);
            // A replay alone has nothing behind it.
            let nothing_left = state.engine == Engine::Never && state.dialogs.is_empty();
            if nothing_left { vec![Effect::Quit] } else { Vec::new() }
        }
        Said::Do(confirmed) => {
            state.close();
            mutate::carry_out(state, confirmed)
        }
        Said::Pick(pick) => pick::pick(state, pick),
        Said::Reply { number, answer } => {
            state.close();
            vec![Effect::Reply { number, answer }]
        }
        Said::Search(text) => {
            state.close();
            find::begin(state, text);
            Vec::new()
        }
        Said::Palette(key) => palette::key(state, key),
        Said::Replay(key) => replay::key(state, key),
        Said::Lift(confirmed) => {
            state.close();
            state.access = Access::lifted(confirmed);
            let words =
                format!("{} can be changed from this console again", state.setup.environment.name);
            state.say(Mark::Warn, words);
            Vec::new()
        }
        Said::Filter(text) => {
            state.close();
            hosts::filter(state, text);
            Vec::new()
        }
        Said::Past(asked) => recalled::asked(state, asked),
        Said::Choose(step) => perform::run(state, step),
        Said::Rollback(selection) => {
            state.close();
            open::roll_back_of(state, selection)
        }
        Said::RollbackTo(tag) => {
            state.close();
            open::roll_back_to(state, tag)
        }
        Said::RollbackAndLeave => {
            state.close();
            after_way_back(state)
        }
        Said::ReadMessages => {
            state.close();
            state.messages.read_all();
            Vec::new()
        }
        Said::Go(place) => {
            state.close();
            elsewhere::go(state, place)
        }
        Said::Leave => vec![Effect::Quit],
    }
}

/// The way back asks for itself, on its own card.
fn after_way_back(state: &mut State) -> Vec<Effect> {
    let cards = state.dialogs.len();
    let effects = perform::act(state, Verb::Rollback);
    if state.dialogs.len() > cards {
        state.run.leaving = Leaving::AfterWayBack;
    }
    effects
}
