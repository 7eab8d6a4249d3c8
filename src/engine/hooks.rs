//! Hooks: commands on the console's own machine, before and after a phase, with the facts in their
//! environment.

use std::process::Stdio;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::bus::EventBus;
use super::context::EngineContext;
use crate::base::redact::redact;
use crate::base::text::clean_line;
use crate::domain::event::What;
use crate::domain::outcome::Outcome;
use crate::domain::plan::Intent;
use crate::domain::spec::{Hook, HookMoment};

/// A hook that failed and is not advisory.
#[derive(Debug, Error)]
#[error("the hook `{command}` {why}")]
pub struct HookError {
    pub command: String,
    pub why: String,
}

/// Runs the hooks of a moment, in the inventory's order.
///
/// # Errors
/// If a hook that is not advisory failed.
pub async fn run(
    context: &EngineContext,
    bus: &EventBus,
    intent: &Intent,
    moment: HookMoment,
    verdict: Option<&str>,
) -> Result<(), HookError> {
    let Some(app) = context.app(&intent.app) else { return Ok(()) };
    for hook in app.hooks.iter().filter(|hook| hook.phase == intent.phase && hook.moment == moment)
    {
        let command = redact(&hook.command.join(" "));
        bus.emit(What::HookStarted { moment, command: command.clone() });
        let outcome = one(context, bus, intent, hook, verdict).await;
        bus.emit(What::HookEnded { moment, command: command.clone(), outcome: outcome.clone() });
        if let Some(why) = outcome.why().filter(|_| !hook.advisory) {
            return Err(HookError { command, why: why.to_owned() });
        }
    }
    Ok(())
}

async fn one(
    context: &EngineContext,
    bus: &EventBus,
    intent: &Intent,
    hook: &Hook,
    verdict: Option<&str>,
) -> Outcome {
    let Some((program, arguments)) = hook.command.split_first() else {
        return Outcome::failed("names no program");
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(facts(context, intent, hook, verdict))
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
        tokio::join!(emit_lines(bus, stdout), emit_lines(bus, stderr));
        child.wait().await
    };
    match timeout(hook.timeout, work).await {
        Err(_) => Outcome::failed(format!("did not end within {} s", hook.timeout.as_secs())),
        Ok(Err(error)) => Outcome::failed(format!("could not be waited for: {error}")),
        Ok(Ok(status)) if status.success() => Outcome::Done,
        Ok(Ok(status)) => Outcome::failed(format!("ended with {status}")),
    }
}

/// Returns the facts of the run as `FLIPSIDE_…` variables. They are documented in `docs/inventory.md`.
fn facts(
    context: &EngineContext,
    intent: &Intent,
    hook: &Hook,
    verdict: Option<&str>,
) -> Vec<(&'static str, String)> {
    let hosts: Vec<&str> = context
        .members(&intent.app, &intent.stack)
        .into_iter()
        .filter(|member| intent.selection.takes(&member.target))
        .map(|member| member.target.name())
        .collect();
    let moment = match hook.moment {
        HookMoment::Before => "before",
        HookMoment::After => "after",
        HookMoment::Failed => "failed",
    };
    vec![
        ("FLIPSIDE_PHASE", intent.phase.word().to_owned()),
        ("FLIPSIDE_MOMENT", moment.to_owned()),
        ("FLIPSIDE_ENVIRONMENT", intent.environment.to_string()),
        ("FLIPSIDE_APP", intent.app.to_string()),
        ("FLIPSIDE_STACK", intent.stack.to_string()),
        ("FLIPSIDE_RELEASE", intent.release.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("FLIPSIDE_RUN", intent.run.to_string()),
        ("FLIPSIDE_OPERATOR", intent.by.to_string()),
        ("FLIPSIDE_HOSTS", hosts.join(" ")),
        ("FLIPSIDE_VERDICT", verdict.unwrap_or_default().to_owned()),
    ]
}

async fn emit_lines(bus: &EventBus, stream: Option<impl tokio::io::AsyncRead + Unpin>) {
    let Some(stream) = stream else { return };
    let mut lines = BufReader::new(stream).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        bus.emit(What::Note { text: clean_line(&line) });
    }
}
