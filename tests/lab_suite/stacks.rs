//! Two color pairs of one app on one host: red and black beside blue and green.

use std::fs;

use super::support::{Console, Lab, Watched};

const CANARY: &str = "disk_free: 50MiB
    stacks:
      canary:
        template: CANARY
        service: 'canary_{color}'
        colors: [{name: red, port: 8011}, {name: black, port: 8012}]
        jobs: []
        live: {url: 'http://127.0.0.1:81/health'}
        passive: {url: 'http://127.0.0.1:8081/health', public_url: 'http://{host}:8081/'}";

#[test]
fn a_second_stack_is_set_up_beside_the_first_and_they_leave_each_other_alone() {
    let Some(lab) = Lab::calm(&["web3"]) else { return };
    let console = Console::of(&lab, &["web3"]);
    let template = console.home.path().join("canary.yml");
    let console = console
        .with("disk_free: 50MiB", &CANARY.replace("CANARY", &template.display().to_string()));
    fs::write(&template, console.template().replace("blue", "red").replace("green", "black"))
        .unwrap();
    let canary = || lab.page("web3", 81).release;
    let users = Watched::by(&lab, &["web3"], 50);

    console
        .says("status")
        .with(2)
        .tells("There is more than one stack. Select one with `--stack`: main, canary");
    console
        .does("status --stack canary")
        .tells("`flipside setup web3 --stack canary --release TAG`");
    let told = console.says("setup web3 --stack canary --release v1").with(5);
    lab.on("web3", &told.told_commands());
    console.does("setup web3 --stack canary --release v1").tells("✔ Done");
    console.does("setup web3 --stack canary").tells("nothing to do: all ");
    assert_eq!(canary(), "v1");
    lab.users_get(&["web3"], "blue", "v1");

    console.does("prepare --stack canary --release v3");
    assert_eq!(lab.page("web3", 8081).release, "v3", "the canary's passive side");
    assert_eq!(lab.passive("web3").release, "v1", "main's passive side is its own");
    // Two people work on two stacks at once: each has its own lock.
    let (main, other) = (
        console.starts("prepare --stack main --release v2"),
        console.starts("go-live --stack canary"),
    );
    main.ends().with(0);
    other.ends().with(0);
    assert_eq!(canary(), "v3");
    lab.users_get(&["web3"], "blue", "v1");

    console.does("go-live --stack main");
    console.does("rollback --stack canary");
    assert_eq!(canary(), "v1");
    lab.users_get(&["web3"], "green", "v2");
    // What one stack finishes with, the other keeps.
    console.does("finish --stack main");
    let containers = lab.containers("web3");
    for running in ["canary_red v1 running", "canary_black v3 running"] {
        assert!(containers.contains(&running.to_owned()), "{running}: {containers:?}");
    }
    console.does("go-live --stack canary --release v3");
    console.does("rollback --stack main");
    lab.users_get(&["web3"], "blue", "v1");
    assert_eq!(canary(), "v3");
    for stack in ["main", "canary"] {
        console.does(&format!("status --stack {stack}")).never_tells("⚠").never_tells("locked");
    }
    users.nobody_noticed();
}
