//! Targets that are an API, beside hosts.

use flipside::domain::spec::Member;
use flipside::domain::target::{Carries, Target};

use super::support::{app, load, told};

/// An app on APIs beside one on hosts. `{target}` lines are written under the first target, `{app}` lines under the app.
fn with(target: &str, app: &str) -> String {
    format!(
        "\
version: 1
environments:
  production:
    groups:
      canary: {{vars: {{region: south}}}}
    hosts:
      web-01: {{roles: [app, primary]}}
    targets:
      shop-api:
        roles: [api]
        groups: [canary]
        url: https://deploy.example.org
        {target}
      spare-api:
        roles: [api]
        url: https://{{target}}.{{environment}}.example.org/{{app}}
apps:
  shop:
    image: shop
    template: docs/docker-compose.template.yml
  pay:
    platform: http
    roles: {{app: api}}
    observe: {{path: /state, live: /live}}
    go_live: [{{name: switch, method: POST, path: /live}}]
    {app}
"
    )
}

fn members(text: &str) -> Vec<Member> {
    let loaded = load(text).unwrap_or_else(|problems| panic!("{problems}"));
    app(&loaded.inventory, "production", "pay").members.clone()
}

#[test]
fn app_takes_its_members_from_the_kind_of_targets_that_its_platform_works_on() {
    let loaded = load(&with("", "")).unwrap_or_else(|problems| panic!("{problems}"));
    let targets = |name: &str| -> Vec<Target> {
        let members = &app(&loaded.inventory, "production", name).members;
        members.iter().map(|member| member.target.clone()).collect()
    };
    let api = |name: &str| Target::Api(name.parse().unwrap());
    assert_eq!(targets("shop"), [Target::Host("web-01".parse().unwrap())]);
    assert_eq!(targets("pay"), [api("shop-api"), api("spare-api")]);
    let members = &app(&loaded.inventory, "production", "pay").members;
    assert!(members.iter().all(|member| member.carries == Carries::App));
    assert_eq!(members[0].address, "https://deploy.example.org");
    assert_eq!(members[1].address, "https://spare-api.production.example.org/pay");
    assert_eq!(loaded.checked().to_string(), "valid: 1 environment, 1 host, 2 targets, 2 apps");
}

#[test]
fn targets_have_the_layers_of_hosts() {
    let text = with("vars: {region: north}", "")
        .replace("    groups:\n", "    vars: {region: west, tier: one}\n    groups:\n");
    let shop = &members(&text)[0];
    assert_eq!(shop.vars["region"], "north", "the target over its group");
    assert_eq!(shop.vars["tier"], "one");
    assert_eq!(members(&with("", ""))[0].vars["region"], "south");
    let elsewhere = with("", "url: https://{target}.test");
    assert_eq!(members(&elsewhere)[0].address, "https://shop-api.test", "the app over the target");
    let here = with("apps: {pay: {url: https://own.test}}", "url: https://{target}.test");
    assert_eq!(members(&here)[0].address, "https://own.test", "the app on the target over the app");
    let skipped = with("apps: {pay: {skip: true}}", "");
    assert_eq!(members(&skipped).len(), 1);
}

#[test]
fn canary_can_be_a_target_or_a_group_of_targets() {
    for name in ["shop-api", "canary"] {
        let text = with("", &format!("batches: {{canary: [{name}]}}"));
        let loaded = load(&text).unwrap_or_else(|problems| panic!("{problems}"));
        let canary = &app(&loaded.inventory, "production", "pay").batches.canary;
        assert_eq!(canary.iter().map(ToString::to_string).collect::<Vec<_>>(), ["shop-api"]);
    }
}

#[test]
fn mistakes_in_targets_are_named() {
    let cases = [
        ("SSH settings", with("ssh: {user: deploy}", "")),
        ("an address", with("address: 10.0.0.1", "")),
        ("a port", with("port: 22", "")),
        ("an app's setting on the target itself", with("auth: {bearer: env:TOKEN}", "")),
        ("a group", with("", "").replace("groups: [canary]", "groups: [canry]")),
        ("the name of a host", with("", "").replace("spare-api:", "web-01:")),
        ("the host placeholder", with("", "url: https://{host}.test")),
        (
            "an API under hosts",
            with("", "").replace("{roles: [app, primary]}", "{url: https://a.test}"),
        ),
        ("no target with the role", with("", "").replace("roles: [api]", "roles: []")),
        (
            "an app on hosts, and only targets",
            with("", "").replace("    hosts:\n      web-01: {roles: [app, primary]}\n", ""),
        ),
        ("the same API twice", with("", "url: https://one.test")),
        ("no URL", with("", "").replace("        url: https://deploy.example.org\n", "")),
        ("targets outside an environment", "version: 1\ntargets: {shop-api: {}}\n".to_owned()),
    ];
    let mut report = String::new();
    for (title, text) in cases {
        report.extend(["=== ", title, "\n", &told(&text), "\n\n"]);
    }
    insta::assert_snapshot!(report);
}

#[test]
fn targets_are_listed_and_explained() {
    let text = with("apps: {pay: {headers: {X-Team: shop}}}", "auth: {bearer: env:TOKEN}");
    let loaded = load(&text).unwrap_or_else(|problems| panic!("{problems}"));
    let explained = loaded.explain("shop-api", None).unwrap().to_string();
    insta::assert_snapshot!(format!("{}\n{explained}", loaded.list()));
    let effective: serde_yaml::Value = serde_yaml::from_str(&loaded.effective().unwrap()).unwrap();
    let target = &effective["environments"]["production"]["targets"]["shop-api"];
    assert_eq!(target["url"].as_str(), Some("https://deploy.example.org"));
    let pay = &target["apps"]["pay"]["stacks"]["main"];
    assert_eq!(pay["auth"]["bearer"].as_str(), Some("env:TOKEN"));
    assert!(loaded.keys().contains_key("target.url"));
}

/// The manual's inventory is whole: it can be copied.
#[test]
fn inventory_of_the_manual_loads() {
    let manual = include_str!("../../docs/http.md");
    let block = manual.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let loaded = load(block).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.checked().to_string(), "valid: 1 environment, 2 targets, 1 app");
}
