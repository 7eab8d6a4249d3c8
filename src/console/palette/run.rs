//! Runs the commands of the palette.

use super::command;
use super::command::{Command, Switch};
use crate::base::suggest::nearest;
use crate::console::actions::{ActionId, can_roll_back_to, can_start};
use crate::console::app::msg::Effect;
use crate::console::app::perform;
use crate::console::app::scope::{ConsoleScope, named};
use crate::console::app::state::State;
use crate::console::dialog::{Confirmation, Dialog};
use crate::console::leave;
use crate::console::plan;
use crate::console::read_only::LiftCard;
use crate::console::read_only::{Access, Because};
use crate::console::rollback;
use crate::console::rollback::unfreeze;
use crate::console::screen::glyphs::Mark;
use crate::domain::phase::Phase;
use crate::domain::plan::Selection;
use crate::domain::release::Release;
use crate::domain::target::Target;

/// What cannot be done leaves the palette open, with the reason under the hands that can mend it.
pub fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(command) = command::read(text) else { return Vec::new() };
    let phase = command::usage(text).and_then(|usage| usage.phase);
    let offered = phase.map_or(Ok(()), |phase| state.offers_phase(phase));
    let command = offered.map_err(|reason| reason.0).and(command);
    match command.and_then(|command| ready(state, command)) {
        Ok(ready) => {
            state.close();
            carry_out(state, ready)
        }
        Err(why) => {
            if let Some(Dialog::Palette(card)) =
                state.dialogs.last_mut().map(|open| &mut open.dialog)
            {
                card.wrong = Some(why);
            }
            Vec::new()
        }
    }
}

/// A command that can be carried out now.
enum Ready {
    /// An action of the table, which is asked whether it may.
    Prepare(Release),
    Rollback(crate::domain::release::Tag),
    /// A phase of the table, with the release that it is about.
    Phase(ActionId, Phase, Release),
    Repair(Selection),
    Choose(Target),
    ReadOnly(Switch),
    Unfreeze(String),
    Go(ConsoleScope),
}

fn ready(state: &State, command: Command) -> Result<Ready, String> {
    match command {
        Command::Prepare(release) => Ok(Ready::Prepare(release)),
        Command::GoLive(tag) => {
            Ok(Ready::Phase(ActionId::GoLive, Phase::GoLive, Release::of_tag(tag)))
        }
        Command::Abandon(tag) => {
            Ok(Ready::Phase(ActionId::Abandon, Phase::Abandon, Release::of_tag(tag)))
        }
        Command::Rollback(tag) => {
            can_roll_back_to(state).map_err(|reason| reason.0)?;
            Ok(Ready::Rollback(tag))
        }
        Command::Repair(host) => {
            can_start(state).map_err(|reason| reason.0)?;
            let Some(name) = host else { return Ok(Ready::Repair(Selection::All)) };
            let target = named_host(state, &name)?;
            Ok(Ready::Repair(Selection::only([&target])))
        }
        Command::ReadOnly(switch) => Ok(Ready::ReadOnly(switch)),
        Command::Unfreeze(reason) => unfreeze::ready(state).map(|()| Ready::Unfreeze(reason)),
        Command::Environment(name) => {
            named(&state.setup.scopes, &name).map(|listed| Ready::Go(listed.scope.clone()))
        }
        Command::Host(name) => named_host(state, &name).map(Ready::Choose),
    }
}

fn named_host(state: &State, name: &str) -> Result<Target, String> {
    let mut targets = state.fleet.members.iter().map(|member| &member.target);
    let found = targets.find(|target| target.name() == name);
    found.cloned().ok_or_else(|| {
        let names = state.fleet.members.iter().map(|member| member.target.name());
        let near = nearest(name, names);
        let near = near.map_or(String::new(), |near| format!(": did you mean {near:?}?"));
        format!("there is no host {name:?}{near}")
    })
}

fn carry_out(state: &mut State, ready: Ready) -> Vec<Effect> {
    match ready {
        Ready::Choose(target) => {
            state.fleet.chosen = Some(target);
            Vec::new()
        }
        Ready::Prepare(release) => perform::if_allowed(state, ActionId::Prepare, |state| {
            plan::open::prepare(state, release)
        }),
        Ready::Phase(id, phase, release) => {
            perform::if_allowed(state, id, |state| plan::open::plan(state, phase, Some(release)))
        }
        Ready::Rollback(tag) => rollback::open::roll_back_to(state, tag),
        Ready::Repair(selection) => plan::open::repair(state, selection),
        Ready::Go(scope) => perform::if_allowed(state, ActionId::Environments, |state| {
            leave::away::go(state, scope)
        }),
        Ready::ReadOnly(Switch::On) => {
            if !state.access.is_read_only() {
                state.access = Access::ReadOnly(Because::Command);
            }
            state.say(Mark::Ok, "read-only: this console changes nothing");
            Vec::new()
        }
        Ready::ReadOnly(Switch::Off) => {
            lift(state);
            Vec::new()
        }
        Ready::Unfreeze(reason) => {
            unfreeze::open(state, reason);
            Vec::new()
        }
    }
}

fn lift(state: &mut State) {
    let name = &state.setup.environment.name;
    let Some(why) = state.access.why(name) else {
        let words = format!("{name} is not read-only");
        return state.say(Mark::Wait, words);
    };
    let confirmation = Confirmation::typed(name.as_str());
    state.open(Dialog::Lift(LiftCard { why, confirmation }));
}
