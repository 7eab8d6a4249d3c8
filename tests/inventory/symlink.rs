//! The part of an inventory that belongs to the platform `symlink`.

use std::fs;

use flipside::domain::phase::Phase;
use flipside::domain::spec::Member;
use flipside::domain::target::Carries;
use flipside::inventory::from_text;
use flipside::platform::DECODERS;

use super::support::{app, load, told};

const HEAD: &str = "\
version: 1
environments:
  production:
    hosts:
      web1: {address: web1.example.org}
apps:
  shop:
    platform: symlink
";

/// A right inventory, with these lines under its app.
fn with(lines: &str) -> String {
    let lines = lines.lines().map(|line| format!("    {line}\n"));
    format!("{HEAD}{}", lines.collect::<String>())
}

const SOURCE: &str = "source: {url: \"https://a.example.org/{release}.tgz\"}";

fn member(text: &str) -> Member {
    let loaded = load(text).unwrap_or_else(|problems| panic!("{problems}"));
    app(&loaded.inventory, "production", "shop").members[0].clone()
}

/// The lab suites put addresses into this one.
#[test]
fn inventory_of_the_lab_loads() {
    let loaded = load(include_str!("../lab/symlink.yaml")).unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(loaded.checked().to_string(), "valid: 4 environments, 5 hosts, 1 app");
}

/// The manual's inventory is whole: it can be copied.
#[test]
fn inventory_of_the_manual_loads() {
    let manual = include_str!("../../docs/symlink.md");
    let loaded = |index| {
        let block = manual.split("```yaml\n").nth(index).unwrap().split("```").next().unwrap();
        load(block).unwrap_or_else(|problems| panic!("{problems}")).checked().to_string()
    };
    assert_eq!(loaded(1), "valid: 1 environment, 2 hosts, 1 app");
    assert_eq!(loaded(2), "valid: 2 environments, 1 host, 2 targets, 1 app");
}

/// A right inventory of an app on two agents, with these lines under its app, and these under its first target.
fn by_agents(app: &str, target: &str) -> String {
    let lines = app.lines().map(|line| format!("    {line}\n"));
    format!(
        "\
version: 1
environments:
  production:
    hosts:
      db1: {{address: db1.example.org, roles: []}}
    targets:
      web1: {{roles: [app]{target}}}
      web2: {{roles: [app]}}
apps:
  shop:
    platform: symlink
{}",
        lines.collect::<String>()
    )
}

const AGENT: &str =
    "agent: {url: \"https://{target}:5000/deploy/\", user: deploy, password: env:AGENT}";

#[test]
fn agent_makes_apis_of_the_boxes() {
    let loaded = load(&by_agents(AGENT, "")).unwrap_or_else(|problems| panic!("{problems}"));
    let members = &app(&loaded.inventory, "production", "shop").members;
    let addresses: Vec<&str> = members.iter().map(|member| member.address.as_str()).collect();
    assert_eq!(addresses, ["https://web1:5000/deploy", "https://web2:5000/deploy"]);
    let platform = &members[0].platform;
    assert_eq!(platform.platform(), "symlink");
    let can = platform.capabilities();
    assert!(!can.passive_side && !can.logs.any() && can.may_lose_requests);
    let phases: Vec<&str> =
        Phase::ALL.into_iter().filter(|phase| can.has(*phase)).map(Phase::word).collect();
    assert_eq!(phases, ["go-live", "rollback"]);
    let claims = platform.claims(Carries::App);
    assert_eq!(claims[0].value, "https://web1:5000/deploy/shop");
    let own = by_agents(
        "agent: {user: deploy, password: env:AGENT, app: web-shop}",
        ", url: https://own.test/deploy",
    );
    assert!(told(&own).contains("`agent.url` is missing"), "of web2");
    let named = by_agents(&AGENT.replace("user:", "app: web-shop, user:"), "");
    let loaded = load(&named).unwrap_or_else(|problems| panic!("{problems}"));
    let members = &app(&loaded.inventory, "production", "shop").members;
    assert_eq!(
        members[1].platform.claims(Carries::App)[0].value,
        "https://web2:5000/deploy/web-shop"
    );
}

#[test]
fn mistakes_beside_an_agent_say_why_and_where() {
    let wrong = |from: &str, to: &str| by_agents(&AGENT.replace(from, to), "");
    let beside = |line: &str| by_agents(&format!("{AGENT}\n{line}"), "");
    let alone = by_agents(SOURCE, ", apps: {shop: {agent: {url: https://a.test}}}")
        .replace("db1: {address: db1.example.org, roles: []}", "web9: {roles: [app]}");
    let cases = [
        ("a key of SSH", beside("dir: /srv/shop")),
        ("a source", beside(SOURCE)),
        ("services", beside("services: {systemd: \"shop-{color}\"}")),
        ("hooks", beside("release_hooks: {deployed: {command: [bin/bounce]}}")),
        ("checks", beside("checks: [{name: health, path: /health}]")),
        ("no TLS", wrong("https://", "http://")),
        ("no address", wrong("url: \"https://{target}:5000/deploy/\", ", "")),
        ("no user", wrong("user: deploy, ", "")),
        ("a password in plain text", wrong("env:AGENT", "hunter2")),
        ("a key that nobody knows", wrong("user:", "usr: x, user:")),
        ("a target that no agent takes", wrong("user:", "target: \"a&version=x\", user:")),
        ("an agent on one target only", alone),
        ("an agent on one host", with(&format!("{SOURCE}\n")).replace(
            "web1: {address: web1.example.org}",
            "web1: {address: web1.example.org, apps: {shop: {agent: {url: https://a.test, user: a, password: env:B}}}}",
        )),
        ("no agent on one target", by_agents(AGENT, ", apps: {shop: {agent: ~}}")),
        ("only hosts", with(AGENT)),
        ("the same agent twice", wrong("{target}", "web")),
    ];
    let mut report = String::new();
    for (title, text) in cases {
        report.extend(["=== ", title, "\n", &told(&text), "\n\n"]);
    }
    assert!(!report.contains("hunter2"), "{report}");
    insta::assert_snapshot!(report);
}

