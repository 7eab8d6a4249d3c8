//! A host as the scripts of the compose platform leave it: what each of them does, without a shell.

mod observation;
mod scripts;

use std::collections::{BTreeMap, BTreeSet};

use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

/// What the registry of the fleet has. A release that was never moved has the bytes of its own name.
#[derive(Debug, Default)]
pub struct Registry {
    pub moved: BTreeMap<String, String>,
    /// Bytes that were removed.
    pub gone: BTreeSet<String>,
    pub is_away: bool,
    /// Every digest that was ever pushed, with its bytes.
    pushed: BTreeMap<String, String>,
}

impl Registry {
    /// The bytes that a tag means now.
    pub fn bytes(&self, tag: &str) -> String {
        self.moved.get(tag).cloned().unwrap_or_else(|| tag.to_owned())
    }

    pub fn moves(&mut self, tag: &str, bytes: &str) {
        self.pushed.insert(digest(bytes), bytes.to_owned());
        self.moved.insert(tag.to_owned(), bytes.to_owned());
    }

    /// The bytes of a digest, or of a tag; `None`: it has none such.
    pub fn find(&self, tag: &str, wanted: &str) -> Option<String> {
        let known = || self.pushed.get(wanted).cloned();
        let bytes = match wanted {
            "" => self.bytes(tag),
            _ if wanted == digest(tag) => tag.to_owned(),
            _ => known()?,
        };
        (!self.gone.contains(&bytes)).then_some(bytes)
    }
}

pub const IMAGE: &str = "registry.example.org/shop";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KilledAt {
    Replaced,
    Reloaded,
}

#[derive(Debug, Clone)]
pub struct Host {
    /// The color that nginx's workers send users to.
    pub live: String,
    /// The color that the include names: another one only where a switch was killed before its reload.
    pub configured: String,
    pub passive: String,
    pub recorded: String,
    /// Service -> tag, and whether it runs.
    pub containers: BTreeMap<String, (String, bool)>,
    /// The tags that are here.
    pub images: BTreeSet<String>,
    /// The bytes of tags that were moved here.
    pub renamed: BTreeMap<String, String>,
    /// Bytes that no tag names any more.
    pub loose: BTreeSet<String>,
    /// Service -> the bytes that it was created from, where those are not of its tag's own name.
    pub created: BTreeMap<String, String>,
    pub registry: Arc<Mutex<Registry>>,
    pub files: BTreeMap<String, String>,
    pub link: String,
    pub marks: BTreeMap<String, String>,
    pub migrated: BTreeMap<String, String>,
    pub lock: Option<String>,
    /// Seconds since the last heartbeat of the lock.
    pub silent: u64,
    /// How often it was taken.
    pub lock_count: u64,
    /// How often it was looked at.
    pub looks: u32,
    /// nginx goes on as before, and does not take its configuration any more.
    pub broken_nginx: bool,
    /// Releases that never become healthy.
    pub bad: BTreeSet<String>,
    /// How often each release was migrated: never more than once.
    pub migrations: BTreeMap<String, u32>,
    pub switches: Vec<String>,
    /// The next switch of the live side is killed there.
    pub killed: Option<KilledAt>,
    /// Of each switch of the live side: from which release to which.
    pub moves: Vec<(String, String)>,
    /// It carries the jobs and no color.
    pub jobs_only: bool,
    pub disk_mib: Option<u64>,
    /// Docker Engine does not answer; what runs goes on.
    pub engine_hangs: bool,
    /// A color that answers users with this status.
    pub users_get: Option<(String, u16)>,
    /// One-off migration containers, and whether they still run.
    pub one_offs: BTreeMap<String, bool>,
    /// What `flipside setup` has not made yet.
    pub lacks: BTreeSet<Lack>,
}

/// What a server that was never set up does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    Directory,
    LiveInclude,
    PassiveInclude,
    Site,
}

pub fn digest(tag: &str) -> String {
    format!("sha256:{}", hex(tag))
}

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn port(color: &str) -> u16 {
    if color == "blue" { 8001 } else { 8002 }
}

fn include(upstream: &str, color: &str) -> String {
    format!("upstream {upstream} {{\n    server 127.0.0.1:{} max_fails=0;\n}}\n", port(color))
}

impl Host {
    pub fn new(registry: &Arc<Mutex<Registry>>) -> Self {
        let service = |name: &str| (name.to_owned(), ("v1".to_owned(), true));
        let first = "docker-compose.20260101-000000-v1.yml".to_owned();
        Self {
            live: "blue".into(),
            configured: "blue".into(),
            renamed: BTreeMap::new(),
            loose: BTreeSet::new(),
            created: BTreeMap::new(),
            registry: Arc::clone(registry),
            passive: "blue".into(),
            recorded: "blue".into(),
            containers: ["shop_blue", "djobs"].map(service).into(),
            images: ["v1".to_owned()].into(),
            files: [(first.clone(), "services: {}\n".to_owned())].into(),
            link: first,
            marks: BTreeMap::new(),
            migrated: BTreeMap::new(),
            lock: None,
            silent: 0,
            lock_count: 0,
            looks: 0,
            broken_nginx: false,
            bad: BTreeSet::new(),
            migrations: BTreeMap::new(),
            switches: Vec::new(),
            killed: None,
            moves: Vec::new(),
            jobs_only: false,
            disk_mib: None,
            engine_hangs: false,
            users_get: None,
            one_offs: BTreeMap::new(),
            lacks: BTreeSet::new(),
        }
    }

