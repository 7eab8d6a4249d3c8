//! Environments in which the console refuses to open.

use std::process::{Command, Stdio};

use crate::tmux::{Terminal, flipside};

#[test]
fn a_terminal_that_cannot_move_its_cursor_is_told_what_there_is_instead() {
    let Some(terminal) = Terminal::with("dumb", &["TERM=dumb"]) else { return };
    terminal.line(&format!("{} demo; echo code $?", flipside()));
    terminal.shows("code 2");
    let screen = terminal.screen().replace('\n', " ");
    assert!(screen.contains("flipside status"), "{screen}");
    assert!(!screen.contains("starting"), "{screen}");
}

#[test]
fn without_a_terminal_it_names_the_verbs_that_need_none() {
    let output = Command::new(flipside())
        .arg("demo")
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("flipside status"), "{said}");
}
