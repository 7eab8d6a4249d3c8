//! Observations of hosts in directories of this machine, under every shell.

use std::fs;

use super::*;
use crate::domain::observation::{Running, Slot};
use crate::platform::symlink::fixture::{SHA, alone_at, color, put, spec_at, tag};
use crate::platform::symlink::live_link::LinkForm;
use crate::platform::symlink::scripts::OBSERVE;
use crate::platform::symlink::scripts::tests::{Host, serve, under_every_shell};
use crate::platform::symlink::spec::{HookName, Service};
use crate::platform::symlink::workloads;

/// Returns the settings that the command has for `observe.sh`, and its answer.
fn observed(host: &Host, spec: &SymlinkSpec) -> String {
    let command = command(spec, Carries::App, "");
    let words = command.words();
    let settings: Vec<&str> = words[4..].iter().map(String::as_str).collect();
    let ended = host.run(OBSERVE, &settings).with(0);
    assert!(ended.out.contains("\u{1e}end"), "{ended:?}");
    assert!(ended.err.is_empty(), "{ended:?}");
    ended.out
}

fn parts(text: &str) -> BTreeMap<&str, &str> {
    text.split('\u{1e}').skip(1).map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}

fn read(host: &Host, spec: &SymlinkSpec) -> Facts {
    facts(spec, &parts(&observed(host, spec)))
}

fn alone(host: &Host) -> SymlinkSpec {
    alone_at(host.dir().to_str().unwrap())
}

fn at(host: &Host) -> SymlinkSpec {
    spec_at(host.dir().to_str().unwrap())
}

fn mkdir(host: &Host, name: &str) {
    fs::create_dir_all(host.path(name)).unwrap();
}

#[test]
fn every_form_of_the_live_link_is_named() {
    under_every_shell(|host| {
        mkdir(host, "versions/v1");
        mkdir(host, "versions/v 2");
        fs::create_dir(host.at("elsewhere")).unwrap();
        host.link("first", "versions/v1");
        let absolute = host.path("versions/v1").display().to_string();
        let elsewhere = host.at("elsewhere").display().to_string();
        let names = |form| LiveLink::Names { version: tag("v1"), form };
        let indirect = |text: &str| names(LinkForm::Indirect(text.to_owned()));
        for (text, wanted, problem) in [
            ("versions/v1", names(LinkForm::Relative), ""),
            ("./versions/v1/", names(LinkForm::Relative), ""),
            (absolute.as_str(), names(LinkForm::Absolute), ""),
            ("first", indirect("first"), "leads to v1 through another link, first"),
            ("versions/v9", LiveLink::Dangling("versions/v9".to_owned()), "does not exist"),
            (
                "../elsewhere",
                LiveLink::Elsewhere(fs::canonicalize(&elsewhere).unwrap().display().to_string()),
                "which is not in versions/",
            ),
            ("versions/v 2", LiveLink::OddName("v 2".to_owned()), "cannot be the name"),
            (
                ".",
                LiveLink::Elsewhere(fs::canonicalize(host.dir()).unwrap().display().to_string()),
                "is not in",
            ),
        ] {
            host.link("live", text);
            let facts = read(host, &alone(host));
            assert_eq!(facts.link, wanted, "{text}");
            let found: Vec<&str> = facts.problems.iter().map(|it| it.what.as_str()).collect();
            assert_eq!(found.is_empty(), problem.is_empty(), "{text}: {found:?}");
            assert!(found.iter().all(|what| what.contains(problem)), "{text}: {found:?}");
        }
        fs::remove_file(host.path("live")).unwrap();
        assert_eq!(read(host, &alone(host)).link, LiveLink::Absent);
        host.write("live", "");
        assert_eq!(read(host, &alone(host)).link, LiveLink::IsFile);
        fs::remove_file(host.path("live")).unwrap();
        mkdir(host, "live");
        assert_eq!(read(host, &alone(host)).link, LiveLink::IsDirectory);
    });
}

