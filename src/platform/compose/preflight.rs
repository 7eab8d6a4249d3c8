//! The ground that a stack stands on, as a look at the host tells it: directories, what nginx reads
//! and passes on, and, where something is not in its place, what it takes to put it there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::nginx::Served;
use crate::domain::spec::ComposeSpec;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preflight {
    /// The directories that scripts write into.
    #[serde(alias = "places")]
    pub directories: Vec<Directory>,
    /// `docker-compose.yml` is a file of its own, not a link.
    pub plain_compose_file: bool,
    /// A compose file that `docker compose`, run by hand, takes in place of `docker-compose.yml`.
    #[serde(default)]
    pub preferred_compose_file: Option<String>,
    /// A file that `docker compose`, run by hand, reads beside `docker-compose.yml`, and Flipside does not.
    #[serde(default)]
    pub override_file: Option<String>,
    pub proxy: Proxy,
    /// Only there when something is not in its place.
    #[serde(alias = "survey")]
    pub setup_facts: Option<SetupFacts>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    pub path: String,
    #[serde(alias = "standing")]
    pub state: DirectoryState,
}

/// How a directory stands to whoever runs the scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryState {
    /// There, and may be written into.
    #[serde(alias = "ours")]
    Writable,
    /// There, and may not be written into.
    #[serde(alias = "closed")]
    NotWritable,
    /// Not there, and may be made.
    #[serde(alias = "makeable")]
    Creatable,
    /// Not there, and only root may make it.
    #[serde(alias = "absent")]
    NeedsRoot,
}

/// nginx, by its own account of what it reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Proxy {
    /// Why there is no such account.
    #[serde(alias = "complaint")]
    pub dump_error: Option<DumpError>,
    /// The checksum of the account that was read: as long as it stays, it is not sent again.
    pub sum: Option<String>,
    #[serde(flatten)]
    pub served: Served,
}

/// Why it is not known what nginx reads, in the words of the program that said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DumpError {
    /// It was run, and failed: it does not take its own configuration.
    #[serde(alias = "broken")]
    InvalidConfig(String),
    /// `sudo` does not let the login user ask.
    #[serde(alias = "not_allowed")]
    Denied(String),
    /// There is no such program.
    #[serde(alias = "not_there")]
    NotInstalled(String),
    /// It told everything, and that cannot be read.
    Unreadable(String),
}

/// What it takes to put things into their places.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SetupFacts {
    pub user: String,
    pub group: String,
    /// Commands that may be run as root, without a password.
    pub may: BTreeSet<String>,
    /// The package's own page serves port 80, and is exactly as packaged.
    pub packaged_page: bool,
    /// The site file of the stack, as it was found.
    pub site: Option<String>,
    /// The file that has nginx read site files, as it was found.
    pub hook: Option<String>,
}

pub fn read(parts: &BTreeMap<&str, &str>, spec: &ComposeSpec, last: Option<&Proxy>) -> Preflight {
    let part = |name: &str| parts.get(name).copied();
    Preflight {
        directories: part("places").unwrap_or_default().lines().filter_map(place).collect(),
        plain_compose_file: part("no-link").is_some(),
        preferred_compose_file: part("preferred").map(|name| name.trim().to_owned()),
        override_file: part("override").map(|name| name.trim().to_owned()),
        proxy: part("nginx").map_or_else(Proxy::default, |text| proxy(text, spec, last)),
        setup_facts: part("survey").map(|text| SetupFacts {
            site: part("site").map(str::to_owned),
            hook: part("hook").map(str::to_owned),
            ..setup_facts(text)
        }),
    }
}

fn place(line: &str) -> Option<Directory> {
    let (word, path) = line.split_once(' ')?;
    let state = match word {
        "ours" => DirectoryState::Writable,
        "closed" => DirectoryState::NotWritable,
        "makeable" => DirectoryState::Creatable,
        "absent" => DirectoryState::NeedsRoot,
        _ => return None,
    };
    Some(Directory { path: path.to_owned(), state })
}

/// The first line says what the rest is: `dump SUM`, `same SUM`, `long BYTES`, or `failed EXIT WHY`.
fn proxy(text: &str, spec: &ComposeSpec, last: Option<&Proxy>) -> Proxy {
    let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
    let dump_error = match *head.split(' ').collect::<Vec<_>>() {
        ["same", sum] => match last.filter(|last| last.sum.as_deref() == Some(sum)) {
            Some(last) => return last.clone(),
            None => DumpError::Unreadable("its account of itself was not sent".to_owned()),
        },
        ["dump", sum] => match Served::read(rest, spec) {
            Ok(served) => {
                return Proxy { dump_error: None, sum: Some(sum.to_owned()), served };
            }
            Err(why) => DumpError::Unreadable(why),
        },
        ["long", bytes] => DumpError::Unreadable(format!(
            "its configuration has {bytes} bytes, more than are read"
        )),
        ["failed", code, why] => DumpError::of(code, why, rest),
        _ => DumpError::Unreadable("it told nothing".to_owned()),
    };
    Proxy { dump_error: Some(dump_error), ..Proxy::default() }
}