    /// One that carries nothing but the jobs.
    pub fn with_jobs_only(registry: &Arc<Mutex<Registry>>) -> Self {
        let mut host = Self::new(registry);
        host.jobs_only = true;
        host.containers.remove("shop_blue");
        host
    }

    /// A fresh Debian server: nginx as it is packaged, and nothing of the app.
    pub fn bare(registry: &Arc<Mutex<Registry>>) -> Self {
        let mut host = Self::new(registry);
        host.lacks = [Lack::Directory, Lack::LiveInclude, Lack::PassiveInclude, Lack::Site].into();
        host.containers.clear();
        host.images.clear();
        host.files.clear();
        host.link.clear();
        host.recorded.clear();
        host
    }

    pub fn tag_of(&self, color: &str) -> Option<&str> {
        self.containers.get(&format!("shop_{color}")).map(|(tag, _)| tag.as_str())
    }

    pub fn live_tag(&self) -> &str {
        self.tag_of(&self.live).unwrap()
    }

    /// The bytes that users get.
    pub fn live_bytes(&self) -> String {
        self.created_of(&format!("shop_{}", self.live))
    }

    pub fn created_of(&self, service: &str) -> String {
        let own = || self.containers[service].0.clone();
        self.created.get(service).cloned().unwrap_or_else(own)
    }

    /// The bytes that a tag means here.
    fn bytes(&self, tag: &str) -> String {
        self.renamed.get(tag).cloned().unwrap_or_else(|| tag.to_owned())
    }

    fn creates(&mut self, service: String, tag: String) {
        self.created.insert(service.clone(), self.bytes(&tag));
        self.containers.insert(service, (tag, true));
    }

    /// `pull.sh`: the exit code.
    fn pull(&mut self, tag: &str, run: &str, wanted: &str) -> i32 {
        let here = |host: &Self, bytes: &String| {
            let tagged = host.images.iter().any(|tag| host.bytes(tag) == *bytes);
            tagged || host.loose.contains(bytes)
        };
        let (found, is_away) = {
            let registry = self.registry.lock().unwrap();
            (registry.find(tag, wanted), registry.is_away)
        };
        let all = self.images.iter().map(|tag| self.bytes(tag)).chain(self.loose.iter().cloned());
        let kept = all.into_iter().find(|bytes| !wanted.is_empty() && digest(bytes) == wanted);
        let bytes = match (kept, found) {
            (None, _) if is_away && wanted.is_empty() && self.images.contains(tag) => {
                self.bytes(tag)
            }
            (None, _) if is_away => return 67,
            (Some(bytes), _) | (None, Some(bytes)) => bytes,
            (None, None) => return 1,
        };
        let before = self.bytes(tag);
        if self.images.contains(tag) && before != bytes && here(self, &before) {
            self.loose.insert(before);
        }
        self.loose.remove(&bytes);
        self.images.insert(tag.to_owned());
        self.renamed.insert(tag.to_owned(), bytes.clone());
        self.marks.insert("pulled".into(), format!("{tag} {} {run}", digest(&bytes)));
        0
    }

    pub fn runs(&self, color: &str) -> bool {
        self.containers.get(&format!("shop_{color}")).is_some_and(|(_, up)| *up)
    }

    fn runs_well(&self, color: &str) -> bool {
        self.containers
            .get(&format!("shop_{color}"))
            .is_some_and(|(tag, up)| *up && !self.bad.contains(tag))
    }

    /// What `fence.sh` says before a script: `Some`, and the script does not run.
    pub fn fence(&self, text: &str) -> Option<i32> {
        let words = text.lines().next()?.strip_prefix("flipside_dir=")?;
        let word = |name: &str| words.split(' ').find_map(|word| word.strip_prefix(name));
        let run = format!("\"run\":\"{}\"", word("flipside_run=").unwrap());
        if !self.lock.as_ref().is_some_and(|owner| owner.contains(&run)) {
            return Some(77);
        }
        let closed = word("flipside_closes=") == Some("yes") && self.marks.contains_key("frozen");
        closed.then_some(79)
    }

    pub fn release_of(&self, file: &str) -> String {
        let head =
            self.files.get(file).map_or("", String::as_str).lines().next().unwrap_or_default();
        let tag = head.split(' ').find_map(|word| word.strip_prefix("release="));
        tag.unwrap_or("v1").to_owned()
    }
}