#[test]
fn versions_records_and_archives_are_read() {
    under_every_shell(|host| {
        for version in ["v1", "v2", "v10", "unpack", ".flipside-new.7"] {
            mkdir(host, &format!("versions/{version}"));
        }
        host.link("versions/v3", "v2");
        host.write("versions/v1/DIRTY_RELEASE", "");
        host.write(".flipside/releases/v2", &format!("{SHA} 2026-01-01T00:00:00Z\n"));
        host.write(&format!(".flipside/archives/{SHA}"), "");
        host.write(&format!(".flipside/archives/{SHA}.part"), "");
        host.write(&format!(".flipside/archives/{SHA}.upload"), "12345");
        host.write(".flipside/hooks/v2.prepare", "ended 0 run-1\n");
        host.write(".flipside/hooks/v2.deployed", "ended 7 run-1\n");
        host.write(".flipside/hooks/v1.0.prepare", "started run-2 999999\n");
        host.write(".flipside/live-version", "v2\n");
        host.write(".flipside/previous-version", "v1\n");
        host.link("live", "versions/v2");
        let facts = read(host, &alone(host));
        let digest = digest(SHA);
        let version = |name, digest, bad| Version { tag: tag(name), digest, bad };
        assert_eq!(
            facts.versions,
            [version("v1", None, true), version("v10", None, false), version("v2", digest, false)]
        );
        assert_eq!(facts.archives, [super::digest(SHA).unwrap()]);
        assert_eq!(facts.uploads, BTreeMap::from([(super::digest(SHA).unwrap(), 5)]));
        assert!(facts.offered.is_empty());
        assert_eq!(facts.hook(&tag("v1.0"), HookName::Prepare), HookState::Interrupted);
        assert_eq!(facts.hook(&tag("v1"), HookName::Prepare), HookState::Never);
        assert!(facts.is_prepared(&alone(host), &tag("v2")));
        assert!(matches!(facts.not_bounced(&alone(host)), Some(HookState::Ended { code: 7, .. })));
        assert_eq!(facts.previous_version, Some(tag("v1")));
        assert_eq!(facts.unneeded(0), Vec::<&Tag>::new(), "another tool removes its own");
        assert_eq!(facts.of_another_tool(), [&tag("v10")]);
        assert!(facts.problems.is_empty(), "{:?}", facts.problems);
        host.link("live", "versions/v1");
        let facts = read(host, &alone(host));
        assert_eq!(facts.not_bounced(&alone(host)), None, "somebody else swung it");
    });
}

#[test]
fn archives_on_the_host_are_read_with_their_checksums() {
    under_every_shell(|host| {
        let mut spec = alone(host);
        let path = format!("{}/shop-{{release}}.tgz", host.at("builds").display());
        spec.source = Source::OnHost { path };
        assert!(read(host, &spec).offered.is_empty(), "there is no such directory");
        fs::create_dir(host.at("builds")).unwrap();
        let other = "b".repeat(64);
        for (name, sum) in [
            ("shop-v1.tgz", Some(format!("{SHA}  dist/shop-v1.tgz\n"))),
            ("shop-v2.tgz", Some(format!("archive\nSHA256 (shop-v2.tgz) = {SHA}"))),
            ("shop-v3.tgz", None),
            ("shop-v4.tgz", Some(format!("{other}  shop-v3.tgz\n"))),
            ("shop-v5.tgz", Some(String::new())),
            ("shop-a b.tgz", None),
            ("other-v6.tgz", None),
        ] {
            fs::write(host.at("builds").join(name), "").unwrap();
            if let Some(sum) = sum {
                fs::write(host.at("builds").join(format!("{name}.sha256")), sum).unwrap();
            }
        }
        let known = || OfferedSum::Known(super::digest(SHA).unwrap());
        let unusable = |why: &str| OfferedSum::Unusable(why.to_owned());
        assert_eq!(
            read(host, &spec).offered,
            BTreeMap::from([
                (tag("v1"), known()),
                (tag("v2"), known()),
                (tag("v3"), OfferedSum::Absent),
                (
                    tag("v4"),
                    unusable("it holds the sha256 of shop-v3.tgz, and none of shop-v4.tgz")
                ),
                (tag("v5"), unusable("it holds no sha256")),
            ])
        );
        spec.source =
            Source::OnHost { path: format!("{}/{{release}}/shop.tgz", host.at("trees").display()) };
        fs::create_dir_all(host.at("trees/v7")).unwrap();
        fs::write(host.at("trees/v7/shop.tgz"), "").unwrap();
        assert_eq!(read(host, &spec).offered, BTreeMap::from([(tag("v7"), OfferedSum::Absent)]));
    });
}

/// Describes a slot: `v1 Up Healthy`.
fn shown(slot: &Slot) -> String {
    let release = slot.release.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    format!("{release} {:?} {:?}", slot.running, slot.health)
}

fn both(host: &Host, spec: &SymlinkSpec, recorded: Option<&str>) -> [String; 3] {
    let facts = read(host, spec);
    let recorded = recorded.map(color);
    let slots = workloads::colors(spec, &facts, recorded.as_ref());
    let live = workloads::live_color(spec, &facts, recorded.as_ref());
    let live = live.map_or_else(|why| why.what, |color| color.to_string());
    [live, shown(&slots[&color("blue")]), shown(&slots[&color("green")])]
}

