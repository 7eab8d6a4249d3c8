//! Opening cards: what each begins with.

use super::{Arming, AskCard, Confirmation, Dialog, Mutation};
use crate::console::actions::ActionId;
use crate::console::app::msg::Effect;
use crate::console::app::state::State;
use crate::console::fleet::RollbackReadiness;
use crate::console::plan::{PlanAnswer, PlanCard};
use crate::console::rollback::{RollbackCard, RollbackMethod};
use crate::console::screen::glyphs::Mark;
use crate::console::sign_off::SignOffCard;
use crate::domain::lock::HeldLock;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, RunRequest, Selection};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{PassiveRole, RollbackGoal};
use crate::domain::target::Target;

pub fn prepare(state: &mut State, release: Release) -> Vec<Effect> {
    plan(state, Phase::Prepare, Some(release))
}

/// A phase that works on what was prepared: narrowed to the release that the person sees there. A release that users were
/// rolled back from goes live again, and one that no record explains is stopped, only if the person names it: the planner
/// then says why and how.
pub fn prepared(state: &mut State, phase: Phase) -> Vec<Effect> {
    let must_be_named = match phase {
        Phase::GoLive => state.has_on_passive(PassiveRole::RolledBack),
        Phase::Abandon => state.has_on_passive(PassiveRole::Unknown),
        _ => false,
    };
    let release = state.release_summary().passive.release().cloned().filter(|_| !must_be_named);
    plan(state, phase, release)
}

/// Opens the question of a run that waits for a sign-off, else the plan to verify.
pub fn verify(state: &mut State) -> Vec<Effect> {
    if state.run.deploy.question.is_none() {
        return prepared(state, Phase::Verify);
    }
    sign_off(state);
    Vec::new()
}

pub fn plan(state: &mut State, phase: Phase, release: Option<Release>) -> Vec<Effect> {
    let selection = state.selection();
    let request = RunRequest { release, selection, ..RunRequest::new(phase) };
    let Some(intent) = intent(state, request) else { return Vec::new() };
    let environment = &state.setup.environment;
    // What moves users, and what cannot be taken back in an instant.
    let grave = matches!(phase, Phase::GoLive | Phase::Abandon | Phase::Finish);
    let typed = environment.protected && grave;
    let confirmation =
        if typed { Confirmation::typed(environment.name.as_str()) } else { Confirmation::Key };
    state.open(Dialog::Plan(Box::new(PlanCard::new(intent.clone(), confirmation))));
    vec![Effect::send(Order::Propose { intent })]
}

/// Opens the plan to repair the named hosts, whatever is marked.
pub fn repair(state: &mut State, selection: Selection) -> Vec<Effect> {
    let request = RunRequest { selection, ..RunRequest::new(Phase::Repair) };
    let Some(intent) = intent(state, request) else { return Vec::new() };
    state.open(Dialog::Plan(Box::new(PlanCard::new(intent.clone(), Confirmation::Key))));
    vec![Effect::send(Order::Propose { intent })]
}

fn intent(state: &mut State, request: RunRequest) -> Option<Intent> {
    let phase = request.phase;
    match state.intent(request) {
        Ok(intent) => Some(intent),
        Err(bad) => {
            state.say(Mark::Bad, format!("{} cannot be planned: {bad}", phase.title()));
            None
        }
    }
}

/// Opens the rollback card. While users are being moved, the rollback ends that run first. For a stuck run that moves
/// nobody, it reverts what the run did. Without a run it is planned and shown.
///
/// Marks narrow it only if no host is left behind: under pressure nobody remembers the marks.
pub fn roll_back(state: &mut State) -> Vec<Effect> {
    let marked = state.selection();
    let all = state.left_behind(&marked) > 0;
    roll_back_of(state, if all { Selection::All } else { marked })
}

