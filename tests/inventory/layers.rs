//! Layers: the later one wins, for every key; maps merge, lists and single values replace.

use std::collections::BTreeSet;

use flipside::domain::names::StackName;

use super::support::{app, compose, load};

/// Where a setting of an app can be made, the lowest first: the line above it, and how far it is
/// indented. Groups come in the order of the host's own list: `two` before `one`.
const PLACES: [(&str, usize); 9] = [
    ("every_app of defaults", 4),
    ("every_app of the environment", 6),
    ("every_app of group two", 10),
    ("every_app of group one", 10),
    ("every_app of the host", 10),
    ("the app", 4),
    ("the app in the environment", 8),
    ("the app on the host", 12),
    ("the stack", 16),
];

/// An inventory in which a setting is made in some of those places, and the line of each.
fn layered(settings: &[(usize, &str)]) -> (String, Vec<usize>) {
    const TEXT: &str = "\
version: 1
defaults:
  every_app: {}
    AT 0
environments:
  production:
    every_app: {}
      AT 1
    groups:
      one:
        every_app: {}
          AT 3
      two:
        every_app: {}
          AT 2
    hosts:
      web-01:
        roles: [app, primary]
        groups: [two, one]
        every_app: {}
          AT 4
        apps:
          shop: {}
            AT 7
            stacks:
              main: {}
                AT 8
    apps:
      shop: {}
        AT 6
apps:
  shop:
    image: shop
    template: docs/docker-compose.template.yml
    AT 5
";
    let mut lines: Vec<String> = Vec::new();
    for line in TEXT.lines() {
        if has(settings, line.trim()) {
            continue;
        }
        let Some(place) = line.trim().strip_prefix("AT ") else {
            lines.push(line.to_owned());
            continue;
        };
        let place: usize = place.parse().unwrap();
        let Some((_, setting)) = settings.iter().find(|(at, _)| *at == place) else { continue };
        let above = lines.last_mut().unwrap();
        *above = above.replace(" {}", "");
        lines.push(format!("{:w$}{setting}", "", w = PLACES[place].1));
    }
    // Under `shop: {}` of the host stand its stacks as well.
    let text =
        lines.join("\n").replace("shop: {}\n            stacks", "shop:\n            stacks");
    let line = |setting: &str| text.lines().position(|line| line.trim() == setting).unwrap() + 1;
    let lines = settings.iter().map(|(_, setting)| line(setting)).collect();
    (text, lines)
}

/// Is this the app's own image or template, and another one is set?
fn has(settings: &[(usize, &str)], line: &str) -> bool {
    let key = line.split(':').next().unwrap_or_default();
    ["image", "template"].contains(&key) && settings.iter().any(|(_, s)| s.starts_with(key))
}

/// Every key of an app, with two right values.
const OF_APPS: &[(&str, &str, &str)] = &[
    ("image", "one", "two"),
    ("template", "docs/docker-compose.template.yml", "./docs/docker-compose.template.yml"),
    ("project", "one", "two"),
    ("dir", "/srv/one", "/srv/two"),
    ("service", "one_{color}", "two_{color}"),
    (
        "colors",
        "[{name: a, port: 1}, {name: b, port: 2}]",
        "[{name: c, port: 3}, {name: d, port: 4}]",
    ),
    ("jobs", "[one]", "[two]"),
    ("migration.service", "one", "two"),
    ("migration.command", "[one]", "[two]"),
    ("migration.timeout", "1s", "2s"),
    ("nginx.command", "[one]", "[two]"),
    ("nginx.live_include", "/one", "/two"),
    ("nginx.passive_include", "/one", "/two"),
    ("nginx.live_upstream", "one", "two"),
    ("nginx.passive_upstream", "one", "two"),
    ("nginx.pid_file", "/one", "/two"),
    ("live.url", "http://one/", "http://two/"),
    ("live.host_header", "one", "two"),
    ("live.color_header", "one", "two"),
    ("live.release_header", "one", "two"),
    ("live.public_url", "http://one/", "http://two/"),
    ("live.ca_file", "/one", "/two"),
    ("passive.url", "http://one/", "http://two/"),
    ("passive.host_header", "one", "two"),
    ("passive.color_header", "one", "two"),
    ("passive.release_header", "one", "two"),
    ("passive.public_url", "http://one/", "http://two/"),
    ("passive.ca_file", "/one", "/two"),
    ("checks", "[]", "[{name: two, path: /}]"),
    ("registry.server", "one", "two"),
    ("registry.user", "one", "two"),
    ("registry.password", "env:ONE", "env:TWO"),
    ("sudo", "true", "false"),
    ("plain_http_registry", "true", "false"),
    ("docker_socket", "/one", "/two"),
    ("timeouts.pull", "1s", "2s"),
    ("timeouts.start", "1s", "2s"),
    ("timeouts.stop", "1s", "2s"),
    ("timeouts.switch", "1s", "2s"),
    ("timeouts.drain", "1s", "2s"),
    ("switch_answers", "1", "2"),
    ("keep_releases", "1", "2"),
    ("disk_free", "1GiB", "2GiB"),
    ("vars.x", "one", "two"),
    ("skip", "false", "false # two"),
];