#[test]
fn without_a_service_a_slot_is_up_once_its_version_is_prepared() {
    under_every_shell(|host| {
        for version in ["v1", "v2"] {
            mkdir(host, &format!("versions/{version}"));
        }
        let both = |recorded| both(host, &alone(host), recorded);
        assert_eq!(both(None), ["blue", "- Absent None", "- Absent None"]);
        // A host that another tool set up.
        host.link("live", "versions/v1");
        assert_eq!(both(None), ["blue", "v1 Up Unchecked", "- Absent None"]);
        host.link(".flipside/slots/blue", "../../versions/v1");
        host.link(".flipside/slots/green", "../../versions/v2");
        host.write(".flipside/releases/v2", &format!("{SHA} 2026-01-01T00:00:00Z\n"));
        assert_eq!(both(None), ["blue", "v1 Up Unchecked", "v2 Stopped None"]);
        host.write(".flipside/hooks/v2.prepare", "ended 1 run-1\n");
        assert_eq!(both(None)[2], "v2 Stopped None");
        host.write(".flipside/hooks/v2.prepare", "ended 0 run-1\n");
        assert_eq!(both(None), ["blue", "v1 Up Unchecked", "v2 Up Unchecked"]);
        host.link("live", "versions/v2");
        assert_eq!(both(Some("blue"))[0], "green", "the link is what users reach");
        host.link(".flipside/slots/blue", "../../versions/v2");
        assert_eq!(both(Some("blue"))[0], "blue", "both have it, so the record decides");
        host.link(".flipside/slots/green", "../../versions/v2");
        host.link("live", "versions/v1");
        assert_eq!(both(None)[0], "v1 is live, but neither slot has that version");
    });
}

const SYSTEMCTL: &str = r#"
[ "$1" = show ] || exit 9
first=yes
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
shift
for unit; do
    [ -n "$first" ] || echo
    first=
    load=loaded
    [ -f "$HOST_DIR/$unit" ] || load=not-found
    active=inactive
    [ "$load" = not-found ] || read -r active <"$HOST_DIR/$unit"
    printf 'LoadState=%s\nActiveState=%s\nSubState=x\nResult=success\n' "$load" "$active"
done
"#;

#[test]
fn with_services_a_slot_is_up_if_its_service_is() {
    under_every_shell(|host| {
        for version in ["v1", "v2"] {
            mkdir(host, &format!("versions/{version}"));
        }
        host.program("systemctl", SYSTEMCTL);
        host.program("sudo", "echo sudo was used >&2; exit 1");
        let mut spec = at(host);
        let address = serve(host);
        let pair = spec.pair.as_mut().unwrap();
        put(pair, "green", &address);
        put(pair, "blue", "127.0.0.1:1");
        pair.proxy.live.url = format!("http://{address}/health");
        pair.proxy.passive.url = format!("http://{address}/");
        let spec = spec;
        fs::write(host.at("serves"), "v2\n").unwrap();
        host.link("live", "versions/v1");
        host.link(".flipside/slots/blue", "../../versions/v1");
        host.link(".flipside/slots/green", "../../versions/v2");
        let unit = |color: &str, state: &str| {
            fs::write(host.at(&format!("shop-{color}")), format!("{state}\n")).unwrap();
        };
        let slots = || {
            let [_, blue, green] = both(host, &spec, None);
            [blue, green]
        };
        let facts = read(host, &spec);
        assert!(facts.problems[0].what.contains("no unit shop-blue"), "{:?}", facts.problems);
        unit("blue", "inactive");
        unit("green", "active");
        assert_eq!(slots(), ["v1 Stopped None", "v2 Up Healthy"]);
        host.write(".flipside/started/green", "started v1 run-1\n");
        assert_eq!(slots()[1], "v2 Unsettled None", "it was started with another version");
        host.write(".flipside/started/green", "starting v2 run-1 999999\n");
        assert_eq!(slots()[1], "v2 Unsettled None", "its start never ended well");
        host.write(".flipside/started/green", "started v2 run-1\n");
        fs::write(host.at("serves"), "broken\n").unwrap();
        unit("blue", "activating");
        assert_eq!(slots(), ["v1 Unsettled None", "v2 Up Unhealthy"]);
        host.link(".flipside/slots/blue", "/etc");
        let what = read(host, &spec).problems[0].what.clone();
        assert_eq!(what, "the slot blue is /etc, which is no version");

        let parts_of = observed(host, &spec);
        let names: Vec<&str> = parts(&parts_of).into_keys().collect();
        for name in
            ["live-answer", "live-answer-end", "passive-answer-end", "nginx", "disk", "clock"]
        {
            assert!(names.contains(&name), "{name} is missing: {names:?}");
        }
    });
}

#[test]
fn services_may_be_commands() {
    under_every_shell(|host| {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        host.program("ctl", "[ \"$2\" = 127.0.0.1:8002 ] || [ \"$2\" = 8002 ] && exit 0; exit 3");
        let mut spec = at(host);
        let service = Service::Commands {
            start: words("ctl start {color}"),
            stop: words("ctl stop {color}"),
            status: words("ctl status {port}"),
        };
        spec.pair.as_mut().unwrap().service = service.clone();
        let facts = read(host, &spec);
        assert_eq!(facts.services[&color("blue")], Running::Stopped);
        assert_eq!(facts.services[&color("green")], Running::Up);
        let lines = service.lines(&spec, &color("green"));
        assert_eq!(lines.start, "ctl start green");
        fs::remove_file(host.at("bin/ctl")).unwrap();
        let facts = read(host, &spec);
        assert_eq!(facts.services[&color("blue")], Running::Unseen);
    });
}
