//! The platform `symlink`: the same kind of table, on hosts that are an unpacked archive, a link and hooks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use flipside::domain::availability::{
    ArchiveFacts, Availabilities, Availability, SourceQuery, SourceReply,
};
use flipside::domain::command::{Command, Stdin};
use flipside::domain::names::{AppName, StackName};
use flipside::domain::observation::Observed;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Action, Intent, Operator, Plan, Refusal, RunRequest, Stage};
use flipside::domain::release::{Digest, Release};
use flipside::domain::rollback::RollbackGoal;
use flipside::domain::spec::{Environment, Member};
use flipside::platform::{self, KnownMember, ProbeReply};
use tempfile::TempDir;

use crate::table::{host, plan_text};
use crate::testkit::fleet::Simulated;
use crate::testkit::linked::{Stack, sha256};
use crate::testkit::scene::night;

const HOOKS: &str =
    "release_hooks: {prepare: {command: [bin/prepare]}, deployed: {command: [bin/deployed]}}";

/// Hosts, and what is asked for at the end.
struct Scene {
    hosts: BTreeMap<String, Stack>,
    /// Archives that are gone from their source.
    gone: BTreeSet<String>,
    environment: Environment,
    now: DateTime<Utc>,
    asked: String,
}

impl Scene {
    /// `kind` is `pair`, or `alone` for hosts of Capistrano. Hosts whose names begin with `jobs` serve no users.
    fn of(kind: &str, names: &[&str], lines: &str) -> Self {
        let registry = Arc::default();
        let stack = |name: &str| {
            let stack = match kind {
                "pair" => Stack::with_pair(&registry),
                _ => Stack::of_another_tool(&registry),
            };
            if name.starts_with("jobs") { stack.without_users() } else { stack }
        };
        let hosts = names.iter().map(|name| ((*name).to_owned(), stack(name))).collect();
        let environment = environment(kind, names);
        let (gone, now, asked) = (BTreeSet::new(), night(), String::new());
        let mut scene = Self { hosts, gone, environment, now, asked };
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            scene.line(line);
        }
        scene
    }

    fn line(&mut self, line: &str) {
        if let Some((name, what)) = line.split_once(": ") {
            let words: Vec<&str> = what.split(' ').collect();
            if let ("source", [tag, "gone"]) = (name, words.as_slice()) {
                self.gone.insert((*tag).to_owned());
                return;
            }
            let stack = self.hosts.get_mut(name).unwrap();
            return match words.as_slice() {
                ["another", "tool", "makes", tag, "live"] => stack.another_tool_makes_live(tag),
                ["version", tag, "removed"] => stack.loses(tag),
                ["deployed", "of", tag, "fails"] => stack.hook_fails(&format!("{tag}.deployed")),
                _ => panic!("nothing such becomes of a host: {what}"),
            };
        }
        match line.split_once(' ') {
            Some(("did", asked)) => {
                let end = self.carry_out(asked);
                assert!(end.is_ok(), "did {asked}: {end:?}");
            }
            Some(("tried", asked)) => {
                assert!(self.carry_out(asked).is_err(), "{asked} went well");
            }
            Some(("ask", asked)) => asked.clone_into(&mut self.asked),
            _ => panic!("no scene has such a line: {line}"),
        }
    }

    fn members(&self) -> &[Member] {
        &self.environment.apps.values().next().unwrap().members
    }

    fn intent(&self, asked: &str) -> Intent {
        let mut words = asked.split(' ');
        let phase: Phase = words.next().unwrap().parse().unwrap();
        let mut request = RunRequest::new(phase);
        while let Some(word) = words.next() {
            match word {
                "--to" => {
                    let to = words.next().unwrap().parse().unwrap();
                    request.goal = Some(RollbackGoal::To(to));
                }
                tag => request.release = Some(Release::of_tag(tag.parse().unwrap())),
            }
        }
        let by = Operator { user: "mara".to_owned(), machine: "desk".to_owned() };
        let (app, stack) = (AppName::new("shop").unwrap(), StackName::main());
        self.environment.intent(&app, &stack, &by, self.now, request).unwrap()
    }

    fn observed(&self) -> Vec<(Member, Observed)> {
        let observe = |member: &Member| {
            let platform = platform::of(&member.platform);
            let mut replies = Vec::new();
            for action in platform.probe(member, None) {
                let Action::Run(command) = action else { panic!("{action:?}") };
                let mut stack = self.hosts[member.target.name()].clone();
                let (code, stdout) = runs(&mut stack, &command);
                let at = self.now.timestamp_millis();
                let stderr = String::new();
                replies.push(ProbeReply { code, stdout, stderr, asked_ms: at, answered_ms: at });
            }
            let observation = platform.read(member, &replies, None).unwrap();
            (member.clone(), Observed::Current(Box::new(observation)))
        };
        self.members().iter().map(observe).collect()
    }

    fn plan(&self, intent: &Intent) -> Result<Plan, Refusal> {
        let observed = self.observed();
        let known: Vec<KnownMember<'_>> =
            observed.iter().map(|(member, observed)| KnownMember { member, observed }).collect();
        let platform = platform::of(&known[0].member.platform);
        let mut availabilities = Availabilities::default();
        for query in platform.wanted(intent, &known) {
            availabilities.add(match query {
                SourceQuery::Archive(query) => {
                    let sum = format!("sha256:{}", sha256(query.release.as_str()));
                    let facts = ArchiveFacts { digest: Digest::new(sum).unwrap(), bytes: None };
                    SourceReply::Archive(query, Ok(facts))
                }
                SourceQuery::Stored(query) => {
                    let gone = self.gone.contains(query.release.as_str());
                    let answer = if gone { Availability::Missing } else { Availability::Available };
                    SourceReply::Stored(query, answer)
                }
                SourceQuery::Image(image) => panic!("{image:?}"),
            });
        }
        platform.plan(intent, &known, &availabilities)
    }

    /// Does what the plan says, and plans again, until nothing is left to do.
    fn carry_out(&mut self, asked: &str) -> Result<(), String> {
        let mut intent = self.intent(asked);
        for _ in 0..10 {
            let plan = self.plan(&intent).map_err(|refusal| refusal.in_words())?;
            if plan.is_complete() {
                self.now += TimeDelta::minutes(1);
                return Ok(());
            }
            intent.release.clone_from(&plan.intent.release);
            intent.goal.clone_from(&plan.intent.goal);
            let stages = plan.until_next_observation();
            let steps = stages.iter().flat_map(Stage::steps);
            for (target, step) in steps.filter(|(_, step)| step.is_to_do()) {
                let Action::Run(command) = &step.action else { continue };
                let (code, _) = runs(self.hosts.get_mut(target.name()).unwrap(), command);
                if code != 0 {
                    return Err(format!("{target}: {} ended with exit {code}", step.title));
                }
            }
        }
        Err("ten plans, and something is still left to do".to_owned())
    }

    fn written(&mut self) -> String {
        let mut text = String::new();
        for (member, observed) in self.observed() {
            text.push_str(&host(&member, &observed));
        }
        let asked = self.asked.clone();
        match self.plan(&self.intent(&asked)) {
            Err(Refusal { reason, remedy, .. }) => {
                text.push_str(&format!("\nREFUSED: {reason}\nREMEDY: {remedy}\n"));
            }
            Ok(plan) => {
                text.push_str(&format!("\n{}", plan_text(&plan)));
                if !plan.is_complete() {
                    let end = self.carry_out(&asked);
                    let end = end.err().map_or("done".to_owned(), |why| format!("stops: {why}"));
                    let users = self.hosts.iter().map(|(name, stack)| {
                        let what = if name.starts_with("jobs") { "link" } else { "users" };
                        format!("{name}: {what} {}", stack.on())
                    });
                    let users: Vec<String> = users.collect();
                    text.push_str(&format!("\nCARRIED OUT: {end}; {}\n", users.join("; ")));
                }
            }
        }
        text
    }
}

