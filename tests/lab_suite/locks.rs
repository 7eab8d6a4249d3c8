//! Two people, one fleet.

use super::support::{Console, Lab};

const TWO: [&str; 2] = ["web1", "web2"];

#[test]
fn of_two_consoles_that_start_at_once_exactly_one_wins() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let alice = Console::of(&lab, &TWO).operated_by("alice").migrating_for(1500);
    let bob = Console::of(&lab, &TWO).operated_by("bob").migrating_for(1500);
    let (one, other) = (alice.starts("prepare --release v2"), bob.starts("prepare --release v2"));
    let (one, other) = (one.ends(), other.ends());
    let (won, lost, winner) = match (one.code, other.code) {
        (Some(0), Some(4)) => (one, other, "alice"),
        (Some(4), Some(0)) => (other, one, "bob"),
        both => panic!("exit codes {both:?}; alice:\n{}\nbob:\n{}", one.text, other.text),
    };
    lost.tells(&format!("is held by {winner}@"))
        .tells("for prepare of v2")
        .tells("nothing was changed")
        .never_tells("▶");
    assert_eq!(won.text.matches("migration of v2 finished").count(), 1);
    lab.nobody_holds(&TWO);
    alice.does("abandon");
}

#[test]
fn a_lock_is_told_wherever_it_is_met_and_removed_only_on_purpose() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let bob = Console::of(&lab, &TWO).operated_by("bob").migrating_for(20_000);
    let mut left = bob.starts("prepare --release v3");
    left.until_it_tells("applying");
    left.signal(rustix::process::Signal::KILL);
    let alice = Console::of(&lab, &TWO).operated_by("alice");
    alice.does("status").tells("locked by bob@").tells("for prepare of v3");
    for phase in ["prepare --release v2", "repair", "rollback"] {
        alice.says(phase).with(4).tells("locked by bob@").tells("nothing was changed");
    }
    alice
        .does("unlock --reason bob_went_home")
        .tells("alice@")
        .tells("removed the lock of bob@")
        .tells("bob_went_home");
    lab.nobody_holds(&TWO);
    alice.does("status").never_tells("locked by");
    alice.does("unlock --reason twice");
}

/// Neither of two rollbacks that start at once may lose to the other.
#[test]
fn of_two_rollbacks_that_start_at_once_exactly_one_wins() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let alice = Console::of(&lab, &TWO).operated_by("alice");
    let bob = Console::of(&lab, &TWO).operated_by("bob");
    for _ in 0..3 {
        alice.does("prepare --release v2");
        // It was rolled back before, so a person has to name it.
        alice.does("go-live --release v2");
        let (one, other) = (alice.starts("rollback"), bob.starts("rollback"));
        let (one, other) = (one.ends(), other.ends());
        let (lost, winner) = match (one.code, other.code) {
            (Some(0), Some(4)) => (other, "alice"),
            (Some(4), Some(0)) => (one, "bob"),
            both => panic!("exit codes {both:?}; alice:\n{}\nbob:\n{}", one.text, other.text),
        };
        lost.tells(&format!("is held by {winner}@")).tells("for rollback");
        lab.users_get(&TWO, "blue", "v1");
        lab.nobody_holds(&TWO);
    }
}

/// A laptop that sleeps between two batches, while a colleague takes over.
#[test]
fn a_go_live_that_slept_while_it_was_taken_over_changes_nothing_more() {
    let Some(lab) = Lab::calm(&TWO) else { return };
    let both = |console: Console| {
        console
            .with("    label: LAB\n", "    label: LAB\n    freeze_after_roll_back: true\n")
            .with("    template:", "    batches: { size: 1, pause: 3s }\n    template:")
    };
    let alice = both(Console::of(&lab, &TWO).operated_by("alice"));
    let bob = both(Console::of(&lab, &TWO).operated_by("bob"));
    alice.does("prepare --release v2");
    let mut asleep = alice.starts("go-live");
    asleep.until_it_tells("pausing for 3 s");
    asleep.signal(rustix::process::Signal::STOP);
    lab.users_get(&["web1"], "green", "v2");
    bob.says("rollback").with(4).tells("flipside unlock --run ");
    bob.does("unlock --reason alice_sleeps");
    bob.does("rollback --reason carts");
    asleep.signal(rustix::process::Signal::CONT);
    asleep.ends().with(4).tells("lost its lock");
    lab.users_get(&TWO, "blue", "v1");
    for host in TWO {
        assert!(lab.containers(host).contains(&"djobs v1 running".to_owned()), "{host}");
    }
    lab.nobody_holds(&TWO);
    bob.does("unfreeze --reason tested");
    bob.does("abandon");
}
