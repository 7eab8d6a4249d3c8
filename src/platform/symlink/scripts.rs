//! The scripts that run on hosts: named files beside this one, sent whole, tested as files.

use crate::platform::kit::scripts::{BOUNDED, COMMON, HOST_PARTS, LOCK_FILE, Script};

pub const OBSERVE: Script = Script {
    name: "observe",
    parts: &[
        COMMON,
        LOCK_FILE,
        HOST_PARTS,
        include_str!("scripts/settings.sh"),
        include_str!("scripts/observe.sh"),
    ],
};
pub const FETCH: Script =
    Script { name: "fetch", parts: &[COMMON, include_str!("scripts/fetch.sh")] };
pub const UPLOAD: Script =
    Script { name: "upload", parts: &[COMMON, include_str!("scripts/upload.sh")] };
pub const UNPACK: Script = Script {
    name: "unpack",
    parts: &[COMMON, include_str!("scripts/artifact.sh"), include_str!("scripts/unpack.sh")],
};
pub const CONFIG: Script =
    Script { name: "config", parts: &[COMMON, include_str!("scripts/config.sh")] };
pub const HOOK: Script =
    Script { name: "hook", parts: &[COMMON, BOUNDED, include_str!("scripts/hook.sh")] };
pub const ADOPT: Script =
    Script { name: "adopt", parts: &[COMMON, include_str!("scripts/adopt.sh")] };
pub const SLOT: Script = Script {
    name: "slot",
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
    parts: &[
        COMMON,
        BOUNDED,
        include_str!("scripts/settings.sh"),
        include_str!("scripts/running.sh"),
        include_str!("scripts/stop-slot.sh"),
    ],
};
pub const SWING: Script =
    Script { name: "swing", parts: &[COMMON, include_str!("scripts/swing.sh")] };
pub const PRUNE: Script =
    Script { name: "prune", parts: &[COMMON, include_str!("scripts/prune.sh")] };

#[cfg(test)]
pub(super) mod tests;
