//! Plans as shell scripts: plain `sh`, plain `ssh`, and no console at all.

use super::support::{Console, Lab, Watched, Working};

const HOSTS: [&str; 3] = ["web1", "web2", "jobs1"];
const WEB: [&str; 2] = ["web1", "web2"];

/// Makes the script, and carries it out as a person would: `sh script`.
fn by_hand(console: &Console, phase: &str) -> super::support::Ended {
    let script = console.home.path().join("plan.sh");
    std::fs::write(&script, console.does(&format!("plan {phase} -o sh")).text).unwrap();
    let mut command = console.command("sh");
    command.arg(&script);
    Working::start(format!("sh plan.sh ({phase})"), command).ends()
}

#[test]
fn a_whole_release_is_carried_out_by_scripts_alone() {
    let Some(lab) = Lab::calm(&HOSTS) else { return };
    let console = Console::of(&lab, &HOSTS);
    let users = Watched::by(&lab, &WEB, 20);
    by_hand(&console, "prepare --release v2").with(0).tells("done: every stage ended well");
    for host in WEB {
        assert_eq!(lab.passive(host).release, "v2", "the passive side of {host}");
    }
    lab.users_get(&WEB, "blue", "v1");
    by_hand(&console, "go-live").with(0).tells("done: every stage ended well");
    lab.users_get(&WEB, "green", "v2");
    assert!(lab.containers("jobs1").contains(&"cron v2 running".to_owned()), "jobs go along");
    by_hand(&console, "rollback").with(0).tells("done: every stage ended well");
    lab.users_get(&WEB, "blue", "v1");
    users.nobody_noticed();
    // The program finds nothing wrong with what the scripts did.
    console.does("status").never_tells("⚠");
    console.does("rollback").tells("nothing to do: all ");
}

#[test]
fn a_script_stops_at_the_first_stage_that_fails() {
    let Some(lab) = Lab::calm(&["web1"]) else { return };
    let console = Console::of(&lab, &["web1"]);
    by_hand(&console, "prepare --release bad-migration")
        .with(1)
        .tells("FAILED on: web1. No further step was started.")
        .never_tells("start green");
    lab.users_get(&["web1"], "blue", "v1");
}
