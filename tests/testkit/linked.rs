//! A host as the scripts of the platform `symlink` leave it: what each of them does, without a shell. What is the kit's
//! is that of the testkit's host, whose containers are the services here.

mod broken;
mod observation;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::fleet::{Luck, Simulated};
use super::host::{Host, Registry, digest};

#[derive(Debug, Clone)]
pub struct Stack {
    pub kit: Host,
    has_pair: bool,
    /// Whether nothing serves users here.
    is_worker: bool,
    /// The version that the live link names, and the text of the link.
    link: (String, String),
    /// Each version with the checksum of its archive, where it is recorded.
    versions: BTreeMap<String, Option<String>>,
    archives: BTreeSet<String>,
    /// Color -> version.
    slots: BTreeMap<String, String>,
    started: BTreeMap<String, String>,
    /// `VERSION.HOOK` -> how it ended.
    hooks: BTreeMap<String, String>,
    configs: BTreeMap<String, String>,
    live_version: Option<String>,
    previous_version: Option<String>,
    /// Without a pair: the version that serves users, which the hook `deployed` makes the live one.
    served: String,
    /// Hooks that end with exit 7: `VERSION.HOOK`.
    failing: BTreeSet<String>,
    /// Of a hundred scripts so many are killed before they end.
    pub broken: Luck,
}

pub fn sha256(release: &str) -> String {
    digest(release).trim_start_matches("sha256:").to_owned()
}

/// The words of a script: settings by their names, positions by their numbers.
struct Words<'w>(&'w [String]);

impl Words<'_> {
    fn at(&self, index: usize) -> String {
        self.0.get(index).cloned().unwrap_or_default()
    }

    fn named(&self, name: &str) -> String {
        let of = |word: &String| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned());
        self.0.iter().find_map(of).unwrap_or_default()
    }
}

impl Stack {
    /// One that Flipside has released `v1` on.
    pub fn with_pair(registry: &Arc<Mutex<Registry>>) -> Self {
        let v1 = || "v1".to_owned();
        let mut kit = Self::kit(registry);
        kit.containers.insert("shop_blue".to_owned(), (v1(), true));
        let ended = |hook: &str| (format!("v1.{hook}"), "ended 0 mara-0".to_owned());
        Self {
            kit,
            has_pair: true,
            is_worker: false,
            link: (v1(), "versions/v1".to_owned()),
            versions: ["v0", "v1"].map(|tag| (tag.to_owned(), Some(sha256(tag)))).into(),
            archives: ["v0", "v1"].map(sha256).into(),
            slots: [("blue".to_owned(), v1())].into(),
            started: [("blue".to_owned(), "started v1 mara-0".to_owned())].into(),
            hooks: ["prepare", "deployed"].map(ended).into(),
            configs: BTreeMap::new(),
            live_version: Some(v1()),
            previous_version: None,
            served: String::new(),
            failing: BTreeSet::new(),
            broken: Luck::good(),
        }
    }

    /// One that Capistrano has deployed `v1` on.
    pub fn of_another_tool(registry: &Arc<Mutex<Registry>>) -> Self {
        let v1 = || "v1".to_owned();
        let kit = Host { jobs_only: true, recorded: String::new(), ..Self::kit(registry) };
        Self {
            kit,
            has_pair: false,
            is_worker: false,
            link: (v1(), "/srv/shop/releases/v1".to_owned()),
            versions: ["v0", "v1"].map(|tag| (tag.to_owned(), None)).into(),
            archives: BTreeSet::new(),
            slots: BTreeMap::new(),
            started: BTreeMap::new(),
            hooks: BTreeMap::new(),
            configs: BTreeMap::new(),
            live_version: None,
            previous_version: None,
            served: v1(),
            failing: BTreeSet::new(),
            broken: Luck::good(),
        }
    }

    /// The same without users: neither a service nor a slot, and no record of either.
    pub fn without_users(mut self) -> Self {
        self.is_worker = true;
        self.kit.jobs_only = true;
        self.kit.recorded.clear();
        self.kit.containers.clear();
        self.slots.clear();
        self.started.clear();
        self
    }

    fn kit(registry: &Arc<Mutex<Registry>>) -> Host {
        let mut kit = Host::new(registry);
        kit.containers.clear();
        kit.images.clear();
        kit.files.clear();
        kit.link.clear();
        kit
    }