#[test]
fn without_services_the_link_switches_users() {
    let alone = member(&with(SOURCE)).platform;
    assert!(alone.capabilities().may_lose_requests);
    assert_eq!(alone.how_it_switches(), "swing the link `live`: requests may be lost meanwhile");
    let kinds = |member: &Member| {
        let claims = member.platform.claims(Carries::App);
        claims.into_iter().map(|claim| claim.kind).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(kinds(&member(&with(SOURCE))), "directory");

    let lines = format!("{SOURCE}\nservices: {{systemd: \"shop-{{color}}\"}}");
    let pair = member(&with(&lines));
    assert!(!pair.platform.capabilities().may_lose_requests);
    assert_eq!(
        kinds(&pair),
        "directory, address, address, nginx include, nginx include, nginx upstream, nginx upstream, \
         entry point, entry point, systemd unit, systemd unit"
    );
}

#[test]
fn mistakes_name_what_to_write() {
    let url = "url: \"https://a.example.org/{release}.tgz\"";
    let cases = [
        ("dir: /srv/shop", "`source` is missing"),
        ("source: {url: \"https://a.example.org/shop.tgz\"}", "is the same for every release"),
        ("source: {url: \"ftp://a.example.org/{release}\"}", "is not an http or https address"),
        ("source: {url: \"https://a.example.org/{relase}\"}", "`{relase}` stands for nothing"),
        (&format!("source: {{{url}, upload: \"{{release}}.tgz\"}}"), "a source is one of"),
        ("source: {on_host: \"srv/{release}.tgz\"}\nchecksum: release", "is a relative path"),
        (&format!("source: {{{url}, login: {{bearer: hunter2}}}}"), "must not be in the inventory"),
        (&format!("{SOURCE}\nchecksum: md5"), "`md5` is no source of checksums"),
        (&format!("{SOURCE}\nlayout: {{link: current/live}}"), "is no name in the directory"),
        (&format!("{SOURCE}\nlayout: {{link: live, versions: live}}"), "both are called `live`"),
        (&format!("{SOURCE}\nservices: {{start: [run]}}"), "`services.stop` is missing"),
        (
            &format!("{SOURCE}\nservices: {{systemd: \"shop\"}}"),
            "both colors are the service `shop`",
        ),
        (
            &format!("{SOURCE}\nrelease_hooks: {{prepare: {{timeout: 1m}}}}"),
            "`release_hooks.prepare.command` is missing",
        ),
        (&format!("{SOURCE}\nconfig: {{central: [nowhere]}}"), "nowhere is no directory"),
        (&format!("{SOURCE}\nimage: shop"), "`image` is no key of an app"),
    ];
    for (lines, wanted) in cases {
        let report = told(&with(lines));
        assert!(report.contains(wanted), "{lines}\n{report}");
        assert!(!report.contains("hunter2"), "{report}");
    }
}

#[test]
fn configuration_is_merged_from_the_layers_of_its_host() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("central/common.yaml", "log: info\ndb: {host: db1, port: 5432}\n");
    write("central/common-production-eu.json", "{\"db\": {\"host\": \"db-eu\"}}");
    write("central/web1.yaml", "log: debug\n");
    write("app/shop-default.yaml", "token: {$secret: env:SHOP_TOKEN}\n");
    let load = |lines: &str| {
        let text = with(&format!("{SOURCE}\n{lines}"));
        from_text(&directory.path().join("inventory.yaml"), text, DECODERS)
    };
    let loaded = load("config: {central: [central], app: app, cluster: eu}");
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    let member = &app(&loaded.inventory, "production", "shop").members[0];
    let found = member.platform.configuration().unwrap();
    let values: Vec<String> = found
        .values
        .iter()
        .map(|value| {
            let file = value.set_in.file.file_name().unwrap().to_str().unwrap();
            format!("{} = {} ({file}:{})", value.path, value.value, value.set_in.line)
        })
        .collect();
    assert_eq!(
        values,
        [
            "db.host = \"db-eu\" (common-production-eu.json:1)",
            "db.port = 5432 (common.yaml:2)",
            "log = \"info\" (common.yaml:1)",
            "token = env:SHOP_TOKEN (shop-default.yaml:1)",
        ]
    );
    write("central/shop.yaml", "db: nothing\n");
    let report = load("config: {central: [central], app: app}").unwrap_err().report();
    assert!(report.contains("central/shop.yaml, line 1"), "{report}");
}
