//! The scripts of this platform that run on hosts. Each is made of files, and sent as one text.

use crate::base::shell::quote;
use crate::domain::script::Parameters;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::kit::scripts::{BOUNDED, COMMON, DOCTOR_PARTS, HOST_PARTS, LOCK_FILE, Script};

/// Returns what is put before a script: every `docker` in it uses the engine that observations ask, whatever the environment
/// of the login says.
pub fn engine(spec: &ComposeSpec) -> String {
    let socket = quote(&format!("unix://{}", spec.docker_socket));
    format!(
        "unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH; export DOCKER_HOST={socket}\n"
    )
}

pub const OBSERVE: Script = Script {
    name: "observe",
    parameters: Parameters::Positions(&[
        "carries",
        "dir",
        "project",
        "image",
        "socket",
        "nginx",
        "live_include",
        "passive_include",
        "live_upstream",
        "passive_upstream",
        "pid_file",
        "live_url",
        "live_host",
        "passive_url",
        "passive_host",
        "known",
        "live_connect",
        "passive_connect",
        "live_pem",
        "passive_pem",
    ]),
    parts: &[COMMON, LOCK_FILE, HOST_PARTS, include_str!("scripts/observe.sh")],
};
pub const PULL: Script = Script {
    name: "pull",
    parameters: Parameters::Positions(&["dir", "image", "tag", "run", "digest", "server", "user"]),
    parts: &[COMMON, include_str!("scripts/pull.sh")],
};
pub const WRITE: Script = Script {
    name: "write",
    parameters: Parameters::Positions(&["dir", "name", "project", "sha256"]),
    parts: &[COMMON, include_str!("scripts/compose.sh"), include_str!("scripts/write.sh")],
};
pub const MIGRATE: Script = Script {
    name: "migrate",
    parameters: Parameters::Positions(&[
        "dir",
        "file",
        "project",
        "service",
        "tag",
        "digest",
        "command…",
    ]),
    parts: &[include_str!("scripts/compose.sh"), include_str!("scripts/migrate.sh")],
};
pub const UNMIGRATE: Script = Script {
    name: "unmigrate",
    parameters: Parameters::Positions(&["dir", "project", "tag…"]),
    parts: &[include_str!("scripts/unmigrate.sh")],
};
pub const START: Script = Script {
    name: "start",
    parameters: Parameters::Positions(&[
        "dir",
        "file",
        "project",
        "service",
        "image",
        "tag",
        "digest",
        "seconds",
        "health_url",
        "health_host",
    ]),
    parts: &[
        COMMON,
        include_str!("scripts/engine.sh"),
        include_str!("scripts/compose.sh"),
        include_str!("scripts/up.sh"),
        include_str!("scripts/start.sh"),
    ],
};
pub const REVIVE: Script = Script {
    name: "revive",
    parameters: Parameters::Positions(&[
        "project",
        "service",
        "seconds",
        "health_url",
        "health_host",
    ]),
    parts: &[COMMON, include_str!("scripts/revive.sh")],
};
pub const JOBS: Script = Script {
    name: "jobs",
    parameters: Parameters::Positions(&["dir", "file", "project", "service…"]),
    parts: &[
        COMMON,
        BOUNDED,
        include_str!("scripts/engine.sh"),
        include_str!("scripts/compose.sh"),
        include_str!("scripts/up.sh"),
        include_str!("scripts/jobs.sh"),
    ],
};
pub const STOP: Script = Script {
    name: "stop",
    parameters: Parameters::Positions(&["project", "service", "seconds"]),
    parts: &[include_str!("scripts/stop.sh")],
};
pub const PRUNE: Script = Script {
    name: "prune",
    parameters: Parameters::Positions(&["dir", "image…", "--", "file…"]),
    parts: &[COMMON, include_str!("scripts/prune.sh")],
};
pub const DOCTOR: Script = Script {
    name: "doctor",
    parameters: Parameters::Positions(&[
        "observe",
        "carries",
        "dir",
        "project",
        "image",
        "socket",
        "nginx",
        "live_include",
        "passive_include",
        "live_upstream",
        "passive_upstream",
        "pid_file",
        "live_url",
        "live_host",
        "passive_url",
        "passive_host",
        "known",
        "live_connect",
        "passive_connect",
        "live_pem",
        "passive_pem",
        "addresses",
        "registry",
        "user",
    ]),
    parts: &[COMMON, BOUNDED, DOCTOR_PARTS, include_str!("scripts/doctor.sh")],
};
pub const FOLLOW: Script = Script {
    name: "follow",
    parameters: Parameters::Positions(&["project", "service"]),
    parts: &[include_str!("scripts/follow.sh")],
};

#[cfg(test)]
mod machine_tests;
#[cfg(test)]
mod tests;
