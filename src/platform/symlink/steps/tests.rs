//! The steps, in the order of a release: as a person reads them, and as a host in a directory of this machine runs them.

use std::collections::BTreeMap;
use std::fs;

use chrono::DateTime;

use super::*;
use crate::domain::observation::Change;
use crate::domain::plan::{Action, StepState};
use crate::domain::target::Carries;
use crate::platform::symlink::facts::Facts;
use crate::platform::symlink::fixture::{
    SHA, alone, alone_at, color, pair, put, release, spec, tag,
};
use crate::platform::symlink::observe;
use crate::platform::symlink::scripts::tests::{Ended, Host, serve, sha256, under_every_shell};
use crate::platform::symlink::spec::{ConfigSpec, HookCommand, Hooks, Source, SymlinkSpec};
use crate::platform::symlink::workloads;

fn run_id() -> RunId {
    "20260101-000000-abcd".parse().unwrap()
}

fn change(to: &str, from: &str) -> SwitchRecord<'static> {
    let change = Change {
        at: DateTime::UNIX_EPOCH,
        by: "ann@desk".to_owned(),
        what: "go-live".to_owned(),
        tag: Some(tag(to)),
        digest: None,
        from: Some(tag(from)),
        from_digest: None,
        from_file: None,
        named: false,
        by_another_tool: false,
        run: Some(run_id()),
    };
    SwitchRecord { deploys: None, change, freeze: None }
}

/// Describes a step: `name · title · effect · seconds · already`.
fn shown(step: &Step) -> String {
    let already = match &step.state {
        StepState::ToDo => String::new(),
        StepState::AlreadyDone(why) => format!(" · {why}"),
    };
    let limit = step.deadline.as_secs();
    format!("{} · {} · {:?} · {limit} s{already}", step.name, step.title, step.effect)
}

#[test]
fn steps_say_what_they_do() {
    let mut spec = spec();
    spec.config = Some(ConfigSpec {
        file: "configuration.json".to_owned(),
        layers: Vec::new(),
        values: BTreeMap::new(),
    });
    let host = SymlinkHost { spec: &spec, facts: Facts::default() };
    let (v2, digest) = (tag("v2"), release("v2").digest.unwrap());
    let delivery = spec.source.delivery(&v2).unwrap();
    let (green, run) = (color("green"), run_id());
    let steps = [
        fetch(&host, &v2, &digest, &delivery),
        Some(unpack(&host, &v2, &digest, &delivery)),
        config(&host, &v2, SHA, Stdin::Text(String::new())),
        hook(&host, &run, &v2, HookName::Prepare),
        Some(slot(&host, &run, &green, &v2)),
        Some(follow(&host, &v2)),
        hook(&host, &run, &v2, HookName::Deployed),
        Some(revive(&host, &run, &green, "v2")),
        Some(stop(&host, &run, &green)),
        Some(prune(&host, &[&tag("v1")])),
    ];
    let shown: Vec<String> = steps.into_iter().flatten().map(|step| shown(&step)).collect();
    assert_eq!(
        shown,
        [
            "fetch · fetch v2 from https://artifacts.example.org/shop/v2.tar.gz and check its \
             sha256 aaaaaaaa · Changes · 600 s",
            "unpack · check the archive of v2 and unpack it to versions/v2 · Changes · 600 s",
            "config · write versions/v2/configuration.json, readable by its owner alone · Changes \
             · 30 s",
            "prepare · run the prepare hook of v2 · Changes · 320 s",
            "start · start green v2 and wait until it answers · Changes · 170 s",
            "link · point live at v2 · Changes · 30 s",
            "deployed · run the deployed hook of v2 · Replaces · 320 s",
            "revive · start the stopped green v2 again · Changes · 140 s",
            "stop · stop green and keep its version · Changes · 50 s",
            "prune · remove v1, which is not needed · Changes · 120 s",
        ]
    );
    let alone = alone();
    let host = SymlinkHost { spec: &alone, ..host };
    assert_eq!(
        super::tests::shown(&stop(&host, &run, &green)),
        "empty · empty green and keep its version · Changes · 30 s · green is empty"
    );
    assert_eq!(
        super::tests::shown(&swing(&host, None, &green, &v2, &change("v2", "v1"))),
        "switch · switch users to green v2 by live; requests may be lost meanwhile · Switches · 30 s"
    );
}

