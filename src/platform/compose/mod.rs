//! docker compose behind nginx, over SSH: two containers a host, one nginx include that says which
//! of them users reach, and one that says which of them can be tried first.

mod abandon;
mod docker;
mod draft;
mod drift;
mod facts;
mod finish;
mod go_live;
mod host;
mod include;
mod observe;
mod prepare;
mod repair;
mod roll_back;
mod scripts;
mod steps;
mod template;
mod verify;

#[cfg(test)]
mod fixture;

use crate::domain::command::{Command, Stdin};
use crate::domain::observation::Observation;
use crate::domain::phase::Phase;
use crate::domain::plan::{Action, Intent, Plan, Refusal};
use crate::domain::spec::{Member, PlatformSpec};
use crate::platform::{Capabilities, Claim, Known, Locking, Platform, Reply};
use host::{Fleet, Host};

#[derive(Debug, Clone, Copy, Default)]
pub struct Compose;

impl Platform for Compose {
    fn capabilities(&self) -> Capabilities {
        Capabilities { passive_side: true, split: false, point_of_no_return: false }
    }

    fn probe(&self, member: &Member) -> Vec<Action> {
        let PlatformSpec::Compose(spec) = &member.platform;
        vec![Action::Run(observe::command(member, spec))]
    }

    fn read(&self, member: &Member, replies: &[Reply]) -> Result<Observation, String> {
        let PlatformSpec::Compose(spec) = &member.platform;
        let reply = replies.first().ok_or("the host was not asked")?;
        observe::read(member, spec, reply)
    }

    fn plan(&self, intent: &Intent, known: &[Known<'_>]) -> Result<Plan, Refusal> {
        let fleet = Fleet::of(intent, known);
        let basis = draft::basis(intent, known);
        let draft = match intent.phase {
            Phase::Prepare => prepare::plan(intent, &fleet.all_seen()?),
            Phase::Verify => verify::plan(intent, &fleet.all_seen()?),
            Phase::GoLive => go_live::plan(intent, &fleet.all_seen()?),
            Phase::RollBack => roll_back::plan(intent, fleet),
            Phase::Abandon => abandon::plan(intent, &fleet),
            Phase::Finish => finish::plan(intent, &fleet.all_seen()?),
            Phase::Repair => repair::plan(intent, &fleet),
            Phase::Setup => Err(Refusal {
                reason: "setting up a server is not planned for here".to_owned(),
                remedy: "use `flipside setup HOST --release TAG`".to_owned(),
                targets: Vec::new(),
            }),
        }?;
        Ok(draft.finish(basis))
    }

    fn locking(&self, member: &Member, claim: &Claim<'_>) -> Option<Locking> {
        let PlatformSpec::Compose(spec) = &member.platform;
        let script = |script: scripts::Script| {
            Command::script(script.name, script.text).run_as(spec.run_as).arg(&spec.dir)
        };
        Some(match claim {
            Claim::Ours(lock) => Locking {
                take: Some(
                    script(scripts::LOCK)
                        .arg(lock.run.as_str())
                        .stdin(Stdin::Text(serde_json::to_string(lock).unwrap_or_default())),
                ),
                give_back: script(scripts::UNLOCK).arg(lock.run.as_str()),
            },
            Claim::Anybodys => {
                Locking { take: None, give_back: script(scripts::UNLOCK).arg("any") }
            }
        })
    }
}
