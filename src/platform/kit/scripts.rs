//! Scripts that run on hosts, and those that every platform with a lock, a pair of colors or nginx uses.

use crate::domain::command::Command;

/// A script, with the name that screen, journal and `ps` show.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub name: &'static str,
    /// The texts that it is made of: functions, and last the script itself.
    pub parts: &'static [&'static str],
}

impl Script {
    /// Returns the text as it is sent.
    pub fn text(self) -> String {
        self.parts.concat()
    }

    pub fn command(self) -> Command {
        Command::script(self.name, &self.text())
    }
}

/// Functions for other scripts, which they are put before.
pub const COMMON: &str = include_str!("scripts/common.sh");
pub const BOUNDED: &str = include_str!("scripts/bounded.sh");
pub const LOCK_FILE: &str = include_str!("scripts/lock-file.sh");
pub const HOST_PARTS: &str = include_str!("scripts/host-parts.sh");

pub const LOCK: Script =
    Script { name: "lock", parts: &[COMMON, LOCK_FILE, include_str!("scripts/lock.sh")] };
pub const UNLOCK: Script =
    Script { name: "unlock", parts: &[COMMON, LOCK_FILE, include_str!("scripts/unlock.sh")] };
pub const RENEW: Script = Script { name: "renew", parts: &[include_str!("scripts/renew.sh")] };
pub const SWITCH: Script =
    Script { name: "switch", parts: &[COMMON, BOUNDED, include_str!("scripts/switch.sh")] };
pub const DRAIN: Script =
    Script { name: "drain", parts: &[COMMON, include_str!("scripts/drain.sh")] };
pub const RECORD: Script =
    Script { name: "record", parts: &[COMMON, include_str!("scripts/record.sh")] };
pub const CHECK: Script =
    Script { name: "check", parts: &[COMMON, include_str!("scripts/check.sh")] };
pub const MARK: Script = Script { name: "mark", parts: &[COMMON, include_str!("scripts/mark.sh")] };
pub const DIRECTORIES: Script =
    Script { name: "directories", parts: &[include_str!("scripts/directories.sh")] };
pub const INCLUDE: Script =
    Script { name: "include", parts: &[COMMON, BOUNDED, include_str!("scripts/include.sh")] };
pub const SERVE: Script =
    Script { name: "serve", parts: &[COMMON, BOUNDED, include_str!("scripts/serve.sh")] };
/// The fence, which is put before every script that changes something.
pub const FENCE: &str = include_str!("scripts/fence.sh");
