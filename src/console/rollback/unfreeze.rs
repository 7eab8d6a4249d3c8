//! Opening go-live again, which a rollback closed.

use crate::console::app::state::State;
use crate::console::dialog::{AskCard, Confirmation, Dialog, Mutation};
use crate::console::screen::glyphs::Mark;
use crate::domain::phase::Phase;
use crate::domain::plan::{RunRequest, Selection};
use crate::domain::target::Target;

/// Why it cannot be done now.
pub fn ready(state: &State) -> Result<(), String> {
    let name = &state.setup.environment.name;
    if state.freeze().is_none() {
        return Err(format!("go-live of {} in {name} is not frozen", state.setup.app));
    }
    crate::console::actions::can_start(state).map_err(|reason| reason.0)
}

/// The card: what closed it, the reason that was given, and the environment's name to be typed. It
/// is about every host that has a mark, whatever is marked in the table.
pub fn open(state: &mut State, reason: String) {
    let Some(freeze) = state.freeze().cloned() else { return };
    let targets: Vec<Target> = state.frozen().into_iter().cloned().collect();
    let names: Vec<&str> = targets.iter().map(Target::name).collect();
    let mut lines = vec![
        format!("FROZEN {freeze}."),
        format!("The mark is on {}.", names.join(", ")),
        format!("Your reason: {reason}"),
        "Then the prepared release can go live again. Who lifted the freeze, and why, is in the \
         journal."
            .to_owned(),
    ];
    let silent: Vec<&str> = state
        .hosts()
        .filter(|host| host.has_colors() && host.observation().is_none())
        .map(|host| host.name())
        .collect();
    if !silent.is_empty() {
        lines.push(format!(
            "Not observed: {}. A mark there freezes go-live again.",
            silent.join(", ")
        ));
    }
    let selection = Selection::only(&targets);
    let request =
        RunRequest { selection, reason: Some(reason), ..RunRequest::new(Phase::Unfreeze) };
    let intent = match state.intent(request) {
        Ok(intent) => Box::new(intent),
        Err(bad) => return state.say(Mark::Bad, format!("unfreeze cannot be planned: {bad}")),
    };
    let environment = &state.setup.environment.name;
    let title = format!("UNFREEZE {} in {environment}", state.setup.app);
    let (confirmation, mutation) =
        (Confirmation::typed(environment.as_str()), Mutation::Start { intent, basis: None });
    state.open(Dialog::Ask(AskCard::new(title, lines, confirmation, mutation)));
}
