//! Scripts that run on hosts, and those that every platform with a lock, a pair of colors or nginx uses.

use crate::domain::command::Command;
use crate::domain::script::Parameters;

/// A script, with the name that screen, journal and `ps` show.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub name: &'static str,
    /// The names of its arguments, as the comment at its top has them.
    pub parameters: Parameters,
    /// The texts that it is made of: functions, and last the script itself.
    pub parts: &'static [&'static str],
}

impl Script {
    /// Returns the text as it is sent.
    pub fn text(self) -> String {
        self.parts.concat()
    }

    pub fn command(self) -> Command {
        Command::script(self.name, self.parameters, self.parts)
    }
}

/// Functions for other scripts, which they are put before.
pub const COMMON: &str = include_str!("scripts/common.sh");
pub const BOUNDED: &str = include_str!("scripts/bounded.sh");
pub const LOCK_FILE: &str = include_str!("scripts/lock-file.sh");
pub const HOST_PARTS: &str = include_str!("scripts/host-parts.sh");
pub const DOCTOR_PARTS: &str = include_str!("scripts/doctor-parts.sh");

pub const LOCK: Script = Script {
    name: "lock",
    parameters: Parameters::Positions(&["dir", "run", "make"]),
    parts: &[COMMON, LOCK_FILE, include_str!("scripts/lock.sh")],
};
pub const UNLOCK: Script = Script {
    name: "unlock",
    parameters: Parameters::Positions(&["dir", "run", "file"]),
    parts: &[COMMON, LOCK_FILE, include_str!("scripts/unlock.sh")],
};
pub const RENEW: Script = Script {
    name: "renew",
    parameters: Parameters::Positions(&["dir"]),
    parts: &[include_str!("scripts/renew.sh")],
};
pub const SWITCH: Script = Script {
    name: "switch",
    parameters: Parameters::Positions(&[
        "role",
        "dir",
        "include",
        "sha256",
        "nginx",
        "pid_file",
        "color",
        "health_url",
        "health_host",
        "url",
        "host",
        "color_header",
        "release_header",
        "release",
        "answers",
        "seconds",
        "deployed",
        "change",
        "freeze",
        "include_sha256",
        "from",
        "mark",
        "connect",
        "pem",
    ]),
    parts: &[COMMON, BOUNDED, include_str!("scripts/switch.sh")],
};
pub const DRAIN: Script = Script {
    name: "drain",
    parameters: Parameters::Positions(&["pid_file", "seconds"]),
    parts: &[COMMON, include_str!("scripts/drain.sh")],
};
pub const RECORD: Script = Script {
    name: "record",
    parameters: Parameters::Positions(&["dir", "color", "deployed", "change"]),
    parts: &[COMMON, include_str!("scripts/record.sh")],
};
pub const CHECK: Script = Script {
    name: "check",
    parameters: Parameters::Positions(&["url", "host", "seconds", "statuses", "condition…"]),
    parts: &[COMMON, include_str!("scripts/check.sh")],
};
pub const MARK: Script = Script {
    name: "mark",
    parameters: Parameters::Positions(&["dir", "name", "text"]),
    parts: &[COMMON, include_str!("scripts/mark.sh")],
};
pub const DIRECTORIES: Script = Script {
    name: "directories",
    parameters: Parameters::Positions(&["directory…"]),
    parts: &[include_str!("scripts/directories.sh")],
};
pub const INCLUDE: Script = Script {
    name: "include",
    parameters: Parameters::Positions(&["file", "nginx", "sha256"]),
    parts: &[COMMON, BOUNDED, include_str!("scripts/include.sh")],
};
pub const SERVE: Script = Script {
    name: "serve",
    parameters: Parameters::Positions(&[
        "state",
        "nginx",
        "seconds",
        "site",
        "hook",
        "hook_line",
        "page",
        "sha256",
        "--",
        "color",
        "entry_point…",
    ]),
    parts: &[COMMON, BOUNDED, include_str!("scripts/serve.sh")],
};
/// The fence, which is put before every script that changes something.
pub const FENCE: &str = include_str!("scripts/fence.sh");

#[cfg(test)]
pub(in crate::platform) mod tests;
