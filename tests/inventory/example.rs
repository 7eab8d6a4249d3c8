//! The example shows every option, and is right.

use std::path::Path;

use flipside::domain::plan::{FailurePolicy, Pause, Width};
use flipside::inventory::{Loaded, load};

use super::support::{app, compose};

fn example() -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory.example.yaml");
    load(&path, flipside::platform::DECODERS).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn the_example_is_right() {
    let loaded = example();
    assert_eq!(loaded.checked().to_string(), "valid: 2 environments, 5 hosts, 1 app");
    let shop = app(&loaded.inventory, "production", "shop");
    assert_eq!(shop.stacks().len(), 2);
    assert_eq!(shop.members.len(), 6, "two stacks on three hosts");
    assert_eq!(shop.batches.canary[0].as_str(), "web-01");
    assert_eq!(shop.batches.size, Width::Percent(25));
    assert!(matches!(shop.batches.pause, Some(Pause::For(_))));
    assert_eq!(shop.on_failure, FailurePolicy::AtMost(1));
    let web = shop.members.iter().find(|member| member.target.name() == "web-02").unwrap();
    assert_eq!(web.vars["region"], "south");
    assert_eq!(web.vars["workers"], "16");
    assert_eq!(compose(web).stack.disk_free_mib, 2048, "the app is a later layer than the host");
    let staging = app(&loaded.inventory, "staging", "shop");
    assert_eq!(staging.stacks().len(), 1, "the second stack is skipped there");
}

/// The two that a newcomer begins with are about the same services.
#[test]
fn the_example_and_its_template_fit() {
    for environment in example().inventory.environments.values() {
        for member in environment.apps.values().flat_map(|app| &app.members) {
            let findings =
                flipside::platform::of(&member.platform).examine(&environment.name, member);
            assert!(
                findings.iter().all(flipside::domain::finding::Finding::is_good),
                "{findings:?}"
            );
        }
    }
}

