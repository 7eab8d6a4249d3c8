//! One terminal with a shell in it, played by tmux. Dropping it ends both.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Long enough for a slow machine; a good one needs a tenth of it.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Terminal {
    socket: String,
    /// The home directory of the session. The terminal's output is recorded there too.
    home: TempDir,
}

/// The state of a terminal that its next program depends on.
#[derive(Debug, PartialEq, Eq)]
pub struct Sanity {
    stty: String,
    /// Private modes that were set and not reset.
    modes: Vec<u32>,
    /// Titles that were put away and not taken up again.
    titles: usize,
    alternate: String,
    cursor: String,
}

fn tmux(socket: &str, arguments: &[&str]) -> String {
    let output = Command::new("tmux")
        .args(["-L", socket, "-f", "/dev/null"])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Looks again until there is an answer, and says what was waited for.
fn until<T>(what: impl FnOnce() -> String, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited in vain for {}", what());
        std::thread::park_timeout(Duration::from_millis(30));
    }
}

pub fn left_out(name: &str, why: &str) {
    crate::left_out::left_out(&format!("{name}: {why}"));
}

impl Terminal {
    pub fn open(name: &str) -> Option<Self> {
        Self::with(name, &["TERM=xterm-256color"])
    }

    /// Where there is an ssh to open a shell with.
    pub fn with_ssh(name: &str) -> Option<Self> {
        if Command::new("ssh").arg("-V").output().is_err() {
            left_out(name, "no ssh here");
            return None;
        }
        Self::open(name)
    }

