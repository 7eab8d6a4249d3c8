//! The scripts that run on hosts: named files beside this one, sent whole, tested as files.

/// A file of `scripts/`, by the name that screen, journal and `ps` know it by.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
}

pub const OBSERVE: Script = Script { name: "observe", text: include_str!("scripts/observe.sh") };
pub const LOCK: Script = Script { name: "lock", text: include_str!("scripts/lock.sh") };
pub const UNLOCK: Script = Script { name: "unlock", text: include_str!("scripts/unlock.sh") };
pub const PULL: Script = Script { name: "pull", text: include_str!("scripts/pull.sh") };
pub const WRITE: Script = Script { name: "write", text: include_str!("scripts/write.sh") };
pub const MIGRATE: Script = Script { name: "migrate", text: include_str!("scripts/migrate.sh") };
pub const START: Script = Script {
    name: "start",
    text: concat!(include_str!("scripts/up.sh"), include_str!("scripts/start.sh")),
};
pub const REVIVE: Script = Script { name: "revive", text: include_str!("scripts/revive.sh") };
pub const SWITCH: Script = Script { name: "switch", text: include_str!("scripts/switch.sh") };
pub const JOBS: Script = Script {
    name: "jobs",
    text: concat!(include_str!("scripts/up.sh"), include_str!("scripts/jobs.sh")),
};
pub const STOP: Script = Script { name: "stop", text: include_str!("scripts/stop.sh") };
pub const DRAIN: Script = Script { name: "drain", text: include_str!("scripts/drain.sh") };
pub const PRUNE: Script = Script { name: "prune", text: include_str!("scripts/prune.sh") };
pub const RECORD: Script = Script { name: "record", text: include_str!("scripts/record.sh") };
pub const CHECK: Script = Script { name: "check", text: include_str!("scripts/check.sh") };
pub const MARK: Script = Script { name: "mark", text: include_str!("scripts/mark.sh") };
pub const PLACES: Script = Script { name: "places", text: include_str!("scripts/places.sh") };
pub const INCLUDE: Script = Script { name: "include", text: include_str!("scripts/include.sh") };
pub const SERVE: Script = Script { name: "serve", text: include_str!("scripts/serve.sh") };
pub const DOCTOR: Script = Script { name: "doctor", text: include_str!("scripts/doctor.sh") };
pub const FOLLOW: Script = Script { name: "follow", text: include_str!("scripts/follow.sh") };

/// What to do about an include that cannot be read or is not understood.
pub const LOOK_AT_INCLUDES: &str = "make it one `upstream` block with one server of a color, readable by the login user; `flipside doctor` checks it";
