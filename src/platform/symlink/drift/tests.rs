//! Whole observations of hosts in directories of this machine, under every shell, and their drift.

use std::fs;

use super::*;
use crate::domain::observation::Proof;
use crate::domain::spec::PlatformSpec;
use crate::domain::target::Carries;
use crate::platform::contract::ProbeReply;
use crate::platform::kit;
use crate::platform::symlink::fixture::{SHA, alone_at, color, put, spec_at, tag};
use crate::platform::symlink::observe;
use crate::platform::symlink::scripts::tests::{Host, serve, under_every_shell};

pub fn member(spec: &SymlinkSpec, carries: Carries) -> Member {
    let platform = PlatformSpec::new(spec.clone());
    Member { carries, platform, ..kit::fixture::member() }
}

fn observed_by(member: &Member, host: &Host, last: Option<&Observation>) -> Observation {
    let spec = member.platform.get::<SymlinkSpec>().unwrap();
    let command = observe::probe(member, spec, last);
    let words: Vec<String> = command.words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended = host.run_words(&words, b"");
    let reply = ProbeReply {
        code: ended.code,
        stdout: ended.out,
        stderr: ended.err,
        asked_ms: 0,
        answered_ms: 40,
    };
    let observation = observe::read(member, spec, &reply, last).unwrap();
    assert!(Facts::of(&observation).is_some(), "what is stored can be read: {observation:?}");
    observation
}

pub fn observed(host: &Host, spec: &SymlinkSpec) -> Observation {
    observed_by(&member(spec, Carries::App), host, None)
}

pub fn alone(host: &Host) -> SymlinkSpec {
    alone_at(host.dir().to_str().unwrap())
}

/// Describes all drift: its kind, whether `repair` ends it, and its text.
fn drift_of(observation: &Observation) -> Vec<String> {
    let shown = |drift: &Drift| {
        let repairable = if drift.repairable { " repairable" } else { "" };
        format!("{:?}{repairable}: {}", drift.kind, drift.what)
    };
    observation.drift.iter().map(shown).collect()
}

/// Checks all drift of a host, whose directory is `DIR` in the texts.
#[track_caller]
fn assert_drift(host: &Host, observation: &Observation, wanted: &[&str]) {
    let dir = host.dir().display().to_string();
    let found: Vec<String> =
        drift_of(observation).iter().map(|text| text.replace(&dir, "DIR")).collect();
    assert_eq!(found, wanted);
}

/// Makes a version that Flipside unpacked and prepared.
pub fn version(host: &Host, name: &str) {
    fs::create_dir_all(host.path(&format!("versions/{name}"))).unwrap();
    host.write(&format!(".flipside/releases/{name}"), &format!("{SHA} 2026-01-01T00:00:00Z\n"));
    host.write(&format!(".flipside/hooks/{name}.prepare"), "ended 0 run-1\n");
}

/// A host on which blue v1 went live, and green v2 is prepared.
pub fn prepared(host: &Host) {
    for name in ["v1", "v2"] {
        version(host, name);
    }
    host.link("live", "versions/v1");
    host.link(".flipside/slots/blue", "../../versions/v1");
    host.link(".flipside/slots/green", "../../versions/v2");
    host.write(".flipside/hooks/v1.deployed", "ended 0 run-1\n");
    host.write(".flipside/live-version", "v1\n");
    host.write(".flipside/passive-color", "green\n");
    host.write("live-color", "blue\n");
}

#[test]
fn server_that_was_never_set_up_lacks_its_directory() {
    under_every_shell(|host| {
        fs::remove_dir(host.dir()).unwrap();
        for carries in [Carries::App, Carries::JobsOnly] {
            let seen = observed_by(&member(&alone(host), carries), host, None);
            let wanted = "Disagreement: DIR does not exist: this server was never set up";
            assert_drift(host, &seen, &[wanted]);
            let remedy = &seen.drift[0].remedy;
            assert!(remedy.contains("install -d -o ") && !remedy.contains("USER"), "{remedy}");
            assert!(remedy.contains("flipside doctor"), "{remedy}");
            assert!(seen.colors.is_empty() && seen.live.configured.is_none());
        }
    });
}

