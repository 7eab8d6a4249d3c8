//! Findings about hosts in directories of this machine, under every shell.

use std::fs;

use super::*;
use crate::domain::finding::Severity;
use crate::platform::symlink::drift::tests::{alone, member, pair, prepared};
use crate::platform::symlink::scripts::tests::{Host, serve, under_every_shell};
use crate::platform::symlink::spec::YodeployHooks;

fn diagnosed(host: &Host, spec: &SymlinkSpec) -> Vec<Finding> {
    let member = member(spec, Carries::App);
    let words = command(&member, spec).words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let now = || chrono::Utc::now().timestamp_millis();
    let asked_ms = now();
    let ended = host.run_words(&words, b"");
    assert!(ended.err.is_empty(), "{ended:?}");
    let reply = ProbeReply {
        code: ended.code,
        stdout: ended.out,
        stderr: ended.err,
        asked_ms,
        answered_ms: now(),
    };
    diagnose(&member, spec, &reply)
}

/// Returns the findings that are not good, except about the login shell of this machine.
fn bad(findings: &[Finding]) -> Vec<String> {
    let not_good = findings.iter().filter(|it| !it.is_good() && it.name != "shell");
    not_good.map(|it| format!("{}: {}", it.name, it.found)).collect()
}

#[track_caller]
fn assert_remedy(findings: &[Finding], name: &str, found: &str, remedy: &str) {
    let fits = |it: &&Finding| it.name == name && it.found.contains(found) && it.is_bad();
    let finding = findings.iter().find(fits);
    let finding = finding.unwrap_or_else(|| panic!("{name}, {found}: {findings:#?}"));
    let Severity::Bad { remedy: has } = &finding.severity else { panic!("{finding:?}") };
    assert!(has.contains(remedy), "{remedy:?} is not in {has:?}");
}

/// An app without a pair whose archives are on a server that answers.
fn good(host: &Host) -> SymlinkSpec {
    prepared(host);
    fs::write(host.at("serves"), "v1\n").unwrap();
    let mut spec = alone(host);
    spec.source = Source::Http { url: format!("http://{}/{{release}}", serve(host)), login: None };
    spec
}

#[test]
fn good_host_has_only_good_findings() {
    under_every_shell(|host| {
        let findings = diagnosed(host, &good(host));
        assert_eq!(bad(&findings), [""; 0]);
        let names: Vec<&str> = findings.iter().map(|it| it.name.as_str()).collect();
        for name in ["tools", "source", "clock", "disk", "directories", "versions", "link", "lock"]
        {
            assert!(names.contains(&name), "{name} is missing: {names:?}");
        }
        let left = fs::read_dir(host.path(".flipside")).unwrap();
        let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(!left.into_iter().any(|name| name.starts_with("doctor")));
    });
}

#[test]
fn what_is_missing_has_a_remedy() {
    under_every_shell(|host| {
        let mut spec = good(host);
        spec.source = Source::OnHost { path: "/no/such/directory/{release}.tar.gz".to_owned() };
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        if let Hooks::Commands { prepare: Some(prepare), .. } = &mut spec.hooks {
            prepare.command = words("no-such-program --now");
        }
        host.link("live", "versions/v9");
        let findings = diagnosed(host, &spec);
        assert_remedy(&findings, "source", "/no/such/directory", "`source.on_host`");
        assert_remedy(&findings, "commands", "no-such-program does not exist", "`hooks`");
        assert_remedy(&findings, "release", "versions/v9, which does not exist", "Point it at");
        spec.source = Source::Http { url: "http://127.0.0.1:1/{release}".to_owned(), login: None };
        assert_remedy(&diagnosed(host, &spec), "source", "no answer from http://127", "curl -v");
        fs::remove_dir_all(host.dir()).unwrap();
        let findings = diagnosed(host, &spec);
        assert_remedy(&findings, "set up", "was never set up", "install -d -o ");
    });
}

#[test]
fn yodeploy_must_be_importable() {
    under_every_shell(|host| {
        let mut spec = good(host);
        let python = host.at("bin/python");
        spec.hooks = Hooks::Yodeploy(YodeployHooks {
            python: python.display().to_string(),
            config: "/no/yodeploy.conf".to_owned(),
            app: "shop".to_owned(),
            target: None,
            timeout: std::time::Duration::from_secs(60),
        });
        let findings = diagnosed(host, &spec);
        assert_remedy(&findings, "yodeploy", "does not exist", "`hooks.yodeploy.python`");
        assert_remedy(&findings, "yodeploy config", "/no/yodeploy.conf", "hooks.yodeploy.config");
        host.program("python", "echo \"No module named 'yodeploy'\" >&2; exit 1");
        let findings = diagnosed(host, &spec);
        assert_remedy(&findings, "yodeploy", "No module named 'yodeploy'", "Install yodeploy");
        host.program("python", "exit 0");
        let findings = diagnosed(host, &spec);
        assert!(findings.iter().any(|it| it.name == "yodeploy" && it.is_good()), "{findings:#?}");
    });
}

#[test]
fn pair_needs_nginx_and_its_units() {
    under_every_shell(|host| {
        let mut spec = pair(host);
        host.program("sudo", "case \"$*\" in *'stop -- shop-green') exit 1 ;; esac; exit 0");
        spec.source = Source::Upload { path: "shop-{release}.tar.gz".to_owned() };
        fs::write(host.at("pid"), format!("{}\n", std::process::id())).unwrap();
        let pid_file = host.at("pid").display().to_string();
        spec.pair.as_mut().unwrap().proxy.nginx.pid_file = pid_file;
        let findings = diagnosed(host, &spec);
        let named = |name: &str| findings.iter().find(|it| it.name == name).unwrap();
        for name in ["nginx", "live entry point", "passive entry point", "ports"] {
            assert!(named(name).is_good(), "{:?}", named(name));
        }
        assert_remedy(&findings, "services", "stop shop-green", "/etc/sudoers.d");
        assert!(!named("services").found.contains("shop-blue"), "{:?}", named("services"));
        // The link did not follow the switch.
        host.link("live", "versions/v1");
        host.write(".flipside/live-version", "v1\n");
        let findings = diagnosed(host, &spec);
        assert_remedy(
            &findings,
            "records",
            "names v1, but nginx serves green v2",
            "flipside repair",
        );
    });
}

#[test]
fn answer_without_its_end_is_explained() {
    let spec = crate::platform::symlink::fixture::alone();
    let reply = ProbeReply {
        code: 1,
        stdout: "This account is currently not available.\n".to_owned(),
        stderr: String::new(),
        asked_ms: 0,
        answered_ms: 0,
    };
    let findings = diagnose(&member(&spec, Carries::App), &spec, &reply);
    assert_eq!(findings.len(), 1);
    assert_remedy(&findings, "shell", "exit 1", "chsh");
}