impl DumpError {
    /// `why` was found out by asking sudo and looking for the program, never from what was said.
    fn of(code: &str, why: &str, said: &str) -> Self {
        let emerg = said.lines().find_map(|line| line.split_once("[emerg] "));
        let last = said.lines().rfind(|line| !line.trim().is_empty());
        let words = match (emerg, last) {
            (Some((_, said)), _) => without_pid(said).to_owned(),
            (None, Some(said)) => format!("{} (exit {code})", said.trim()),
            (None, None) => format!("it said nothing, and ended with exit {code}"),
        };
        match why {
            // Only nginx itself says that: it was run.
            _ if emerg.is_some() => Self::InvalidConfig(words),
            "denied" => Self::Denied(words),
            "absent" => Self::NotInstalled(words),
            _ => Self::InvalidConfig(words),
        }
    }

    pub fn said(&self) -> &str {
        match self {
            Self::InvalidConfig(said)
            | Self::Denied(said)
            | Self::NotInstalled(said)
            | Self::Unreadable(said) => said,
        }
    }
}

/// `24208#24208: ` stands before what nginx says where it writes to a log.
pub fn without_pid(said: &str) -> &str {
    let own = |mark: &str| mark.chars().all(|c| c.is_ascii_digit() || c == '#');
    said.split_once(": ").filter(|(mark, _)| own(mark)).map_or(said, |(_, rest)| rest)
}

fn setup_facts(text: &str) -> SetupFacts {
    let mut setup_facts = SetupFacts::default();
    for (word, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
        match word {
            "user" => rest.clone_into(&mut setup_facts.user),
            "group" => rest.clone_into(&mut setup_facts.group),
            "page" => setup_facts.packaged_page = true,
            "may" => {
                setup_facts.may.insert(rest.to_owned());
            }
            _ => {}
        }
    }
    setup_facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::compose::fixture::spec;

    fn read_of(text: &str, last: Option<&Proxy>) -> Proxy {
        proxy(text, &spec(), last)
    }

    #[test]
    fn a_failure_is_told_in_the_words_of_whoever_failed() {
        type Kind = fn(String) -> DumpError;
        let cases: [(&str, Kind, &str); 7] = [
            (
                "failed 1 denied\nsudo: a password is required\n",
                DumpError::Denied,
                "sudo: a password is required (exit 1)",
            ),
            (
                "failed 1 denied\nsudo-rs: interactive authentication is required\n",
                DumpError::Denied,
                "sudo-rs: interactive authentication is required (exit 1)",
            ),
            (
                "failed 127 absent\nbash: line 1: ngnix: command not found\n",
                DumpError::NotInstalled,
                "bash: line 1: ngnix: command not found (exit 127)",
            ),
            (
                "failed 1 failed\nnginx: [warn] old\nnginx: [emerg] unknown directive \"x\" in /n:1\nnginx: configuration file /n test failed\n",
                DumpError::InvalidConfig,
                "unknown directive \"x\" in /n:1",
            ),
            // An old sudo-rs cannot be asked what it allows; that nginx spoke shows that it was run.
            (
                "failed 1 denied\n2026/01/01 00:00:00 [emerg] 7#7: bind() failed\n",
                DumpError::InvalidConfig,
                "bind() failed",
            ),
            (
                "failed 1 failed\nError response from daemon: No such container: edge\n",
                DumpError::InvalidConfig,
                "Error response from daemon: No such container: edge (exit 1)",
            ),
            (
                "failed 139 failed\n",
                DumpError::InvalidConfig,
                "it said nothing, and ended with exit 139",
            ),
        ];
        for (text, kind, said) in cases {
            assert_eq!(read_of(text, None).dump_error, Some(kind(said.to_owned())), "{text}");
        }
    }

    #[test]
    fn an_account_that_is_known_is_not_sent_again() {
        let dump = "dump abc\n# configuration file /n:\nhttp { upstream shop_live { server 127.0.0.1:8001; } }\n";
        let first = read_of(dump, None);
        assert_eq!((first.sum.as_deref(), first.served.upstreams.len()), (Some("abc"), 1));
        assert_eq!(read_of("same abc\n", Some(&first)), first);
        for (text, last) in [("same abc\n", None), ("same abd\n", Some(&first))] {
            assert!(read_of(text, last).dump_error.is_some(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let found = read_of("dump abc\n# configuration file /n:\nhttp {\n", None);
        let why = "/n, line 2: unexpected end of file, expecting `;` or `}`";
        assert_eq!(found.dump_error, Some(DumpError::Unreadable(why.to_owned())));
        assert_eq!(found.sum, None, "so it is sent again");
    }
}