#[test]
fn upload_continues_where_an_earlier_one_broke_off() {
    let spec = spec();
    let (v2, digest) = (tag("v2"), release("v2").digest.unwrap());
    let planned = |there: Option<u64>, complete: bool| {
        let mut facts = Facts::default();
        facts.uploads.extend(there.map(|bytes| (digest.clone(), bytes)));
        facts.archives.extend(complete.then(|| digest.clone()));
        let host = SymlinkHost { spec: &spec, facts };
        let step = upload(&host, &v2, &digest, "dist/shop-v2.tgz");
        let Action::Run(command) = &step.action else { panic!("{step:?}") };
        let Stdin::File(part) = &command.stdin else { panic!("{step:?}") };
        (shown(&step), part.from)
    };
    let whole = "upload · upload dist/shop-v2.tgz and check its sha256 aaaaaaaa · Changes · 620 s";
    let rest = "upload · upload the rest of dist/shop-v2.tgz after the first 2000 bytes and check \
                its sha256 aaaaaaaa · Changes · 620 s";
    assert_eq!(planned(None, false), (whole.to_owned(), 0));
    assert_eq!(planned(Some(2000), false), (rest.to_owned(), 2000));
    assert_eq!(planned(None, true), (format!("{whole} · its archive is on this host"), 0));
}

/// A host, and what it is configured as.
struct Story<'h> {
    host: &'h Host,
    spec: SymlinkSpec,
    facts: Facts,
}

impl Story<'_> {
    /// Returns a host on which another tool deployed v1, whose archives are files on the host.
    fn of(host: &Host) -> Story<'_> {
        let words = |text: &str| ["sh", "-c", text].map(str::to_owned).to_vec();
        let hook = |text: &str| {
            Some(HookCommand {
                command: words(text),
                environment: BTreeMap::from([("LOG".to_owned(), "hooks.log".to_owned())]),
                timeout: Duration::from_secs(20),
            })
        };
        let log = r#"echo "$HOOK $RELEASE after $PREVIOUS_RELEASE" >>"$APP_DIR/$LOG""#;
        let path = host.at("shop-{release}.tar").display().to_string();
        let spec = SymlinkSpec {
            source: Source::OnHost { path },
            hooks: Hooks::Commands { prepare: hook(log), deployed: hook(log) },
            ..alone_at(host.dir().to_str().unwrap())
        };
        host.write("versions/v1/version", "v1\n");
        host.link("live", "versions/v1");
        Story { host, spec, facts: Facts::default() }
    }

    fn view(&self) -> SymlinkHost<'_> {
        SymlinkHost { spec: &self.spec, facts: self.facts.clone() }
    }

    /// Packs a release, and returns its digest.
    fn pack(&self, version: &str) -> Digest {
        let source = self.host.at(&format!("shop-{version}"));
        fs::create_dir(&source).unwrap();
        fs::write(source.join("version"), format!("{version}\n")).unwrap();
        let archive = self.host.at(&format!("shop-{version}.tar"));
        let (from, archive_text) = (self.host.at(""), archive.display().to_string());
        let tar = ["-C", from.to_str().unwrap(), "-cf", &archive_text, &format!("shop-{version}")];
        assert!(std::process::Command::new("tar").args(tar).status().unwrap().success());
        Digest::new(format!("sha256:{}", sha256(&archive))).unwrap()
    }

    fn run(&self, command: &Command) -> Ended {
        let words = command.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.host.run_words(&words, b"")
    }

    /// Runs a step, which must succeed, twice: every step can be repeated.
    fn perform(&mut self, step: &Step) {
        let Action::Run(command) = &step.action else { panic!("{step:?}") };
        for _ in 0..2 {
            self.run(command).with(0);
        }
        self.observe();
    }

    fn observe(&mut self) {
        let command = observe::command(&self.spec, Carries::App, "");
        let answer = self.run(&command).with(0).out;
        let parts = answer.split('\u{1e}').skip(1);
        let parts = parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect();
        let facts = observe::facts(&self.spec, &parts);
        assert!(facts.problems.is_empty(), "{:?}", facts.problems);
        self.facts = facts;
    }

    /// Describes both slots: `blue v1 Up, green - Absent`.
    fn slots(&self) -> String {
        let recorded = fs::read_to_string(self.host.path("live-color")).ok();
        let recorded = recorded.map(|text| color(text.trim()));
        let slots = workloads::colors(&self.spec, &self.facts, recorded.as_ref());
        let slot = |(color, slot): (Color, crate::domain::observation::Slot)| {
            let release = slot.release.map_or_else(|| "-".to_owned(), |it| it.to_string());
            format!("{color} {release} {:?}", slot.running)
        };
        slots.into_iter().map(slot).collect::<Vec<_>>().join(", ")
    }

    fn prepare(&mut self, version: &str, on: &str) {
        let (digest, version, run) = (self.pack(version), tag(version), run_id());
        let delivery = self.spec.source.delivery(&version).unwrap();
        self.perform(&unpack(&self.view(), &version, &digest, &delivery));
        self.perform(&hook(&self.view(), &run, &version, HookName::Prepare).unwrap());
        self.perform(&slot(&self.view(), &run, &color(on), &version));
        let again = unpack(&self.view(), &version, &digest, &delivery);
        assert!(!again.is_to_do(), "{again:?}");
    }

    fn deployed(&mut self, version: &str) {
        assert!(self.facts.not_bounced(&self.spec).is_some(), "the hook is due");
        self.perform(&hook(&self.view(), &run_id(), &tag(version), HookName::Deployed).unwrap());
        assert_eq!(self.facts.not_bounced(&self.spec), None);
    }
}