    /// With these variables and hardly any other.
    pub fn with(name: &str, variables: &[&str]) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            left_out(name, "no tmux here");
            return None;
        }
        let socket = format!("flipside-{name}-{}", std::process::id());
        let home = TempDir::new().unwrap();
        let mut words = vec!["new-session", "-d", "-x", "120", "-y", "36", "env", "-i"];
        let path = format!("PATH={}", std::env::var("PATH").unwrap());
        let at = format!("HOME={}", home.path().display());
        words.extend(["LC_ALL=C.UTF-8", "PS1=ready> ", "RUST_BACKTRACE=0"]);
        words.extend(variables);
        words.extend([at.as_str(), path.as_str(), "sh"]);
        tmux(&socket, &words);
        let terminal = Self { socket, home };
        terminal.shows("ready>");
        let keep = format!("cat >>{}", terminal.home.path().join("written").display());
        tmux(&terminal.socket, &["pipe-pane", "-o", &keep]);
        Some(terminal)
    }

    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    pub fn screen(&self) -> String {
        tmux(&self.socket, &["capture-pane", "-p"])
    }

    /// Everything that was written to it so far, byte for byte.
    pub fn written(&self) -> Vec<u8> {
        fs::read(self.home.path().join("written")).unwrap_or_default()
    }

    pub fn was_written(&self, bytes: &str) {
        let holds = |all: Vec<u8>| all.windows(bytes.len()).any(|part| part == bytes.as_bytes());
        until(|| format!("{bytes:?} to be written"), || holds(self.written()).then_some(()));
    }

    pub fn ask(&self, format: &str) -> String {
        tmux(&self.socket, &["display-message", "-p", format]).trim().to_owned()
    }

    /// Waits until the screen holds the words.
    pub fn shows(&self, words: &str) {
        self.waits_for(&format!("{words:?}"), |screen| screen.contains(words));
    }

    pub fn waits_for(&self, what: &str, so: impl Fn(&str) -> bool) {
        until(
            || format!("{what}, and this is shown:\n{}", self.screen()),
            || so(&self.screen()).then_some(()),
        );
    }

    /// Until tmux says so of the terminal.
    pub fn waits_until(&self, format: &str, is: &str) {
        until(|| format!("{format} to be {is:?}"), || (self.ask(format) == is).then_some(()));
    }

    pub fn press(&self, key: &str) {
        tmux(&self.socket, &["send-keys", key]);
    }

    /// These bytes, as the terminal itself would send them.
    pub fn sends(&self, bytes: &str) {
        let bytes: Vec<String> = bytes.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut words = vec!["send-keys", "-H"];
        words.extend(bytes.iter().map(String::as_str));
        tmux(&self.socket, &words);
    }

    /// Says yes to a card. For its first moment a card takes no upper case: a person has not read it yet.
    pub fn says_yes_to(&self, card: &str) {
        self.answers(card, "Y");
    }

    pub fn answers(&self, card: &str, key: &str) {
        self.shows(card);
        self.waits_for("the card to take the key", |screen| {
            if screen.contains(card) {
                self.press(key);
            }
            !screen.contains(card)
        });
    }

    pub fn types(&self, text: &str) {
        tmux(&self.socket, &["send-keys", "-l", text]);
    }

    pub fn line(&self, command: &str) {
        self.types(command);
        self.press("Enter");
    }

    /// As a person pastes it: between marks, if the program asked for them.
    pub fn pastes(&self, text: &str) {
        tmux(&self.socket, &["set-buffer", text]);
        tmux(&self.socket, &["paste-buffer", "-p"]);
    }

    pub fn resizes(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        tmux(&self.socket, &["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// The console, as a process.
    pub fn console(&self) -> u32 {
        let shell = self.ask("#{pane_pid}");
        until(
            || "a console".to_owned(),
            || {
                let found =
                    Command::new("pgrep").args(["-P", &shell, "flipside"]).output().unwrap();
                String::from_utf8_lossy(&found.stdout).trim().parse().ok()
            },
        )
    }

    pub fn signals(&self, signal: &str) {
        let process = self.console().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &process]).status();
        assert!(sent.unwrap().success());
    }

    /// The shell has it again.
    pub fn is_back(&self) {
        self.waits_for("the shell", |screen| {
            screen.trim_end().lines().last().is_some_and(|line| line.trim_end() == "ready>")
        });
    }

    /// How it is now. The shell must have it.
    pub fn sanity(&self) -> Sanity {
        let mark = format!("mark-{}", self.written().len());
        self.line(&format!("clear; stty -g; echo {mark}"));
        self.waits_for(&mark, |screen| screen.lines().any(|line| line == mark));
        self.was_written(&format!("\n{mark}\r\n"));
        let written = String::from_utf8_lossy(&self.written()).into_owned();
        Sanity {
            stty: self.screen().lines().find(|line| line.contains(':')).unwrap_or("").to_owned(),
            modes: modes(&written),
            titles: written.matches("\u{1b}[22;0t").count()
                - written.matches("\u{1b}[23;0t").count(),
            alternate: self.ask("#{alternate_on}"),
            cursor: self.ask("#{cursor_flag}"),
        }
    }

    /// How many frames were drawn so far.
    pub fn frames(&self) -> usize {
        String::from_utf8_lossy(&self.written()).matches("\u{1b}[?2026h").count()
    }

    /// The window's size is changed this often, as fast as it goes.
    pub fn is_dragged(&self, times: usize) -> Duration {
        let tty = self.ask("#{pane_tty}");
        let sizes = "rows $((1 + i % 36)) cols $((1 + i * 7 % 120))";
        let storm =
            format!("i=0; while [ $i -lt {times} ]; do stty -F {tty} {sizes}; i=$((i + 1)); done");
        let began = Instant::now();
        assert!(Command::new("sh").args(["-c", &storm]).status().unwrap().success());
        let last = format!("stty -F {tty} rows 36 cols 120");
        assert!(Command::new("sh").args(["-c", &last]).status().unwrap().success());
        began.elapsed()
    }

    /// Starts the console on three embedded hosts, and waits until they were seen.
    pub fn demo(&self) {
        self.line(&format!("clear; {} demo --hosts 3", flipside()));
        self.shows("3/3 reachable");
    }

    /// Begins to bring a release up.
    pub fn prepares(&self, tag: &str) {
        self.press("P");
        self.shows("which release?");
        self.types(tag);
        self.press("Enter");
        self.says_yes_to("[Y] prepare now");
    }
}

pub fn flipside() -> &'static str {
    env!("CARGO_BIN_EXE_flipside")
}

/// Which private modes are set after all of this. The cursor is one that is set from the start.
fn modes(written: &str) -> Vec<u32> {
    let mut set = BTreeMap::new();
    for part in written.split("\u{1b}[?").skip(1) {
        let numbers = part.chars().take_while(|c| c.is_ascii_digit() || *c == ';').count();
        let (numbers, rest) = part.split_at(numbers);
        let on = match rest.chars().next() {
            Some('h') => true,
            Some('l') => false,
            _ => continue,
        };
        for number in numbers.split(';').filter_map(|number| number.parse::<u32>().ok()) {
            set.insert(number, on);
        }
    }
    set.into_iter()
        .filter(|(number, on)| *on != (*number == 25))
        .map(|(number, _)| number)
        .collect()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        tmux(&self.socket, &["kill-server"]);
    }
}
