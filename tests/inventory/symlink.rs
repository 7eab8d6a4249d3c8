//! The part of an inventory that belongs to the platform `symlink`.

use std::fs;

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
    let block = manual.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let loaded = load(block).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.checked().to_string(), "valid: 1 environment, 2 hosts, 1 app");
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
