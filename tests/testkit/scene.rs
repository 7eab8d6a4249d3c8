//! A fleet as a few lines of text, and what a planner makes of it. Each line of a scene happens after the
//! one above it, and phases are carried out by their own plans:
//!
//! ```text
//! hosts web1 web2 jobs1
//! did prepare v2
//! did go-live
//! web2: blue gone
//! ask rollback
//! ```

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use flipside::domain::availability::{Availabilities, Availability, SourceQuery, SourceReply};
use flipside::domain::command::{Command, Stdin};
use flipside::domain::names::{AppName, StackName, TargetName};
use flipside::domain::observation::{Change, Observation, Observed};
use flipside::domain::phase::Phase;
use flipside::domain::plan::{
    Action, Intent, Operator, Plan, Probe, Refusal, RunRequest, Selection,
};
use flipside::domain::release::{Digest, Release};
use flipside::domain::rollback::RollbackGoal;
use flipside::domain::spec::{Environment, Member};
use flipside::platform::{self, KnownMember, ProbeReply};

use super::host::{Host, KilledAt, Lack, Registry};
use super::inventory::Inventory;

/// The time of every scene's first line.
pub fn night() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 8, 24, 3, 12, 0).unwrap()
}

pub struct Scene {
    pub hosts: BTreeMap<String, Host>,
    registry: Arc<Mutex<Registry>>,
    /// Hosts that cannot be observed, with what was observed last.
    silent: BTreeMap<String, Option<Box<Observation>>>,
    app: String,
    rules: String,
    /// Read once, when all of it was said.
    environment: OnceCell<Environment>,
    now: DateTime<Utc>,
    /// What is asked for at the end.
    asked: String,
}

impl Scene {
    /// Panics with the line that it cannot read, or that did not go well.
    pub fn of(text: &str) -> Self {
        let mut scene = Self {
            hosts: BTreeMap::new(),
            registry: Arc::default(),
            silent: BTreeMap::new(),
            app: String::new(),
            rules: String::new(),
            environment: OnceCell::new(),
            now: night(),
            asked: String::new(),
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.split_once(": ") {
                Some(("inventory app", text)) => {
                    scene.app.push_str(&format!("    {text}\n"));
                    scene.environment.take();
                }
                Some(("inventory", text)) => {
                    scene.rules.push_str(&format!("    {text}\n"));
                    scene.environment.take();
                }
                Some((names, what)) => {
                    for name in names.split(' ') {
                        scene.happens(name, &what.split(' ').collect::<Vec<_>>());
                    }
                }
                None => scene.line(&line.split(' ').collect::<Vec<_>>()),
            }
        }
        scene
    }

    fn line(&mut self, words: &[&str]) {
        match words {
            ["hosts", names @ ..] => {
                self.environment.take();
                for name in names {
                    let jobs_only = name.starts_with("jobs");
                    let host = if jobs_only { Host::with_jobs_only } else { Host::new };
                    self.hosts.insert((*name).to_owned(), host(&self.registry));
                }
            }
            ["bare", names @ ..] => {
                self.environment.take();
                for name in names {
                    self.hosts.insert((*name).to_owned(), Host::bare(&self.registry));
                }
            }
            ["wait", minutes, "min"] => self.now += TimeDelta::minutes(minutes.parse().unwrap()),
            ["did", asked @ ..] => {
                let intent = self.intent(&asked.join(" "));
                if let Err(why) = self.carry_out(intent) {
                    panic!("did {}: {why}", asked.join(" "));
                }
            }
            ["tried", asked @ ..] => {
                let intent = self.intent(&asked.join(" "));
                assert!(self.carry_out(intent).is_err(), "{} went well", asked.join(" "));
            }
            ["ask", asked @ ..] => self.asked = asked.join(" "),
            other => panic!("no scene has such a line: {}", other.join(" ")),
        }
    }

    /// Something becomes of one host, or of the registry.
    fn happens(&mut self, name: &str, what: &[&str]) {
        if name == "registry" {
            let mut registry = self.registry.lock().unwrap();
            return match what {
                ["away"] => registry.is_away = true,
                [tag, "gone"] => drop(registry.gone.insert((*tag).to_owned())),
                [tag, "moved"] => registry.moves(tag, &format!("{tag} built anew")),
                other => panic!("nothing such becomes of a registry: {}", other.join(" ")),
            };
        }
        if what == ["unreachable"] {
            let last = self.observe(name);
            self.silent.insert(name.to_owned(), Some(Box::new(last)));
            return;
        }
        if what == ["never", "reached"] {
            self.silent.insert(name.to_owned(), None);
            return;
        }
        if what == ["reached", "again"] {
            self.silent.remove(name);
            return;
        }
        let at = self.now;
        let host = self.hosts.get_mut(name).unwrap_or_else(|| panic!("no host is called {name}"));
        becomes(host, what, at);
    }