#[test]
fn before_the_first_release_there_are_no_users() {
    under_every_shell(|host| {
        let seen = observed(host, &alone(host));
        assert_drift(host, &seen, &[]);
        assert_eq!((seen.live.proof, seen.users_are_answered()), (Proof::NoUsers, None));
        assert_eq!(seen.likely(), Some(&color("blue")), "green is free for the first release");
        assert_eq!((seen.live_tag(), seen.is_prepared()), (None, false));
    });
}

#[test]
fn host_of_another_tool_has_no_drift() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("versions/v1")).unwrap();
        host.link("live", "versions/v1");
        let seen = observed(host, &alone(host));
        assert_drift(host, &seen, &[]);
        assert_eq!(seen.live.color(), Some(&color("blue")));
        assert_eq!(seen.live_tag(), Some(&tag("v1")));
        assert_eq!(seen.passive_points_at, Some(color("blue")));
        // The first step of Flipside records what it found; no hook has to run for that.
        host.link(".flipside/slots/blue", "../../versions/v1");
        host.write("live-color", "blue\n");
        host.write(".flipside/live-version", "v1\n");
        assert_drift(host, &observed(host, &alone(host)), &[]);
    });
}

#[test]
fn without_a_pair_the_link_says_what_is_live_and_a_mark_what_is_prepared() {
    under_every_shell(|host| {
        prepared(host);
        let seen = observed(host, &alone(host));
        assert_drift(host, &seen, &[]);
        assert_eq!((seen.live.proof, seen.users_are_answered()), (Proof::Link, Some(true)));
        assert_eq!(seen.live.answer, None, "nothing was asked");
        assert_eq!(seen.live.color(), Some(&color("blue")));
        assert_eq!(seen.passive_points_at, Some(color("green")));
        assert!(seen.is_prepared());
        assert_eq!(seen.live_tag(), Some(&tag("v1")));
        assert_eq!(seen.kept.len(), 2, "{:?}", seen.kept);
        // The slot was emptied.
        fs::remove_file(host.path(".flipside/slots/green")).unwrap();
        let seen = observed(host, &alone(host));
        assert_eq!(seen.passive_points_at, Some(color("blue")));
        assert!(!seen.is_prepared());
    });
}

#[test]
fn hook_that_did_not_end_well_is_named_with_both_remedies() {
    under_every_shell(|host| {
        prepared(host);
        host.link("live", "versions/v2");
        host.write(".flipside/live-version", "v2\n");
        host.write(".flipside/previous-version", "v1\n");
        host.write("live-color", "green\n");
        for (record, how) in [
            (None, "did not run since"),
            (Some("ended 7 run-2\n"), "failed with exit 7"),
            (Some("ended 124 run-2\n"), "did not end in time"),
            (Some("started run-2 999999\n"), "was interrupted"),
        ] {
            if let Some(record) = record {
                host.write(".flipside/hooks/v2.deployed", record);
            }
            let seen = observed(host, &alone(host));
            let what = format!(
                "LiveIncomplete: v2 is live, but its deployed hook {how}: users may still get the release before"
            );
            assert_drift(host, &seen, &[&what]);
            let remedy = &seen.drift[0].remedy;
            assert!(remedy.contains("flipside go-live --release v2"), "{remedy}");
            assert!(remedy.contains("flipside rollback"), "{remedy}");
            assert_eq!(seen.live_tag(), Some(&tag("v2")), "the link moved users");
        }
        host.write(".flipside/hooks/v2.deployed", "ended 0 run-2\n");
        assert_drift(host, &observed(host, &alone(host)), &[]);
        host.write("versions/v2/BAD_RELEASE", "");
        let seen = observed(host, &alone(host));
        assert_drift(
            host,
            &seen,
            &[
                "LiveIncomplete: v2 is live, but it is marked as unusable by BAD_RELEASE or DIRTY_RELEASE",
            ],
        );
        assert_eq!(seen.kept.len(), 1, "{:?}", seen.kept);
    });
}

