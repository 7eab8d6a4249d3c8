//! What happened in the last run that is worth telling afterwards: kept as it happens, told by the
//! [`summary`](super::summary).

use chrono::{DateTime, Utc};

use super::fleet::Agreed;
use super::state::State;
use crate::domain::event::{Event, What};
use crate::domain::event_text::EventTexts;
use crate::domain::plan::Effect;
use crate::domain::release::Tag;
use crate::domain::target::Target;

/// More than anybody tells; a run that fails this often says so itself.
const MOST: usize = 200;

#[derive(Debug, Clone, Default)]
pub struct Story {
    /// What users reached before it did anything.
    pub from: Option<Tag>,
    /// The release that it is about.
    pub to: Option<Tag>,
    pub moments: Vec<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub what: Happened,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// Users were moved there.
    Switched(Target),
    Said(String),
}

/// It was applied to the state already.
pub fn hear(state: &mut State, event: &Event) {
    match &event.what {
        What::RunStarted { intent, .. } => {
            let to = intent.release.as_ref().map(|release| release.tag.clone());
            state.story = Story { to, ..Story::default() };
        }
        What::Planned { round: 1, plan } => {
            let planned = plan.intent.release.as_ref().map(|release| release.tag.clone());
            state.story.from = live(state);
            let back = plan.rollback.as_ref().and_then(|rollback| rollback.destination().cloned());
            state.story.to = back.or(state.story.to.take()).or(planned);
        }
        _ => {}
    }
    let Some(what) = happened(event) else { return };
    if state.story.moments.len() < MOST {
        state.story.moments.push(Moment { at: event.at, what });
    }
}

fn live(state: &State) -> Option<Tag> {
    match state.deal().live {
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
    // Every look at a host that cannot be seen would say it again; the end has a line of its own.
    let elsewhere = matches!(event.what, What::Observed { .. } | What::RunEnded { .. });
    if let What::StepEnded { target, step, outcome, .. } = &event.what {
        let why = outcome.why()?;
        let word = outcome.word().to_uppercase();
        return Some(Happened::Said(format!("{target}: {}: {word}: {why}", step.title)));
    }
    let told = EventTexts::default().tell(event)?;
    let who = told.who.map_or(String::new(), |who| format!("{who}: "));
    let worth = !elsewhere && (by_hand || told.tone.is_failure());
    worth.then(|| Happened::Said(format!("{who}{}", told.words)))
}
