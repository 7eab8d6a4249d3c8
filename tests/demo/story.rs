//! The stories of `flipside demo`, played on a fleet by the real engine.

use std::process::Command;

use flipside::demo::DemoPlatform;
use flipside::demo::drive::Headless;
use flipside::demo::story::{Progress, play};

use crate::world::fleet_of;

/// Every act ends as expected, the target that is cut off is this one, and users reach these releases without a failure.
async fn plays(platform: DemoPlatform, targets: u16, cut_off: &str) {
    let fleet = fleet_of(platform, targets).await;
    let mut log = Vec::new();
    let mut progress = Vec::new();
    let played = {
        let driver = Headless::on(&fleet, &mut log).unwrap();
        play(&fleet, &driver, platform.story(), &mut |now| progress.push(now)).await
    };
    let log = String::from_utf8_lossy(&log);
    println!("{log}"); // shown when it fails
    assert!(played.is_ok(), "{}\n{progress:#?}", played.unwrap_err());
    assert!(progress.contains(&Progress::Cut { target: cut_off.to_owned() }));
    assert_eq!(fleet.load().bad(), 0, "{:#?}", fleet.load());
    let reached = fleet.load().by_release;
    assert!(
        ["v1", "v2", "v3", "v8-sluggish"].iter().all(|tag| reached.contains_key(*tag)),
        "{reached:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_on_compose_ends_as_expected() {
    plays(DemoPlatform::Compose, 4, "web3").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_on_symlink_ends_as_expected() {
    plays(DemoPlatform::Symlink, 2, "web2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_on_http_ends_as_expected() {
    plays(DemoPlatform::Http, 2, "us").await;
}

#[test]
fn platform_without_a_demo_is_wrong_usage_and_the_platforms_are_listed() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_flipside"));
    let output = demo.args(["demo", "--headless", "--platform", "swarm"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("compose, symlink, http"), "{stderr}");
}
