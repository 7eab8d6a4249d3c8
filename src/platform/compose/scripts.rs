//! The scripts that run on hosts: named files beside this one, sent whole, tested as files.

use crate::base::shell::quote;
use crate::domain::spec::ComposeSpec;

/// A script: its name, and the files that it is made of.
macro_rules! script {
    ($name:literal: $($file:literal),+) => {
        Script { name: $name, text: concat!($(include_str!(concat!("scripts/", $file, ".sh"))),+) }
    };
}

/// A file of `scripts/`, by the name that screen, journal and `ps` know it by.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
}

impl Script {
    /// The text as it is sent: every `docker` in it speaks to the engine that observations ask, whatever
    /// the surroundings of the login say.
    pub fn for_engine(self, spec: &ComposeSpec) -> String {
        let socket = quote(&format!("unix://{}", spec.docker_socket));
        format!(
            "unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH; export DOCKER_HOST={socket}\n{}",
            self.text
        )
    }
}

pub const OBSERVE: Script = script!("observe": "common", "lock-file", "observe");
pub const LOCK: Script = script!("lock": "common", "lock-file", "lock");
pub const UNLOCK: Script = script!("unlock": "common", "lock-file", "unlock");
pub const RENEW: Script = script!("renew": "renew");
/// What stands before every script that changes something.
pub const FENCE: &str = include_str!("scripts/fence.sh");
pub const PULL: Script = script!("pull": "common", "pull");
pub const WRITE: Script = script!("write": "common", "compose", "write");
pub const MIGRATE: Script = script!("migrate": "compose", "migrate");
pub const UNMIGRATE: Script = script!("unmigrate": "unmigrate");
pub const START: Script = script!("start": "common", "engine", "compose", "up", "start");
pub const REVIVE: Script = script!("revive": "common", "revive");
pub const SWITCH: Script = script!("switch": "common", "bounded", "switch");
pub const JOBS: Script = script!("jobs": "common", "bounded", "engine", "compose", "up", "jobs");
pub const STOP: Script = script!("stop": "stop");
pub const DRAIN: Script = script!("drain": "common", "drain");
pub const PRUNE: Script = script!("prune": "common", "prune");
pub const RECORD: Script = script!("record": "common", "record");
pub const CHECK: Script = script!("check": "common", "check");
pub const MARK: Script = script!("mark": "common", "mark");
pub const PLACES: Script = script!("places": "places");
pub const INCLUDE: Script = script!("include": "common", "bounded", "include");
pub const SERVE: Script = script!("serve": "common", "bounded", "serve");
pub const DOCTOR: Script = script!("doctor": "common", "bounded", "doctor");
pub const FOLLOW: Script = script!("follow": "follow");

/// What to do about an include that cannot be read or is not understood.
pub const INCLUDE_REMEDY: &str = "make it one `upstream` block with one server of a color, readable by the login user; `flipside doctor` checks it";

#[cfg(test)]
mod as_found;
#[cfg(test)]
mod tests;
