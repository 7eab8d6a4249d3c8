//! Plans of setup for given observations.

use std::collections::BTreeMap;

use super::plan;
use crate::domain::color::ColorPair;
use crate::domain::names::{AppName, EnvName, HostName, RunId, StackName};
use crate::domain::observation::{
    Gauges, Health, HttpAnswer, Observation, Observed, Proof, Running, Slot, Traffic,
};
use crate::domain::phase::Phase;
use crate::domain::plan::{
    Batches, FailurePolicy, Intent, Operator, Plan, Refusal, Selection, StepState,
};
use crate::domain::release::{Release, Tag};
use crate::domain::spec::{Member, PlatformSpec};
use crate::domain::target::{Carries, Target};
use crate::platform::compose::facts::{DatedFile, Facts, LinkFault};
use crate::platform::compose::fixture::{color, spec};
use crate::platform::compose::host::{StackHosts, view};
use crate::platform::compose::preflight::Preflight;
use crate::platform::contract::KnownMember;
use crate::platform::kit;
use crate::platform::kit::facts::HostFacts;
use crate::platform::kit::include::{IncludeFile, ProxyFacts};
use crate::platform::kit::nginx::{Listen, Served, ServerBlock};
use crate::platform::kit::preflight::{Directory, DirectoryState, SetupFacts};
use crate::platform::kit::proxy::{DumpError, Proxy};
use crate::platform::kit::{builder, include};

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
        vars: BTreeMap::new(),
    }
}

