//! `flipside plan`: shows a phase's plan as text, as JSON or as a script.

use crate::cli::args::{OutputFormat, RunArgs, ScopeArgs};
use crate::cli::scope::{self, CommandScope};
use crate::cli::{CliError, engine, out};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::TargetName;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::Plan;
use crate::domain::scrub::scrub_value;
use crate::domain::target::Target;
use crate::engine::lock;
use crate::headless::exit::Exit;
use crate::headless::plan;
use crate::headless::shell::{self, Locked};
use crate::platform::{self, LockClaim, Locking};

pub async fn show(
    args: &ScopeArgs,
    phase: Phase,
    mut hosts: Vec<TargetName>,
    run: &RunArgs,
) -> Result<Exit, CliError> {
    hosts.extend(args.only.iter().cloned());
    let args = &ScopeArgs { only: hosts, ..args.clone() };
    let scope = scope::resolve(args)?;
    let intent = scope.intent(args, phase, run)?;
    let (engine, mut handle) = engine::unattended(&scope);
    handle.orders.send(Order::Propose { intent }).map_err(|_| CliError::engine_gone())?;
    let proposal = handle.proposals.recv().await.ok_or_else(CliError::engine_gone)?;
    engine::quit(engine, &handle).await;
    match proposal.plan {
        Ok(plan) => {
            write(&plan, &scope, args.output)?;
            Ok(Exit::Done)
        }
        Err(refusal) => {
            if args.output == OutputFormat::Json {
                out::json(&refusal)?;
            }
            Err(CliError::Refused(refusal.in_words()))
        }
    }
}

fn write(plan: &Plan, scope: &CommandScope, output: OutputFormat) -> Result<(), CliError> {
    let known = KnownSecrets::of(&scope.environment);
    match output {
        OutputFormat::Text => out::text(plan::text(plan)),
        OutputFormat::Json => {
            let mut value = serde_json::to_value(plan).map_err(std::io::Error::from)?;
            scrub_value(&mut value, &known);
            out::json(&value)
        }
        OutputFormat::Yaml => {
            Err(CliError::Usage("`-o yaml` is for `flipside inventory` only.".to_owned()))
        }
        OutputFormat::Sh => {
            let locks = locks(scope, plan)?;
            out::text(shell::script(plan, &scope.environment.hosts, &locks, &known))
        }
    }
}

/// Returns the locks that a run of this plan would take, in the same order.
fn locks(scope: &CommandScope, plan: &Plan) -> Result<Vec<Locked>, CliError> {
    let lock = lock(&plan.intent);
    let members = scope.environment.apps.get(&scope.app).map(|app| app.stack(&scope.stack));
    let mut members = members.unwrap_or_default();
    members.sort_by(|a, b| a.target.cmp(&b.target));
    let left_out = |target: &Target| plan.left_out.iter().any(|left| left.target == *target);
    let selected = members
        .into_iter()
        .filter(|member| plan.intent.selection.takes(&member.target) && !left_out(&member.target));
    let claim = match plan.intent.phase {
        Phase::Setup => LockClaim::Setup(&lock),
        _ => LockClaim::Ours(&lock),
    };
    let mut locks = Vec::new();
    for member in selected {
        let (platform, target) = (platform::of(&member.platform), &member.target);
        if platform.lock_requests(member, &claim).is_some() {
            return Err(CliError::Usage(format!(
                "{target} is locked by a request, which a script cannot do safely. Use `-o text` or `-o json`, or run the phase with flipside."
            )));
        }
        let Some(locking) = platform.locking(member, &claim) else { continue };
        let Locking { take: Some(take), give_back } = locking else { continue };
        locks.push(Locked { target: target.clone(), take, give_back });
    }
    Ok(locks)
}
