//! The scripts that run on hosts: named files beside this one, sent whole, tested as files.

/// A script: its name, and the files that it is made of. Those that every platform uses are the kit's.
macro_rules! script {
    ($name:literal: $($file:literal),+) => {
        Script { name: $name, text: concat!($(include_str!($file)),+) }
    };
}

/// A script, by the name that screen, journal and `ps` know it by.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
}

pub const OBSERVE: Script = script!(
    "observe": "../compose/scripts/common.sh", "../compose/scripts/lock-file.sh",
    "../compose/scripts/host-parts.sh", "scripts/settings.sh", "scripts/observe.sh"
);
pub const FETCH: Script = script!("fetch": "../compose/scripts/common.sh", "scripts/fetch.sh");
pub const UPLOAD: Script = script!("upload": "../compose/scripts/common.sh", "scripts/upload.sh");
pub const UNPACK: Script = script!(
    "unpack": "../compose/scripts/common.sh", "scripts/artifact.sh", "scripts/unpack.sh"
);
pub const CONFIG: Script = script!("config": "../compose/scripts/common.sh", "scripts/config.sh");
pub const HOOK: Script = script!(
    "hook": "../compose/scripts/common.sh", "../compose/scripts/bounded.sh", "scripts/hook.sh"
);
pub const ADOPT: Script = script!("adopt": "../compose/scripts/common.sh", "scripts/adopt.sh");
pub const SLOT: Script = script!(
    "slot": "../compose/scripts/common.sh", "../compose/scripts/bounded.sh",
    "scripts/settings.sh", "scripts/running.sh", "scripts/slot.sh"
);
pub const REVIVE: Script = script!(
    "revive": "../compose/scripts/common.sh", "../compose/scripts/bounded.sh",
    "scripts/settings.sh", "scripts/running.sh", "scripts/revive.sh"
);
pub const STOP_SLOT: Script = script!(
    "stop-slot": "../compose/scripts/common.sh", "../compose/scripts/bounded.sh",
    "scripts/settings.sh", "scripts/running.sh", "scripts/stop-slot.sh"
);
pub const SWING: Script = script!("swing": "../compose/scripts/common.sh", "scripts/swing.sh");
pub const PRUNE: Script = script!("prune": "../compose/scripts/common.sh", "scripts/prune.sh");

#[cfg(test)]
pub(super) mod tests;