/// Those that hold for an app in a whole environment.
const OF_WHOLE_APPS: &[(&str, &str, &str)] = &[
    ("platform", "compose", "compose # two"),
    ("roles.app", "app", "app # two"),
    ("roles.jobs", "one", "two"),
    ("roles.primary", "primary", "primary # two"),
    ("batches.canary", "[]", "[web-01]"),
    ("batches.size", "1", "2"),
    ("batches.pause", "1s", "2s"),
    ("on_failure", "stop", "continue"),
    ("hooks", "[]", "[{phase: prepare, moment: after, command: [two]}]"),
    ("notifications", "[]", "[{kind: json, url: env:TWO}]"),
];

/// `nginx.pid_file: /one` on one line.
fn line(key: &str, value: &str) -> String {
    let (value, comment) =
        value.split_once(" #").map_or((value, ""), |(value, _)| (value, " # two"));
    match key.split_once('.') {
        Some((section, "service" | "server"))
            if section == "migration" || section == "registry" =>
        {
            let rest = if section == "registry" { ", user: u, password: env:P" } else { "" };
            format!("{section}: {{{}: {value}{rest}}}{comment}", key.split_once('.').unwrap().1)
        }
        Some(("migration", key)) => format!("migration: {{service: m, {key}: {value}}}"),
        Some(("registry", "user")) => {
            format!("registry: {{server: s, user: {value}, password: env:P}}")
        }
        Some(("registry", key)) => format!("registry: {{server: s, user: u, {key}: {value}}}"),
        Some((section, key)) => format!("{section}: {{{key}: {value}}}{comment}"),
        None => format!("{key}: {value}{comment}"),
    }
}

fn later_wins(keys: &[(&str, &str, &str)], places: &[usize]) {
    for (key, one, two) in keys {
        let (one, two) = (line(key, one), line(key, two));
        // Each over the one right below it, and the last over the first.
        let ends = [places[0], places[places.len() - 1]];
        for pair in places.windows(2).chain([ends.as_slice()]) {
            let (low, high) = (pair[0], pair[1]);
            let (text, lines) = layered(&[(low, &one), (high, &two)]);
            let loaded = load(&text).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
            let explained = loaded.explain("web-01", Some(&format!("shop.{key}"))).unwrap();
            let value = &explained.values[0];
            let (low, high) = (PLACES[low].0, PLACES[high].0);
            assert_eq!(value.value.as_ref().unwrap().line(), Some(lines[1]), "{key}: {high}");
            assert_eq!(value.hidden[0].line(), Some(lines[0]), "{key}: {low} under {high}");
        }
    }
}

