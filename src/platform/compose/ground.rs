//! The ground that a stack stands on, as a look at the host tells it: directories, what nginx reads
//! and passes on, and, where something is not in its place, what it takes to put it there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ground {
    /// The directories that scripts write into.
    pub places: Vec<Place>,
    /// `docker-compose.yml` is a file of its own, not a link.
    pub plain_compose_file: bool,
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
    /// Why it gave no account.
    pub complaint: Option<Complaint>,
    /// Upstreams of ours that some server passes requests to.
    pub passes: BTreeSet<String>,
    /// Which file holds each upstream block of ours.
    pub found_in: Vec<(String, String)>,
    /// Everything it includes, as written.
    pub includes: BTreeSet<String>,
    pub worker_shutdown_timeout: Option<String>,
}

/// Why nginx does not tell what it reads, in the words of whoever said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Complaint {
    /// It does not take its own configuration.
    Broken(String),
    /// `sudo` does not let the login user ask.
    NotAllowed(String),
    /// There is no such program.
    NotThere(String),
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

pub fn read(parts: &BTreeMap<&str, &str>) -> Ground {
    let part = |name: &str| parts.get(name).copied();
    Ground {
        places: part("places").unwrap_or_default().lines().filter_map(place).collect(),
        plain_compose_file: part("no-link").is_some(),
        proxy: proxy(part("nginx").unwrap_or_default()),
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

fn proxy(text: &str) -> Proxy {
    let mut proxy = Proxy::default();
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["#", "passes", upstream] => {
                proxy.passes.insert((*upstream).to_owned());
            }
            ["#", "in", upstream, file] => {
                proxy.found_in.push(((*upstream).to_owned(), (*file).to_owned()));
            }
            ["#", "include", path] => {
                proxy.includes.insert(path.trim_end_matches(';').to_owned());
            }
            ["#", "worker_shutdown_timeout", time] => {
                proxy.worker_shutdown_timeout = Some(time.trim_end_matches(';').to_owned());
            }
            _ => proxy.complaint = proxy.complaint.take().or_else(|| Complaint::of(line)),
        }
    }
    proxy
}

impl Complaint {
    fn of(line: &str) -> Option<Self> {
        if let Some((_, said)) = line.split_once("[emerg] ") {
            return Some(Self::Broken(without_pid(said).to_owned()));
        }
        if line.starts_with("sudo:") {
            return Some(Self::NotAllowed(line.to_owned()));
        }
        line.ends_with(": not found").then(|| Self::NotThere(line.to_owned()))
    }

    pub fn said(&self) -> &str {
        match self {
            Self::Broken(said) | Self::NotAllowed(said) | Self::NotThere(said) => said,
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
