//! What a phase would do: shown, as text, as JSON, or as a script.

use std::sync::Arc;

use super::Wrong;
use super::args::{How, Output, Place};
use super::asking::Terminal;
use super::place::{self, Here};
use super::{out, wire};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::TargetName;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::domain::plan::Plan;
use crate::domain::scrub::scrub_value;
use crate::domain::target::Target;
use crate::engine::{Attendance, lock};
use crate::headless::exit::Exit;
use crate::headless::plan;
use crate::headless::shell::{self, Locked};
use crate::platform::{self, LockClaim, Locking};

pub async fn show(
    place: &Place,
    phase: Phase,
    mut hosts: Vec<TargetName>,
    how: &How,
) -> Result<Exit, Wrong> {
    hosts.extend(place.only.iter().cloned());
    let place = &Place { only: hosts, ..place.clone() };
    let here = place::here(place)?;
    let intent = here.intent(place, phase, how)?;
    let (engine, mut handle) = wire::engine(&here, Arc::new(Terminal), Attendance::Unattended);
    let gone = || Wrong::Failed("the engine is gone".to_owned());
    handle.orders.send(Order::Propose { intent }).map_err(|_| gone())?;
    let proposal = handle.proposals.recv().await.ok_or_else(gone)?;
    let _ = handle.orders.send(Order::Quit);
    let _ = engine.task.await;
    match proposal.plan {
        Ok(plan) => {
            match place.output {
                Output::Text => out::text(plan::text(&plan))?,
                Output::Json => {
                    let mut told = serde_json::to_value(&plan).map_err(std::io::Error::from)?;
                    scrub_value(&mut told, &KnownSecrets::of(&here.environment));
                    out::json(&told)?;
                }
                Output::Yaml => {
                    return Err(Wrong::Usage("`-o yaml` is for `flipside inventory`".to_owned()));
                }
                Output::Sh => {
                    let (locks, known) = (locks(&here, &plan), KnownSecrets::of(&here.environment));
                    out::text(shell::script(&plan, &here.environment.hosts, &locks, &known))?;
                }
            }
            Ok(Exit::Done)
        }
        Err(refusal) => {
            if place.output == Output::Json {
                out::json(&refusal)?;
            }
            Err(Wrong::Refused(refusal.in_words()))
        }
    }
}

/// The locks that a run of this plan would take, in the order in which it would.
fn locks(here: &Here, plan: &Plan) -> Vec<Locked> {
    let lock = lock(&plan.intent);
    let members = here.environment.apps.get(&here.app).map(|app| app.stack(&here.stack));
    let mut members = members.unwrap_or_default();
    members.sort_by(|a, b| a.target.cmp(&b.target));
    let left_out = |target: &Target| plan.left_out.iter().any(|left| left.target == *target);
    let meant = members
        .into_iter()
        .filter(|member| plan.intent.selection.takes(&member.target) && !left_out(&member.target));
    let claim = match plan.intent.phase {
        Phase::Setup => LockClaim::Setup(&lock),
        _ => LockClaim::Ours(&lock),
    };
    let locked = meant.filter_map(|member| {
        let Locking { take, give_back } = platform::of(&member.platform).locking(member, &claim)?;
        Some(Locked { target: member.target.clone(), take: take?, give_back })
    });
    locked.collect()
}