fn runs(stack: &mut Stack, command: &Command) -> (i32, String) {
    let stdin = if let Stdin::Text(text) = &command.stdin { text.as_str() } else { "" };
    stack.run(&command.name, &command.words()[4..], stdin)
}

fn environment(kind: &str, names: &[&str]) -> Environment {
    let app = match kind {
        "pair" => {
            "services: {systemd: \"shop-{color}\"}\n    \
             nginx: {live_include: /i/live.conf, passive_include: /i/passive.conf}"
        }
        _ => "layout: {versions: releases, link: current}",
    };
    let hosts: String = names
        .iter()
        .map(|name| {
            let role = if name.starts_with("jobs") { "jobs" } else { "app" };
            let primary = if name == &names[0] { ", primary" } else { "" };
            format!("      {name}: {{address: {name}.test, roles: [{role}{primary}]}}\n")
        })
        .collect();
    let text = format!(
        "version: 1\napps:\n  shop:\n    platform: symlink\n    \
         source: {{url: \"https://artifacts.test/shop/{{release}}.tar.gz\"}}\n    keep_releases: 1\n    \
         {HOOKS}\n    {app}\nenvironments:\n  test:\n    hosts:\n{hosts}"
    );
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("inventory.yaml");
    let loaded = flipside::inventory::from_text(&path, text, flipside::platform::DECODERS);
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    loaded.inventory.environments.into_values().next().unwrap()
}

