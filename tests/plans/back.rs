//! Rollback, abandon and unfreeze.

use crate::table::table;

/// Users of all hosts came from v1 to v2.
const LIVE: &str = "hosts web1 web2 jobs1\ndid prepare v2\ndid go-live";

#[test]
#[allow(clippy::too_many_lines)] // a table of scenes
fn rollback() {
    let situations = [
        ("the release that users came from is up", "ask rollback"),
        ("it is stopped on one host", "web2: blue stopped\nask rollback"),
        ("it is removed on one host, its image is there", "web2: blue removed\nask rollback"),
        (
            "it is removed on one host, and its image too",
            "web2: blue removed\nweb2: image v1 removed\nask rollback",
        ),
        (
            "the registry does not answer",
            "web2: blue removed\nweb2: image v1 removed\nregistry: away\nask rollback",
        ),
        (
            "lost on one host: its image is nowhere any more",
            "web2: blue removed\nweb2: image v1 removed\nregistry: v1 gone\nask rollback",
        ),
        (
            "lost on every host",
            "web1 web2: blue removed
             web1 web2: image v1 removed
             web1: image v0 kept
             registry: v1 gone
             ask rollback",
        ),
        ("after finish", "did finish\nask rollback"),
        ("another release was prepared over it", "did prepare v3\nwait 60 min\nask rollback"),
        (
            "the prepared release was withdrawn, and it is asked again within 15 minutes",
            "did prepare v3\ndid rollback\nask rollback",
        ),
        (
            "the prepared release was withdrawn, and it is asked again an hour later",
            "did prepare v3\ndid rollback\nwait 60 min\nask rollback",
        ),
        ("another release was prepared and abandoned", "did prepare v3\ndid abandon\nask rollback"),
        ("asked twice", "did rollback\nask rollback"),
        ("one host recorded nothing", "web2: no record of the last change\nask rollback"),
        ("no host recorded anything", "web1 web2: no record of the last change\nask rollback"),
        (
            "no host recorded anything, and another release is prepared over the old one",
            "web1 web2: no record of the last change\ndid prepare v3\nask rollback",
        ),
        (
            "no host recorded anything, and a start of another release failed",
            "web1 web2: no record of the last change
             web1: v3 unhealthy
             tried prepare v3
             ask rollback",
        ),
        (
            "one host recorded nothing, and another release is prepared on the other one",
            "web2: no record of the last change\ndid prepare v3 --only web1\nask rollback",
        ),
        (
            "the records are of another release than the one that users are on",
            "web1 web2: recorded release v7\nask rollback",
        ),
        (
            "the record of one host is lost after a rollback",
            "did rollback\nweb2: no record of the last change\nask rollback",
        ),
        (
            "no host recorded anything, and one was repaired",
            "web1 web2: no record of the last change
             web2: recorded color blue
             did repair
             ask rollback",
        ),
        (
            "no host recorded anything, and a release is named",
            "web1 web2: no record of the last change\nask rollback --to v1",
        ),
        ("to a release that is named", "ask rollback --to v0"),
        ("to the release that users are on", "ask rollback --to v2"),
        ("to a release that the registry does not have", "registry: v0 gone\nask rollback --to v0"),
        (
            "to a named release that did not reach every host: it is continued",
            "web2: switch dies before reload\ntried rollback --to v0\nask rollback",
        ),
        ("one host is not reached", "web2: unreachable\nask rollback"),
        ("one host was never reached", "web2: never reached\nask rollback"),
        ("no host is reached", "web1 web2 jobs1: unreachable\nask rollback"),
        ("no host that serves users is reached", "web1 web2: unreachable\nask rollback"),
        ("no host was ever reached", "web1 web2 jobs1: never reached\nask rollback"),
        (
            "no host is reached, and a release is named",
            "web1 web2 jobs1: unreachable\nask rollback --to v1",
        ),
        (
            "nothing is known of a host, users and jobs",
            "web2: engine hangs\nweb2: nginx broken\nask rollback",
        ),
        (
            "nothing is known of any host, users and jobs",
            "web1 web2: engine hangs\nweb1 web2: nginx broken\nask rollback",
        ),
        ("only one host is meant", "ask rollback --only web1"),
        (
            "done on the others while one was away",
            "web2: unreachable
             did rollback --only web1 --only jobs1
             web2: reached again
             ask rollback",
        ),
        ("the live color is removed", "web2: green removed\nask rollback"),
        ("users of one host get errors", "web2: users get 500\nask rollback"),
        ("the engine of one host was killed", "web2: engine killed\nask rollback"),
        ("the engine of one host hangs", "web2: engine hangs\nask rollback"),
        ("nginx of one host is broken", "web2: nginx broken\nask rollback"),
        ("nginx of every host is broken", "web1 web2: nginx broken\nask rollback"),
        ("the record of one host is wrong", "web2: recorded color blue\nask rollback"),
        ("the jobs of one host did not follow users", "jobs1: djobs on v1\nask rollback"),
        (
            "no compose file of the old release is there any more",
            "web2 jobs1: files of v1 removed\nask rollback",
        ),
        ("go-live is closed by it", "inventory: freeze_after_roll_back: true\nask rollback"),
        (
            "the tag of the old release was moved",
            "registry: v1 moved
             web2: blue removed
             web2: image v1 removed
             ask rollback",
        ),
    ];
    insta::assert_snapshot!(table(LIVE, &situations));
}

