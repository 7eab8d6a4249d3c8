//! What happened in the last run that is worth reporting afterwards: kept as it happens, reported by the
//! [`summary`](super::summary).

use crate::console::app::run_state::{Happened, Moment, Story};
use crate::console::app::state::State;
use crate::console::fleet::Agreed;
use crate::domain::event::{Event, What};
use crate::domain::event_text::EventTexts;
use crate::domain::plan::Effect;
use crate::domain::release::Tag;

/// More than anybody tells; a run that fails this often says so itself.
const MOST: usize = 200;

/// It was applied to the state already.
pub fn hear(state: &mut State, event: &Event) {
    match &event.what {
        What::RunStarted { intent, .. } => {
            let to = intent.release.as_ref().map(|release| release.tag.clone());
            state.run.story = Story { to, ..Story::default() };
        }
        What::Planned { round: 1, plan } => {
            let planned = plan.intent.release.as_ref().map(|release| release.tag.clone());
            state.run.story.from = live(state);
            let back = plan.rollback.as_ref().and_then(|rollback| rollback.destination().cloned());
            state.run.story.to = back.or(state.run.story.to.take()).or(planned);
        }
        _ => {}
    }
    let Some(what) = happened(event) else { return };
    if state.run.story.moments.len() < MOST {
        state.run.story.moments.push(Moment { at: event.at, what });
    }
}

fn live(state: &State) -> Option<Tag> {
    match state.release_summary().live {
        Agreed::On { release, .. } => release.map(|release| release.tag),
        Agreed::Nothing | Agreed::Mixed(_) => None,
    }
}

fn happened(event: &Event) -> Option<Happened> {
    if let What::StepEnded { target, step, outcome, .. } = &event.what
        && outcome.is_done()
        && step.effect == Effect::Switches
    {
        return Some(Happened::Switched(target.clone()));
    }
    let by_hand = matches!(
        event.what,
        What::Answered { .. }
            | What::Chosen { .. }
            | What::Paused { .. }
            | What::Resumed { .. }
            | What::AbortAsked { .. }
            | What::ConnectionBack { .. }
    );
    // Every observation of an unreachable host would repeat it; the end has a line of its own.
    let elsewhere = matches!(event.what, What::Observed { .. } | What::RunEnded { .. });
    if let What::StepEnded { target, step, outcome, .. } = &event.what {
        let why = outcome.why()?;
        let word = outcome.word().to_uppercase();
        return Some(Happened::Text(format!("{target}: {}: {word}: {why}", step.title)));
    }
    let text = EventTexts::default().next(event)?;
    let who = text.target.map_or(String::new(), |who| format!("{who}: "));
    let worth = !elsewhere && (by_hand || text.tone.is_failure());
    worth.then(|| Happened::Text(format!("{who}{}", text.text)))
}
