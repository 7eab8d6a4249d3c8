//! Plain questions before what is not planned: to end a run, to revert one host, to remove locks.

use super::{AskCard, Confirmation, Dialog, Mutation};
use crate::console::actions::ActionId;
use crate::console::app::state::State;
use crate::console::screen::glyphs::Mark;
use crate::domain::lock::HeldLock;
use crate::domain::target::Target;

pub fn abort(state: &mut State) {
    let Some(phase) = state.running().map(|intent| intent.phase) else { return };
    let back = state.key_word(ActionId::Rollback);
    let title = format!("END {}", phase.title().to_uppercase());
    let lines = vec![
        "Running steps are stopped where that is safe.".to_owned(),
        "A traffic switch that has begun runs to its end, or restores everything.".to_owned(),
        format!("No further step starts. What was done stays done: {back} rolls it back."),
    ];
    state.open(Dialog::Ask(AskCard::new(title, lines, Confirmation::Key, Mutation::Abort)));
}

/// Every lock that was seen on what is marked. A reason is typed, and the name of the first holder: it
/// is somebody's.
pub fn unlock(state: &mut State) {
    let selection = state.selection();
    let held: Vec<(Target, HeldLock)> = state
        .hosts()
        .filter(|host| selection.takes(&host.member.target))
        .filter_map(|host| Some((host.member.target.clone(), host.latest()?.lock.clone()?)))
        .collect();
    let Some((_, first)) = held.first() else {
        return state
            .say(Mark::Warn, "no lock was seen on a marked server: Esc takes the marks away");
    };
    let confirmation = Confirmation::typed(first.who());
    let mut lines: Vec<String> = state.only(&selection).into_iter().collect();
    let why = if held.iter().all(|(_, lock)| lock.is_dead()) {
        "The run that holds these locks has died. If it wakes up, it changes nothing:"
    } else {
        "A lock says that a run is in progress. Remove it only if you know that none is:"
    };
    lines.push(why.to_owned());
    lines.extend(held.iter().map(|(target, lock)| format!("{target}: {lock}")));
    lines.push("Only these are removed: a newer lock in the place of one stays.".to_owned());
    let locks = held.into_iter().map(|(target, lock)| (target, lock.id())).collect();
    let mutation = Mutation::Unlock { locks, reason: String::new() };
    let card = AskCard::new("REMOVE LOCKS".to_owned(), lines, confirmation, mutation);
    state.open(Dialog::Ask(card.with_reason()));
}

pub fn revert(state: &mut State) {
    let Some(target) = state.chosen_target().cloned() else { return };
    let title = format!("REVERT {target}");
    let lines = vec![
        format!("What this run did on {target} is reverted. The other hosts continue."),
        "The host is observed first; only what is found there is reverted.".to_owned(),
    ];
    state.open(Dialog::Ask(AskCard::new(
        title,
        lines,
        Confirmation::Key,
        Mutation::Revert(target),
    )));
}
