//! Verify, go-live and finish: what goes forward.

use flipside::domain::plan::{Action, Probe, Wait};

use crate::table::table;
use crate::testkit::scene::Scene;

#[test]
fn verify() {
    let situations = [
        ("a prepared release", "did prepare v2\nask verify"),
        ("signed off before: it is asked again", "did prepare v2\ndid verify\nask verify"),
        ("nothing is prepared", "ask verify"),
        ("one host is not prepared", "did prepare v2 --only web1\nask verify"),
        ("two releases are prepared", "did prepare v2\ndid prepare v3 --only web1\nask verify"),
        ("the prepared color is not healthy", "did prepare v2\nweb2: v2 unhealthy\nask verify"),
        ("the prepared color was stopped", "did prepare v2\nweb2: green stopped\nask verify"),
        ("only hosts with jobs are meant", "did prepare v2\nask verify --only jobs1"),
    ];
    insta::assert_snapshot!(table("hosts web1 web2 jobs1", &situations));
}

#[test]
#[allow(clippy::too_many_lines)] // a table of scenes
fn go_live() {
    let situations = [
        ("a release that is signed off", "did prepare v2\ndid verify\nask go-live"),
        ("a release that nobody signed off", "did prepare v2\nask go-live"),
        (
            "a sign-off is required, and one host has none",
            "inventory: verify_required: true
             did prepare v2
             did verify
             web2: no sign-off
             ask go-live",
        ),
        (
            "a canary, then one host at a time with a pause",
            "hosts web3
             inventory app: batches: { canary: [web2], size: 1, pause: 60s }
             did prepare v2
             did verify
             ask go-live",
        ),
        ("nothing is prepared", "ask go-live"),
        ("one host is not prepared", "did prepare v2 --only web1 --only jobs1\nask go-live"),
        (
            "another release is prepared than the one that is named",
            "did prepare v2\nask go-live v3",
        ),
        ("two releases are prepared", "did prepare v2\ndid prepare v3 --only web1\nask go-live"),
        (
            "half done: users of web1 are on it, the others are not",
            "did prepare v2\ndid verify\ndid go-live --only web1\nask go-live",
        ),
        (
            "users are on it, and the jobs did not follow",
            "did prepare v2
             did go-live
             web2 jobs1: djobs on v1
             ask go-live",
        ),
        ("done already", "did prepare v2\ndid go-live\nask go-live"),
        (
            "the engine was killed after it: the live color is stopped",
            "did prepare v2\ndid go-live\nweb2: green stopped\nask go-live",
        ),
        (
            "the prepared color was stopped meanwhile",
            "did prepare v2\nweb2: green stopped\nask go-live",
        ),
        ("the prepared color is not healthy", "did prepare v2\nweb2: v2 unhealthy\nask go-live"),
        (
            "the prepared color is healthy on no host",
            "did prepare v2\nweb1 web2: v2 unhealthy\nask go-live",
        ),
        ("one host is not reached", "did prepare v2\nweb2: unreachable\nask go-live"),
        (
            "only the others are meant",
            "did prepare v2\nweb2: unreachable\nask go-live --only web1 --only jobs1",
        ),
        (
            "users of one host get errors from the release that they are on",
            "did prepare v2\nweb2: users get 500\nask go-live",
        ),
        (
            "a switch was interrupted on one host before nginx was reloaded",
            "did prepare v2
             web2: switch dies before reload
             tried go-live
             ask go-live",
        ),
        (
            "a switch was interrupted on one host after nginx was reloaded",
            "did prepare v2
             web2: switch dies after reload
             tried go-live
             ask go-live",
        ),
        (
            "a switch is under way on one host",
            "did prepare v2
             web2: switch dies before reload
             tried go-live
             web2: switch under way
             ask go-live",
        ),
        (
            "frozen after a rollback",
            "inventory: freeze_after_roll_back: true
             did prepare v2
             did go-live
             did rollback
             did prepare v3
             ask go-live",
        ),
        (
            "the release that users were rolled back from, once more",
            "did prepare v2\ndid go-live\ndid rollback\nask go-live v2",
        ),
        (
            "after a rollback no release is named",
            "did prepare v2\ndid go-live\ndid rollback\nask go-live",
        ),
        (
            "after a rollback another release is prepared, and none is named",
            "did prepare v2\ndid go-live\ndid rollback\ndid prepare v3\nask go-live",
        ),
        (
            "after a rollback the same release is half live again: it is continued",
            "did prepare v2
             did go-live
             did rollback
             did go-live v2 --only web1
             ask go-live",
        ),
        (
            "one host was rolled back, and no release is named",
            "did prepare v2\ndid go-live\ndid rollback --only web2\nask go-live",
        ),
        (
            "jobs run a tag that was moved since",
            "jobs1: djobs on v2
             registry: v2 moved
             did prepare v2
             ask go-live",
        ),
        ("only hosts with jobs are meant", "did prepare v2\nask go-live --only jobs1"),
    ];
    insta::assert_snapshot!(table("hosts web1 web2 jobs1", &situations));
}

#[test]
fn finish() {
    let situations = [
        ("after a go-live", "did prepare v2\ndid go-live\nask finish"),
        ("done already", "did prepare v2\ndid go-live\ndid finish\nask finish"),
        ("a release is prepared", "did prepare v2\nask finish"),
        ("users are on two releases", "did prepare v2\ndid go-live --only web1\nask finish"),
        (
            "old releases are still here",
            "web1 web2 jobs1: image v0.1 kept
             web1 web2 jobs1: image v0.2 kept
             web1 web2 jobs1: image v0.3 kept
             web1 web2 jobs1: image v0.4 kept
             did prepare v2
             did go-live
             ask finish",
        ),
        (
            "the passive color has another release than users came from",
            "inventory app: keep_releases: 0
             did prepare v2
             did go-live
             did prepare v3
             did abandon
             ask finish",
        ),
        ("one host is not reached", "did prepare v2\ndid go-live\nweb2: unreachable\nask finish"),
        ("after a rollback", "did prepare v2\ndid go-live\ndid rollback\nask finish"),
        (
            "no host recorded where users came from",
            "did prepare v2
             did go-live
             web1 web2: no record of the last change
             ask finish",
        ),
        (
            "users of one host get errors",
            "did prepare v2\ndid go-live\nweb2: users get 500\nask finish",
        ),
    ];
    insta::assert_snapshot!(table("hosts web1 web2 jobs1", &situations));
}

/// An attempt that hangs must not use up the time of all others.
#[test]
fn each_request_of_a_check_from_the_console_has_the_limit_of_the_check() {
    let scene = Scene::of(
        "hosts web1
         inventory app: checks: [{name: smoke, from: console, path: 'http://web1.test/', timeout: 7s, tries: 2}]
         did prepare v2
         ask verify",
    );
    let plan = scene.asked().1.unwrap();
    let limits: Vec<_> = plan
        .steps()
        .filter_map(|(_, step)| match &step.action {
            Action::Wait(Wait { probe: Probe::Request(request), .. }) => {
                Some((request.delivery.timeout, step.deadline))
            }
            _ => None,
        })
        .collect();
    let seconds = std::time::Duration::from_secs;
    assert_eq!(limits, [(Some(seconds(7)), seconds(16))]);
}
