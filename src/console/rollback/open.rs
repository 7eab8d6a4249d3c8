//! Opening the rollback card: what it would do, and whether it may start by itself.

use super::{RollbackCard, RollbackMethod};
use crate::console::app::msg::Effect;
use crate::console::app::state::State;
use crate::console::dialog::{Arming, Confirmation, Dialog};
use crate::console::fleet::RollbackReadiness;
use crate::console::plan::PlanAnswer;
use crate::console::plan::open::intent;
use crate::console::screen::glyphs::Mark;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::{RunRequest, Selection};
use crate::domain::release::Tag;
use crate::domain::rollback::RollbackGoal;

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
