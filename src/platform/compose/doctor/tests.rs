//! Findings for given outputs of the script.

use super::{checked, host, proxy};
use crate::domain::color::ColorPair;
use crate::domain::finding::{Finding, Severity};
use crate::domain::names::{AppName, EnvName, HostName, StackName};
use crate::domain::spec::{Member, PlatformSpec};
use crate::domain::target::{Carries, Target};
use crate::platform::compose::facts::Facts;
use crate::platform::compose::fixture::{color, spec};
use crate::platform::compose::observe;
use crate::platform::contract::ProbeReply;
use crate::platform::kit::doctor::results::CheckResults;

const CLOCK_MS: i64 = 1_800_000_000_000;

fn member() -> Member {
    Member {
        target: Target::Host(HostName::new("web1").unwrap()),
        address: "web1.example.org".to_owned(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::new("main").unwrap(),
        carries: Carries::App,
        primary: true,
        colors: ColorPair::new(color("blue"), color("green")).unwrap(),
        platform: PlatformSpec::new(spec()),
        checks: Vec::new(),
        vars: std::collections::BTreeMap::new(),
    }
}

/// Returns the reply of a host that was never set up.
fn missing() -> ProbeReply {
    let stdout = "\u{1e}missing\n/srv/shop\n".to_owned();
    ProbeReply { code: 0, stdout, stderr: String::new(), asked_ms: 0, answered_ms: 0 }
}

/// Returns a finding for the output of a good host in which these lines replace those of the same name.
fn finding(name: &str, lines: &[&str]) -> Finding {
    let good = [
        "user\tis\tdeploy",
        "shell\tis\t/bin/bash",
        "tools\tmissing\t",
        "docker\tversion\t27.1",
        "compose\tversion\t2.30.0",
        "registry\t404\t{\"message\":\"manifest unknown\"}",
        "template\tok\tshop_blue shop_green djobs migrator",
        "sudo\trefused\t",
        "nginx\truns\t1",
        "config\tok\t",
        "clock\tis\t1800000000000000000",
        "end\tis\t",
    ];
    let name_of = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    let unchanged =
        good.iter().filter(|line| !lines.iter().any(|new| name_of(new) == name_of(line)));
    let text: Vec<&str> = unchanged.chain(lines).copied().collect();
    let output = format!("\u{1e}doctor\n{}\n", text.join("\n"));
    let answers = CheckResults::of(&output);
    let reply = ProbeReply {
        code: 0,
        stdout: output.clone(),
        stderr: String::new(),
        asked_ms: CLOCK_MS - 10,
        answered_ms: CLOCK_MS + 10,
    };
    let (spec, member) = (spec(), member());
    let environment = EnvName::new("staging").unwrap();
    let mut findings = host::findings(&environment, &member, &spec, &answers, &reply);
    let observation = observe::read(&member, &spec, &missing(), None).unwrap();
    let facts = Facts::default();
    findings.extend(proxy::of_nginx(&checked(&member, &spec, &observation, &facts, &answers)));
    findings.into_iter().find(|finding| finding.name == name).expect("there is such a finding")
}

#[test]
fn all_findings_of_a_good_host_are_good() {
    for name in
        ["shell", "tools", "docker", "compose", "registry", "template", "clock", "sudo", "nginx"]
    {
        assert!(finding(name, &[]).is_good(), "{:?}", finding(name, &[]));
    }
}

#[test]
fn every_bad_finding_has_a_remedy() {
    for (name, line, remedy) in [
        ("tools", "tools\tmissing\tcurl", "apt-get install curl"),
        ("docker", "docker\tabsent\t/var/run/docker.sock", "systemctl enable --now docker"),
        ("docker", "docker\tclosed\t/var/run/docker.sock", "usermod -aG docker deploy"),
        ("docker", "docker\tsilent\ttimed out", "systemctl restart docker"),
        ("compose", "compose\u{9}old\t1.29.2", "docker-compose-plugin"),
        ("compose", "compose\tversion\t1.29.2", "docker-compose-plugin"),
        ("compose", "compose\tabsent\t", "docker-compose-plugin"),
        ("template", "template\trefused\tservices.web Additional property", "compose.yml"),
        ("sudo", "sudo\trefused\t-T", "deploy ALL=(root) NOPASSWD: /usr/sbin/nginx -t"),
        ("nginx", "nginx\tstopped\t/run/nginx.pid", "systemctl enable --now nginx"),
        ("nginx", "config\trefused\t[emerg] 7#7: unknown directive", "nginx -t` succeeds"),
        ("clock", "clock\tis\t1800000031000000000", "timedatectl set-ntp true"),
        ("clock", "clock\tis\t1799999960000000000", "timedatectl set-ntp true"),
        ("clock", "clock\tis\t1800000040", "timedatectl set-ntp true"),
        ("registry", "registry\t500\t{\"message\":\"no such host\"}", "Check the name in `image`"),
        (
            "registry",
            "registry\t500\t{\"message\":\"server gave HTTP response to HTTPS client\"}",
            "insecure-registries",
        ),
    ] {
        let found = finding(name, &[line]);
        assert!(found.is_bad(), "{line}: {found:?}");
        assert!(found.severity.remedy().unwrap().contains(remedy), "{line}: {found:?}");
    }
}

#[test]
fn a_clock_that_is_a_little_off_is_a_warning() {
    let found = finding("clock", &["clock\tis\t1800000003000000000"]);
    assert!(matches!(found.severity, Severity::Warn { .. }), "{found:?}");
    assert_eq!(found.found, "3.0 s ahead of the clock of this machine");
}

/// The `date` of busybox has no nanoseconds.
#[test]
fn a_clock_with_whole_seconds_is_not_off_by_a_fraction() {
    for clock in ["1800000000", "1800000000%N", "1799999999"] {
        let found = finding("clock", &[&format!("clock\tis\t{clock}")]);
        assert!(!found.is_bad(), "{clock}: {found:?}");
        assert!(!matches!(found.severity, Severity::Warn { .. }), "{clock}: {found:?}");
    }
}

#[test]
fn a_registry_login_that_was_not_tried_is_unknown() {
    for line in [
        "registry\t401\t{\"message\":\"unauthorized\"}",
        "registry\t500\t{\"message\":\"Head \\\"https://r/v2\\\": no basic auth credentials\"}",
    ] {
        let found = finding("registry", &[line]);
        assert!(matches!(found.severity, Severity::Unknown { .. }), "{found:?}");
        assert!(found.severity.remedy().unwrap().contains("server, user and password"));
    }
}

#[test]
fn the_remedy_is_for_the_root_cause() {
    // Without the plugin, `docker` accepts no file, whatever the template says.
    let lines =
        ["compose\tabsent\t", "template\trefused\tdocker: 'compose' is not a docker command"];
    let found = finding("template", &lines);
    assert!(matches!(found.severity, Severity::Unknown { .. }), "{found:?}");
    assert!(found.severity.remedy().unwrap().contains("docker-compose-plugin"), "{found:?}");
    let found = finding("sudo", &["sudo\trefused\t-t", "sudoers\troot\t/opt/bin/nginx"]);
    assert!(found.severity.remedy().unwrap().contains("NOPASSWD: /opt/bin/nginx -t"), "{found:?}");
}

#[test]
fn another_engine_of_the_login_user_is_reported() {
    let other = "endpoint\tother\tunix:///run/user/1000/docker.sock";
    let found = finding("engine", &[other]);
    assert!(matches!(found.severity, Severity::Warn { .. }), "{found:?}");
    let remedy = found.severity.remedy().unwrap();
    assert!(remedy.contains("docker_socket: /run/user/1000/docker.sock"), "{remedy}");
}
