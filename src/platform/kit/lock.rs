//! The lock of a stack on its host, and the fence before every script that changes something.

use crate::base::shell::quote;
use crate::domain::command::{Command, Stdin};
use crate::domain::lock::{Lock, LockId};
use crate::platform::kit::scripts::Script;
use crate::platform::kit::scripts::{FENCE, LOCK, RENEW, UNLOCK};
use crate::platform::kit::spec::StackSpec;
use crate::platform::locking::{Fence, LockClaim, Locking};

fn script(spec: &StackSpec, script: Script) -> Command {
    script.command().run_as(spec.run_as).arg(&spec.dir)
}

pub fn locking(spec: &StackSpec, claim: &LockClaim<'_>) -> Locking {
    let take = |lock: &Lock| {
        script(spec, LOCK)
            .arg(lock.run.as_str())
            .stdin(Stdin::Text(serde_json::to_string(lock).unwrap_or_default()))
    };
    let give_back = |id: &LockId| match id {
        LockId::Run(run) => script(spec, UNLOCK).arg(run.as_str()),
        LockId::File(file) => script(spec, UNLOCK).arg("").arg(file),
    };
    match claim {
        LockClaim::Ours(lock) => {
            Locking { take: Some(take(lock)), give_back: give_back(&LockId::Run(lock.run.clone())) }
        }
        LockClaim::Setup(lock) => Locking {
            take: Some(take(lock).arg("make")),
            give_back: give_back(&LockId::Run(lock.run.clone())),
        },
        LockClaim::Observed(id) => Locking { take: None, give_back: give_back(id) },
    }
}

/// Puts the fence before the text of a script; its arguments stay the same, its line numbers grow. A command
/// that is no script is returned unchanged, but every step of this platform is a script.
pub fn fenced(spec: &StackSpec, command: &Command, fence: &Fence<'_>) -> Command {
    let closes = if fence.closes { "yes" } else { "no" };
    command.clone().after(&format!(
        "flipside_dir={} flipside_run={} flipside_closes={closes}\n{FENCE}",
        quote(&spec.dir),
        quote(fence.run.as_str()),
    ))
}

pub fn renewal(spec: &StackSpec, fence: &Fence<'_>) -> Command {
    fenced(spec, &script(spec, RENEW), fence)
}
