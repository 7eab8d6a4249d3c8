//! Examines targets for `doctor`: one command of the platform on each, the entry points as reached from this machine,
//! and findings about the stack as a whole.

use std::time::Duration;

use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::bus::EventBus;
use super::context::EngineContext;
use super::hooks;
use super::no_answer::NoAnswer;
use super::observe::{self, Collect};
use crate::domain::event::What;
use crate::domain::finding::{Examination, Finding};
use crate::domain::observation::Observed;
use crate::domain::spec::Member;
use crate::platform::{self, EntryPointCheck, ProbeReply};
use crate::transport::Limits;

/// A limit for the whole command. Each of its questions has its own limit far below this.
const PATIENCE: Duration = Duration::from_secs(90);
const ANSWER: Duration = Duration::from_secs(5);

pub async fn all(context: &EngineContext, bus: &EventBus, stack: &[Member], wanted: &[Member]) {
    if let Some(first) = stack.first() {
        let members: Vec<&Member> = stack.iter().collect();
        let mut findings = platform::of(&first.platform).diagnose_fleet(&members);
        findings.extend(hooks::examine(context, &first.app).await);
        let examination = Examination::Examined(findings);
        bus.emit_outside_run(What::Examined { target: None, examination });
    }
    let examinations = wanted.iter().map(|member| async move {
        let examination = match one(context, member).await {
            Ok(findings) => Examination::Examined(findings),
            Err(none) => Examination::NotAsked { why: none.to_string() },
        };
        bus.emit_outside_run(What::Examined { target: Some(member.target.clone()), examination });
    });
    join_all(examinations).await;
}

async fn one(context: &EngineContext, member: &Member) -> Result<Vec<Finding>, NoAnswer> {
    let platform = platform::of(&member.platform);
    let environment = &context.environment.name;
    if member.target.host().is_none() {
        return Ok(api(context, member).await);
    }
    let command = platform.doctor(environment, member).ok_or(NoAnswer::NothingToExamine)?;
    let host = member.target.host().ok_or(NoAnswer::NoHost)?;
    let collect = Collect::default();
    let limits = Limits { deadline: PATIENCE, cancel: CancellationToken::new() };
    let asked_ms = context.now().timestamp_millis();
    let ending = context.shell.run(host, &command, &collect, limits).await;
    let answered_ms = context.now().timestamp_millis();
    let (stdout, stderr) = collect.into_texts();
    let code = NoAnswer::code(ending, PATIENCE)?;
    let mut findings = vec![Finding::good("ssh", "login works")];
    let reply = ProbeReply { code, stdout, stderr, asked_ms, answered_ms };
    findings.extend(platform.diagnose(environment, member, &reply));
    findings.extend(check_entry_points(context, member).await);
    Ok(findings)
}

/// Examines an API: what it answers from this machine, and whether its answers can be read. Nothing runs on it.
async fn api(context: &EngineContext, member: &Member) -> Vec<Finding> {
    let entry_points = check_entry_points(context, member).await;
    let unanswered = entry_points.iter().find(|finding| !finding.is_good());
    let remedy = unanswered.and_then(|finding| finding.severity.remedy());
    let remedy =
        remedy.unwrap_or("Compare what it answers with `observe` and `lock` in the inventory.");
    let mut findings = match observe::at(context, member, PATIENCE).await {
        Observed::Current(_) => vec![Finding::good("observation", "its answers can be read")],
        Observed::Failed { why, .. } => {
            vec![Finding::bad("observation", format!("it cannot be observed: {why}"), remedy)]
        }
    };
    // What does not answer cannot be observed either, which is the finding that matters.
    let observed = findings.iter().all(Finding::is_good);
    findings.extend(entry_points.into_iter().filter(|finding| observed || finding.is_good()));
    let environment = &context.environment.name;
    findings.extend(platform::of(&member.platform).examine(environment, member));
    findings
}

async fn check_entry_points(context: &EngineContext, member: &Member) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in platform::of(&member.platform).entry_point_checks(member) {
        findings.push(check_entry_point(context, check).await);
    }
    findings
}

/// Checks an entry point from this machine, as a person's browser reaches it.
async fn check_entry_point(context: &EngineContext, check: EntryPointCheck) -> Finding {
    let EntryPointCheck { name, request, remedy } = check;
    let url = request.url.to_string();
    let limits = Limits { deadline: ANSWER, cancel: CancellationToken::new() };
    match context.web.request(&request, limits).await {
        Ok(response) if response.status < 400 => {
            Finding::good(&name, format!("{url} answers {}", response.status))
        }
        Ok(response) => Finding::warn(&name, format!("{url} answers {}", response.status), remedy),
        Err(why) => {
            Finding::warn(&name, format!("{url} does not answer from this machine: {why}"), remedy)
        }
    }
}