    pub fn environment(&self) -> &Environment {
        self.environment.get_or_init(|| {
            let names: Vec<String> = self.hosts.keys().cloned().collect();
            let inventory =
                Inventory { app: &self.app, rules: &self.rules, ..Inventory::default() };
            inventory.environment(&names)
        })
    }

    fn members(&self) -> &[Member] {
        &self.environment().apps.values().next().unwrap().members
    }

    /// `prepare v2`, `rollback`, `rollback --to v1`, `go-live --only web1`, `unfreeze --reason fixed`
    pub fn intent(&self, asked: &str) -> Intent {
        let mut words = asked.split(' ');
        let phase: Phase = words.next().unwrap().parse().unwrap();
        let by = Operator { user: "mara".to_owned(), machine: "desk".to_owned() };
        let (app, stack) = (AppName::new("shop").unwrap(), StackName::main());
        let mut request = RunRequest::new(phase);
        let mut only = BTreeSet::new();
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap().to_owned();
            match word {
                "--to" => request.goal = Some(RollbackGoal::To(value().parse().unwrap())),
                "--only" => drop(only.insert(TargetName::new(value()).unwrap())),
                "--reason" => request.reason = Some(value()),
                tag => request.release = Some(Release::of_tag(tag.parse().unwrap())),
            }
        }
        if !only.is_empty() {
            request.selection = Selection::Only(only);
        }
        self.environment().intent(&app, &stack, &by, self.now, request).unwrap()
    }

    fn observe(&self, name: &str) -> Observation {
        let member = self.members().iter().find(|member| member.target.name() == name).unwrap();
        let platform = platform::of(&member.platform);
        let mut replies = Vec::new();
        for action in platform.probe(member, None) {
            let Action::Run(command) = action else { panic!("{action:?}") };
            let mut host = self.hosts[name].clone();
            let (code, stdout) = runs(&mut host, &command);
            let at = self.now.timestamp_millis();
            let stderr = String::new();
            replies.push(ProbeReply { code, stdout, stderr, asked_ms: at, answered_ms: at });
        }
        platform.read(member, &replies, None).unwrap()
    }

    pub fn observed(&self) -> Vec<(Member, Observed)> {
        let all = self.members().iter().map(|member| {
            let name = member.target.name();
            let observed = match self.silent.get(name) {
                Some(last) => {
                    Observed::Failed { why: "connection refused".to_owned(), last: last.clone() }
                }
                None => Observed::Current(Box::new(self.observe(name))),
            };
            (member.clone(), observed)
        });
        all.collect()
    }

    /// The plan of what the scene asks for.
    pub fn asked(&self) -> (Intent, Result<Plan, Refusal>) {
        let intent = self.intent(&self.asked);
        let plan = self.plan(&intent);
        (intent, plan)
    }

    pub fn plan(&self, intent: &Intent) -> Result<Plan, Refusal> {
        let observed = self.observed();
        let known: Vec<KnownMember<'_>> =
            observed.iter().map(|(member, observed)| KnownMember { member, observed }).collect();
        let platform = platform::of(&known[0].member.platform);
        let mut availabilities = Availabilities::default();
        for query in platform.wanted(intent, &known) {
            // No archive is asked for here.
            let SourceQuery::Image(wanted) = query else { continue };
            let registry = self.registry.lock().unwrap();
            let digest = wanted.release.digest.as_ref().map_or("", Digest::as_str);
            let availability = if registry.is_away {
                Availability::Unknown("it cannot be reached".to_owned())
            } else if registry.find(wanted.release.tag.as_str(), digest).is_some() {
                Availability::Available
            } else {
                Availability::Missing
            };
            drop(registry);
            availabilities.add(SourceReply::Image(wanted, availability));
        }
        platform.plan(intent, &known, &availabilities)
    }

    /// Does what the plan says, and plans again, as the engine does, until nothing is left to do.
    /// `Ok`: the targets that it went without.
    pub fn carry_out(&mut self, mut intent: Intent) -> Result<Vec<String>, String> {
        for _ in 0..10 {
            let plan = self.plan(&intent).map_err(|refusal| refusal.in_words())?;
            if plan.is_complete() {
                self.now += TimeDelta::minutes(1);
                return Ok(plan.left_out.iter().map(|left| left.target.to_string()).collect());
            }
            intent.release.clone_from(&plan.intent.release);
            intent.goal.clone_from(&plan.intent.goal);
            for stage in plan.until_next_observation() {
                for (target, step) in stage.steps().filter(|(_, step)| step.is_to_do()) {
                    let command = match &step.action {
                        Action::Run(command) => command,
                        Action::Wait(wait) => match &wait.probe {
                            Probe::Run(command) => command,
                            Probe::Request(_) => continue,
                        },
                        Action::Ask(_) => continue,
                        Action::Request(_) => panic!("{step:?}"),
                    };
                    let host = self.hosts.get_mut(target.name()).unwrap();
                    let (code, _) = runs(host, command);
                    if code != 0 {
                        return Err(format!("{target}: {} ended with exit {code}", step.title));
                    }
                }
            }
        }
        Err("ten plans, and something is still left to do".to_owned())
    }
}

