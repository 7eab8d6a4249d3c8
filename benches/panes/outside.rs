//! The person before the terminal: presses keys, and sees what comes.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::frames::memory;
use crate::inside::{EVENTS, IDLE, STEADY};
use crate::{Figures, LINES, SIZE, percentile};

const KEYS: usize = 100;

/// Bytes, and when they came.
type Came = (Instant, Vec<u8>);

struct Screen {
    child: Child,
    keys: File,
    came: Receiver<Came>,
}

impl Screen {
    fn open() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_col: SIZE.0, ws_row: SIZE.1, ws_xpixel: 0, ws_ypixel: 0 };
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        tcsetwinsize(&slave, size).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .arg("--inside")
            .env("TERM", "xterm-256color")
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stdout(Stdio::from(slave))
            .spawn()
            .unwrap();
        let keys = File::from(master);
        let mut reader = keys.try_clone().unwrap();
        let (send, came) = channel();
        thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count) = reader.read(&mut bytes) {
                if count == 0 || send.send((Instant::now(), bytes[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        Self { child, keys, came }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// What comes within this time.
    fn listen(&self, length: Duration) -> Vec<u8> {
        let (until, mut bytes) = (Instant::now() + length, Vec::new());
        while let Ok((_, came)) =
            self.came.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            bytes.extend(came);
        }
        bytes
    }

    /// When the word is on the screen.
    fn sees(&self, word: &str, limit: Duration) -> Option<Instant> {
        let (until, mut bytes) = (Instant::now() + limit, Vec::new());
        while let Ok((at, came)) =
            self.came.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            bytes.extend(came);
            if text(&bytes).contains(word) {
                return Some(at);
            }
        }
        None
    }

    fn process(&self) -> String {
        self.child.id().to_string()
    }

    /// Of one processor, in seconds.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process())).unwrap();
        let after = stat.rsplit_once(") ").unwrap().1;
        let ticks = |at: usize| after.split_whitespace().nth(at).unwrap().parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }
}

pub fn measure(figures: &mut Figures) {
    let mut screen = Screen::open();
    screen.sees("web12", Duration::from_secs(20)).unwrap();
    idle(figures, &screen);
    streaming(figures, &mut screen);
    flood(figures, &mut screen);
    screen.press("q");
    screen.child.wait().unwrap();
}

fn idle(figures: &mut Figures, screen: &Screen) {
    screen.listen(Duration::from_secs(1));
    let length = IDLE.saturating_sub(Duration::from_secs(3));
    let bytes = screen.listen(length);
    let told = "idle: written, the clock and the ages of twelve hosts";
    figures.tell(told, bytes.len() as f64 / length.as_secs_f64(), "bytes/s", Some(1_000.0));
}

fn streaming(figures: &mut Figures, screen: &mut Screen) {
    screen.press("4");
    screen.listen(Duration::from_secs(4));
    let (before, memory_before) = (screen.cpu(), memory(&screen.process()));
    let length = Duration::from_secs(10);
    let bytes = screen.listen(length);
    let seconds = length.as_secs_f64();
    let frames = bytes.windows(8).filter(|part| part == b"\x1b[?2026l").count();
    println!("four panes, {STEADY} lines a second, the console's own loop in a pty");
    figures.tell("streaming: written", bytes.len() as f64 / seconds / 1_000.0, "kB/s", Some(100.0));
    figures.tell("streaming: frames", frames as f64 / seconds, "per s", None);
    figures.tell(
        "streaming: processor, the hosts' own printing included",
        (screen.cpu() - before) / seconds * 100.0,
        "% of one",
        None,
    );
    let memory_after = memory(&screen.process());
    let grew = memory_after - memory_before;
    figures.tell("streaming: memory grew in the first ten seconds", grew, "MB", None);
    let mut waited = Vec::new();
    for _ in 0..KEYS {
        let pressed = Instant::now();
        screen.press(":");
        let Some(seen) = screen.sees("COMMAND", Duration::from_secs(2)) else { continue };
        waited.push((seen - pressed).as_secs_f64() * 1_000.0);
        screen.press("\x1b");
        screen.listen(Duration::from_millis(37));
    }
    let grew = memory(&screen.process()) - memory_after;
    figures.tell("streaming: memory grew after them", grew, "MB", Some(1.0));
    figures.holds("streaming: every key was seen", waited.len() == KEYS);
    figures.tell("streaming: key to screen, median", percentile(&mut waited, 50), "ms", None);
    figures.tell("streaming: key to screen, p99", percentile(&mut waited, 99), "ms", Some(33.0));
}

/// All at once: what cannot be shown is counted, and what happens is not lost.
fn flood(figures: &mut Figures, screen: &mut Screen) {
    screen.press("0");
    screen.sees("to be printed", Duration::from_secs(60)).unwrap();
    screen.press("\x0c");
    let seen = text(&screen.listen(Duration::from_secs(1)));
    let told = seen.split("FOLLOW").nth(1).unwrap_or_default();
    let count = |from: &str, to: &str| -> Option<u64> {
        let words = told.split(to).next()?.rsplit(from).next()?;
        words.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
    };
    let skipped = count("  ", " not shown").unwrap_or(0);
    let printed = seen
        .split("printed, ")
        .nth(1)
        .and_then(|it| it.split(' ').next()?.parse().ok())
        .unwrap_or(0);
    let lines =
        told.split(" lines").next().and_then(|it| it.rsplit("  ").next()).unwrap_or_default();
    let lines: u64 = lines.replace(' ', "").parse().unwrap_or(0);
    println!(
        "{printed} lines printed: {lines} rows on the screen, {skipped} lines counted as not shown"
    );
    // A row that tells of lines not shown is a row, too.
    let rows_of_skips = (lines + skipped).saturating_sub(printed);
    figures.holds(
        "flood: every line was shown or counted",
        lines + skipped >= printed && rows_of_skips <= lines / 100,
    );
    figures.holds(
        "flood: the last state event is on the screen after it",
        seen.contains(&format!("{LINES} lines at once")),
    );
    println!("({EVENTS} state events came among them, in one queue that drops none)");
}

/// Without escape sequences; where the cursor leaps there is a space.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (mut plain, mut rest) = (String::new(), text.chars().peekable());
    while let Some(letter) = rest.next() {
        if letter != '\x1b' {
            plain.push(letter);
            continue;
        }
        if rest.next_if_eq(&'[').is_some() {
            let end = rest.by_ref().find(|letter| ('@'..='~').contains(letter));
            if end == Some('H') {
                plain.push('\n');
            }
        }
    }
    plain
}
