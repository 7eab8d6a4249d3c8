//! A console that is killed at any step on symlink hosts: users notice nothing, and a second console ends it well.

use rustix::process::Signal;

use super::support::{Console, Lab, Linked, Watched, tell};

const PAIR: [&str; 2] = ["pair1", "pair2"];

/// The command that is killed, what it prints about pair2 then, the command that ends it well, and what users are on
/// afterwards. Each goes on from where the one before it ended.
const KILLS: [(&str, &str, &str, &str, &str); 6] = [
    ("prepare --release v2", "▶ fetch v2", "prepare --release v2", "blue", "v1"),
    ("go-live", "▶ switch users", "go-live --release v2", "green", "v2"),
    ("rollback", "▶ point live at v1", "rollback", "blue", "v1"),
    (
        "prepare --release slow-prepare",
        "| prepare: step 2",
        "prepare --release slow-prepare",
        "blue",
        "v1",
    ),
    ("prepare --release v2", "▶ start green", "prepare --release v4", "blue", "v1"),
    ("go-live", "▶ run the deployed hook", "go-live --release v4", "green", "v4"),
];

#[test]
fn whenever_it_is_killed_users_notice_nothing_and_a_second_console_ends_it_well() {
    let Some(lab) = Lab::linked(&PAIR) else { return };
    let alice = Console::linked(&lab, "pair", &PAIR);
    let bob = Console::linked(&lab, "pair", &PAIR).operated_by("bob");
    let users = Watched::by(&lab, &PAIR, 20);
    for (command, at, then, color, release) in KILLS {
        let mut working = alice.starts(command);
        working.until_it_tells(&format!("pair2       {at}"));
        working.signal(Signal::KILL);
        working.ends().with(128 + 9);
        let found = PAIR.map(|host| Linked::of(&lab, host));
        if found.iter().any(Linked::is_locked) {
            bob.says(then).with(4).tells("is held by alice@");
            bob.does("unlock --reason it_was_killed");
        }
        let ended = bob.does(then);
        lab.all_is(&PAIR, color, release);
        let found = found.map(|truth| truth.in_words()).join("; ");
        let seconds = ended.took.as_secs_f64();
        tell(&format!(
            "killed in `{command}` at {at:?}: {found}; ended by `{then}` in {seconds:.1} s"
        ));
    }
    tell(&format!("users of consoles that were killed: {}", users.nobody_noticed()));
}
