//! What each platform furnishes to a fleet.

use std::process::Command;

use flipside::demo::drive::Headless;
use flipside::demo::story::Driver as _;
use flipside::demo::{DemoPlatform, Fleet};
use flipside::domain::event::Verdict;
use flipside::domain::phase::Phase;

use crate::world::{client, fleet_of, get};

/// Runs the program on the inventory of a fleet, and returns how it ended and what it printed.
async fn flipside(fleet: &Fleet, words: &[&str]) -> (Option<i32>, String) {
    fleet.inventory().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flipside"));
    command.arg("-i").arg(fleet.inventory_path()).args(words);
    command.env("XDG_STATE_HOME", fleet.root()).env("HOME", fleet.root());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fresh_fleet_of_every_platform_is_observed_without_drift() {
    for platform in DemoPlatform::ALL {
        let fleet = fleet_of(platform, 2).await;
        let (code, text) = flipside(&fleet, &["status", "-o", "json"]).await;
        assert_eq!(code, Some(0), "{platform}: {text}");
        if platform == DemoPlatform::Http {
            let (code, text) = flipside(&fleet, &["doctor"]).await;
            assert_eq!((code, text.contains("all is good")), (Some(0), true), "{text}");
        } else {
            let (code, text) = flipside(&fleet, &["plan", "repair"]).await;
            assert_eq!(code, Some(0), "{platform}: {text}");
            assert!(text.contains("nothing is left to do"), "{platform}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn configuration_of_a_release_shows_its_layers_and_no_secret() {
    let fleet = fleet_of(DemoPlatform::Symlink, 2).await;
    let (code, text) = flipside(&fleet, &["config", "shop", "web1"]).await;
    assert_eq!(code, Some(0), "{text}");
    for wanted in ["https://pay.demo.example.org", "common-demo.yaml", "shop-default.yaml"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("demo-payment-token"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_runs_the_release_of_its_slot_and_stops_for_good() {
    let fleet = fleet_of(DemoPlatform::Symlink, 2).await;
    let client = client(&fleet, "web1").await.unwrap();
    let blue = fleet.host("web1").unwrap().ports().blue();
    let run = async |line: &str| client.line(line, "").await.code;
    assert_eq!(run("shopctl status blue").await, Some(0));
    assert_eq!(run("shopctl status green").await, Some(3));
    assert_eq!(run("shopctl stop blue && shopctl stop blue").await, Some(0));
    assert_eq!(run("shopctl status blue").await, Some(3));
    assert!(get(blue, "/health").await.is_err(), "nothing listens any more");
    let start = format!("shopctl start blue {} srv/shop/.flipside/slots/nowhere", blue.port());
    let failed = client.line(&start, "").await;
    assert_eq!(failed.code, Some(1));
    assert!(failed.stderr.contains("slots/nowhere/RELEASE: "), "{}", failed.stderr);
    assert_eq!(run("shopctl restart blue").await, Some(125), "what it cannot do is refused");
    assert_eq!(run("docker ps").await, Some(127), "this host has no docker");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn api_answers_nobody_without_its_token() {
    let fleet = fleet_of(DemoPlatform::Http, 2).await;
    let api = fleet.api("eu").unwrap();
    for path in ["/apps/shop/state", "/apps/shop/lock", "/elsewhere"] {
        let answer = get(api.ports.api(), path).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 401"), "{path}: {answer}");
    }
    assert!(get(api.ports.live(), "/").await.unwrap().contains("release v1 on eu"));
    assert!(get(api.ports.passive(), "/").await.unwrap().starts_with("HTTP/1.1 503"));
}

/// The API no longer runs the release that users came from, and starts it for the rollback.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rollback_behind_apis_reaches_a_release_that_another_one_replaced() {
    let fleet = fleet_of(DemoPlatform::Http, 2).await;
    let driver = Headless::on(&fleet, Vec::new()).unwrap();
    for (phase, release) in [
        (Phase::Prepare, Some("v2")),
        (Phase::GoLive, None),
        (Phase::Prepare, Some("v3")),
        (Phase::Abandon, None),
        (Phase::Rollback, None),
    ] {
        assert_eq!(driver.run(phase, release).await, Verdict::Done, "{phase:?}");
    }
    for name in fleet.reached() {
        let live = fleet.api(name).unwrap().ports.live();
        let page = get(live, "/").await.unwrap();
        assert!(page.contains(&format!("release v1 on {name}")), "{page}");
    }
    assert_eq!(fleet.load().bad(), 0, "{:#?}", fleet.load());
}
