//! What hooks need on the console's machine, for `doctor`. No request is sent, and no command run.

use std::path::Path;

use crate::domain::finding::Finding;
use crate::domain::http::Call;
use crate::domain::http::placeholders::Values;
use crate::domain::names::AppName;
use crate::domain::spec::FACTS;
use crate::domain::spec::{Hook, HookAction};
use crate::engine::context::EngineContext;

/// Examines every hook of the app: whether its program is there, or the secrets and certificates of its request.
pub async fn examine(context: &EngineContext, app: &AppName) -> Vec<Finding> {
    let mut findings = Vec::new();
    for hook in context.app(app).map(|app| app.hooks.as_slice()).unwrap_or_default() {
        findings.push(match &hook.action {
            HookAction::Command { words, .. } => command(hook, words),
            HookAction::Request(call) => request(context, hook, call).await,
        });
    }
    findings
}

fn name(hook: &Hook) -> String {
    format!("hook {} {}", hook.moment.word(), hook.phase)
}

fn command(hook: &Hook, words: &[String]) -> Finding {
    let program = words.first().map(String::as_str).unwrap_or_default();
    if is_there(program) {
        return Finding::good(&name(hook), format!("{program} is here"));
    }
    let what = if program.contains('/') { "does not exist" } else { "is not in PATH" };
    let remedy = "Install it on this machine, or write its path in `command`. A relative path starts where flipside is started.";
    Finding::warn(&name(hook), format!("{program} {what}"), remedy)
}

fn is_there(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|directory| directory.join(program).is_file())
}

/// Reads what the request and its poll need. Their placeholders have sample values.
async fn request(context: &EngineContext, hook: &Hook, call: &Call) -> Finding {
    let values = Values::sample(FACTS);
    let poll = call.poll.as_ref().map(|poll| &poll.request);
    for template in std::iter::once(&call.request).chain(poll) {
        let checked = match template.fill(&values) {
            Ok(request) => match (context.web.check(&request).await, &request.if_match) {
                (Ok(()), Some(read)) => context.web.check(read).await,
                (checked, _) => checked,
            },
            Err(missing) => Err(format!("{{{missing}}} is not known")),
        };
        if let Err(why) = checked {
            let remedy = "Set the secret, or write the file that the hook names, on this machine.";
            return Finding::bad(&name(hook), format!("{}: {why}", call.name), remedy);
        }
    }
    Finding::good(&name(hook), format!("{}: its secrets and certificates can be read", call.name))
}