    /// Another tool deploys: its own directory, the link, and a restart where nothing else serves users.
    pub fn another_tool_makes_live(&mut self, version: &str) {
        self.versions.entry(version.to_owned()).or_default();
        self.link = (version.to_owned(), format!("/srv/shop/{}/{version}", self.directory()));
        version.clone_into(&mut self.served);
    }

    /// A version is removed, with its archive.
    pub fn loses(&mut self, version: &str) {
        if let Some(Some(sum)) = self.versions.remove(version) {
            self.archives.remove(&sum);
        }
    }

    pub fn hook_fails(&mut self, hook: &str) {
        self.failing.insert(hook.to_owned());
    }

    /// The release of users; on a host without users, what the link names.
    pub fn on(&self) -> String {
        if self.is_worker { self.link.0.clone() } else { self.users() }
    }

    /// The release that users get.
    pub fn users(&self) -> String {
        if self.has_pair { self.kit.live_bytes() } else { self.served.clone() }
    }

    fn directory(&self) -> &'static str {
        if self.has_pair { "versions" } else { "releases" }
    }

    fn has(&self, version: &str) -> bool {
        self.versions.contains_key(version)
    }

    /// `unpack.sh`
    fn unpack(&mut self, version: &str, sum: &str) -> i32 {
        match self.versions.get(version) {
            Some(from) if from.as_deref() == Some(sum) => 0,
            Some(_) => 65,
            None if !self.archives.contains(sum) => 66,
            None => {
                self.versions.insert(version.to_owned(), Some(sum.to_owned()));
                self.configs.remove(version);
                for hook in ["prepare", "deployed"] {
                    self.hooks.remove(&format!("{version}.{hook}"));
                }
                0
            }
        }
    }

    /// `config.sh`
    fn config(&mut self, version: &str, sum: &str) -> i32 {
        let same = self.configs.get(version).is_some_and(|written| written == sum);
        match self.has(version) {
            false => 40,
            true if self.link.0 == version && !same => 69,
            true => {
                self.configs.insert(version.to_owned(), sum.to_owned());
                0
            }
        }
    }

    /// `hook.sh`
    fn hook(&mut self, version: &str, name: &str, run: &str) -> i32 {
        if !self.has(version) {
            return 40;
        }
        if self.failing.contains(&format!("{version}.{name}")) {
            self.hooks.insert(format!("{version}.{name}"), format!("ended 7 {run}"));
            return 7;
        }
        if name == "deployed" {
            assert_eq!(self.link.0, version, "`deployed` of a version that is not live");
            version.clone_into(&mut self.served);
        }
        self.hooks.insert(format!("{version}.{name}"), format!("ended 0 {run}"));
        0
    }

    /// `adopt.sh`
    fn adopt(&mut self, color: &str) -> i32 {
        let live = &self.link.0;
        if self.slots.entry(color.to_owned()).or_insert_with(|| live.clone()) != live {
            return 65;
        }
        if self.kit.recorded.is_empty() {
            color.clone_into(&mut self.kit.recorded);
        }
        0
    }

    fn users_reach(&self, color: &str) -> bool {
        self.kit.recorded == color || self.has_pair && self.kit.configured == color
    }

    /// `slot.sh`
    fn slot(&mut self, color: &str, version: &str, run: &str) -> i32 {
        if !self.has(version) {
            return 40;
        }
        let was = self.slots.get(color).filter(|was| *was != version);
        if self.users_reach(color) || !self.has_pair && was == Some(&self.link.0) {
            return 44;
        }
        self.kit.marks.remove("verified");
        self.kit.marks.remove("withdrawn");
        self.slots.insert(color.to_owned(), version.to_owned());
        if self.has_pair {
            self.starts(color, version, run);
        }
        0
    }

    /// A version that was not prepared is never started.
    fn starts(&mut self, color: &str, version: &str, run: &str) {
        assert!(self.is_prepared(version), "{color} {version} is started without `prepare`");
        self.kit.containers.insert(format!("shop_{color}"), (version.to_owned(), true));
        self.started.insert(color.to_owned(), format!("started {version} {run}"));
    }

    fn is_prepared(&self, version: &str) -> bool {
        let ended = self.hooks.get(&format!("{version}.prepare"));
        self.versions[version].is_none() || ended.is_some_and(|how| how.starts_with("ended 0"))
    }

    /// `revive.sh`
    fn revive(&mut self, color: &str, run: &str) -> i32 {
        let Some(version) = self.slots.get(color).filter(|version| self.has(version)).cloned()
        else {
            return 40;
        };
        self.starts(color, &version, run);
        0
    }

    /// `stop-slot.sh`
    fn stop_slot(&mut self, color: &str) -> i32 {
        if self.users_reach(color) {
            return 44;
        }
        if self.has_pair {
            if let Some(service) = self.kit.containers.get_mut(&format!("shop_{color}")) {
                service.1 = false;
            }
            return 0;
        }
        if self.kit.recorded.is_empty() && self.slots.get(color) == Some(&self.link.0) {
            return 44;
        }
        self.slots.remove(color);
        0
    }

    /// `swing.sh`
    fn swing(&mut self, words: &Words<'_>) -> i32 {
        let (version, from, color) = (words.at(3), words.at(4), words.at(5));
        let was = self.link.0.clone();
        if !self.has(&version) {
            return 40;
        }
        if was != version && was != from {
            return 44;
        }
        assert!(self.is_prepared(&version), "{version} goes live without `prepare`");
        if was != version {
            self.hooks.remove(&format!("{version}.deployed"));
            self.previous_version = Some(was);
        }
        self.link = (version.clone(), format!("{}/{version}", self.directory()));
        self.live_version = Some(version);
        if !color.is_empty() {
            for mark in ["verified", "withdrawn", "returning", "switching"] {
                self.kit.marks.remove(mark);
            }
            self.kit.recorded = color;
            self.kit.marks.insert("change".to_owned(), words.at(6));
            if !words.at(7).is_empty() {
                self.kit.marks.insert("frozen".to_owned(), words.at(7));
            }
        }
        0
    }

    /// `take-up.sh`
    fn take_up(&mut self, words: &Words<'_>) -> i32 {
        let (version, color, previous) = (words.at(3), words.at(4), words.at(5));
        if self.link.0 != version {
            return 44;
        }
        self.kit.marks.insert("change".to_owned(), words.at(6));
        if !previous.is_empty() {
            self.previous_version = Some(previous);
        }
        self.hooks.insert(format!("{version}.deployed"), "elsewhere".to_owned());
        self.slots.insert(color.clone(), version.clone());
        self.kit.recorded = color;
        self.live_version = Some(version);
        for mark in ["withdrawn", "returning", "switching"] {
            self.kit.marks.remove(mark);
        }
        0
    }

    /// `prune.sh`
    fn prune(&mut self, versions: &[String]) -> i32 {
        let mut code = 0;
        for version in versions {
            let kept =
                [Some(&self.link.0), self.live_version.as_ref(), self.previous_version.as_ref()];
            let elsewhere = self.versions.get(version).is_some_and(Option::is_none);
            if elsewhere
                || kept.contains(&Some(version))
                || self.slots.values().any(|slot| slot == version)
            {
                code = 69;
                continue;
            }
            if let Some(Some(sum)) = self.versions.remove(version) {
                self.archives.remove(&sum);
            }
            self.configs.remove(version);
            self.hooks.retain(|hook, _| hook.rsplit_once('.').unwrap().0 != version);
        }
        code
    }
}