#[test]
fn every_key_that_can_be_written_is_in_the_example() {
    // What any layer may say is shown in one of them, and need not be in all.
    let layers = ["defaults", "environment", "group", "host"];
    let keys = example().keys();
    let shown = |key: &str| {
        let (kind, name) = key.split_once('.').unwrap();
        let elsewhere = || {
            let kind_of = |layer: &str| keys.get(&format!("{layer}.{name}")) == Some(&true);
            layers.contains(&kind) && layers.iter().any(|layer| kind_of(layer))
        };
        keys[key] || elsewhere()
    };
    let missing: Vec<&String> = keys.keys().filter(|key| !shown(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(keys.len() > 90, "{}", keys.len());
}

#[test]
fn the_hosts_at_a_glance() {
    let list = example().list().to_string();
    insta::assert_snapshot!(list);
}

#[test]
fn a_host_explained() {
    let explanation = example().explain("web-02", None).unwrap().to_string();
    insta::assert_snapshot!(explanation);
}

#[test]
fn a_key_explained() {
    let loaded = example();
    let explain = |key: &str| match loaded.explain("web-02", Some(key)) {
        Ok(explanation) => explanation.to_string(),
        Err(error) => error.to_string(),
    };
    let keys =
        ["vars.region", "ssh.port", "shop.vars", "shop/canary.colors", "disk_free", "ssh.jumpp"];
    let said: Vec<String> = keys.iter().map(|key| format!("$ {key}\n{}", explain(key))).collect();
    let said = said.join("\n");
    insta::assert_snapshot!(said);
    assert!(
        loaded.explain("web-2", None).unwrap_err().to_string().contains("did you mean `web-02`?")
    );
}

#[test]
fn the_effective_inventory_is_yaml_with_every_layer_laid_down() {
    let effective: serde_yaml::Value =
        serde_yaml::from_str(&example().effective().unwrap()).unwrap();
    let production = &effective["environments"]["production"];
    assert_eq!(production["protected"].as_bool(), Some(true));
    let web = &production["hosts"]["web-02"];
    assert_eq!(web["ssh"]["port"].as_u64(), Some(2222));
    let stacks = &web["apps"]["shop"]["stacks"];
    assert_eq!(stacks["main"]["vars"]["workers"].as_u64(), Some(16));
    assert_eq!(stacks["canary"]["dir"].as_str(), Some("/srv/shop-canary"));
    assert_eq!(production["apps"]["shop"]["batches"]["size"].as_str(), Some("25%"));
}

#[test]
fn a_version_in_a_variable_stays_as_it_was_written() {
    let text = super::support::with_host("vars: {a: 1.10, b: 0755, c: no, d: '7', e: 1e3}");
    let loaded = super::support::load(&text).unwrap();
    let vars = &app(&loaded.inventory, "production", "shop").members[0].vars;
    assert_eq!(vars.values().collect::<Vec<_>>(), ["1.10", "0755", "no", "7", "1e3"]);
    let effective = loaded.explain("web-01", None).unwrap().effective().unwrap();
    assert!(effective.contains("a: '1.10'"), "{effective}");
}

/// What the manual says works is tried: its first block, with the template that lies beside it.
#[test]
fn the_smallest_inventory_of_the_manual_works() {
    let manual = include_str!("../../docs/inventory.md");
    let block = manual.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/inventory.yaml");
    let loaded =
        flipside::inventory::from_text(&path, block.to_owned(), flipside::platform::DECODERS);
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.checked().to_string(), "valid: 1 environment, 2 hosts, 1 app");
}

#[test]
fn the_template_to_start_from_becomes_a_compose_file() {
    let side = |name: &str, port: u16| {
        serde_json::json!({
            "service": format!("shop_{name}"), "address": format!("127.0.0.1:{port}"), "port": port.to_string(),
        })
    };
    let names = serde_json::json!({
        "image": {"blue": "shop:1", "green": "shop:2", "jobs": "shop:2", "migrator": "shop:2"},
        "colors": {"blue": side("blue", 8001), "green": side("green", 8002)},
        "release": "2", "app": "shop", "stack": "main", "host": "web-01",
        "environment": "production", "project": "shop", "dir": "/srv/shop", "vars": {},
    });
    let mut engine = minijinja::Environment::new();
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let text = include_str!("../../docs/docker-compose.template.yml");
    let text = engine.render_str(text, minijinja::value::Serde(&names)).unwrap();
    let file: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let services = &file["services"];
    assert_eq!(services["shop_blue"]["image"].as_str(), Some("shop:1"));
    assert_eq!(services["shop_green"]["ports"][0].as_str(), Some("127.0.0.1:8002:8000"));
    assert_eq!(services["migrator"]["image"].as_str(), Some("shop:2"));
    let health = &services["shop_green"]["healthcheck"]["test"];
    assert_eq!(health[0].as_str(), Some("CMD"));
}

/// README's two commands: `inventory example` and `inventory example --template`.
#[test]
fn what_is_printed_as_an_example_is_a_pair_that_passes_the_check() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = dir.path().join("inventory.yaml");
    let flipside = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_flipside"));
        command.args(arguments).current_dir(dir.path()).output().unwrap()
    };
    std::fs::write(&inventory, flipside(&["inventory", "example"]).stdout).unwrap();
    let template = dir.path().join("docker-compose.template.yml");
    std::fs::write(template, flipside(&["inventory", "example", "--template"]).stdout).unwrap();
    let checked = flipside(&["-i", "inventory.yaml", "inventory", "check"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

/// What looks like a secret is covered wherever the inventory is shown; where one is kept is not.
#[test]
fn no_secret_of_a_variable_is_shown() {
    let vars = "vars: {db_password: hunter2, dsn: 'postgres://shop:hunter3@db/shop', api_token: env:TOKEN, region: north}";
    let loaded = super::support::load(&super::support::with_host(vars)).unwrap();
    let explained = loaded.explain("web-01", None).unwrap();
    let one = loaded.explain("web-01", Some("vars.db_password")).unwrap();
    let effective = explained.effective().unwrap();
    let whole = loaded.effective().unwrap();
    for text in [explained.to_string(), one.to_string(), effective, whole] {
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("****"), "{text}");
    }
    let explained = explained.to_string();
    assert!(explained.contains("env:TOKEN") && explained.contains("north"), "{explained}");
}
