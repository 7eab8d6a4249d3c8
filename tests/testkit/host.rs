//! A host as the scripts of the compose platform leave it: what each of them does, without a shell.

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

    /// What a script prints and how it exits.
    pub fn run(&mut self, name: &str, words: &[String], stdin: &str) -> (i32, String) {
        let word = |index: usize| words.get(index).cloned().unwrap_or_default();
        match name {
            "observe" => {
                self.looks += 1;
                return (0, self.observe());
            }
            "lock" => return self.take_lock(&word(1), stdin),
            "unlock" => match &self.lock {
                Some(owner) if !owner.contains(&word(1)) => return (75, self.held(owner)),
                Some(_) | None => return (0, self.lock.take().unwrap_or_default()),
            },
            "renew" => self.silent = 0,
            "pull" => return (self.pull(&word(2), &word(3), &word(4)), String::new()),
            "write" => drop(self.files.insert(word(1), stdin.to_owned())),
            "migrate" => self.migrate(&word(4), &word(5)),
            "start" => {
                self.marks.remove("verified");
                self.marks.remove("withdrawn");
                let other = !word(6).is_empty() && digest(&self.bytes(&word(5))) != word(6);
                if other || !self.images.contains(&word(5)) {
                    return (64, String::new());
                }
                self.creates(word(3), word(5));
                if self.bad.contains(&word(5)) {
                    return (66, String::new());
                }
            }
            "revive" => match self.containers.get_mut(&word(1)) {
                Some(container) => container.1 = true,
                None => return (65, String::new()),
            },
            "switch" => {
                if let Some(point) = self.killed.take().filter(|_| word(0) == "live") {
                    self.is_killed(point, &word(6), &word(21));
                    return (137, String::new());
                }
                let ended = self.switch(&word(0), &word(6), &deployed(&word(16)), &word(17));
                if ended.0 == 0 && !word(18).is_empty() {
                    self.marks.insert("frozen".into(), word(18));
                }
                return ended;
            }
            "jobs" => {
                assert!(
                    self.files.contains_key(&word(1)),
                    "there is no file {:?} for the jobs",
                    word(1)
                );
                self.link = word(1);
                let tag = self.release_of(&word(1));
                words[3..].iter().for_each(|job| self.creates(job.clone(), tag.clone()));
            }
            "stop" => self.containers.get_mut(&word(1)).unwrap().1 = false,
            "record" => {
                self.marks.remove("switching");
                self.recorded = word(1);
                if !word(2).is_empty() {
                    self.link = deployed(&word(2));
                }
                self.marks.insert("change".into(), word(3));
            }
            "mark" if words.len() < 3 => drop(self.marks.remove(&word(1))),
            "mark" => drop(self.marks.insert(word(1), word(2))),
            "prune" => self.prune(words),
            "unmigrate" => self.one_offs.retain(|tag, _| !words[2..].contains(tag)),
            "directories" => drop(self.lacks.remove(&Lack::Directory)),
            "include" => {
                let live = word(0).contains("live");
                let lack = if live { Lack::LiveInclude } else { Lack::PassiveInclude };
                self.lacks.remove(&lack);
            }
            "serve" => drop(self.lacks.remove(&Lack::Site)),
            "check" | "drain" => {}
            other => panic!("the simulated host knows no script {other}"),
        }
        (0, String::new())
    }

    /// What is in use refuses to go.
    fn prune(&mut self, words: &[String]) {
        for word in &words[1..] {
            if let Some(tag) = word.strip_prefix(&format!("{IMAGE}:")) {
                if self.containers.values().all(|(used, _)| used != tag) {
                    self.images.remove(tag);
                }
            } else if *word != self.link {
                self.files.remove(word);
            }
        }
    }

    fn take_lock(&mut self, run: &str, owner: &str) -> (i32, String) {
        match &self.lock {
            Some(other) if !other.contains(run) => (75, self.held(other)),
            _ => {
                self.lock = Some(owner.to_owned());
                self.lock_count += 1;
                (0, self.lock_count.to_string())
            }
        }
    }

    fn held(&self, owner: &str) -> String {
        format!("{} 1-1-1\n{owner}", self.silent)
    }

    fn migrate(&mut self, tag: &str, digest: &str) {
        if self.migrated.get(tag).is_none_or(|done| done != digest) {
            *self.migrations.entry(tag.to_owned()).or_default() += 1;
            self.migrated.insert(tag.to_owned(), digest.to_owned());
        }
    }

    /// Law 1 is asserted here: nobody is ever sent to a color that is not well.
    fn switch(&mut self, role: &str, color: &str, file: &str, change: &str) -> (i32, String) {
        if !self.runs_well(color) {
            return (40, String::new());
        }
        if self.broken_nginx {
            return (41, String::new());
        }
        if role == "passive" {
            color.clone_into(&mut self.passive);
            return (0, String::new());
        }
        for mark in ["verified", "withdrawn", "returning", "switching"] {
            self.marks.remove(mark);
        }
        let from = self.tag_of(&self.live).unwrap_or("?").to_owned();
        color.clone_into(&mut self.live);
        color.clone_into(&mut self.configured);
        color.clone_into(&mut self.recorded);
        self.moves.push((from, self.live_tag().to_owned()));
        self.switches.push(color.to_owned());
        self.marks.insert("change".into(), change.to_owned());
        if !file.is_empty() {
            file.clone_into(&mut self.link);
        }
        (0, String::new())
    }

    /// As a switch leaves a host that is killed: after the include was replaced, or after nginx was reloaded.
    fn is_killed(&mut self, point: KilledAt, color: &str, mark: &str) {
        if !self.runs_well(color) {
            return;
        }
        self.marks.insert("switching".into(), mark.to_owned());
        color.clone_into(&mut self.configured);
        if point == KilledAt::Reloaded && self.live != color {
            let from = self.tag_of(&self.live).unwrap_or("?").to_owned();
            color.clone_into(&mut self.live);
            self.moves.push((from, self.live_tag().to_owned()));
            self.switches.push(color.to_owned());
        }
    }

    pub fn release_of(&self, file: &str) -> String {
        let head =
            self.files.get(file).map_or("", String::as_str).lines().next().unwrap_or_default();
        let tag = head.split(' ').find_map(|word| word.strip_prefix("release="));
        tag.unwrap_or("v1").to_owned()
    }

    fn observe(&self) -> String {
        let mut text = String::new();
        let mut part = |name: &str, body: &str| text.push_str(&format!("\u{1e}{name}\n{body}\n"));
        part("clock", "1");
        self.ground(&mut part);
        if let Some(lock) = &self.lock {
            part("lock-file", &format!("{} 1-1-1", self.silent));
            part("lock", lock);
        }
        if self.lock_count > 0 {
            part("lock-count", &self.lock_count.to_string());
        }
        for (name, mark) in &self.marks {
            part(name, mark);
        }
        if !self.recorded.is_empty() && !self.jobs_only {
            part("live-color", &self.recorded);
        }
        if !self.link.is_empty() {
            part("link", &self.link);
        }
        let has = |lack: Lack| !self.jobs_only && !self.lacks.contains(&lack);
        let (live, passive) =
            (include("shop_live", &self.configured), include("shop_passive", &self.passive));
        let mut files = String::new();
        if has(Lack::LiveInclude) {
            files.push_str(&format!("{}  /i/live.conf\n", hex(&live)));
        }
        if has(Lack::PassiveInclude) {
            files.push_str(&format!("{}  /i/passive.conf\n", hex(&passive)));
        }
        for (name, body) in &self.files {
            files.push_str(&format!("{}  {name}\n", hex(body)));
        }
        for (name, body) in &self.files {
            files.push_str(&format!("head {name} {}\n", body.lines().next().unwrap_or_default()));
        }
        part("files", &files);
        let migrated: String =
            self.migrated.iter().map(|(tag, digest)| format!("{tag} {digest}\n")).collect();
        part("migrated", &migrated);
        if let Some(mib) = self.disk_mib {
            part(
                "disk",
                &format!("Filesystem 1024-blocks Used Available\n/dev/vda1 0 0 {}", mib * 1024),
            );
        }
        if has(Lack::LiveInclude) {
            part("live-include", &live);
        }
        if has(Lack::PassiveInclude) {
            part("passive-include", &passive);
        }
        if !self.jobs_only {
            part("nginx", &self.nginx(&live, &passive));
            part("draining", "0");
        }
        self.engine(&mut part);
        if has(Lack::Site) {
            for (role, color) in [("live", &self.live), ("passive", &self.passive)] {
                let (head, end) = self.answer(role, color);
                part(&format!("{role}-answer"), &head);
                part(&format!("{role}-answer-end"), &end);
            }
        }
        part("end", "");
        text
    }

    /// The directories, and what it takes to make those that are not there.
    fn ground(&self, part: &mut impl FnMut(&str, &str)) {
        let bare = self.lacks.contains(&Lack::Directory);
        let word = if bare { "makeable" } else { "ours" };
        let includes = if self.jobs_only { String::new() } else { format!("\n{word} /i") };
        part("places", &format!("{word} /srv/shop{includes}"));
        if bare {
            part("missing", "/srv/shop");
        }
        if !self.lacks.is_empty() {
            let hook = "install -m 644 /srv/shop/.flipside/hook /etc/nginx/conf.d/flipside.conf";
            part("survey", &format!("user deploy\ngroup deploy\nmay {hook}"));
        }
    }

    fn nginx(&self, live: &str, passive: &str) -> String {
        if self.broken_nginx {
            return "failed 1 config\nunexpected end of file".to_owned();
        }
        let includes = [Lack::LiveInclude, Lack::PassiveInclude];
        let site = !self.lacks.contains(&Lack::Site);
        if site && includes.iter().any(|include| self.lacks.contains(include)) {
            return "failed 1 failed\nnginx: [emerg] host not found in upstream".to_owned();
        }
        let mut http = "include /etc/nginx/conf.d/*.conf;\n".to_owned();
        if site {
            http.push_str(live);
            http.push_str(passive);
            for (port, upstream) in [(80, "shop_live"), (8080, "shop_passive")] {
                http.push_str(&format!(
                    "server {{ listen {port}; location / {{ proxy_pass http://{upstream}; }} }}\n"
                ));
            }
        }
        let main = format!("# configuration file /etc/nginx/nginx.conf:\nhttp {{\n{http}}}");
        format!("dump {}\n{main}", hex(&main))
    }

    fn engine(&self, part: &mut impl FnMut(&str, &str)) {
        if self.engine_hangs {
            part("containers", "");
            part("containers-end", "000 Operation timed out after 3001 milliseconds");
            part("images", "");
            return;
        }
        part("containers", &self.containers_json());
        let created: String = self
            .containers
            .iter()
            .map(|(service, (tag, _))| format!("{service} {IMAGE}:{tag}\n"))
            .collect();
        part("created-from", &created);
        part("images", &self.images_json());
    }

    /// As nginx answers: of itself, without a color, while nothing runs behind it.
    fn answer(&self, role: &str, color: &str) -> (String, String) {
        let odd = self.users_get.as_ref().filter(|(odd, _)| role == "live" && odd == color);
        if let Some((_, status)) = odd {
            return (
                format!("HTTP/1.1 {status} Error\r\nX-Flipside-Color: {color}\r\n"),
                format!("{status} 0.001"),
            );
        }
        if self.runs(color) {
            (format!("HTTP/1.1 200 OK\r\nX-Flipside-Color: {color}\r\n"), "200 0.001".to_owned())
        } else {
            ("HTTP/1.1 502 Bad Gateway\r\n".to_owned(), "502 0.001".to_owned())
        }
    }

    fn containers_json(&self) -> String {
        let one = |(service, (tag, up)): (&String, &(String, bool))| {
            let status = match (up, self.bad.contains(tag)) {
                (false, _) => "Exited (0)",
                (true, false) => "Up (healthy)",
                (true, true) => "Up (unhealthy)",
            };
            let bytes = self.created_of(service);
            let moved = !self.images.contains(tag) || self.bytes(tag) != bytes;
            let id = format!("sha256:{}", hex(&bytes));
            serde_json::json!({
                "Id": service, "Image": if moved { id.clone() } else { format!("{IMAGE}:{tag}") }, "ImageID": id,
                "Labels": { "com.docker.compose.service": service },
                "State": if *up { "running" } else { "exited" }, "Status": status,
            })
        };
        let one_off = |(tag, running): (&String, &bool)| {
            serde_json::json!({
                "Id": format!("migrate-{tag}"), "Names": [format!("/shop-migrate-{tag}")],
                "Image": format!("{IMAGE}:{tag}"), "ImageID": format!("sha256:{}", hex(tag)),
                "Labels": {
                    "com.docker.compose.service": "migrator", "com.docker.compose.oneoff": "True",
                },
                "State": if *running { "running" } else { "exited" }, "Status": "",
            })
        };
        let all = self.containers.iter().map(one).chain(self.one_offs.iter().map(one_off));
        serde_json::Value::from(all.collect::<Vec<_>>()).to_string()
    }

    fn images_json(&self) -> String {
        let one = |bytes: &String, tags: Vec<String>| {
            serde_json::json!({
                "Id": format!("sha256:{}", hex(bytes)), "RepoTags": tags,
                "RepoDigests": [format!("{IMAGE}@{}", digest(bytes))], "Created": 1,
            })
        };
        let tagged =
            self.images.iter().map(|tag| one(&self.bytes(tag), vec![format!("{IMAGE}:{tag}")]));
        // An image stays as long as a container is made of it.
        let used = self.containers.keys().map(|service| self.created_of(service));
        let loose: BTreeSet<String> = self.loose.iter().cloned().chain(used).collect();
        let named: BTreeSet<String> = self.images.iter().map(|tag| self.bytes(tag)).collect();
        let loose = loose.difference(&named).map(|bytes| one(bytes, Vec::new()));
        serde_json::Value::from(tagged.chain(loose).collect::<Vec<_>>()).to_string()
    }
}

/// Returns what the link of `LINK=TARGET` leads to.
fn deployed(link: &str) -> String {
    link.split_once('=').map_or(String::new(), |(_, target)| target.to_owned())
}