/// The words of a script that is sent whole: the shell's own come first.
fn runs(host: &mut Host, command: &Command) -> (i32, String) {
    let stdin = if let Stdin::Text(text) = &command.stdin { text.as_str() } else { "" };
    host.run(&command.name, &command.words()[4..], stdin)
}

#[allow(clippy::too_many_lines)] // one arm for each word
fn becomes(host: &mut Host, what: &[&str], at: DateTime<Utc>) {
    let service = |name: &str| {
        if ["blue", "green"].contains(&name) { format!("shop_{name}") } else { name.to_owned() }
    };
    match what {
        [name, "stopped"] => host.containers.get_mut(&service(name)).unwrap().1 = false,
        [name, "removed"] => {
            host.containers.remove(&service(name)).unwrap();
            host.created.remove(&service(name));
        }
        [name, "on", tag] => {
            host.containers.insert(service(name), ((*tag).to_owned(), true));
            host.images.insert((*tag).to_owned());
        }
        [tag, "unhealthy"] => drop(host.bad.insert((*tag).to_owned())),
        ["image", tag, "removed"] => drop(host.images.remove(*tag)),
        ["image", tag, "kept"] => drop(host.images.insert((*tag).to_owned())),
        ["files", "of", tag, "removed"] => {
            let name = format!("-{tag}.yml");
            host.files.retain(|file, _| !file.ends_with(&name));
        }
        ["recorded", "color", color] => (*color).clone_into(&mut host.recorded),
        ["configured", "for", color] => (*color).clone_into(&mut host.configured),
        ["passive", "side", "shows", color] => (*color).clone_into(&mut host.passive),
        ["no", "record", "of", "the", "last", "change"] => drop(host.marks.remove("change")),
        ["recorded", "release", tag] => {
            let text = host.marks.get_mut("change").unwrap();
            let change: Change = serde_json::from_str(text).unwrap();
            let change = Change { tag: Some(tag.parse().unwrap()), digest: None, ..change };
            *text = serde_json::to_string(&change).unwrap();
        }
        ["no", "sign-off"] => drop(host.marks.remove("verified")),
        ["users", "get", status] => {
            host.users_get = Some((host.live.clone(), status.parse().unwrap()));
        }
        ["nginx", "broken"] => host.broken_nginx = true,
        ["engine", "hangs"] => host.engine_hangs = true,
        ["engine", "killed"] => {
            host.containers.values_mut().for_each(|container| container.1 = false);
        }
        ["disk", mib, "MiB"] => host.disk_mib = Some(mib.parse().unwrap()),
        ["migration", "of", tag, state] => {
            host.one_offs.insert((*tag).to_owned(), *state == "running");
        }
        ["switch", "dies", "before", "reload"] => host.killed = Some(KilledAt::Replaced),
        ["switch", "dies", "after", "reload"] => host.killed = Some(KilledAt::Reloaded),
        ["switch", "under", "way"] => {
            let mark = host.marks.get_mut("switching").unwrap();
            mark.push_str("\nrunning");
        }
        ["locked", "by", who] => {
            let since = (at - TimeDelta::minutes(2)).to_rfc3339();
            host.lock = Some(format!(
                r#"{{"who":"{who}","machine":"m","why":"go-live","since":"{since}","release":null,"run":"{who}-run"}}"#
            ));
        }
        ["lacks", what @ ..] => {
            let lack = match what.join(" ").as_str() {
                "the live include" => Lack::LiveInclude,
                "the passive include" => Lack::PassiveInclude,
                other => panic!("no host lacks {other}"),
            };
            host.lacks = BTreeSet::from([lack]);
        }
        other => panic!("nothing such becomes of a host: {}", other.join(" ")),
    }
}
