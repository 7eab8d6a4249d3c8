//! Repair and setup: what brings a host into shape.

use crate::table::table;

#[test]
fn repair() {
    let begins = "hosts web1 web2 jobs1\ndid prepare v2\ndid go-live";
    let situations = [
        ("nothing is wrong", "ask repair"),
        ("the recorded color is wrong", "web2: recorded color blue\nask repair"),
        (
            "nginx is configured for another color than the one that answers",
            "web2: configured for blue\nask repair",
        ),
        ("the live color is stopped", "web2: green stopped\nask repair"),
        ("the live color is removed", "web2: green removed\nask repair"),
        (
            "the live color and its image are removed",
            "web2: green removed\nweb2: image v2 removed\nask repair",
        ),
        ("the live color answers with errors", "web2: users get 500\nask repair"),
        ("the engine of one host was killed", "web2: engine killed\nask repair"),
        ("the engine of a host with jobs was killed", "jobs1: engine killed\nask repair"),
        ("the engine of one host hangs", "web2: engine hangs\nask repair"),
        ("nginx of one host is broken", "web2: nginx broken\nask repair"),
        (
            "the passive side points at a color that does not run",
            "did prepare v3\nweb2: blue stopped\nask repair",
        ),
        (
            "a switch was interrupted before nginx was reloaded",
            "did prepare v3\nweb2: switch dies before reload\ntried go-live\nask repair",
        ),
        (
            "a switch was interrupted after nginx was reloaded",
            "did prepare v3\nweb2: switch dies after reload\ntried go-live\nask repair",
        ),
        (
            "a switch is under way",
            "did prepare v3
             web2: switch dies before reload
             tried go-live
             web2: switch under way
             ask repair",
        ),
        (
            "a switch is under way on the only host that is meant",
            "did prepare v3
             web2: switch dies before reload
             tried go-live
             web2: switch under way
             ask repair --only web2",
        ),
        ("one host is not reached", "web2: unreachable\nweb1: recorded color blue\nask repair"),
        (
            "the record is wrong, and no compose file of the live release is there",
            "web2: recorded color blue\nweb2: files of v2 removed\nask repair",
        ),
    ];
    insta::assert_snapshot!(table(begins, &situations));
}

#[test]
fn setup() {
    let situations = [
        ("a fresh server", "bare web1\nask setup v1"),
        ("a fresh server, and no release is named", "bare web1\nask setup"),
        ("a server that serves already", "hosts web1\nask setup"),
        ("a server that serves another release", "hosts web1\nask setup v2"),
        (
            "a server without its live include",
            "hosts web1\nweb1: lacks the live include\nask setup v1",
        ),
        ("a fresh server beside one that serves", "hosts web1\nbare web2\nask setup v1"),
        ("a fresh server with a full disk", "bare web1\nweb1: disk 100 MiB\nask setup v1"),
        ("a host that carries only jobs", "hosts web1 jobs1\nask setup --only jobs1"),
    ];
    insta::assert_snapshot!(table("", &situations));
}
