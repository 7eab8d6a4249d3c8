//! The ground that a stack stands on, as a look at the host tells it: directories, what nginx reads
//! and passes on, and, where something is not in its place, what it takes to put it there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::nginx::Served;
use crate::domain::spec::ComposeSpec;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ground {
    /// The directories that scripts write into.
    pub places: Vec<Place>,
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
    pub survey: Option<Survey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub path: String,
    pub standing: Standing,
}

/// How a directory stands to whoever runs the scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// There, and may be written into.
    Ours,
    /// There, and may not be written into.
    Closed,
    /// Not there, and may be made.
    Makeable,
    /// Not there, and only root may make it.
    Absent,
}

/// nginx, by its own account of what it reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Proxy {
    /// Why there is no such account.
    pub complaint: Option<Complaint>,
    /// The checksum of the account that was read: as long as it stays, it is not sent again.
    pub sum: Option<String>,
    #[serde(flatten)]
    pub served: Served,
}

/// Why it is not known what nginx reads, in the words of the program that said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Complaint {
    /// It was run, and failed: it does not take its own configuration.
    Broken(String),
    /// `sudo` does not let the login user ask.
    NotAllowed(String),
    /// There is no such program.
    NotThere(String),
    /// It told everything, and that cannot be read.
    Unreadable(String),
}

/// What it takes to put things into their places.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Survey {
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

pub fn read(parts: &BTreeMap<&str, &str>, spec: &ComposeSpec, last: Option<&Proxy>) -> Ground {
    let part = |name: &str| parts.get(name).copied();
    Ground {
        places: part("places").unwrap_or_default().lines().filter_map(place).collect(),
        plain_compose_file: part("no-link").is_some(),
        preferred_compose_file: part("preferred").map(|name| name.trim().to_owned()),
        override_file: part("override").map(|name| name.trim().to_owned()),
        proxy: part("nginx").map_or_else(Proxy::default, |text| proxy(text, spec, last)),
        survey: part("survey").map(|text| Survey {
            site: part("site").map(str::to_owned),
            hook: part("hook").map(str::to_owned),
            ..survey(text)
        }),
    }
}

fn place(line: &str) -> Option<Place> {
    let (word, path) = line.split_once(' ')?;
    let standing = match word {
        "ours" => Standing::Ours,
        "closed" => Standing::Closed,
        "makeable" => Standing::Makeable,
        "absent" => Standing::Absent,
        _ => return None,
    };
    Some(Place { path: path.to_owned(), standing })
}

/// The first line says what the rest is: `dump SUM`, `same SUM`, `long BYTES`, or `failed EXIT WHY`.
fn proxy(text: &str, spec: &ComposeSpec, last: Option<&Proxy>) -> Proxy {
    let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
    let complaint = match *head.split(' ').collect::<Vec<_>>() {
        ["same", sum] => match last.filter(|last| last.sum.as_deref() == Some(sum)) {
            Some(last) => return last.clone(),
            None => Complaint::Unreadable("its account of itself was not sent".to_owned()),
        },
        ["dump", sum] => match Served::read(rest, spec) {
            Ok(served) => {
                return Proxy { complaint: None, sum: Some(sum.to_owned()), served };
            }
            Err(why) => Complaint::Unreadable(why),
        },
        ["long", bytes] => Complaint::Unreadable(format!(
            "its configuration has {bytes} bytes, more than are read"
        )),
        ["failed", code, why] => Complaint::of(code, why, rest),
        _ => Complaint::Unreadable("it told nothing".to_owned()),
    };
    Proxy { complaint: Some(complaint), ..Proxy::default() }
}

impl Complaint {
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
            _ if emerg.is_some() => Self::Broken(words),
            "denied" => Self::NotAllowed(words),
            "absent" => Self::NotThere(words),
            _ => Self::Broken(words),
        }
    }

    pub fn said(&self) -> &str {
        match self {
            Self::Broken(said)
            | Self::NotAllowed(said)
            | Self::NotThere(said)
            | Self::Unreadable(said) => said,
        }
    }
}

/// `24208#24208: ` stands before what nginx says where it writes to a log.
pub fn without_pid(said: &str) -> &str {
    let own = |mark: &str| mark.chars().all(|c| c.is_ascii_digit() || c == '#');
    said.split_once(": ").filter(|(mark, _)| own(mark)).map_or(said, |(_, rest)| rest)
}

fn survey(text: &str) -> Survey {
    let mut survey = Survey::default();
    for (word, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
        match word {
            "user" => rest.clone_into(&mut survey.user),
            "group" => rest.clone_into(&mut survey.group),
            "page" => survey.packaged_page = true,
            "may" => {
                survey.may.insert(rest.to_owned());
            }
            _ => {}
        }
    }
    survey
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
        type Kind = fn(String) -> Complaint;
        let cases: [(&str, Kind, &str); 7] = [
            (
                "failed 1 denied\nsudo: a password is required\n",
                Complaint::NotAllowed,
                "sudo: a password is required (exit 1)",
            ),
            (
                "failed 1 denied\nsudo-rs: interactive authentication is required\n",
                Complaint::NotAllowed,
                "sudo-rs: interactive authentication is required (exit 1)",
            ),
            (
                "failed 127 absent\nbash: line 1: ngnix: command not found\n",
                Complaint::NotThere,
                "bash: line 1: ngnix: command not found (exit 127)",
            ),
            (
                "failed 1 failed\nnginx: [warn] old\nnginx: [emerg] unknown directive \"x\" in /n:1\nnginx: configuration file /n test failed\n",
                Complaint::Broken,
                "unknown directive \"x\" in /n:1",
            ),
            // An old sudo-rs cannot be asked what it allows; that nginx spoke shows that it was run.
            (
                "failed 1 denied\n2026/01/01 00:00:00 [emerg] 7#7: bind() failed\n",
                Complaint::Broken,
                "bind() failed",
            ),
            (
                "failed 1 failed\nError response from daemon: No such container: edge\n",
                Complaint::Broken,
                "Error response from daemon: No such container: edge (exit 1)",
            ),
            ("failed 139 failed\n", Complaint::Broken, "it said nothing, and ended with exit 139"),
        ];
        for (text, kind, said) in cases {
            assert_eq!(read_of(text, None).complaint, Some(kind(said.to_owned())), "{text}");
        }
    }

    #[test]
    fn an_account_that_is_known_is_not_sent_again() {
        let dump = "dump abc\n# configuration file /n:\nhttp { upstream shop_live { server 127.0.0.1:8001; } }\n";
        let first = read_of(dump, None);
        assert_eq!((first.sum.as_deref(), first.served.upstreams.len()), (Some("abc"), 1));
        assert_eq!(read_of("same abc\n", Some(&first)), first);
        for (text, last) in [("same abc\n", None), ("same abd\n", Some(&first))] {
            assert!(read_of(text, last).complaint.is_some(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let found = read_of("dump abc\n# configuration file /n:\nhttp {\n", None);
        let why = "/n, line 2: unexpected end of file, expecting `;` or `}`";
        assert_eq!(found.complaint, Some(Complaint::Unreadable(why.to_owned())));
        assert_eq!(found.sum, None, "so it is sent again");
    }
}
