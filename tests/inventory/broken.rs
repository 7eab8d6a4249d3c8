//! Broken inventories, and exactly what is said of each. The snapshots are meant to be read.

use super::support::{load, told, with_app, with_host};

/// Every case under its title, then what is said.
fn report(cases: &[(&str, String)]) -> String {
    let mut report = String::new();
    for (title, text) in cases {
        report.extend(["=== ", title, "\n", &told(text), "\n\n"]);
    }
    report
}

#[test]
fn yaml_that_is_none() {
    let said = report(&[
        ("an empty file", String::new()),
        ("a list", "- a\n- b\n".to_owned()),
        ("tabs", "version: 1\napps:\n\tshop:\n\t\timage: shop\n".to_owned()),
        ("a colon in a text", "version: 1\nnote: one: two\n".to_owned()),
        ("an open quote", "version: 1\napps: \"shop\n".to_owned()),
        ("an open list", "version: 1\nroles: [a, b\n".to_owned()),
        (
            "odd indentation",
            "version: 1\napps:\n  shop:\n    image: shop\n   dir: /srv\n".to_owned(),
        ),
        ("no colon", "version: 1\napps\n".to_owned()),
        ("two documents", "version: 1\n---\nversion: 1\n".to_owned()),
        ("an alias to nothing", "version: 1\napps: *shop\n".to_owned()),
        ("an alias to itself", "version: 1\napps: &a [*a]\n".to_owned()),
        ("a merge of a word", "version: 1\napps: {<<: shop}\n".to_owned()),
        ("a tag", "version: 1\napps: !include shop.yaml\n".to_owned()),
        ("a key that is a list", "version: 1\n[a, b]: c\n".to_owned()),
        ("a key twice", with_app("dir: /srv/a\n    sudo: true\n    dir: /srv/b")),
        ("deeper than deep", format!("version: 1\napps: {}{}", "[".repeat(60), "]".repeat(60))),
        ("another version", "version: 2\nenvironments: {}\n".to_owned()),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn keys_that_nobody_knows() {
    let said = report(&[
        ("a slip", with_app("imagee: shop")),
        ("hyphens", with_app("keep-releases: 3")),
        ("nothing like it", with_app("flavor: vanilla")),
        ("ssh settings on the host itself", with_host("user: deploy")),
        ("an app's setting on the host itself", with_host("dir: /srv/x")),
        (
            "a setting of the whole app, for one host",
            with_host("apps: {shop: {batches: {size: 1}}}"),
        ),
        ("nginx settings outside nginx", with_app("pid_file: /run/nginx.pid")),
        ("in an item of a list", with_app("checks: [{name: a, path: /, stauts: 200}]")),
        ("no key is missing", with_app("migration: {command: [migrate]}")),
        ("hosts outside an environment", "version: 1\nhosts: {web-01: {}}\n".to_owned()),
        ("nothing to release", "version: 1\nenvironments: {a: {hosts: {web-01: {}}}}\n".to_owned()),
        (
            "a list of hosts",
            with_app("roles: {app: portal}")
                .replace("  production:", "  staging: {hosts: [web-01]}\n  production:"),
        ),
        ("a default that does not fit", with_app("").replace("  shop:", "  Shop:")),
        ("nothing under a key", with_app("nginx:")),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn values_of_the_wrong_kind() {
    let said = report(&[
        ("a list for a value", with_app("dir: [/srv/shop]")),
        ("a value for a list", with_app("jobs: worker")),
        ("a value for a map", with_app("nginx: sudo nginx")),
        ("durations", with_app("timeouts: {pull: 10, start: 2 minutes, stop: 1s1h, drain: -5s}")),
        ("percentages", with_app("batches: {size: 150%, pause: later}")),
        ("no hosts at once", with_app("batches: {size: 0}")),
        ("ports", with_app("colors: [{name: blue, port: 0}, {name: green, port: 70000}]")),
        ("booleans of old", with_app("sudo: yes")),
        ("numbers", with_app("switch_answers: 0\n    keep_releases: some\n    disk_free: 2GB")),
        ("a failure policy", with_app("on_failure: ignore")),
        ("a platform", with_app("platform: compsoe")),
        ("a hook", with_app("hooks: [{phase: golive, moment: during, command: []}]")),
        (
            "a hook with a request",
            with_app(
                "hooks: [{phase: go-live, moment: after, command: [x], timeout: 1m, request: {path: /x}}]",
            ),
        ),
        (
            "requests of hooks",
            with_app(
                "hooks:\n      - {phase: go-live, moment: after, name: a, request: {url: \"https://x/{relase}\", json: {text: \"{who}\"}, headers: {X-A: \"ä\"}, auth: {bearer: hunter2}}}\n      \
                - {phase: go-live, moment: after, name: a, request: {url: \"https://u:hunter2@x/\", poll: {url: /x, every: 0s}, form: a, text: b}}\n      \
                - {phase: go-live, moment: after, request: {url: \"env:PAGER\", retrys: 1}}",
            ),
        ),
        ("a status", with_app("checks: [{name: a, path: health, status: [200, 2000]}]")),
        ("one color", with_app("colors: [{name: blue, port: 8001}]")),
        ("a color without a port", with_app("colors: [red, black]")),
        ("the same color twice", with_app("colors: [{name: red, port: 1}, {name: red, port: 2}]")),
        ("the same port twice", with_app("colors: [{name: red, port: 1}, {name: black, port: 1}]")),
        (
            "colors named as booleans",
            with_app("colors: [{name: no, port: 1}, {name: on, port: 2}]"),
        ),
        ("a bad name", with_app("colors: [{name: ../x, port: 1}, {name: -rf, port: 2}]")),
        (
            "urls",
            with_app("live: {url: 127.0.0.1}\n    passive: {url: 'http://:80/', host_header: ''}"),
        ),
        ("one service for two things", with_app("jobs: [shop_blue, worker]")),
        (
            "a color that templates call something else",
            with_app("colors: [{name: jobs, port: 1}, {name: b, port: 2}]"),
        ),
        ("no time at all", with_app("timeouts: {pull: 0s, drain: 0s}")),
        ("a variable that no template can name", with_app("vars: {a-b: 1, 1a: 2, c: [3]}")),
        (
            "a check from where nobody comes in",
            with_app("checks: [{name: cart, path: /cart, from: console}]"),
        ),
        ("a service without its color", with_app("service: shop")),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn words_that_a_shell_could_misread() {
    let said = report(&[
        ("a command line as one word", with_app("nginx: {command: [sudo nginx]}")),
        ("an attack", with_app("dir: /srv/$(reboot)")),
        ("relative", with_app("dir: srv/shop")),
        ("climbing", with_app("dir: /srv/../etc")),
        ("a placeholder that is none", with_app("dir: /srv/{ap}")),
        ("half a placeholder", with_app("dir: \"/srv/{app\"")),
        ("an address", with_host("address: -oProxyCommand=reboot")),
        ("a URL for an address", with_host("address: https://web-01.example.org")),
        ("an empty command", with_app("nginx: {command: []}")),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn addresses_that_say_more_than_where() {
    let colors = |address: &str| {
        with_app(&format!(
            "colors: [{{name: blue, port: 1, address: {address}}}, {{name: green, port: 2}}]"
        ))
    };
    let jump = |jump: &str| with_host(&format!("address: web-01\n        ssh: {{jump: [{jump}]}}"));
    let said = report(&[
        ("a port", with_host("address: web-01:2222")),
        ("a user", with_host("address: deploy@web-01")),
        ("both", with_host("address: deploy@10.0.0.1:2222")),
        ("brackets", with_host("address: \"[fe80::1%eth0]\"")),
        ("brackets and a port", with_host("address: \"[::1]:2222\"")),
        ("IPv6 that is none", with_host("address: 1:2:3")),
        ("a jump host without a port that it promises", jump("\"bastion:ssh\"")),
        ("a color with two ports", colors("127.0.0.1:8001")),
    ]);
    insta::assert_snapshot!(said);
    for right in [
        with_host("address: \"2001:db8::1\""),
        with_host("address: \"fe80::1%eth0\""),
        jump("ops@bastion:2222, \"[::1]:22\", \"[fe80::1]\", bastion"),
        colors("\"[::1]\""),
        colors("\"::1\""),
    ] {
        assert!(load(&right).is_ok(), "{right}");
    }
}

#[test]
fn images_with_a_tag() {
    let image = |image: &str| {
        with_app(&format!("nothing: 0\n    {image}"))
            .replace("    nothing: 0\n", "")
            .replace("    image: shop\n", "")
    };
    let said = report(&[
        ("latest", image("image: registry.example.org/shop:latest")),
        ("without a server", image("image: shop:1.2")),
        ("a digest", image("image: registry.example.org/shop@sha256:abc")),
        ("a url", image("image: https://registry.example.org/shop")),
        ("capitals", image("image: registry.example.org/Shop")),
        ("none", image("sudo: true")),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn secrets_are_not_shown_even_then() {
    let report = report(&[
        (
            "a password",
            with_app("registry: {server: registry.example.org, user: deploy, password: hunter2}"),
        ),
        (
            "an address of a chat",
            with_app("notifications: [{kind: slack, url: 'https://chat.example.org/T0/hunter2'}]"),
        ),
        ("a passphrase", with_host("ssh: {passphrase: hunter2}")),
        ("a list of them", with_app("registry: {server: s, user: u, password: [hunter2]}")),
        ("under a key that nobody knows", with_app("registy: {password: hunter2, user: hunter2}")),
        ("in a URL", with_app("live: {url: 'http://me:hunter2@127.0.0.1/'}")),
    ]);
    assert!(!report.contains("hunter2"), "{report}");
    insta::assert_snapshot!(report);
}

#[test]
fn names_that_point_to_nothing() {
    let said = report(&[
        ("a group", with_host("groups: [canry]")),
        ("a role", with_host("roles: [app, primry]")),
        ("a canary", with_app("batches: {canary: [web-1]}")),
        ("a canary that carries nothing", with_app("batches: {canary: [lb-01]}")),
        ("an app on a host", with_host("apps: {shp: {sudo: true}}")),
        ("a role that no host has", with_app("roles: {app: portal}")),
        ("a migration and no primary", with_app("migration: {service: migrator}")),
        (
            "two primaries",
            with_host("roles: [app, primary]")
                .replace("roles: [app]", "roles: [app, primary]")
                .replace(
                    "    image: shop\n",
                    "    image: shop\n    migration: {service: migrator}\n",
                ),
        ),
        ("the same server twice", with_host("address: 10.0.0.2")),
        (
            "one server in two environments",
            with_host("address: 10.0.0.3").replace(
                "  production:",
                "  staging: {hosts: {near: {address: 10.0.0.3, roles: [app]}}}\n  production:",
            ),
        ),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn templates() {
    let said = report(&[
        ("none there", with_app("sudo: true").replace("docs/docker", "docker")),
        ("a directory", with_app("sudo: true").replace("docs/docker-compose.template.yml", "docs")),
        (
            "names that nobody knows",
            with_app("sudo: true").replace(
                "docs/docker-compose.template.yml",
                "tests/inventory/stranger.template.yml",
            ),
        ),
        (
            "a broken one",
            with_app("sudo: true")
                .replace("docs/docker-compose.template.yml", "tests/inventory/broken.template.yml"),
        ),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn stacks_that_clash() {
    let said = report(&[
        ("a second stack with nothing of its own", with_app("stacks: {canary: }")),
        (
            "everything the same",
            with_app(
                "stacks: {canary: {dir: /srv/shop, project: shop, live: {url: 'http://127.0.0.1:81/'}, passive: {url: 'http://127.0.0.1:8081/'}, colors: [{name: red, port: 8002}, {name: black, port: 8012}], nginx: {live_include: /etc/nginx/flipside/shop-passive.conf, live_upstream: shop_live}}}",
            ),
        ),
        (
            "two apps",
            with_app(
                "live: {host_header: shop}\n    passive: {host_header: shop}\n  blog:\n    image: blog\n    template: docs/docker-compose.template.yml\n    live: {host_header: blog}\n    passive: {host_header: blog}\n    dir: /srv/shop",
            ),
        ),
        (
            "one path for both includes",
            with_app(
                "nginx: {live_include: /etc/nginx/shop.conf, passive_include: /etc/nginx/shop.conf}",
            ),
        ),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn all_mistakes_at_once_in_the_order_of_the_lines() {
    let text = "\
version: 1
defaults:
  ssh: {user: deploy, prot: 22, connect_timeout: soon}
environments:
  on:
    protected: maybe
    hosts:
      web 01: {}
      web-02:
        roles: app
        groups: [canary]
apps:
  shop:
    image: shop:latest
    template: nowhere.yml
    timeouts:
      pull: 10
      strat: 5s
    registry:
      server: registry.example.org
      user: deploy
      password: hunter2
";
    let said = told(text);
    insta::assert_snapshot!(said);
}