#[test]
fn link_that_something_else_has_swung_is_drift() {
    under_every_shell(|host| {
        prepared(host);
        host.link("live", "versions/v2");
        let seen = observed(host, &alone(host));
        assert_drift(
            host,
            &seen,
            &[
                "Disagreement repairable: DIR/live-color says blue, but DIR/live names v2, the version of green",
                "Disagreement repairable: DIR/live names v2, but v1 was recorded as live: another tool swung it",
            ],
        );
        assert_eq!((seen.live.color(), seen.reached()), (None, Some(&color("green"))));
        version(host, "v3");
        host.link("live", "versions/v3");
        let seen = observed(host, &alone(host));
        let wanted = "Disagreement repairable: DIR/live names v3, but v1 was recorded as live: another tool swung it";
        assert_drift(host, &seen, &[wanted]);
        assert_eq!((seen.live.color(), seen.live_tag()), (Some(&color("blue")), Some(&tag("v3"))));
        // Without a record of the live color no slot can be it.
        fs::remove_file(host.path("live-color")).unwrap();
        let found = drift_of(&observed(host, &alone(host)));
        assert_eq!(found[0], "Disagreement: v3 is live, but neither slot has that version");
        host.write("live-color", "blue\n");
        fs::remove_file(host.path("live")).unwrap();
        let wanted = "Disagreement: DIR/live does not exist, but v1 was recorded as live";
        assert_drift(host, &observed(host, &alone(host)), &[wanted]);
        host.link("live", "versions/v9");
        let seen = observed(host, &alone(host));
        assert_drift(
            host,
            &seen,
            &["Disagreement: DIR/live points to versions/v9, which does not exist"],
        );
        assert_eq!(seen.users_are_answered(), Some(false));
    });
}

#[test]
fn without_a_pair_an_entry_point_must_answer() {
    under_every_shell(|host| {
        prepared(host);
        let mut spec = alone(host);
        let mut entry_point = kit::fixture::proxy().live;
        entry_point.url = format!("http://{}/health", serve(host));
        entry_point.color_header = None;
        spec.served_at = Some(entry_point);
        fs::write(host.at("serves"), "v1\n").unwrap();
        let seen = observed(host, &spec);
        assert_drift(host, &seen, &[]);
        let answer = seen.live.answer.as_ref().unwrap();
        assert_eq!((answer.status, answer.release.as_deref()), (Some(200), Some("v1")));
        assert_eq!((seen.live.proof, seen.live.color()), (Proof::Answer, Some(&color("blue"))));
        fs::write(host.at("serves"), "broken\n").unwrap();
        let seen = observed(host, &spec);
        assert_drift(host, &seen, &["UsersUnanswered: users of blue get status 500"]);
        fs::remove_file(host.at("serves")).unwrap();
        let seen = observed(host, &spec);
        assert_drift(host, &seen, &["UsersUnanswered: users of blue get no answer"]);
    });
}

/// A pair whose nginx is configured for green, which answers.
pub fn pair(host: &Host) -> SymlinkSpec {
    let mut spec = spec_at(host.dir().to_str().unwrap());
    let address = serve(host);
    let at = |name: &str| host.at(name).to_str().unwrap().to_owned();
    let pair = spec.pair.as_mut().unwrap();
    put(pair, "green", &address);
    put(pair, "blue", "127.0.0.1:1");
    pair.proxy.nginx.command = vec!["nginx".to_owned()];
    pair.proxy.nginx.live_include = at("live.conf");
    pair.proxy.nginx.passive_include = at("passive.conf");
    for entry_point in [&mut pair.proxy.live, &mut pair.proxy.passive] {
        entry_point.url = format!("http://{address}/health");
        entry_point.color_header = Some("X-Color".to_owned());
    }
    for (file, upstream) in [("live.conf", "shop_live"), ("passive.conf", "shop_passive")] {
        fs::write(host.at(file), kit::include::fresh(&address, upstream)).unwrap();
    }
    host.program(
        "nginx",
        "echo '# configuration file /etc/nginx/nginx.conf:'
echo 'http { server { listen 80; location / { proxy_pass http://shop_live; } }'
echo 'server { listen 8080; location / { proxy_pass http://shop_passive; } }'
cat \"$HOST_DIR/live.conf\" \"$HOST_DIR/passive.conf\"
echo '}'",
    );
    host.program(
        "systemctl",
        "printf 'LoadState=loaded\\nActiveState=inactive\\n\\nLoadState=loaded\\nActiveState=%s\\n' \"$(cat \"$HOST_DIR/green\")\"",
    );
    fs::write(host.at("green"), "active\n").unwrap();
    fs::write(host.at("serves"), "v2\n").unwrap();
    prepared(host);
    host.link("live", "versions/v2");
    host.write(".flipside/live-version", "v2\n");
    host.write(".flipside/hooks/v2.deployed", "ended 0 run-2\n");
    host.write("live-color", "green\n");
    spec
}

