//! Prepare: a release is brought up on the passive color of every host.

use crate::table::table;

#[test]
#[allow(clippy::too_many_lines)] // a table of scenes
fn prepare() {
    let situations = [
        ("the first release on a quiet fleet", "ask prepare v2"),
        (
            "half done: web1 is prepared, web2 is not",
            "did prepare v2 --only web1
             ask prepare v2",
        ),
        (
            "done already",
            "did prepare v2
             ask prepare v2",
        ),
        (
            "users are on it already",
            "did prepare v2
             did go-live
             ask prepare v2",
        ),
        (
            "another release is prepared",
            "did prepare v2
             ask prepare v3",
        ),
        (
            "the release that users came from is up on the passive color",
            "did prepare v2
             did go-live
             ask prepare v3",
        ),
        (
            "the release that users were rolled back from is still up",
            "did prepare v2
             did go-live
             did rollback
             ask prepare v3",
        ),
        (
            "no host recorded where users came from",
            "did prepare v2
             did go-live
             web1 web2: no record of the last change
             ask prepare v3",
        ),
        (
            "one host did not record where users came from",
            "did prepare v2
             did go-live
             web2: no record of the last change
             ask prepare v3",
        ),
        ("no release is named", "ask prepare"),
        (
            "the migration ran, and the start failed",
            "did prepare v2
             web1 web2: green removed
             web1 web2: passive side shows blue
             ask prepare v2",
        ),
        (
            "the color came up unhealthy",
            "did prepare v2
             web2: v2 unhealthy
             ask prepare v2",
        ),
        ("a disk is short of room", "web2: disk 100 MiB\nask prepare v2"),
        ("one host is not reached", "web2: unreachable\nask prepare v2"),
        ("only the others are meant", "web2: unreachable\nask prepare v2 --only web1 --only jobs1"),
        ("the primary is not meant, and was not migrated", "ask prepare v2 --only web2"),
        (
            "the primary is not meant, and was migrated",
            "did prepare v2 --only web1
             ask prepare v2 --only web2",
        ),
        ("sources disagree on one host", "web2: recorded color green\nask prepare v2"),
        ("users of one host get errors", "web2: users get 500\nask prepare v2"),
        (
            "the passive side of one host is dead",
            "did prepare v2
             web2: green stopped
             ask prepare v3",
        ),
        ("nginx of one host is broken", "web2: nginx broken\nask prepare v2"),
        ("the engine of one host hangs", "web2: engine hangs\nask prepare v2"),
        (
            "a locked host: the lock is the run's affair, not the plan's",
            "web2: locked by li\nask prepare v2",
        ),
        (
            "the tag was moved since it was prepared",
            "did prepare v2
             registry: v2 moved
             ask prepare v2",
        ),
        (
            "go-live is frozen",
            "inventory: freeze_after_roll_back: true
             did prepare v2
             did go-live
             did rollback
             ask prepare v3",
        ),
    ];
    insta::assert_snapshot!(table("hosts web1 web2 jobs1", &situations));
}