/// Before any go-live, or in the middle of one.
#[test]
fn rollback_before_and_during_a_go_live() {
    let situations = [
        ("a release is only prepared: it is withdrawn", "did prepare v2\nask rollback"),
        ("a release is prepared on one host only", "did prepare v2 --only web1\nask rollback"),
        ("nothing was ever done", "ask rollback"),
        (
            "users of one host are on the new release",
            "did prepare v2\ndid go-live --only web1\nask rollback",
        ),
        (
            "users of one host are on the new release, and that host is not reached",
            "did prepare v2\ndid go-live --only web1\nweb1: unreachable\nask rollback",
        ),
        (
            "users of one host are on the new release, and that host was never reached",
            "did prepare v2\ndid go-live --only web1\nweb1: never reached\nask rollback",
        ),
        (
            "a switch was interrupted before nginx was reloaded",
            "did prepare v2\nweb2: switch dies before reload\ntried go-live\nask rollback",
        ),
        (
            "a switch was interrupted after nginx was reloaded",
            "did prepare v2\nweb2: switch dies after reload\ntried go-live\nask rollback",
        ),
        (
            "a switch is under way on one host",
            "did prepare v2
             web2: switch dies before reload
             tried go-live
             web2: switch under way
             ask rollback",
        ),
        (
            "a switch has just begun on one host, and users are where they were",
            "did prepare v2
             web2: switch dies before reload
             tried go-live
             web2: switch under way
             web2: configured for blue
             ask rollback",
        ),
        ("a migration failed half-way", "web1: migration of v2 ended\nask rollback"),
        (
            "two releases were live one after the other on different hosts",
            "did prepare v2
             did go-live
             did prepare v3
             did go-live --only web1
             ask rollback",
        ),
    ];
    insta::assert_snapshot!(table("hosts web1 web2 jobs1", &situations));
}

#[test]
fn abandon() {
    let situations = [
        ("a prepared release", "did prepare v2\nask abandon"),
        ("done already", "did prepare v2\ndid abandon\nask abandon"),
        ("another release than the prepared one is named", "did prepare v2\nask abandon v3"),
        ("nothing is prepared", "ask abandon"),
        (
            "users came from what is on the passive color",
            "did prepare v2\ndid go-live\nask abandon",
        ),
        ("what is left of a migration", "did prepare v2\nweb1: migration of v2 ended\nask abandon"),
        ("a migration still runs", "did prepare v2\nweb1: migration of v2 running\nask abandon"),
        ("one host is not reached", "did prepare v2\nweb2: unreachable\nask abandon"),
        (
            "a cold rollback to a named release was begun",
            "did prepare v2
             did go-live
             web1 web2: switch dies before reload
             web1 web2: v0 unhealthy
             tried rollback --to v0
             ask abandon",
        ),
        ("sources disagree on one host", "did prepare v2\nweb2: recorded color green\nask abandon"),
        (
            "after a rollback: the release that users left",
            "did prepare v2\ndid go-live\ndid rollback\nask abandon",
        ),
        (
            "no host recorded where users came from",
            "did prepare v2
             did go-live
             web1 web2: no record of the last change
             ask abandon",
        ),
        (
            "no host recorded where users came from, and the release is named",
            "did prepare v2
             did go-live
             web1 web2: no record of the last change
             ask abandon v1",
        ),
        (
            "one host did not record where users came from",
            "did prepare v2
             did go-live
             web2: no record of the last change
             ask abandon",
        ),
        (
            "a start failed on the first host of an adopted fleet",
            "web1: v2 unhealthy\ntried prepare v2\nask abandon",
        ),
    ];
    insta::assert_snapshot!(table("hosts web1 web2 jobs1", &situations));
}

#[test]
fn unfreeze() {
    let frozen = format!("inventory: freeze_after_roll_back: true\n{LIVE}\ndid rollback");
    let situations = [
        ("with a reason", "ask unfreeze --reason mended"),
        ("without a reason", "ask unfreeze"),
        ("done already", "did unfreeze --reason mended\nask unfreeze --reason mended"),
        ("one host is not reached", "web2: unreachable\nask unfreeze --reason mended"),
    ];
    insta::assert_snapshot!(table(&frozen, &situations));
}
