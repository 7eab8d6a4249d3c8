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

pub const UNPACK: Script = script!(
    "unpack": "../compose/scripts/common.sh", "scripts/artifact.sh", "scripts/unpack.sh"
);
pub const FETCH: Script = script!("fetch": "../compose/scripts/common.sh", "scripts/fetch.sh");
pub const PRUNE: Script = script!("prune": "../compose/scripts/common.sh", "scripts/prune.sh");
pub const SWING: Script = script!("swing": "../compose/scripts/common.sh", "scripts/swing.sh");
pub const HOOK: Script = script!(
    "hook": "../compose/scripts/common.sh", "../compose/scripts/bounded.sh", "scripts/hook.sh"
);

#[cfg(test)]
pub(super) mod tests;