#[test]
fn without_a_service_users_move_by_the_link_and_back() {
    under_every_shell(|host| {
        let mut story = Story::of(host);
        let (blue, green, run) = (color("blue"), color("green"), run_id());
        story.observe();
        story.perform(&adopt(&story.view(), &blue).unwrap());
        assert_eq!(adopt(&story.view(), &blue), None);
        story.prepare("v2", "green");
        assert_eq!(story.slots(), "blue v1 Up, green v2 Up");
        assert_eq!(host.leads("live"), "versions/v1");
        story.perform(&stop(&story.view(), &run, &green));
        assert_eq!(story.slots(), "blue v1 Up, green - Absent");
        let Action::Run(empty) = stop(&story.view(), &run, &blue).action else {
            panic!("it is a command");
        };
        story.run(&empty).with(44).says("blue is live");
        story.perform(&slot(&story.view(), &run, &green, &tag("v2")));
        assert_eq!(story.slots(), "blue v1 Up, green v2 Up");

        let record = change("v2", "v1");
        story.perform(&swing(&story.view(), Some(&blue), &green, &tag("v2"), &record));
        assert_eq!(host.leads("live"), "versions/v2");
        assert_eq!(host.read("live-color"), "green\n");
        assert!(host.read(".flipside/change").contains(r#""from":"v1""#));
        story.deployed("v2");

        // Back to the recorded previous version, which is still in its slot.
        assert_eq!(story.facts.previous_version, Some(tag("v1")));
        let record = change("v1", "v2");
        story.perform(&swing(&story.view(), Some(&green), &blue, &tag("v1"), &record));
        story.deployed("v1");
        assert_eq!(host.read("live/version"), "v1\n");

        story.prepare("v3", "green");
        assert_eq!(story.facts.unneeded(0), Vec::<&Tag>::new(), "v2 was live before v1");
        let record = change("v3", "v1");
        story.perform(&swing(&story.view(), Some(&blue), &green, &tag("v3"), &record));
        assert_eq!(story.facts.unneeded(1), Vec::<&Tag>::new());
        assert_eq!(story.facts.unneeded(0), [&tag("v2")]);
        story.perform(&prune(&story.view(), &story.facts.unneeded(0)));
        assert_eq!(host.versions(), ["v1", "v3"]);
        let log = host.read("hooks.log");
        assert!(log.contains("prepare v2 after v1\n"), "{log}");
        assert!(log.contains("deployed v2 after v1\n"), "{log}");
        assert!(log.contains("deployed v1 after v2\n"), "{log}");
    });
}

/// Starts and stops `serves`, which answers as the version of the slot.
const SYSTEMCTL: &str = r#"
case $1 in
start) cat "$HOST_DIR/srv/.flipside/slots/green/version" >"$HOST_DIR/serves" ;;
stop) rm -f "$HOST_DIR/serves" ;;
is-active) [ -f "$HOST_DIR/serves" ] ;;
show)
    active=inactive
    [ ! -f "$HOST_DIR/serves" ] || active=active
    printf 'LoadState=loaded\nActiveState=active\n\nLoadState=loaded\nActiveState=%s\n' "$active"
    ;;
