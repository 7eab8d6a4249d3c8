//! Following a container's log: the live color's, the passive color's, none.

use super::{FollowedLog as Tail, LogSide as Side};
use crate::console::actions::ActionId;
use crate::console::app::msg::Effect;
use crate::console::app::state::State;
use crate::console::screen::glyphs::Mark;
use crate::domain::capabilities::Logs;
use crate::domain::names::Color;
use crate::domain::order::Order;
use crate::domain::target::Target;

pub fn next(state: &mut State) -> Vec<Effect> {
    let Some(target) = state.chosen_target().cloned() else { return Vec::new() };
    let before = state.output.followed.take();
    let mut sides = sides(state).into_iter();
    if let Some(tail) = before.as_ref().filter(|tail| tail.target == target) {
        sides.by_ref().find(|side| *side == tail.side);
    }
    let side = sides.next();
    let mut effects = Vec::new();
    if let Some(before) = before {
        effects.push(Effect::send(Order::FollowLog { target: before.target, color: None }));
    }
    let Some(side) = side else {
        state.say(Mark::Ok, format!("no longer following a log of {target}"));
        return effects;
    };
    let Some(color) = color(state, side) else {
        let side = if side == Side::Live { "live" } else { "passive" };
        state.say(Mark::Warn, format!("{target}: its {side} color is not known"));
        return effects;
    };
    let (key, word) =
        (state.key_word(ActionId::Tail), if side == Side::Live { "live" } else { "passive" });
    let then = if sides.next().is_some() { "the passive one's" } else { "none" };
    state.say(
        Mark::Work,
        format!("requested the log of {color} ({word}) on {target}; {key} again: {then}"),
    );
    state.output.followed = Some(Tail { target: target.clone(), color: color.clone(), side });
    effects.push(Effect::send(Order::FollowLog { target, color: Some(color) }));
    effects
}

/// Returns the sides of the chosen target whose log can be followed.
fn sides(state: &State) -> Vec<Side> {
    let logs = state.chosen_host().map_or(Logs::NONE, |host| host.member.can.logs);
    let live = logs.live.then_some(Side::Live);
    live.into_iter().chain(logs.passive.then_some(Side::Passive)).collect()
}

/// A step begins there.
pub fn makes_room(state: &mut State, target: &Target) -> Vec<Effect> {
    let Some(tail) = state.output.followed.take_if(|tail| tail.target == *target) else {
        return Vec::new();
    };
    state.say(
        Mark::Work,
        format!(
            "the log of {} on {target} is no longer followed: a step started there",
            tail.color
        ),
    );
    vec![Effect::send(Order::FollowLog { target: tail.target, color: None })]
}

fn color(state: &State, side: Side) -> Option<Color> {
    let host = state.chosen_host()?;
    let seen = match side {
        Side::Live => host.live(),
        Side::Passive => host.passive(),
    };
    seen.known().map(|(color, _)| color.clone())
}
