//! Observes members: carries a platform's probe out, and has the platform read the answer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::context::EngineContext;
use super::no_answer::NoAnswer;
use super::stragglers::{GRACE, WaitPolicy};
use crate::base::text::clean_words;
use crate::domain::event::Stream;
use crate::domain::observation::Observed;
use crate::domain::phase::Phase;
use crate::domain::plan::{Action, Intent};
use crate::domain::spec::Member;
use crate::platform::{self, ProbeReply};
use crate::transport::{Limits, Sink};

/// The largest output of a probe, in bytes. The rest is dropped.
const MOST: usize = 4 * 1024 * 1024;

/// Collects the output of a command.
#[derive(Debug, Default)]
pub struct Collect {
    output: Mutex<(Vec<u8>, Vec<u8>)>,
}

impl Sink for Collect {
    fn take(&self, stream: Stream, bytes: &[u8]) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let buffer = if stream == Stream::Stderr { &mut output.1 } else { &mut output.0 };
        let room = MOST.saturating_sub(buffer.len());
        buffer.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl Collect {
    pub fn into_texts(self) -> (String, String) {
        let (stdout, stderr) = self.output.into_inner().unwrap_or_else(PoisonError::into_inner);
        (
            String::from_utf8_lossy(&stdout).into_owned(),
            String::from_utf8_lossy(&stderr).into_owned(),
        )
    }
}

/// Observes a member. A failed observation contains the reason and the last successful observation.
pub async fn at(context: &EngineContext, member: &Member, patience: Duration) -> Observed {
    let observed = ask(context, member, patience).await;
    if let Observed::Current(observation) = &observed {
        context.remember(member, observation);
    }
    observed
}

/// Observes a member beside a run. Returns `None` if its users were being moved meanwhile: configuration and answers
/// differ for a moment then, and the run observes the member itself afterwards.
pub async fn aside(context: &EngineContext, member: &Member) -> Option<Observed> {
    let rest = context.moves_if_idle(member)?;
    let observed = ask(context, member, WaitPolicy::ForAll.patience()).await;
    if context.moves_if_idle(member) != Some(rest) {
        return None;
    }
    if let Observed::Current(observation) = &observed {
        context.remember(member, observation);
    }
    Some(observed)
}

async fn ask(context: &EngineContext, member: &Member, patience: Duration) -> Observed {
    let platform = platform::of(&member.platform);
    let last = context.last_observation(member);
    let replies = replies(context, platform.probe(member, last.as_deref()), member, patience).await;
    let read = match replies {
        Ok(replies) => {
            platform.read(member, &replies, last.as_deref()).map_err(|error| error.to_string())
        }
        Err(none) => Err(none.to_string()),
    };
    match read {
        Ok(observation) => Observed::Current(Box::new(observation.cleaned())),
        Err(why) => {
            Observed::Failed { why: clean_words(&why), last: context.last_observation(member) }
        }
    }
}

/// Observes the selected members, and beside them the others of the stack. The others are not waited for: those that
/// have not answered a moment after the last selected one count as not observed.
pub async fn selected<'a>(
    context: &EngineContext,
    members: &[&'a Member],
    intent: &Intent,
    waits: WaitPolicy,
    emit: impl Fn(&'a Member, &Observed) + Copy,
) -> Vec<(&'a Member, Observed)> {
    let (selected, others): (Vec<&Member>, Vec<&Member>) =
        members.iter().partition(|member| is_needed(intent, member));
    let (over, is_over) = oneshot::channel::<()>();
    let selected = async {
        let seen = at_all(context, &selected, waits, emit).await;
        // The others may have been observed before.
        let _ = over.send(());
        seen
    };
    let others = async {
        let late = async {
            let _ = is_over.await;
            sleep(GRACE).await;
        };
        tokio::select! {
            biased;
            seen = at_all(context, &others, WaitPolicy::ForAll, emit) => seen,
            () = late => others.iter().map(|member| (*member, not_awaited(context, member))).collect(),
        }
    };
    let (mut seen, others) = tokio::join!(selected, others);
    seen.extend(others);
    seen
}

/// Returns whether the intent needs this member's observation. A prepare also needs to know whether the primary,
/// selected or not, ran the migration.
fn is_needed(intent: &Intent, member: &Member) -> bool {
    intent.selection.takes(&member.target) || (intent.phase == Phase::Prepare && member.primary)
}

fn not_awaited(context: &EngineContext, member: &Member) -> Observed {
    let why = "it is not selected, and did not answer in time".to_owned();
    Observed::Failed { why, last: context.last_observation(member) }
}

/// Observes many members in parallel, and calls `emit` for each.
pub async fn at_all<'a>(
    context: &EngineContext,
    members: &[&'a Member],
    waits: WaitPolicy,
    mut emit: impl FnMut(&'a Member, &Observed),
) -> Vec<(&'a Member, Observed)> {
    let questions = members.iter().map(|member| at(context, member, waits.patience()));
    let observations = waits.answers(questions).await;
    let late = |member: &Member| Observed::Failed {
        why: "skipped: too slow to answer (a rollback does not wait for stragglers)".to_owned(),
        last: context.last_observation(member),
    };
    let seen = members.iter().zip(observations).map(|(member, observed)| {
        let observed = observed.unwrap_or_else(|| late(member));
        emit(member, &observed);
        (*member, observed)
    });
    seen.collect()
}

async fn replies(
    context: &EngineContext,
    probe: Vec<Action>,
    member: &Member,
    patience: Duration,
) -> Result<Vec<ProbeReply>, NoAnswer> {
    let mut replies = Vec::new();
    for action in probe {
        let asked_ms = context.now().timestamp_millis();
        let (code, stdout, stderr) = match &action {
            Action::Run(command) => {
                let host = member.target.host().ok_or(NoAnswer::NoHost)?;
                let collect = Collect::default();
                let ending = context.shell.run(host, command, &collect, limits(patience)).await;
                let (stdout, stderr) = collect.into_texts();
                (NoAnswer::code(ending, patience)?, stdout, stderr)
            }
            Action::Request(request) => {
                let response = context.web.request(request, limits(patience)).await?;
                (i32::from(response.status), response.body, String::new())
            }
            Action::Wait(_) | Action::Ask(_) => return Err(NoAnswer::NotAQuestion),
        };
        let answered_ms = context.now().timestamp_millis();
        replies.push(ProbeReply { code, stdout, stderr, asked_ms, answered_ms });
    }
    Ok(replies)
}

fn limits(patience: Duration) -> Limits {
    Limits { deadline: patience, cancel: CancellationToken::new() }
}
