//! Signals, and a terminal that goes away.

use std::fs;

use crate::tmux::{Terminal, left_out};

#[test]
fn what_ends_the_console_from_outside_gives_the_terminal_back() {
    let Some(terminal) = Terminal::open("ended") else { return };
    let before = terminal.sanity();
    for signal in ["TERM", "HUP", "QUIT", "INT"] {
        terminal.demo();
        terminal.press("m");
        terminal.shows("MOUSE");
        terminal.signals(signal);
        terminal.is_back();
        assert_eq!(terminal.sanity(), before, "after {signal}");
    }
}

#[test]
fn a_run_that_is_ended_from_outside_is_told_to_its_end() {
    let Some(terminal) = Terminal::open("midway") else { return };
    let before = terminal.sanity();
    terminal.demo();
    terminal.prepares("v2");
    terminal.shows("PREPARE ▶");
    terminal.signals("TERM");
    terminal.is_back();
    let screen = terminal.screen();
    assert!(screen.contains(": prepare v1 -> v2: ended by"), "{screen}");
    assert_eq!(terminal.sanity(), before);
}

#[test]
fn it_is_put_aside_by_key_and_by_signal_and_comes_back() {
    let Some(terminal) = Terminal::open("aside") else { return };
    let before = terminal.sanity();
    terminal.demo();
    terminal.press("m");
    terminal.shows("MOUSE");
    for way in ["key", "signal"] {
        match way {
            "key" => terminal.press("C-z"),
            _ => terminal.signals("TSTP"),
        }
        terminal.is_back();
        assert_eq!(terminal.sanity(), before, "put aside by {way}");
        terminal.line("fg");
        terminal.shows("3/3 reachable");
        // It was on before, and is again.
        terminal.waits_until("#{mouse_sgr_flag}", "1");
    }
    terminal.press("q");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
}

#[test]
fn a_console_that_was_stopped_against_its_will_paints_itself_anew() {
    let Some(terminal) = Terminal::open("stopped") else { return };
    let before = terminal.sanity();
    terminal.demo();
    terminal.signals("STOP");
    // What the shell writes now stands where the console was, and Enter ends no line.
    terminal.shows("ready>");
    terminal.types("stty sane; fg");
    terminal.press("C-j");
    terminal.waits_for("the shell's words to be gone", |screen| !screen.contains("ready>"));
    // Keys reach it one by one: it has the keyboard as it wants it.
    terminal.press("?");
    terminal.shows("UPPER CASE CHANGES SERVERS");
    terminal.press("Escape");
    terminal.press("q");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
}

#[test]
fn while_a_run_is_at_work_nothing_puts_it_aside() {
    let Some(terminal) = Terminal::open("held") else { return };
    terminal.demo();
    terminal.prepares("v2");
    terminal.shows("PREPARE ▶");
    terminal.signals("TSTP");
    terminal.shows("would stop half-way");
    terminal.shows("PREPARE ✔");
}

#[test]
fn after_kill_9_reset_is_the_way_out() {
    let Some(terminal) = Terminal::open("killed") else { return };
    terminal.demo();
    terminal.press("m");
    terminal.waits_until("#{mouse_any_flag}", "1");
    terminal.signals("KILL");
    terminal.shows("ready>");
    // Nobody turns Enter into the end of a line now.
    terminal.types("reset");
    terminal.press("C-j");
    terminal.waits_until("#{mouse_any_flag}", "0");
    terminal.is_back();
    // Enter ends a line again, and what is typed is seen.
    terminal.line("echo se''en");
    terminal.shows("echo se''en");
    terminal.waits_for("the line to be read", |screen| screen.lines().any(|it| it == "seen"));
}

#[test]
fn a_console_without_a_terminal_ends() {
    let Some(terminal) = Terminal::open("gone") else { return };
    terminal.demo();
    let process = format!("/proc/{}", terminal.console());
    if !fs::exists(&process).unwrap() {
        return left_out("gone", "no /proc here");
    }
    drop(terminal);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while fs::exists(&process).unwrap() {
        assert!(std::time::Instant::now() < until, "it is still there");
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
}