esac
"#;

#[test]
fn with_a_pair_the_passive_service_is_started_and_the_link_follows() {
    under_every_shell(|host| {
        let mut story = Story::of(host);
        host.program("systemctl", SYSTEMCTL);
        host.program("sudo", "shift; exec \"$@\"");
        let address = serve(host);
        let mut pair = pair();
        put(&mut pair, "green", &address);
        pair.proxy.live.url = format!("http://{address}/health");
        pair.proxy.nginx.live_include = host.path("live.conf").display().to_string();
        host.write("live.conf", "upstream shop_live { server 127.0.0.1:8001; }\n");
        story.spec.pair = Some(pair);
        story.observe();
        story.perform(&adopt(&story.view(), &color("blue")).unwrap());
        assert_eq!(story.slots(), "blue v1 Up, green - Absent");
        story.prepare("v2", "green");
        assert_eq!(story.slots(), "blue v1 Up, green v2 Up");
        let (green, v2, run) = (color("green"), tag("v2"), run_id());
        story.perform(&stop(&story.view(), &run, &green));
        assert_eq!(story.slots(), "blue v1 Up, green v2 Stopped");
        assert!(!stop(&story.view(), &run, &green).is_to_do());
        story.perform(&revive(&story.view(), &run, &green, "v2"));
        assert_eq!(story.slots(), "blue v1 Up, green v2 Up");

        // nginx sends users to green now.
        host.write("live-color", "green\n");
        host.write("live.conf", &format!("upstream shop_live {{ server {address}; }}\n"));
        story.perform(&follow(&story.view(), &v2));
        assert!(!follow(&story.view(), &v2).is_to_do());
        story.deployed("v2");
        let Action::Run(command) = slot(&story.view(), &run, &green, &tag("v1")).action else {
            panic!("it is a command");
        };
        story.run(&command).with(44).says("green is live");
        assert_eq!(host.leads(".flipside/slots/green"), "../../versions/v2");
    });
}

/// A setting that no script reads would be lost without a word.
#[test]
fn scripts_read_every_setting() {
    let spec = spec();
    let host = SymlinkHost { spec: &spec, facts: Facts::default() };
    let (green, v2, run) = (color("green"), tag("v2"), run_id());
    let steps = [
        Some(slot(&host, &run, &green, &v2)),
        Some(revive(&host, &run, &green, "v2")),
        Some(stop(&host, &run, &green)),
    ];
    let steps = steps.into_iter().flatten().map(|step| match step.action {
        Action::Run(command) => command,
        other => panic!("{other:?}"),
    });
    let observe = observe::command(&spec, Carries::App, "");
    // The scripts of a slot get the same settings, and each reads some of them.
    let slot = scripts::SLOT.text();
    for command in steps.chain([observe]) {
        let text = match command.name.as_str() {
            "observe" => &scripts::OBSERVE.text(),
            _ => &slot,
        };
        for setting in &command.words()[4..] {
            let name = setting.split('=').next().unwrap();
            let read = text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
            assert!(read, "{} does not read {name}", command.name);
        }
    }
}