#[test]
fn the_later_layer_wins_for_every_key_of_an_app() {
    later_wins(OF_APPS, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn the_later_layer_wins_for_every_key_of_a_whole_app() {
    later_wins(OF_WHOLE_APPS, &[0, 1, 5, 6]);
}

#[test]
fn no_key_of_an_app_is_left_out_here() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory.example.yaml");
    let keys = flipside::inventory::load(&path, flipside::platform::DECODERS).unwrap().keys();
    let sections = [
        "app",
        "roles",
        "batches",
        "migration",
        "nginx",
        "live",
        "passive",
        "registry",
        "timeouts",
    ];
    let known: BTreeSet<String> = keys
        .keys()
        .filter(|key| sections.contains(&key.split('.').next().unwrap()))
        .map(|key| key.strip_prefix("app.").unwrap_or(key).to_owned())
        .filter(|key| key != "stacks")
        .collect();
    let tried = OF_APPS.iter().chain(OF_WHOLE_APPS);
    let tried: BTreeSet<String> = tried.map(|(key, ..)| key.replace("vars.x", "vars")).collect();
    assert_eq!(known.difference(&tried).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn hosts_have_layers_too() {
    let text = "\
version: 1
defaults: {ssh: {user: d, port: 1, jump: [d], connect_timeout: 1s}, vars: {a: d, b: d, c: d, d: d}}
environments:
  production:
    ssh: {port: 2, jump: [e]}
    vars: {b: e, c: e, d: e}
    groups:
      one: {ssh: {jump: [one]}, vars: {c: one, d: one}}
      two: {ssh: {jump: [two]}, vars: {c: two, d: two}}
    hosts:
      web-01: {groups: [one, two], vars: {d: h}}
      web-02: {groups: [two, one], ssh: {jump: [], user: ~}}
apps: {shop: {image: shop, template: docs/docker-compose.template.yml}}
";
    let loaded = load(text).unwrap_or_else(|problems| panic!("{problems}"));
    let production = loaded.inventory.environments.values().next().unwrap();
    let hosts: Vec<_> = production.hosts.values().collect();
    assert_eq!(hosts[0].ssh.user.as_deref(), Some("d"));
    assert_eq!(hosts[0].ssh.port, Some(2));
    assert_eq!(hosts[0].ssh.jump, Some(vec!["two".to_owned()]));
    assert_eq!(hosts[0].vars.values().collect::<Vec<_>>(), ["d", "e", "two", "h"]);
    assert_eq!(hosts[1].ssh.jump, Some(Vec::new()), "an empty list is none, not unset");
    assert_eq!(hosts[1].ssh.user, None, "`~` takes away what a lower layer set");
    assert_eq!(hosts[1].vars["c"], "one", "the later group of the host's own list wins");
}

#[test]
fn stacks_have_their_own_names_and_paths() {
    let text = "\
version: 1
environments:
  production:
    hosts: {web-01: {}}
apps:
  shop:
    image: shop
    template: docs/docker-compose.template.yml
    stacks:
      canary:
        colors: [{name: red, port: 8011}, {name: black, port: 8012}]
        live: {url: http://127.0.0.1:81/}
        passive: {url: http://127.0.0.1:8081/}
";
    let loaded = load(text).unwrap_or_else(|problems| panic!("{problems}"));
    let shop = app(&loaded.inventory, "production", "shop");
    assert_eq!(shop.stacks(), [&StackName::main(), &StackName::new("canary").unwrap()]);
    let canary = &shop.members[1];
    assert_eq!(canary.colors.first().as_str(), "red");
    let spec = compose(canary);
    assert_eq!(spec.project, "shop-canary");
    assert_eq!(spec.proxy.nginx.live_include, "/etc/nginx/flipside/shop-canary-live.conf");
    assert_eq!(spec.proxy.nginx.live_upstream, "shop-canary_live");
}

#[test]
fn what_is_protected_is_frozen_after_a_roll_back_unless_it_says_otherwise() {
    let frozen = |rules: &str| {
        let text = super::support::MINIMAL.replace("    hosts:\n", &format!("{rules}    hosts:\n"));
        let inventory = load(&text).unwrap().inventory;
        inventory.environments.into_values().next().unwrap().after_rollback.is_frozen()
    };
    assert!(!frozen(""));
    assert!(frozen("    protected: true\n"));
    assert!(!frozen("    protected: true\n    freeze_after_roll_back: false\n"));
    assert!(frozen("    freeze_after_roll_back: true\n"));
    assert!(!frozen("    label: STAGE\n"), "a label is a key with or without the others");
}
