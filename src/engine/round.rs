//! One round: carries out the stages of a plan up to its next observation. The tracks of a stage run side by side;
//! a barrier ends the stage.

mod doubt;
mod end;
mod observe;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use self::doubt::Doubt;
pub use self::end::RoundEnd;
use self::end::RoundState;
use super::control::{Control, GatePass, PauseGate, RunMessage};
use super::heading;
use super::lease::Lease;
use super::output::StepOutput;
use super::services::Services;
use super::step::{self, StepEnd, StepExecution};
use super::stragglers::GRACE;
use super::users_moved::UsersMoved;
use crate::domain::event::{StepMark, Stream, What};
use crate::domain::outcome::Outcome;
use crate::domain::phase::Phase;
use crate::domain::plan::{
    self, Action, Effect, Intent, Pause, Plan, Question, Stage, Step, StepState, Track, TrackStart,
};
use crate::domain::target::Target;

pub struct Round<'a> {
    pub services: &'a Services,
    pub plan: &'a Plan,
    /// Failures of earlier rounds: the policy counts over the whole run.
    pub failed_before: usize,
    pub lease: &'a Lease,
}

impl Round<'_> {
    pub async fn execute(&self, control: &mut Control) -> RoundEnd {
        let shared = RoundState::new(self.failed_before, self.plan.intent.policy);
        let mut end = RoundEnd::default();
        let stages = self.plan.until_next_observation();
        for (index, stage) in stages.iter().enumerate() {
            if stage.has_work() {
                if end.worked
                    && let Some(pause) = stage.pause
                    && !self.pause(pause, control).await
                {
                    end.cut_short = true;
                    break;
                }
                end.worked = true;
            }
            self.services.bus.emit(What::StageStarted {
                stage: index,
                of: self.plan.stages.len(),
                name: stage.name.clone(),
            });
            let is_last = index + 1 == stages.len();
            end.cut_short |= self.stage(index, stage, is_last, &shared, control).await;
            self.services.bus.emit(What::StageEnded { stage: index, name: stage.name.clone() });
            if shared.is_left_open() {
                end.left_open = true;
                break;
            }
            let holds = match stage.gate {
                plan::Gate::Everyone => shared.is_empty(),
                plan::Gate::Barrier | plan::Gate::Observe { .. } => shared.may_continue(),
            };
            if !holds || control.abort_token().is_cancelled() {
                end.cut_short |= stages[index + 1..].iter().any(Stage::has_work);
                break;
            }
        }
        shared.into_end(&mut end);
        end
    }

    /// Waits between two batches. Returns `false` if the run was aborted or lost its lock meanwhile.
    async fn pause(&self, pause: Pause, control: &mut Control) -> bool {
        self.services.bus.emit(What::Pausing { pause });
        let resumed = control.receive(|message| match message {
            RunMessage::Resume { by } => Some(by.clone()),
            _ => None,
        });
        let by = match pause {
            Pause::UntilResumed => resumed.await,
            Pause::For(duration) => tokio::select! {
                () = sleep(duration) => return self.lease.check_locks().await,
                by = resumed => by,
            },
        };
        let Some(by) = by else { return false };
        self.services.bus.emit(What::Resumed { by });
        self.lease.check_locks().await
    }

    /// Carries out one stage. Returns whether it left a track unstarted.
    async fn stage(
        &self,
        index: usize,
        stage: &Stage,
        is_last: bool,
        shared: &RoundState,
        control: &mut Control,
    ) -> bool {
        if let Some((target, step, question)) = question(stage) {
            match self.ask(index, target, step, question, control).await {
                None => shared.leave_open(),
                Some(outcome) if outcome.is_done() => {}
                Some(outcome) => shared.add(target, outcome),
            }
            return false;
        }
        let slots = Semaphore::new(stage.width.of(stage.tracks.len()));
        let abort = control.abort_token();
        let users_moved = UsersMoved::of(stage);
        let mut tracks: FuturesUnordered<_> = stage
            .tracks
            .iter()
            .map(|track| {
                let (slots, users_moved) = (&slots, &users_moved);
                let (abort, gate) = (abort.clone(), control.gate());
                async move {
                    if track.begin == TrackStart::AfterUsersMoved && !users_moved.wait().await {
                        return (track, true);
                    }
                    // The semaphore is never closed.
                    let _slot = slots.acquire().await;
                    let held = shared.has(&track.target)
                        || (track.steps.iter().any(Step::is_to_do) && !shared.may_continue());
                    let cut =
                        held || self.track(index, track, shared, users_moved, gate, abort).await;
                    users_moved.ended(track, !cut && !shared.has(&track.target));
                    (track, cut)
                }
            })
            .collect();
        let (mut cut_short, mut observed) = (false, FuturesUnordered::new());
        loop {
            tokio::select! {
                ended = tracks.next() => {
                    let Some((track, cut)) = ended else { break };
                    cut_short |= cut;
                    let is_done = !cut && !shared.has(&track.target);
                    if is_last && is_done && track.steps.iter().any(Step::is_to_do) {
                        observed.push(self.observe_after_last_step(&track.target, shared));
                    }
                }
                Some(()) = observed.next() => {}
            }
        }
        // A host that answers slowly is observed again, with all others, before the next plan.
        let rest = timeout(GRACE, observed.collect::<()>());
        let _ = abort.run_until_cancelled(rest).await;
        cut_short
    }

    /// Carries out one track. Returns whether it stopped before its end without a failure of its own.
    async fn track(
        &self,
        stage: usize,
        track: &Track,
        shared: &RoundState,
        users_moved: &UsersMoved,
        mut gate: PauseGate,
        abort: tokio_util::sync::CancellationToken,
    ) -> bool {
        let mut doubt = Doubt::default();
        for (at, step) in track.steps.iter().enumerate() {
            let mark = self.mark(&track.target, step);
            if let StepState::AlreadyDone(why) = &step.state {
                let (target, why) = (track.target.clone(), why.clone());
                self.services.bus.emit(What::StepSkipped { target, stage, step: mark, why });
                continue;
            }
            // A change that is not made by a fenced script has its lock checked here.
            let unfenced =
                step.effect != Effect::ReadOnly && !matches!(step.action, Action::Run(_));
            let may_continue = match gate.pass().await {
                GatePass::Aborted => false,
                GatePass::Immediately if !unfenced => true,
                GatePass::Immediately | GatePass::AfterPause => self.lease.check_locks().await,
            };
            if !may_continue {
                let Some(outcome) = doubt.unsettled() else { return true };
                shared.add(&track.target, outcome);
                return false;
            }
            let step = &self.lease.fenced(&track.target, step);
            let output = StepOutput::new(
                track.target.clone(),
                self.services.bus.clone(),
                self.services.context.clock.clone(),
            );
            let execution = StepExecution {
                context: &self.services.context,
                target: &track.target,
                step,
                output: &output,
                abort: abort.clone(),
            };
            let outcome = self.step(stage, mark, &execution).await;
            if let Some(left) = Doubt::left_by(track, at, &outcome) {
                doubt = left;
                continue;
            }
            let outcome = std::mem::take(&mut doubt).settled_by(outcome, abort.is_cancelled());
            if !outcome.is_done() {
                shared.ended_at(&track.target, &step.name);
                shared.add(&track.target, outcome);
                return false;
            }
            if let Action::Request(request) = &step.action
                && request.changes_something()
            {
                shared.answered(&track.target, request);
            }
            users_moved.step_done(track, at);
        }
        false
    }

    async fn step(&self, stage: usize, mark: StepMark, execution: &StepExecution<'_>) -> Outcome {
        let command = step::summary(&execution.step.action);
        let target = execution.target.clone();
        let started = What::StepStarted {
            target: target.clone(),
            stage,
            step: mark.clone(),
            command: command.clone(),
        };
        if let Err(error) = self.services.bus.emit_before_effect(started).await {
            if self.plan.intent.phase != Phase::Rollback {
                return Outcome::Failed { why: format!("it was not started: {error}") };
            }
            let why = error.to_string();
            // A rollback goes on, recorded or not.
            self.services.bus.emit(What::JournalLost { why });
        }
        execution.output.heading(Stream::Begins, heading::begins(&mark, &execution.step.action));
        execution.output.own(format!("$ {command}"));
        let begun = Instant::now();
        let StepEnd { mut outcome, exit } = self.carry_out(execution).await;
        self.lease.check_after_exit(execution.target, exit).await;
        if exit.is_none() && self.lease.lost().is_some() && !outcome.is_done() {
            let why = "it was ended, because this run lost its lock; it may still run".to_owned();
            outcome = Outcome::Unknown { why };
        }
        let took = begun.elapsed();
        execution.output.heading(Stream::from(&outcome), heading::ended(&outcome, exit, took));
        if let (Outcome::Done, Some(text)) = (&outcome, &mark.announce) {
            self.services.notifier.emit(&self.plan.intent, text);
        }
        self.services.bus.emit(What::StepEnded {
            target,
            stage,
            step: mark,
            outcome: outcome.clone(),
            took,
            exit,
        });
        if execution.step.effect == Effect::Switches {
            self.show(execution.target);
        }
        outcome
    }

    async fn carry_out(&self, execution: &StepExecution<'_>) -> StepEnd {
        let Intent { app, stack, .. } = &self.plan.intent;
        let _move = (execution.step.effect == Effect::Switches)
            .then(|| self.services.context.begin_move(execution.target, app, stack));
        execution.out().await
    }

    /// Asks the operator. `None`: nobody is there to answer.
    async fn ask(
        &self,
        stage: usize,
        target: &Target,
        step: &Step,
        question: &Question,
        control: &mut Control,
    ) -> Option<Outcome> {
        let mark = self.mark(target, step);
        if let StepState::AlreadyDone(why) = &step.state {
            self.services.bus.emit(What::StepSkipped {
                target: target.clone(),
                stage,
                step: mark,
                why: why.clone(),
            });
            return Some(Outcome::Done);
        }
        self.services.bus.emit(What::Asked { question: question.clone() });
        let answer = control.receive(|message| match message {
            RunMessage::Answer { yes, by, note } => Some(Ok((*yes, by.clone(), note.clone()))),
            RunMessage::LeaveOpen { why } => Some(Err(why.clone())),
            _ => None,
        });
        let (yes, by, note) = match answer.await {
            Some(Ok(answer)) => answer,
            Some(Err(why)) => {
                self.services.bus.emit(What::Note { text: why });
                return None;
            }
            None => return Some(Outcome::failed("it was aborted before an answer came")),
        };
        self.services.bus.emit(What::Answered { yes, by: by.clone(), note: note.clone() });
        if !self.lease.check_locks().await {
            return Some(Outcome::failed("this run lost its lock before the answer came"));
        }
        if yes {
            return Some(Outcome::Done);
        }
        let note = note.map_or_else(String::new, |note| format!(": {note}"));
        Some(Outcome::failed(format!("{by} did not sign it off{note}")))
    }

    /// Returns the step's mark, with its number among all steps of its target in this plan.
    fn mark(&self, target: &Target, step: &Step) -> StepMark {
        let steps: Vec<&Step> =
            self.plan.steps().filter(|(t, _)| *t == target).map(|(_, step)| step).collect();
        let number =
            steps.iter().position(|other| std::ptr::eq(*other, step)).map_or(1, |index| index + 1);
        StepMark {
            name: step.name.clone(),
            title: step.title.clone(),
            number,
            of: steps.len(),
            effect: step.effect,
            deadline: step.deadline,
            announce: step.announce.clone(),
        }
    }
}

/// Returns the question of a stage that consists of one question to the operator.
fn question(stage: &Stage) -> Option<(&Target, &Step, &Question)> {
    let [track] = stage.tracks.as_slice() else { return None };
    let [step] = track.steps.as_slice() else { return None };
    match &step.action {
        Action::Ask(question) => Some((&track.target, step, question)),
        _ => None,
    }
}
