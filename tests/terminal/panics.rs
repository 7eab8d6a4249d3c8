//! A panic. The product has no way to panic on purpose, so these play it: the test starts one of the ignored
//! ones below, alone, in a terminal of its own.

use std::io::{IsTerminal, stdout};

use flipside::console::terminal::Guard;

use crate::tmux::Terminal;

/// Runs one of the plays in this terminal.
fn plays(terminal: &Terminal, play: &str) {
    let program = std::env::current_exe().unwrap();
    let how = "--ignored --nocapture --test-threads=1 --exact";
    terminal.line(&format!("clear; {} {how} panics::{play}", program.display()));
}

#[test]
fn a_panic_of_the_screen_gives_the_terminal_back_and_is_told_after() {
    let Some(terminal) = Terminal::open("panic") else { return };
    let before = terminal.sanity();
    plays(&terminal, "the_screen");
    terminal.shows("panicked on purpose");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
}

#[test]
fn a_panic_of_a_worker_leaves_the_screen_alone_and_is_told_after_it() {
    let Some(terminal) = Terminal::open("worker") else { return };
    let before = terminal.sanity();
    plays(&terminal, "a_worker");
    terminal.shows("the screen is whole");
    assert_eq!(terminal.ask("#{alternate_on}"), "1");
    assert!(!terminal.screen().contains("on purpose"), "{}", terminal.screen());
    terminal.press("Enter");
    terminal.shows("panicked on purpose");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
}

#[test]
#[ignore = "a play, started by a test in a terminal of its own"]
fn the_screen() {
    if !stdout().is_terminal() {
        return;
    }
    let _guard = Guard::take().unwrap();
    panic!("it panicked on purpose");
}

#[test]
#[ignore = "a play, started by a test in a terminal of its own"]
fn a_worker() {
    if !stdout().is_terminal() {
        return;
    }
    let _guard = Guard::take().unwrap();
    assert!(std::thread::spawn(|| panic!("it panicked on purpose")).join().is_err());
    println!("the screen is whole\r");
    crossterm::event::read().unwrap();
}
