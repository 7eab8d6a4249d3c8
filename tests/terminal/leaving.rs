//! Leaving during a run.

use crate::tmux::Terminal;

fn with_work(name: &str) -> Option<Terminal> {
    let terminal = Terminal::open(name)?;
    terminal.demo();
    terminal.prepares("v2");
    terminal.shows("PREPARE ▶");
    terminal.press("q");
    terminal.shows("A RUN IS IN PROGRESS");
    Some(terminal)
}

#[test]
fn esc_stays() {
    let Some(terminal) = with_work("stay") else { return };
    assert!(terminal.screen().contains("The run is part of this console"));
    terminal.press("Escape");
    terminal.shows("PREPARE ✔");
}

#[test]
fn the_run_is_ended_and_how_it_stands_is_left_on_the_screen() {
    for (name, key) in [("endnow", "Y"), ("steps", "F")] {
        let Some(terminal) = with_work(name) else { return };
        terminal.answers("A RUN IS IN PROGRESS", key);
        terminal.is_back();
        let screen = terminal.screen();
        assert!(screen.contains(": ended by") && screen.contains("Journal:"), "{screen}");
        let after = terminal.sanity();
        assert_eq!(after, terminal.sanity());
    }
}

#[test]
fn a_go_live_is_rolled_back_and_then_left() {
    let Some(terminal) = Terminal::open("leaveback") else { return };
    let before = terminal.sanity();
    terminal.demo();
    terminal.prepares("v2");
    terminal.shows("PREPARE ✔");
    terminal.press("L");
    terminal.says_yes_to("[Y] go live now");
    // It is over soon: it is held as soon as it has begun, to be left at leisure.
    terminal.shows("GO LIVE ▶");
    terminal.press("p");
    terminal.shows("HELD: paused");
    terminal.press("q");
    terminal.answers("A RUN IS IN PROGRESS", "R");
    // The rollback card is armed, and starts automatically.
    terminal.is_back();
    let screen = terminal.screen();
    assert!(screen.contains(": roll back ") && screen.contains(": done"), "{screen}");
    assert!(screen.contains("blue v1, ok 200 on 2 of 2"), "{screen}");
    assert_eq!(terminal.sanity(), before);
}
