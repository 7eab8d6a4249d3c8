//! The scripts that run on hosts. Each is made of the files in `scripts/`, and sent as one text.

use crate::base::shell::quote;
use crate::platform::compose::spec::ComposeSpec;

/// Defines a script by its name and the files that it is made of.
macro_rules! script {
    ($name:literal: $($file:literal),+) => {
        Script { name: $name, text: concat!($(include_str!(concat!("scripts/", $file, ".sh"))),+) }
    };
}

/// A script, with the name that screen, journal and `ps` show.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
}

impl Script {
    /// Returns the text as it is sent: every `docker` in it uses the engine that observations ask, whatever
    /// the environment of the login says.
    pub fn for_engine(self, spec: &ComposeSpec) -> String {
        let socket = quote(&format!("unix://{}", spec.docker_socket));
        format!(
            "unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH; export DOCKER_HOST={socket}\n{}",
            self.text
        )
    }
}

pub const OBSERVE: Script = script!("observe": "common", "lock-file", "host-parts", "observe");
pub const LOCK: Script = script!("lock": "common", "lock-file", "lock");
pub const UNLOCK: Script = script!("unlock": "common", "lock-file", "unlock");
pub const RENEW: Script = script!("renew": "renew");
/// The fence, which is put before every script that changes something.
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
pub const DIRECTORIES: Script = script!("directories": "directories");
pub const INCLUDE: Script = script!("include": "common", "bounded", "include");
pub const SERVE: Script = script!("serve": "common", "bounded", "serve");
pub const DOCTOR: Script = script!("doctor": "common", "bounded", "doctor");
pub const FOLLOW: Script = script!("follow": "follow");

#[cfg(test)]
mod machine_tests;
#[cfg(test)]
mod tests;
