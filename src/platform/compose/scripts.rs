//! The scripts of this platform that run on hosts. Each is made of files, and sent as one text.

use crate::base::shell::quote;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::kit::scripts::{BOUNDED, COMMON, HOST_PARTS, LOCK_FILE, Script};

/// Returns what is put before a script: every `docker` in it uses the engine that observations ask, whatever the environment
/// of the login says.
pub fn engine(spec: &ComposeSpec) -> String {
    let socket = quote(&format!("unix://{}", spec.docker_socket));
    format!(
        "unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH; export DOCKER_HOST={socket}\n"
    )
}

/// Returns the text of a script for that engine.
pub fn for_engine(script: Script, spec: &ComposeSpec) -> String {
    format!("{}{}", engine(spec), script.text())
}

pub const OBSERVE: Script = Script {
    name: "observe",
    parts: &[COMMON, LOCK_FILE, HOST_PARTS, include_str!("scripts/observe.sh")],
};
pub const PULL: Script = Script { name: "pull", parts: &[COMMON, include_str!("scripts/pull.sh")] };
pub const WRITE: Script = Script {
    name: "write",
    parts: &[COMMON, include_str!("scripts/compose.sh"), include_str!("scripts/write.sh")],
};
pub const MIGRATE: Script = Script {
    name: "migrate",
    parts: &[include_str!("scripts/compose.sh"), include_str!("scripts/migrate.sh")],
};
pub const UNMIGRATE: Script =
    Script { name: "unmigrate", parts: &[include_str!("scripts/unmigrate.sh")] };
pub const START: Script = Script {
    name: "start",
    parts: &[
        COMMON,
        include_str!("scripts/engine.sh"),
        include_str!("scripts/compose.sh"),
        include_str!("scripts/up.sh"),
        include_str!("scripts/start.sh"),
    ],
};
pub const REVIVE: Script =
    Script { name: "revive", parts: &[COMMON, include_str!("scripts/revive.sh")] };
pub const JOBS: Script = Script {
    name: "jobs",
    parts: &[
        COMMON,
        BOUNDED,
        include_str!("scripts/engine.sh"),
        include_str!("scripts/compose.sh"),
        include_str!("scripts/up.sh"),
        include_str!("scripts/jobs.sh"),
    ],
};
pub const STOP: Script = Script { name: "stop", parts: &[include_str!("scripts/stop.sh")] };
pub const PRUNE: Script =
    Script { name: "prune", parts: &[COMMON, include_str!("scripts/prune.sh")] };
pub const DOCTOR: Script =
    Script { name: "doctor", parts: &[COMMON, BOUNDED, include_str!("scripts/doctor.sh")] };
pub const FOLLOW: Script = Script { name: "follow", parts: &[include_str!("scripts/follow.sh")] };

#[cfg(test)]
mod machine_tests;
#[cfg(test)]
mod tests;
