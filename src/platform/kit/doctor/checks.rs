//! Findings about a host that do not depend on the platform: login, tools, clock, disk, directories, lock.

use std::time::Duration;

use super::results::CheckResults;
use crate::domain::finding::Finding;
use crate::domain::observation::Observation;
use crate::domain::spec::{EntryPoint, Member};
use crate::domain::target::Carries;
use crate::platform::contract::{EntryPointCheck, ProbeReply};
use crate::platform::kit::observe;
use crate::platform::kit::preflight::{DirectoryState, Preflight};
use crate::platform::kit::spec::StackSpec;

/// With a larger difference of clocks, times in logs and journals are hard to compare; with a much larger one,
/// certificates and tokens become invalid.
const SKEW_WARN: Duration = Duration::from_secs(2);
const SKEW_BAD: Duration = Duration::from_secs(30);

pub fn shell(answers: &CheckResults<'_>) -> Finding {
    let shell = answers.one("shell").map_or("", |(_, shell)| shell);
    let user = answers.user();
    let name = shell.rsplit('/').next().unwrap_or_default();
    if ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"].contains(&name) {
        return Finding::good("shell", format!("{user}, {shell}"));
    }
    Finding::warn(
        "shell",
        format!("the login shell of {user} is {shell}, which may not quote like POSIX sh"),
        format!("Run `chsh -s /bin/sh {user}` as root."),
    )
}

/// `good` says what is installed, `install` how to install what is missing.
pub fn tools(answers: &CheckResults<'_>, good: &str, install: &str) -> Finding {
    match answers.one("tools").map_or("", |(_, missing)| missing) {
        "" => Finding::good("tools", good),
        missing => Finding::bad("tools", format!("not found: {missing}"), install),
    }
}

/// Compares the host's clock with this machine's. The host read it after it was asked and before it
/// answered; a time outside of that is wrong.
pub fn clock(answers: &CheckResults<'_>, reply: &ProbeReply) -> Finding {
    let remedy = "Run `timedatectl set-ntp true` as root on the machine whose clock is wrong.";
    let read = answers.one("clock").and_then(|(_, text)| observe::clock(text));
    let Some(skew) = read.map(|read| observe::skew(read, reply)) else {
        return Finding::unknown("clock", "the clock could not be read", remedy);
    };
    let off = Duration::from_millis(skew.unsigned_abs());
    let found = format!(
        "{:.1} s {} the clock of this machine",
        off.as_secs_f64(),
        if skew < 0 { "behind" } else { "ahead of" }
    );
    match off {
        off if off > SKEW_BAD => Finding::bad("clock", found, remedy),
        off if off > SKEW_WARN => Finding::warn("clock", found, remedy),
        _ => Finding::good("clock", "it agrees with the clock of this machine"),
    }
}

/// `how` says what frees disk space.
pub fn disk(stack: &StackSpec, observation: &Observation, how: &str) -> Finding {
    let wanted = stack.disk_free_mib;
    match observation.host.disk_free.map(|bytes| bytes / 1024 / 1024) {
        Some(free) if free >= wanted => Finding::good("disk", format!("{free} MiB are free")),
        Some(free) => Finding::bad(
            "disk",
            format!("only {free} MiB are free at {}, {wanted} MiB are required", stack.dir),
            format!("Free disk space: {how} Or lower `disk_free`."),
        ),
        None => Finding::unknown(
            "disk",
            "`df` does not report the free space",
            format!("Run `df -Pk {}` on the host.", stack.dir),
        ),
    }
}

pub fn directories(stack: &StackSpec, preflight: &Preflight) -> Finding {
    let directories = &preflight.directories;
    match directories.iter().find(|directory| directory.state != DirectoryState::Writable) {
        None => Finding::good("directories", "they are writable"),
        Some(directory) if directory.state == DirectoryState::NotWritable => {
            let user = preflight.setup_facts.as_ref().map_or("the login user", |s| s.user.as_str());
            Finding::bad(
                "directories",
                format!("{} is not writable for {user}", directory.path),
                format!(
                    "Run `chown {user} {}` as root, or set `sudo: true` for the app.",
                    directory.path
                ),
            )
        }
        Some(directory) => Finding::bad(
            "directories",
            format!("{} does not exist, although {} does", directory.path, stack.dir),
            "Run `flipside setup`: it creates the directory.",
        ),
    }
}

pub fn lock(member: &Member, observation: &Observation) -> Finding {
    match &observation.lock {
        None => Finding::good("lock", "it is free"),
        Some(lock) => Finding::warn("lock", lock.to_string(), lock.remedy(&member.target)),
    }
}

/// Returns the checks of the public URLs that the inventory names, by the key of each entry point.
pub fn entry_points(member: &Member, entry_points: &[(&str, &EntryPoint)]) -> Vec<EntryPointCheck> {
    if member.carries != Carries::App {
        return Vec::new();
    }
    let check = |key: &str, entry_point: &EntryPoint| {
        let url = entry_point.public_url.as_ref()?.replace("{host}", &member.address);
        Some(EntryPointCheck {
            name: format!("{key} from here"),
            request: entry_point.request(url),
            remedy: format!("Open it for this machine, or correct `{key}.public_url`."),
        })
    };
    entry_points.iter().filter_map(|(key, entry_point)| check(key, entry_point)).collect()
}