fn intent(tag: Option<&str>) -> Intent {
    Intent {
        run: RunId::new("run-1").unwrap(),
        phase: Phase::Setup,
        environment: EnvName::new("staging").unwrap(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::new("main").unwrap(),
        release: tag.map(|tag| Release::of_tag(Tag::new(tag).unwrap())),
        selection: Selection::All,
        policy: FailurePolicy::Stop,
        batches: Batches::default(),
        sign_off_required: false,
        freeze: false,
        reason: None,
        by: Operator { user: "alice".to_owned(), machine: "desk".to_owned() },
        asked_at: chrono::DateTime::UNIX_EPOCH,
        begun_at: None,
        goal: None,
    }
}

fn directories(dir: DirectoryState, includes: DirectoryState) -> Vec<Directory> {
    [("/srv/shop", dir), ("/etc/nginx/flipside", includes)]
        .map(|(path, state)| Directory { path: path.to_owned(), state })
        .to_vec()
}

fn preflight(host: kit::preflight::Preflight) -> Preflight {
    Preflight { host, ..Preflight::default() }
}

/// A bare Debian: nginx as packaged, nothing of ours, and sudo for everything that setup runs.
fn bare() -> Facts {
    let may = [
        "install -d -o deploy -g deploy /srv/shop",
        "install -d -o deploy -g deploy /etc/nginx/flipside",
        "install -m 644 /srv/shop/.flipside/hook /etc/nginx/conf.d/flipside.conf",
        "rm /etc/nginx/sites-enabled/default",
    ];
    Facts {
        host: HostFacts { missing: true, ..HostFacts::default() },
        preflight: preflight(kit::preflight::Preflight {
            directories: directories(DirectoryState::NeedsRoot, DirectoryState::NeedsRoot),
            proxy: Proxy {
                served: Served {
                    includes: ["/etc/nginx/conf.d/*.conf".to_owned()].into(),
                    ..Served::default()
                },
                ..Proxy::default()
            },
            setup_facts: Some(SetupFacts {
                user: "deploy".to_owned(),
                group: "deploy".to_owned(),
                may: may.map(str::to_owned).into(),
                packaged_page: true,
                ..SetupFacts::default()
            }),
        }),
        ..Facts::default()
    }
}

/// A server that serves blue v1 with a configuration that is not ours.
fn serving() -> Facts {
    let include = |upstream: &str| IncludeFile {
        text: include::fresh("127.0.0.1:8001", upstream),
        sha256: "0".repeat(64),
    };
    let name = "docker-compose.20260101-000000-v1.yml".to_owned();
    Facts {
        link: Some(name.clone()),
        files: vec![DatedFile { name, sha256: "1".repeat(64), head: None }],
        host: HostFacts {
            includes: ProxyFacts {
                live_include: Some(include("shop_live")),
                passive_include: Some(include("shop_passive")),
                draining: None,
            },
            ..HostFacts::default()
        },
        preflight: preflight(kit::preflight::Preflight {
            directories: directories(DirectoryState::Writable, DirectoryState::Writable),
            proxy: Proxy {
                served: Served {
                    passes: ["shop_live".to_owned(), "shop_passive".to_owned()].into(),
                    ..Served::default()
                },
                ..Proxy::default()
            },
            setup_facts: None,
        }),
        ..Facts::default()
    }
}

fn observation(facts: Facts) -> Observation {
    let serves = !facts.host.missing;
    let blue = color("blue");
    let v1 = Release::of_tag(Tag::new("v1").unwrap());
    let up = Slot { release: Some(v1), running: Running::Up, health: Health::Healthy };
    let answer = HttpAnswer {
        status: Some(200),
        took: std::time::Duration::from_millis(1),
        color: Some(blue.clone()),
        release: None,
    };
    Observation {
        target: member().target,
        at: chrono::DateTime::UNIX_EPOCH,
        took: std::time::Duration::ZERO,
        live: Traffic {
            configured: serves.then(|| blue.clone()),
            answer: serves.then_some(answer),
            recorded: serves.then(|| blue.clone()),
            answers_name_color: true,
            proof: Proof::Answer,
        },
        passive_shows: serves.then(|| blue.clone()),
        passive_points_at: serves.then(|| blue.clone()),
        withdrawn: None,
        changed_elsewhere: None,
        config_change: None,
        cold_rollback: None,
        colors: if serves { BTreeMap::from([(blue, up)]) } else { BTreeMap::new() },
        jobs: Vec::new(),
        migrated: Vec::new(),
        pulled: None,
        kept: Vec::new(),
        host: Gauges { disk_free: Some(8 << 30), clock_skew_ms: None, machine: None },
        lock: None,
        lock_count: None,
        verified: None,
        last_change: None,
        frozen: None,
        switching: None,
        drift: Vec::new(),
        detail: facts.into_detail(),
    }
}

fn planned(tag: Option<&str>, observation: Observation) -> Result<Plan, Refusal> {
    let (member, observed) = (member(), Observed::Current(Box::new(observation)));
    let known = [KnownMember { member: &member, observed: &observed }];
    let intent = intent(tag);
    let stack = StackHosts::of(&intent, &known, view).all_observed()?;
    plan(&intent, &stack).map(|planned| planned.build(builder::basis(&intent, &known)))
}

fn to_do(plan: &Plan) -> Vec<&str> {
    let left = plan.steps().filter(|(_, step)| step.state == StepState::ToDo);
    left.map(|(_, step)| step.name.as_str()).collect()
}

fn refused(observation: Observation) -> String {
    let refusal = planned(Some("v1"), observation).unwrap_err();
    refusal.in_words()
}

#[test]
fn nginx_serves_a_bare_server_only_after_its_color_is_healthy() {
    let plan = planned(Some("v1"), observation(bare())).unwrap();
    let steps = [
        "directories",
        "pull",
        "write",
        "migrate",
        "start",
        "include",
        "include",
        "serve",
        "record",
        "jobs",
    ];
    // The observation has no job, so none is known not to run.
    assert_eq!(to_do(&plan), steps[..steps.len() - 1], "{plan:#?}");
}

#[test]
fn a_bare_server_needs_to_know_its_first_release() {
    let refusal = planned(None, observation(bare())).unwrap_err();
    assert!(refusal.remedy.contains("flipside setup web1 --release TAG"), "{refusal:?}");
}

#[test]
fn commands_that_sudo_refuses_are_listed_for_an_administrator() {
    let mut facts = bare();
    facts.preflight.host.setup_facts.as_mut().unwrap().may.clear();
    let refusal = refused(observation(facts));
    for command in [
        "\n    install -d -o deploy -g deploy /srv/shop\n",
        "\n    install -d -o deploy -g deploy /etc/nginx/flipside\n",
        "\n    echo 'include /etc/nginx/flipside/*.site;' >/etc/nginx/conf.d/flipside.conf\n",
        "\n    rm /etc/nginx/sites-enabled/default\n",
        "\n    nginx -t && nginx -s reload",
    ] {
        assert!(refusal.contains(command), "{command:?} in {refusal}");
    }
}

#[test]
fn a_server_that_serves_has_nothing_left_to_do() {
    let plan = planned(None, observation(serving())).unwrap();
    assert!(plan.is_complete(), "{plan:#?}");
}

#[test]
fn setup_of_another_release_moves_no_users() {
    let plan = planned(Some("v2"), observation(serving())).unwrap();
    assert!(plan.is_complete(), "{plan:#?}");
    assert!(plan.warnings[0].contains("setup keeps v1"), "{:?}", plan.warnings);
}

#[test]
fn only_what_is_missing_is_done() {
    let mut observation = observation(serving());
    observation.live.recorded = None;
    assert_eq!(to_do(&planned(None, observation).unwrap()), ["record"]);
}

#[test]
fn a_server_without_sudo_gets_no_second_site() {
    let mut facts = serving();
    facts.preflight.host.proxy = Proxy {
        dump_error: Some(DumpError::Denied("sudo: a password is required".to_owned())),
        ..Proxy::default()
    };
    facts.preflight.host.setup_facts = bare().preflight.host.setup_facts;
    let refusal = refused(observation(facts));
    assert!(refusal.contains("/etc/sudoers.d/flipside-shop"), "{refusal}");
    assert!(!refusal.contains("conf.d"), "{refusal}");
}

#[test]
fn existing_files_that_differ_are_refused() {
    type Change = fn(&mut Facts);
    let cases: [(Change, &str); 7] = [
        (
            |facts| {
                facts.host.missing = false;
                facts.link = Some("x.yml".to_owned());
                facts.link_fault = Some(LinkFault::Elsewhere("/srv/old/x.yml".to_owned()));
            },
            "points to /srv/old/x.yml; it must point to a file beside it",
        ),
        (
            |facts| {
                facts.preflight.preferred_compose_file = Some("/srv/shop/compose.yaml".to_owned());
            },
            "mv compose.yaml docker-compose.00000000-000000-first.yml",
        ),
        (
            |facts| {
                facts.preflight.host.proxy.dump_error =
                    Some(DumpError::Unreadable("/n, line 2".to_owned()));
            },
            "the configuration of nginx cannot be parsed: /n, line 2",
        ),
        (|facts| facts.preflight.plain_compose_file = true, "is a regular file"),
        (
            |facts| {
                facts.preflight.host.setup_facts.as_mut().unwrap().hook =
                    Some("include x;\n".to_owned());
            },
            "conf.d/flipside.conf exists without the line",
        ),
        (
            |facts| {
                facts.preflight.host.setup_facts.as_mut().unwrap().site =
                    Some("server {}\n".to_owned());
            },
            "/etc/nginx/flipside/shop.site exists and differs",
        ),
        (
            |facts| {
                facts.host.includes.live_include = Some(IncludeFile {
                    text: "upstream shop_live {\n  include more;\n}\n".to_owned(),
                    sha256: String::new(),
                });
            },
            "shop-live.conf: line 2: `include more` is not supported here",
        ),
    ];
    for (change, why) in cases {
        let mut facts = bare();
        change(&mut facts);
        let refusal = refused(observation(facts));
        assert!(refusal.contains(why), "{why} in {refusal}");
    }
}

#[test]
fn a_directory_that_is_not_writable_is_refused() {
    let mut facts = bare();
    facts.preflight.host.directories =
        directories(DirectoryState::NotWritable, DirectoryState::NeedsRoot);
    assert!(refused(observation(facts)).contains("`chown deploy /srv/shop`"));
}

#[test]
fn a_file_that_nginx_includes_by_a_pattern_is_not_included_again() {
    let included = |pattern: &str| {
        let mut facts = bare();
        facts.preflight.host.proxy.served.includes.insert(pattern.to_owned());
        format!("{:?}", planned(Some("v1"), observation(facts)).unwrap())
            .contains("include /etc/nginx/flipside/shop-live.conf;")
    };
    assert!(included("/etc/nginx/sites-enabled/*"));
    assert!(!included("/etc/nginx/flipside/*.conf"));
    assert!(!included("/etc/nginx/flipside/*"));
}

/// A bare server whose nginx has this server.
fn with_site(file: &str, address: &str, port: u16, is_default: bool, name: &str) -> Facts {
    let mut facts = bare();
    let listen = Listen { address: address.to_owned(), port, is_default };
    facts.preflight.host.proxy.served.sites = vec![ServerBlock {
        file: file.to_owned(),
        line: 7,
        listens: vec![listen],
        names: vec![name.to_owned()],
    }];
    facts
}

#[test]
fn a_second_default_server_is_never_written() {
    let shop = "/etc/nginx/sites-enabled/shop";
    let refusal = refused(observation(with_site(shop, "*", 80, true, "_")));
    assert!(
        refusal.contains(
            "already has a default server on port 80: /etc/nginx/sites-enabled/shop, line 7"
        ),
        "{refusal}"
    );
    assert!(refusal.contains("proxy_pass http://shop_live;"), "{refusal}");
    for facts in [
        with_site(shop, "*", 80, false, "_"),
        with_site(shop, "[::]", 80, true, "_"),
        with_site(shop, "*", 8081, true, "_"),
        // The welcome page of the package is removed.
        with_site("/etc/nginx/sites-enabled/default", "*", 80, true, "_"),
    ] {
        planned(Some("v1"), observation(facts)).unwrap();
    }
}

#[test]
fn the_sudoers_rule_allows_the_command_of_the_inventory() {
    let rule = |command: &[&str], program| {
        let mut spec = spec();
        spec.proxy.nginx.command = command.iter().map(|word| (*word).to_owned()).collect();
        kit::sudoers::sudoers("li", &spec.proxy.nginx, &spec.project, program)
    };
    for (command, program, wanted) in [
        (
            &["sudo", "-n", "nginx"][..],
            None,
            "li ALL=(root) NOPASSWD: /usr/sbin/nginx -t, /usr/sbin/nginx -T, /usr/sbin/nginx -s reload",
        ),
        (
            &["sudo", "-n", "nginx"][..],
            Some(("root", "/usr/local/sbin/nginx")),
            "NOPASSWD: /usr/local/sbin/nginx -t,",
        ),
        (&["sudo", "-n", "-u", "web", "/opt/nginx"], None, "ALL=(web) NOPASSWD: /opt/nginx -t,"),
        (
            &["sudo", "-n", "docker", "exec", "edge", "nginx"],
            None,
            "/usr/bin/docker exec edge nginx -s reload",
        ),
        (&["sudo", "-n", "nginx", "-c", "/a,b"], None, "/usr/sbin/nginx -c /a\\,b -t,"),
    ] {
        let refusal = rule(command, program);
        assert!(refusal.contains(wanted), "{wanted} in {refusal}");
    }
}

#[test]
fn a_server_that_was_set_up_before_and_has_lost_its_site_is_refused() {
    let mut facts = serving();
    facts.preflight.host.proxy.served = Served::default();
    let refusal = refused(observation(facts));
    assert!(refusal.contains("passes requests to neither shop_live nor shop_passive"), "{refusal}");
    assert!(!refusal.contains("sudo"), "{refusal}");
}
