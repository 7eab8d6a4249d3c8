//! Switches while users are at work, on fresh and on kept connections: ten of them, or as many as
//! `FLIPSIDE_SWITCHES` says.

use std::time::Duration;

use super::support::{Console, Lab, Watched, tell};

const WEB: [&str; 3] = ["web1", "web2", "web3"];
const SWITCHES: &str = "FLIPSIDE_SWITCHES";

#[test]
fn users_are_switched_again_and_again_and_not_one_request_fails() {
    let Some(lab) = Lab::calm(&WEB) else { return };
    let switches =
        std::env::var(SWITCHES).map_or(10, |number| number.parse().expect("a number of switches"));
    // Jobs are no users' affair, and take most of the time.
    let console = Console::of(&lab, &WEB).with("jobs: [djobs, cron]", "jobs: []");
    console.does("prepare --release v2");
    let users = Watched::by(&lab, &WEB, 200);
    let mut took = Vec::new();
    for round in 0..switches {
        let (phase, color, release) = if round % 2 == 0 {
            ("go-live --release v2", "green", "v2")
        } else {
            ("rollback", "blue", "v1")
        };
        took.push(console.does(phase).tells("✔ Done").took);
        lab.users_get(&WEB, color, release);
    }
    let counted = users.nobody_noticed();
    took.sort();
    let middle = took[switches / 2].as_secs_f64();
    let longest = took.last().map_or(0.0, Duration::as_secs_f64);
    tell(&format!(
        "{switches} switches on {} hosts: {counted}; a command took {middle:.2} s, at most {longest:.2} s",
        WEB.len()
    ));
}
