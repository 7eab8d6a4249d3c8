//! Preflight: the prerequisites of a stack, as an observation of its host reports them: directories, the configuration of
//! nginx, and, if something is missing, what setup needs to know to provide it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::parts::Parts;
use super::proxy::Proxy;
use super::spec::ProxySpec;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preflight {
    /// The directories that scripts write into.
    #[serde(alias = "places")]
    pub directories: Vec<Directory>,
    pub proxy: Proxy,
    /// Present only if something is missing.
    #[serde(alias = "survey")]
    pub setup_facts: Option<SetupFacts>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    pub path: String,
    #[serde(alias = "standing")]
    pub state: DirectoryState,
}

/// The state of a directory for the user that runs the scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryState {
    /// It exists and is writable.
    #[serde(alias = "ours")]
    Writable,
    /// It exists and is not writable.
    #[serde(alias = "closed")]
    NotWritable,
    /// It does not exist and can be created.
    #[serde(alias = "makeable")]
    Creatable,
    /// It does not exist, and only root can create it.
    #[serde(alias = "absent")]
    NeedsRoot,
}

/// What setup needs to know to provide what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SetupFacts {
    pub user: String,
    pub group: String,
    /// Commands that the user may run as root without a password.
    pub may: BTreeSet<String>,
    /// The welcome page of the nginx package serves port 80, and is unmodified.
    pub packaged_page: bool,
    /// The text of the stack's site file, if it exists.
    pub site: Option<String>,
    /// The text of the file that makes nginx read site files, if it exists.
    pub hook: Option<String>,
}

impl Preflight {
    /// Reads the prerequisites. `last` is nginx as the last observation found it.
    pub fn read(parts: &Parts<'_>, spec: Option<&ProxySpec>, last: Option<&Proxy>) -> Self {
        let part = |name: &str| parts.get(name).copied();
        let directories = part("directories").unwrap_or_default();
        let nginx = part("nginx").zip(spec);
        Self {
            directories: directories.lines().filter_map(directory).collect(),
            proxy: nginx.map(|(text, spec)| Proxy::read(text, spec, last)).unwrap_or_default(),
            setup_facts: part("setup").map(|text| SetupFacts {
                site: part("site").map(str::to_owned),
                hook: part("hook").map(str::to_owned),
                ..setup_facts(text)
            }),
        }
    }
}

fn directory(line: &str) -> Option<Directory> {
    let (word, path) = line.split_once(' ')?;
    let state = match word {
        "writable" => DirectoryState::Writable,
        "not-writable" => DirectoryState::NotWritable,
        "creatable" => DirectoryState::Creatable,
        "needs-root" => DirectoryState::NeedsRoot,
        _ => return None,
    };
    Some(Directory { path: path.to_owned(), state })
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
