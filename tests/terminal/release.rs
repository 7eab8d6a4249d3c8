//! A whole release by keys.

use crate::tmux::Terminal;

#[test]
fn a_release_goes_out_and_comes_back_by_keys_and_the_terminal_is_as_it_was() {
    let Some(terminal) = Terminal::open("keys") else { return };
    let before = terminal.sanity();
    terminal.demo();
    terminal.prepares("v2");
    terminal.shows("PREPARE ✔");
    terminal.press("L");
    terminal.says_yes_to("[Y] go live now");
    terminal.shows("GO LIVE ✔");
    terminal.shows("live G green v2");
    // One key: the card is armed and needs no other.
    terminal.press("R");
    terminal.shows("ROLL BACK");
    terminal.shows("roll back from v2: done");
    terminal.shows("live B blue v1");
    terminal.press("q");
    terminal.is_back();
    let screen = terminal.screen();
    assert!(screen.contains(": roll back v2 -> v1: done"), "{screen}");
    assert_eq!(terminal.sanity(), before);
}