pub fn roll_back_of(state: &mut State, selection: Selection) -> Vec<Effect> {
    match state.running().cloned() {
        Some(run) if run.phase == Phase::GoLive => {
            // Only users of the release that this run makes live are sent back, however far the run is.
            let goal = run.release.map(|release| RollbackGoal::Leave(release.tag));
            let request = RunRequest { goal, selection, ..RunRequest::new(Phase::Rollback) };
            let Some(intent) = intent(state, request) else { return Vec::new() };
            open_armed(state, RollbackMethod::AfterRun { intent: Box::new(intent) });
        }
        Some(_) => {
            let stuck = state.stuck().next().map(|(target, _)| target.clone());
            if let Some(target) = stuck {
                open_armed(state, RollbackMethod::RevertAll { target });
            }
        }
        None => return rollback_planned(state, selection),
    }
    Vec::new()
}

fn open_armed(state: &mut State, method: RollbackMethod) {
    let countdown = state.setup.environment.rollback_countdown;
    open_rollback_card(state, method, Arming::Armed { at: state.now.running + countdown });
}

fn open_rollback_card(state: &mut State, method: RollbackMethod, arming: Arming) {
    let countdown = state.setup.environment.rollback_countdown;
    let marked = Some(state.selection()).filter(|marked| state.left_behind(marked) > 0);
    state.open(Dialog::Rollback(Box::new(RollbackCard::new(method, arming, countdown, marked))));
}

fn rollback_planned(state: &mut State, selection: Selection) -> Vec<Effect> {
    let request = RunRequest { selection, ..RunRequest::new(Phase::Rollback) };
    let Some(intent) = intent(state, request) else { return Vec::new() };
    let (run, answer) = (Box::new(intent.clone()), Box::new(PlanAnswer::Awaited));
    let method = RollbackMethod::Start { intent: run, answer };
    match why_not_armed(state) {
        None => open_armed(state, method),
        Some(why) => {
            let confirmation = Confirmation::typed(state.setup.environment.name.as_str());
            open_rollback_card(state, method, Arming::Unarmed { why, confirmation });
        }
    }
    vec![Effect::send(Order::Propose { intent })]
}

/// Opens the card of a rollback to a named release. It never starts automatically.
pub fn roll_back_to(state: &mut State, tag: Tag) -> Vec<Effect> {
    if state.running().is_some() {
        state.say(Mark::Warn, "a run is in progress: it must end before users can be moved");
        return Vec::new();
    }
    let why = format!("you named {tag}");
    let (goal, selection) = (Some(RollbackGoal::To(tag)), state.selection());
    let request = RunRequest { goal, selection, ..RunRequest::new(Phase::Rollback) };
    let Some(intent) = intent(state, request) else { return Vec::new() };
    let method = RollbackMethod::Start {
        intent: Box::new(intent.clone()),
        answer: Box::new(PlanAnswer::Awaited),
    };
    let environment = &state.setup.environment;
    let confirmation = if environment.protected {
        Confirmation::typed(environment.name.as_str())
    } else {
        Confirmation::Key
    };
    open_rollback_card(state, method, Arming::Unarmed { why, confirmation });
    vec![Effect::send(Order::Propose { intent })]
}

fn why_not_armed(state: &State) -> Option<String> {
    match state.rollback_readiness() {
        // Where only the servers can tell, they are asked, and no plan means no start.
        RollbackReadiness::Open { .. } | RollbackReadiness::Unproven { .. } => None,
        RollbackReadiness::Left { back, of, .. } if back < of => None,
        RollbackReadiness::Prepared(tag) => {
            Some(format!("{tag} is only prepared: users stay where they are"))
        }
        RollbackReadiness::Left { tag, .. } => {
            Some(format!("users were already rolled back from {tag}"))
        }
        RollbackReadiness::Nowhere => Some("nothing is on the passive color".to_owned()),
        RollbackReadiness::NoRecord { .. } => {
            Some("no server recorded a release that users came from".to_owned())
        }
        RollbackReadiness::Cold(why) => Some(format!("COLD: {why}")),
        RollbackReadiness::NotKnown if !state.fleet.can.passive_side => {
            Some("it is not known which release users came from".to_owned())
        }
        RollbackReadiness::NotKnown => {
            Some("it is not known what is on the passive color".to_owned())
        }
    }
}

pub fn sign_off(state: &mut State) {
    let open = state.dialogs.iter().any(|open| matches!(open.dialog, Dialog::SignOff(_)));
    if let Some(question) = state.run.deploy.question.clone().filter(|_| !open) {
        state.open(Dialog::SignOff(SignOffCard::new(question)));
    }
}

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
