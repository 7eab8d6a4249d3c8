//! The console in a real terminal (tmux's), on the embedded fleet, by its keys alone.

#![allow(clippy::unwrap_used, clippy::panic)] // a test tells what is wrong by panicking
#![allow(clippy::explicit_write)] // what was left out is written past the harness, which would keep it to itself

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

/// Long enough for a slow machine; a good one needs a tenth of it.
const PATIENCE: Duration = Duration::from_secs(90);

/// One terminal with a shell in it. Dropping it ends both.
struct Terminal {
    socket: String,
}

fn tmux(socket: &str, arguments: &[&str]) -> String {
    let output = Command::new("tmux")
        .args(["-L", socket, "-f", "/dev/null"])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Terminal {
    fn open(name: &str) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            // Written past the harness, which would keep it to itself.
            writeln!(std::io::stderr(), "LEFT OUT: {name}: no tmux here").unwrap();
            return None;
        }
        let socket = format!("flipside-{name}-{}", std::process::id());
        let shell =
            ["env", "-i", "TERM=xterm-256color", "LC_ALL=C.UTF-8", "PS1=ready> ", "HOME=/tmp"];
        let path = format!("PATH={}", std::env::var("PATH").unwrap());
        let mut words = vec!["new-session", "-d", "-x", "120", "-y", "36"];
        words.extend(shell);
        words.extend([path.as_str(), "sh"]);
        tmux(&socket, &words);
        let terminal = Self { socket };
        terminal.shows("ready>");
        Some(terminal)
    }

    fn screen(&self) -> String {
        tmux(&self.socket, &["capture-pane", "-p"])
    }

    /// Waits until the screen holds the words.
    fn shows(&self, words: &str) {
        self.waits_for(&format!("{words:?}"), |screen| screen.contains(words));
    }

    fn waits_for(&self, what: &str, so: impl Fn(&str) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if so(&screen) {
                return;
            }
            assert!(Instant::now() < until, "{what} was waited for, and this is shown:\n{screen}");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    fn press(&self, key: &str) {
        tmux(&self.socket, &["send-keys", key]);
    }

    /// Says yes to a card. For its first moment a card takes no upper case: a person has not read it yet.
    fn says_yes_to(&self, card: &str) {
        self.shows(card);
        self.waits_for("the card to take the yes", |screen| {
            if screen.contains(card) {
                self.press("Y");
            }
            !screen.contains(card)
        });
    }

    fn types(&self, text: &str) {
        tmux(&self.socket, &["send-keys", "-l", text]);
    }

    fn line(&self, command: &str) {
        self.types(command);
        self.press("Enter");
    }

    /// How the terminal is set, as `stty` says it.
    fn settings(&self, mark: &str) -> String {
        self.line(&format!("clear; stty -g; echo {mark}-end"));
        self.waits_for(mark, |screen| screen.lines().any(|line| line == format!("{mark}-end")));
        self.screen().lines().find(|line| line.contains(':')).unwrap_or_default().to_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        tmux(&self.socket, &["kill-server"]);
    }
}

fn console(terminal: &Terminal) {
    terminal.line(&format!("clear; {} demo --hosts 3", env!("CARGO_BIN_EXE_flipside")));
    terminal.shows("3/3 reachable");
}

#[test]
fn a_release_goes_out_and_comes_back_by_keys_and_the_terminal_is_as_it_was() {
    let Some(terminal) = Terminal::open("keys") else { return };
    let before = terminal.settings("before");
    console(&terminal);
    terminal.press("P");
    terminal.shows("which release?");
    terminal.types("v2");
    terminal.press("Enter");
    terminal.says_yes_to("[Y] prepare now");
    terminal.shows("PREPARE ✔");
    terminal.press("L");
    terminal.says_yes_to("[Y] go live now");
    terminal.shows("GO LIVE ✔");
    terminal.shows("live G green v2");
    // One key: the card is armed and needs no other.
    terminal.press("R");
    terminal.shows("ROLL BACK");
    terminal.shows("roll back: done");
    terminal.shows("live B blue v1");
    terminal.press("q");
    terminal.shows("ready>");
    assert_eq!(terminal.settings("after"), before, "the terminal is given back as it was");
}

#[test]
fn what_ends_the_console_from_outside_gives_the_terminal_back() {
    let Some(terminal) = Terminal::open("ended") else { return };
    let before = terminal.settings("before");
    for signal in ["TERM", "HUP"] {
        console(&terminal);
        let pane = tmux(&terminal.socket, &["display-message", "-p", "#{pane_pid}"]);
        let ended = Command::new("pkill")
            .args([&format!("-{signal}"), "-P", pane.trim(), "flipside"])
            .status();
        assert!(ended.unwrap().success());
        terminal.shows("ready>");
        assert_eq!(terminal.settings(signal), before, "after {signal}");
    }
}

#[test]
fn it_is_put_aside_and_comes_back() {
    let Some(terminal) = Terminal::open("aside") else { return };
    console(&terminal);
    terminal.press("C-z");
    terminal.shows("ready>");
    terminal.line("fg");
    terminal.shows("3/3 reachable");
    terminal.press("q");
    terminal.shows("ready>");
}
