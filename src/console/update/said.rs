//! What a person said on a card becomes an effect.

use super::{command, elsewhere, find, hosts, leave, mutate, open, past, pick, verb};
use crate::console::access::Access;
use crate::console::dialog::Said;
use crate::console::glyphs::Mark;
use crate::console::msg::Effect;
use crate::console::state::{Engine, State};

pub fn said(state: &mut State, said: Said) -> Vec<Effect> {
    match said {
        Said::Nothing => Vec::new(),
        Said::Close if state.is_picking() => pick::close(state),
        Said::Close => {
            leave::stays(state);
            state.close();
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
        Said::Act(verb) => command::act(state, verb),
        Said::Command(text) => command::typed(state, &text),
        Said::Lift(confirmed) => {
            state.close();
            state.access = Access::lifted(confirmed);
            let words = format!("{} can be changed from here again", state.setup.environment.name);
            state.say(Mark::Warn, words);
            Vec::new()
        }
        Said::Filter(text) => {
            state.close();
            hosts::filter(state, text);
            Vec::new()
        }
        Said::Past(asked) => past::asked(state, asked),
        Said::Choose(step) => verb::act(state, step),
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
            leave::after_way_back(state)
        }
        Said::ReadMessages => {
            state.close();
            state.read_messages();
            Vec::new()
        }
        Said::Go(place) => {
            state.close();
            elsewhere::go(state, place)
        }
        Said::Leave => vec![Effect::Quit],
    }
}
