//! The scripts that run on hosts: named files beside this one, sent whole, tested as files.

use crate::domain::script::Parameters;
use crate::platform::kit::scripts::{BOUNDED, COMMON, DOCTOR_PARTS, HOST_PARTS, LOCK_FILE, Script};

pub const OBSERVE: Script = Script {
    name: "observe",
    parameters: Parameters::Settings(&[
        "carries",
        "dir",
        "project",
        "versions",
        "link",
        "pair",
        "known",
        "archive_before",
        "archive_after",
        "live_url",
        "live_host",
        "live_connect",
        "live_pem",
        "passive_url",
        "passive_host",
        "passive_connect",
        "passive_pem",
        "nginx",
        "live_include",
        "passive_include",
        "live_upstream",
        "passive_upstream",
        "pid_file",
        "manager",
        "color_1",
        "address_1",
        "service_1",
        "color_2",
        "address_2",
        "service_2",
        "health_host",
    ]),
    parts: &[
        COMMON,
        LOCK_FILE,
        HOST_PARTS,
        include_str!("scripts/settings.sh"),
        include_str!("scripts/observe.sh"),
    ],
};
pub const FETCH: Script = Script {
    name: "fetch",
    parameters: Parameters::Positions(&["dir", "version", "sha256", "url", "as"]),
    parts: &[COMMON, include_str!("scripts/fetch.sh")],
};
pub const UPLOAD: Script = Script {
    name: "upload",
    parameters: Parameters::Positions(&["dir", "version", "sha256", "offset"]),
    parts: &[COMMON, include_str!("scripts/upload.sh")],
};
pub const UNPACK: Script = Script {
    name: "unpack",
    parameters: Parameters::Positions(&[
        "dir",
        "versions",
        "version",
        "archive",
        "sha256",
        "max_bytes",
        "max_files",
    ]),
    parts: &[COMMON, include_str!("scripts/artifact.sh"), include_str!("scripts/unpack.sh")],
};
pub const CONFIG: Script = Script {
    name: "config",
    parameters: Parameters::Positions(&["dir", "versions", "link", "version", "file", "sum"]),
    parts: &[COMMON, include_str!("scripts/config.sh")],
};
pub const HOOK: Script = Script {
    name: "hook",
    parameters: Parameters::Positions(&[
        "dir",
        "versions",
        "link",
        "version",
        "name",
        "seconds",
        "run",
        "command…",
    ]),
    parts: &[COMMON, BOUNDED, include_str!("scripts/hook.sh")],
};
pub const ADOPT: Script = Script {
    name: "adopt",
    parameters: Parameters::Positions(&["dir", "versions", "link", "color"]),
    parts: &[COMMON, include_str!("scripts/adopt.sh")],
};
pub const SLOT: Script = Script {
    name: "slot",
    parameters: Parameters::Settings(&[
        "dir",
        "versions",
        "link",
        "color",
        "version",
        "run",
        "seconds",
        "stop_seconds",
        "address",
        "health_host",
        "release_header",
        "live_include",
        "server",
        "start",
        "stop",
        "status",
        "log",
    ]),
    parts: &[
        COMMON,
        BOUNDED,
        include_str!("scripts/settings.sh"),
        include_str!("scripts/running.sh"),
        include_str!("scripts/slot.sh"),
    ],
};
pub const REVIVE: Script = Script {
    name: "revive",
    parameters: Parameters::Settings(&[
        "dir",
        "color",
        "run",
        "seconds",
        "address",
        "health_host",
        "release_header",
        "start",
        "status",
        "log",
    ]),
    parts: &[
        COMMON,
        BOUNDED,
        include_str!("scripts/settings.sh"),
        include_str!("scripts/running.sh"),
        include_str!("scripts/revive.sh"),
    ],
};
pub const STOP_SLOT: Script = Script {
    name: "stop-slot",
    parameters: Parameters::Settings(&[
        "dir",
        "link",
        "color",
        "seconds",
        "address",
        "live_include",
        "server",
        "stop",
        "status",
    ]),
    parts: &[
        COMMON,
        BOUNDED,
        include_str!("scripts/settings.sh"),
        include_str!("scripts/running.sh"),
        include_str!("scripts/stop-slot.sh"),
    ],
};
pub const SWING: Script = Script {
    name: "swing",
    parameters: Parameters::Positions(&[
        "dir", "link", "versions", "version", "from", "color", "change", "freeze", "mark",
    ]),
    parts: &[COMMON, include_str!("scripts/swing.sh")],
};
pub const TAKE_UP: Script = Script {
    name: "take-up",
    parameters: Parameters::Positions(&[
        "dir", "versions", "link", "version", "color", "previous", "change",
    ]),
    parts: &[COMMON, include_str!("scripts/take-up.sh")],
};
pub const PRUNE: Script = Script {
    name: "prune",
    parameters: Parameters::Positions(&["dir", "versions", "link", "version…"]),
    parts: &[COMMON, include_str!("scripts/prune.sh")],
};
pub const DOCTOR: Script = Script {
    name: "doctor",
    parameters: Parameters::Settings(&[
        "carries",
        "dir",
        "project",
        "versions",
        "link",
        "pair",
        "known",
        "archive_before",
        "archive_after",
        "live_url",
        "live_host",
        "live_connect",
        "live_pem",
        "passive_url",
        "passive_host",
        "passive_connect",
        "passive_pem",
        "nginx",
        "live_include",
        "passive_include",
        "live_upstream",
        "passive_upstream",
        "pid_file",
        "manager",
        "color_1",
        "address_1",
        "service_1",
        "color_2",
        "address_2",
        "service_2",
        "health_host",
        "archive",
        "python",
        "python_config",
        "programs",
        "systemctl",
    ]),
    parts: &[
        COMMON,
        BOUNDED,
        LOCK_FILE,
        HOST_PARTS,
        include_str!("scripts/settings.sh"),
        include_str!("scripts/observe.sh"),
        DOCTOR_PARTS,
        include_str!("scripts/doctor.sh"),
    ],
};

#[cfg(test)]
pub(super) mod tests;