impl Simulated for Stack {
    fn fence(&self, text: &str) -> Option<i32> {
        self.kit.fence(text)
    }

    fn run(&mut self, name: &str, words: &[String], stdin: &str) -> (i32, String) {
        let named = Words(words);
        let (color, run) = (named.named("color"), named.named("run"));
        if let Some(killed) = self.is_killed(name, &named) {
            return killed;
        }
        let code = match name {
            "observe" => return (0, self.observe()),
            "fetch" | "upload" => {
                assert_eq!(named.at(2), sha256(&named.at(1)));
                self.archives.insert(named.at(2));
                0
            }
            "unpack" => self.unpack(&named.at(2), &named.at(4)),
            "config" => self.config(&named.at(3), &named.at(5)),
            "hook" => self.hook(&named.at(3), &named.at(4), &named.at(6)),
            "adopt" => self.adopt(&named.at(3)),
            "slot" => self.slot(&color, &named.named("version"), &run),
            "revive" => self.revive(&color, &run),
            "stop-slot" => self.stop_slot(&color),
            "swing" => self.swing(&named),
            "prune" => self.prune(&words[3..]),
            "take-up" => self.take_up(&named),
            "lock" | "unlock" | "renew" | "switch" | "record" | "mark" | "check" | "drain" => {
                return self.kit.run(name, words, stdin);
            }
            other => panic!("the simulated host knows no script {other}"),
        };
        (code, String::new())
    }
}
