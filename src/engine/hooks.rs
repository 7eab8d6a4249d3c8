//! Hooks: commands and requests of the console's own machine, before and after a phase.

mod doctor;

use std::process::Stdio;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::bus::EventBus;
use super::context::EngineContext;
use crate::base::text::clean_line;
use crate::domain::event::What;
use crate::domain::http::placeholders::Missing;
use crate::domain::outcome::Outcome;
use crate::domain::phase::Phase;
use crate::domain::plan::{
    HookCommand, HookMoment, HookPoll, HookRequest, HookWork, Intent, PlannedHook, Probe,
};
use crate::domain::spec::HookFacts;
use crate::domain::target::Target;
use crate::transport::Limits;
use crate::transport::http::attempts;
use crate::transport::http::poll::{Poll, poll};

pub use doctor::examine;

/// Why a phase does not begin.
#[derive(Debug, Error)]
pub enum HookError {
    #[error("the hook `{title}` failed: {why}. Nothing was changed")]
    Failed { title: String, why: String },
    #[error(
        "it is not known whether the hook `{title}` happened: {why}. The phase was not begun, as if \
         the hook had failed; find out whether it happened before you run this again"
    )]
    Unknown { title: String, why: String },
    #[error("a hook names {{{0}}}, whose value is not known. Nothing was changed")]
    Placeholder(Missing),
    #[error("the run was aborted before its hooks ended. Nothing was changed")]
    Aborted,
}

/// Returns the hooks of a run with this intent. `verdict`: how its phase ended. `Err`: a placeholder whose value is not known.
pub fn planned(
    context: &EngineContext,
    intent: &Intent,
    verdict: Option<&str>,
) -> Result<Vec<PlannedHook>, Missing> {
    let Some(app) = context.app(&intent.app) else { return Ok(Vec::new()) };
    let members = context.members(&intent.app, &intent.stack);
    let targets = members.iter().map(|member| &member.target);
    let targets: Vec<&Target> = targets.filter(|target| intent.selection.takes(target)).collect();
    let of_phase = app.hooks.iter().filter(|hook| hook.phase == intent.phase);
    let facts = |moment| {
        let verdict = verdict.or(match moment {
            HookMoment::Before => None,
            HookMoment::After => Some("done"),
            HookMoment::Failed => Some("failed"),
        });
        HookFacts::of(intent, &targets, verdict)
    };
    of_phase.map(|hook| hook.planned(&facts(hook.moment))).collect()
}

/// The hooks of one moment of a run.
pub struct Hooks<'a> {
    pub context: &'a EngineContext,
    pub bus: &'a EventBus,
    pub intent: &'a Intent,
    pub moment: HookMoment,
    pub cancel: CancellationToken,
}

impl Hooks<'_> {
    /// Carries the hooks out, in the inventory's order. `verdict`: how the phase ended.
    ///
    /// # Errors
    /// If a hook that is not advisory is not done: it failed, or nobody knows whether it happened.
    pub async fn run(&self, verdict: Option<&str>) -> Result<(), HookError> {
        let hooks = planned(self.context, self.intent, verdict).map_err(HookError::Placeholder)?;
        for hook in hooks.into_iter().filter(|hook| hook.moment == self.moment) {
            if self.cancel.is_cancelled() {
                return Err(HookError::Aborted);
            }
            let outcome = self.one(&hook).await;
            let PlannedHook { moment, title, advisory, .. } = hook;
            self.bus.emit(What::HookEnded {
                moment,
                hook: title.clone(),
                outcome: outcome.clone(),
            });
            match outcome {
                Outcome::Failed { why } if !advisory => {
                    return Err(HookError::Failed { title, why });
                }
                Outcome::Unknown { why } if !advisory => {
                    return Err(HookError::Unknown { title, why });
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn one(&self, hook: &PlannedHook) -> Outcome {
        let started = What::HookStarted { moment: self.moment, hook: hook.title.clone() };
        if let Err(error) = self.bus.emit_before_effect(started).await {
            // People learn how a phase ended, and a rollback begins, recorded or not.
            if self.moment == HookMoment::Before && self.intent.phase != Phase::Rollback {
                return Outcome::failed(format!("it was not started: {error}"));
            }
            self.bus.emit(What::JournalLost { why: error.to_string() });
        }
        match &hook.work {
            HookWork::Command(command) => self.command(command).await,
            HookWork::Request(request) => self.request(request).await,
        }
    }

    async fn command(&self, hook: &HookCommand) -> Outcome {
        let Some((program, arguments)) = hook.words.split_first() else {
            return Outcome::failed("names no program");
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(hook.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Outcome::failed(format!("could not be started: {error}")),
        };
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let work = async {
            tokio::join!(emit_lines(self.bus, stdout), emit_lines(self.bus, stderr));
            child.wait().await
        };
        let ended = tokio::select! {
            biased;
            ended = timeout(hook.timeout, work) => ended,
            () = self.cancel.cancelled() => {
                return Outcome::failed("it was killed: the run was aborted by the operator");
            }
        };
        match ended {
            Err(_) => Outcome::failed(format!("did not end within {} s", hook.timeout.as_secs())),
            Ok(Err(error)) => Outcome::failed(format!("could not be waited for: {error}")),
            Ok(Ok(status)) if status.success() => Outcome::Done,
            Ok(Ok(status)) => Outcome::failed(format!("ended with {status}")),
        }
    }

    /// Sends the request, again where that is safe, and waits for what follows it.
    async fn request(&self, hook: &HookRequest) -> Outcome {
        let report = |text: String| self.bus.emit(What::Note { text });
        let web = self.context.web.as_ref();
        let limits = |deadline| Limits { deadline, cancel: self.cancel.clone() };
        let sent = attempts::send(web, &hook.request, limits(hook.deadline), &report).await;
        let outcome = sent.outcome(&hook.request);
        match &hook.poll {
            Some(HookPoll { wait, deadline }) if outcome.is_done() => {
                let Probe::Request(request) = &wait.probe else {
                    return Outcome::failed("it waits for a command, which has no host");
                };
                let (every, successes, begin) = (wait.every, wait.successes, wait.begin);
                poll(web, Poll { request, every, successes, begin }, limits(*deadline), &report)
                    .await
            }
            _ => outcome,
        }
    }
}

async fn emit_lines(bus: &EventBus, stream: Option<impl tokio::io::AsyncRead + Unpin>) {
    let Some(stream) = stream else { return };
    let mut lines = BufReader::new(stream).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        bus.emit(What::Note { text: clean_line(&line) });
    }
}