#[test]
fn pair_without_a_release_has_no_users() {
    under_every_shell(|host| {
        let spec = pair(host);
        fs::remove_dir_all(host.dir()).unwrap();
        fs::create_dir(host.dir()).unwrap();
        fs::remove_file(host.at("serves")).unwrap();
        fs::write(host.at("green"), "inactive\n").unwrap();
        let seen = observed(host, &spec);
        assert_drift(host, &seen, &[]);
        assert_eq!((seen.live.proof, seen.users_are_answered()), (Proof::NoUsers, None));
        assert_eq!((seen.likely(), seen.live_tag()), (Some(&color("green")), None));
        // A release that is only prepared has no users yet.
        version(host, "v1");
        host.link(".flipside/slots/blue", "../../versions/v1");
        assert_eq!(observed(host, &spec).live.proof, Proof::NoUsers);
        host.link(".flipside/slots/green", "../../versions/v1");
        let seen = observed(host, &spec);
        assert_eq!((seen.live.proof, seen.users_are_answered()), (Proof::Answer, Some(false)));
    });
}

#[test]
fn with_a_pair_nginx_says_what_is_live_and_the_link_follows() {
    under_every_shell(|host| {
        let spec = pair(host);
        let seen = observed(host, &spec);
        assert_drift(host, &seen, &[]);
        assert_eq!((seen.live.proof, seen.live.color()), (Proof::Answer, Some(&color("green"))));
        assert_eq!(seen.live_tag(), Some(&tag("v2")));
        // The mark is of an app without a pair.
        assert_eq!(seen.passive_shows, Some(color("green")));
        // An unchanged configuration of nginx is not sent again.
        let again = observed_by(&member(&spec, Carries::App), host, Some(&seen));
        assert_eq!(again.live.color(), Some(&color("green")));
        let [first, second] = [&seen, &again].map(|it| Facts::of(it).unwrap().preflight.proxy);
        assert!(first.sum.is_some() && first == second, "{first:?} {second:?}");

        host.link("live", "versions/v1");
        host.write(".flipside/live-version", "v1\n");
        let wanted = "LiveIncomplete repairable: DIR/live names v1, but nginx serves green v2";
        assert_drift(host, &observed(host, &spec), &[wanted]);
        fs::remove_file(host.path("live")).unwrap();
        let wanted =
            "LiveIncomplete repairable: DIR/live does not exist, but nginx serves green v2";
        assert_drift(host, &observed(host, &spec), &[wanted]);

        host.link("live", "versions/v2");
        host.write(".flipside/live-version", "v2\n");
        fs::write(host.at("green"), "inactive\n").unwrap();
        let wanted = "UsersUnanswered repairable: nginx serves green, but its service does not run";
        assert_drift(host, &observed(host, &spec), &[wanted]);
        host.write("live-color", "blue\n");
        fs::write(host.at("green"), "active\n").unwrap();
        let wanted = "Disagreement repairable: DIR/live-color says blue, but nginx serves green";
        assert_drift(host, &observed(host, &spec), &[wanted]);
    });
}
