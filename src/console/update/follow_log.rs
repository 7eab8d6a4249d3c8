//! Following a container's log: the live color's, the passive color's, none.

use crate::console::actions::ActionId;
use crate::console::glyphs::Mark;
use crate::console::msg::Effect;
use crate::console::output::{FollowedLog as Tail, LogSide as Side};
use crate::console::state::State;
use crate::domain::names::Color;
use crate::domain::order::Order;
use crate::domain::target::Target;

pub fn next(state: &mut State) -> Vec<Effect> {
    let Some(target) = state.chosen_target().cloned() else { return Vec::new() };
    let before = state.output.followed.take();
    let side = match &before {
        Some(tail) if tail.target == target && tail.side == Side::Live => Some(Side::Passive),
        Some(tail) if tail.target == target => None,
        _ => Some(Side::Live),
    };
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
    let then = if side == Side::Live { "the passive one's" } else { "none" };
    state.say(
        Mark::Work,
        format!("requested the log of {color} ({word}) on {target}; {key} again: {then}"),
    );
    state.output.followed = Some(Tail { target: target.clone(), color: color.clone(), side });
    effects.push(Effect::send(Order::FollowLog { target, color: Some(color) }));
    effects
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