fn table(kind: &str, names: &[&str], situations: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, lines) in situations {
        let mut scene = Scene::of(kind, names, lines);
        let lines: String =
            lines.lines().map(|line| format!("{}\n", line.trim())).collect::<String>();
        text.push_str(&format!("### {name}\n\n{lines}\n{}\n", scene.written()));
    }
    text
}

#[test]
fn with_a_pair() {
    let situations = [
        ("a first prepare", "ask prepare v2"),
        ("prepared already", "did prepare v2\nask prepare v2"),
        ("over one that was abandoned", "did prepare v2\ndid abandon\nask prepare v3"),
        ("go live", "did prepare v2\nask go-live"),
        ("go live with what is not prepared", "ask go-live v9"),
        (
            "the hook fails after users were moved",
            "did prepare v2\nweb2: deployed of v2 fails\ntried go-live\nask go-live",
        ),
        ("roll back, and the release before is up", "did prepare v2\ndid go-live\nask rollback"),
        ("roll back from a stopped color", "did prepare v2\ndid go-live\ndid finish\nask rollback"),
        (
            "roll back to what has to be fetched",
            "did prepare v2
             did go-live
             did prepare v3
             web1: version v1 removed
             ask rollback --to v1",
        ),
        (
            "roll back to what is neither on a host nor at its source",
            "did prepare v2
             did go-live
             did prepare v3
             web1: version v1 removed
             source: v1 gone
             ask rollback --to v1",
        ),
        (
            "another tool swings the link",
            "did prepare v2\ndid go-live\nweb1: another tool makes c3 live\nask repair",
        ),
        (
            "another tool swings the link of a host without users",
            "did prepare v2\ndid go-live\njobs1: another tool makes c3 live\nask repair",
        ),
        ("abandon", "did prepare v2\nask abandon"),
        ("finish", "did prepare v2\ndid go-live\nask finish"),
        (
            "finish, and something is not needed any more",
            "did prepare v2\ndid go-live\ndid finish\ndid prepare v3\ndid go-live\nask finish",
        ),
    ];
    insta::assert_snapshot!(table("pair", &["web1", "web2", "jobs1"], &situations));
}

#[test]
fn without_a_pair() {
    let situations = [
        ("a first prepare on a host of Capistrano", "ask prepare v2"),
        ("go live", "did prepare v2\nask go-live"),
        (
            "the hook fails after the link was swung",
            "did prepare v2\nweb1: deployed of v2 fails\ntried go-live\nask go-live",
        ),
        (
            "roll back, and the hook failed",
            "did prepare v2\nweb1: deployed of v2 fails\ntried go-live\nask rollback",
        ),
        ("roll back to what Capistrano deployed", "did prepare v2\ndid go-live\nask rollback"),
        (
            "another tool makes its release live",
            "did prepare v2\ndid go-live\nweb1: another tool makes c3 live\nask repair",
        ),
        (
            "roll back from it before anybody repairs",
            "did prepare v2\ndid go-live\nweb1: another tool makes c3 live\nask rollback",
        ),
        (
            "roll back from it after the repair",
            "did prepare v2
             did go-live
             web1: another tool makes c3 live
             did repair
             ask rollback",
        ),
        (
            "it removed what was live before",
            "did prepare v2
             did go-live
             web1: another tool makes c3 live
             web1: version v2 removed
             ask repair",
        ),
        (
            "then no release to roll back to is recorded",
            "did prepare v2
             did go-live
             web1: another tool makes c3 live
             web1: version v2 removed
             did repair
             ask rollback",
        ),
        (
            "another tool rolls back",
            "did prepare v2\ndid go-live\nweb1: another tool makes v1 live\nask repair",
        ),
        (
            "nothing leads to what it left",
            "did prepare v2
             did go-live
             web1: another tool makes v1 live
             did repair
             ask rollback",
        ),
        (
            "nothing goes forward before that is repaired",
            "did prepare v2\nweb1: another tool makes c3 live\nask go-live",
        ),
        (
            "finish, and the releases of another tool stay",
            "did prepare v2\ndid go-live\nask finish",
        ),
    ];
    insta::assert_snapshot!(table("alone", &["web1"], &situations));
}
