//! Commands that say what about: `prepare v2`, `host web2`, `read-only off`, `environment staging`.

use crate::domain::phase::Phase;
use crate::domain::release::{BadRelease, Release, Tag};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Prepare(Release),
    Rollback(Tag),
    GoLive(Tag),
    Abandon(Tag),
    /// Of one host by its name, or of all.
    Repair(Option<String>),
    Host(String),
    ReadOnly(Switch),
    /// Why go-live is opened again.
    Unfreeze(String),
    Environment(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

/// How a command is written.
#[derive(Debug)]
pub struct Usage {
    pub word: &'static str,
    pub argument: &'static str,
    pub words: &'static str,
    /// The phase that it starts.
    pub phase: Option<Phase>,
    read: fn(&str) -> Result<Command, String>,
}

pub const USAGES: [Usage; 9] = [
    Usage {
        word: "prepare",
        argument: "TAG",
        words: "show the plan to bring this release up on the passive color",
        phase: Some(Phase::Prepare),
        read: prepare,
    },
    Usage {
        word: "rollback",
        argument: "TAG",
        words: "show the plan to send users to this release",
        phase: Some(Phase::Rollback),
        read: rollback,
    },
    Usage {
        word: "go-live",
        argument: "TAG",
        words: "show the plan to send users to this release, even if they were rolled back from it",
        phase: Some(Phase::GoLive),
        read: go_live,
    },
    Usage {
        word: "abandon",
        argument: "TAG",
        words: "show the plan to stop this release on the passive color",
        phase: Some(Phase::Abandon),
        read: abandon,
    },
    Usage {
        word: "repair",
        argument: "HOST|all",
        words: "show the plan to make what is recorded agree with what users reach; moves nobody",
        phase: Some(Phase::Repair),
        read: repair,
    },
    Usage { word: "host", argument: "NAME", words: "choose this host", phase: None, read: host },
    Usage {
        word: "read-only",
        argument: "on|off",
        words: "let this console change nothing; off asks for the environment's name",
        phase: None,
        read: read_only,
    },
    Usage {
        word: "unfreeze",
        argument: "REASON",
        words: "open go-live again, which a rollback closed; say what is known by now",
        phase: Some(Phase::Unfreeze),
        read: unfreeze,
    },
    Usage {
        word: "environment",
        argument: "NAME",
        words: "leave this environment and open that one",
        phase: None,
        read: environment,
    },
];

/// The command whose word these letters begin with, once a space says that the word is whole.
pub fn usage(text: &str) -> Option<&'static Usage> {
    let (word, _) = text.trim_start().split_once(' ')?;
    USAGES.iter().find(|usage| usage.word == word)
}

/// `None`: no command is written like that. Else it is one, or what is wrong with it.
pub fn read(text: &str) -> Option<Result<Command, String>> {
    let usage = usage(text)?;
    let argument = text.trim_start().strip_prefix(usage.word).unwrap_or_default().trim();
    if argument.is_empty() {
        return Some(Err(format!("write {} {}", usage.word, usage.argument)));
    }
    Some((usage.read)(argument))
}

fn prepare(argument: &str) -> Result<Command, String> {
    argument.parse().map(Command::Prepare).map_err(|bad: BadRelease| bad.to_string())
}

fn rollback(argument: &str) -> Result<Command, String> {
    Tag::new(argument).map(Command::Rollback).map_err(|bad| bad.to_string())
}

fn go_live(argument: &str) -> Result<Command, String> {
    Tag::new(argument).map(Command::GoLive).map_err(|bad| bad.to_string())
}

fn abandon(argument: &str) -> Result<Command, String> {
    Tag::new(argument).map(Command::Abandon).map_err(|bad| bad.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "the same; which hosts there are is asked later")]
fn repair(argument: &str) -> Result<Command, String> {
    Ok(Command::Repair((argument != "all").then(|| argument.to_owned())))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it has the shape of the others; which hosts there are is asked later"
)]
fn host(argument: &str) -> Result<Command, String> {
    Ok(Command::Host(argument.to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "it has the shape of the others")]
fn unfreeze(argument: &str) -> Result<Command, String> {
    Ok(Command::Unfreeze(argument.to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "the same; which there are is asked later")]
fn environment(argument: &str) -> Result<Command, String> {
    Ok(Command::Environment(argument.to_owned()))
}

fn read_only(argument: &str) -> Result<Command, String> {
    match argument {
        "on" => Ok(Command::ReadOnly(Switch::On)),
        "off" => Ok(Command::ReadOnly(Switch::Off)),
        other => Err(format!("read-only is on or off, not {other:?}")),
    }
}
