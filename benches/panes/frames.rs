//! What `update` and the drawing of a frame cost, through the real backend into a writer that only counts.

use std::io;
use std::time::Instant;

use flipside::console::app::msg::Msg;
use flipside::console::screen;
use flipside::console::terminal::meter::Meter;
use flipside::domain::event::{OutputLine, Stream};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use rustix::time::{ClockId, clock_gettime};

use crate::fixture::{Desk, host};
use crate::{Figures, HOSTS, LINES, SIZE, desk, names, percentile, words};

/// What the loop takes before it draws: see `AT_MOST` in `console/run/`.
const BATCH: u64 = 512;

pub fn measure(figures: &mut Figures) {
    println!(
        "{HOSTS} panes, {LINES} lines, {BATCH} of them before each frame, {}x{}",
        SIZE.0, SIZE.1
    );
    for (what, keys) in [
        ("one pane", "1"),
        ("four panes", "4"),
        ("all hosts in one", "0"),
        ("four panes and a search", "4<tab>/request=0000<enter>G<tab><tab><tab><tab>"),
    ] {
        stream(figures, what, keys);
    }
}

fn stream(figures: &mut Figures, what: &str, keys: &str) {
    let mut desk = desk();
    desk.quiet(("blue", "v411"), ("green", "v410"));
    desk.tell(Msg::Resize { columns: SIZE.0, rows: SIZE.1 });
    let names = names();
    let meter = Meter::default();
    let area = Rect { x: 0, y: 0, width: SIZE.0, height: SIZE.1 };
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let backend = CrosstermBackend::new(meter.on(io::sink()));
    let mut terminal = Terminal::with_options(backend, options).unwrap();
    let mut number = 0;
    feed(&mut desk, &names, &mut number, LINES / 10);
    desk.keys(keys);
    let (mut took, mut drew, mut waited) = (Vec::new(), Vec::new(), Vec::new());
    let mut half = None;
    while number < LINES {
        if number > LINES / 2 {
            half.get_or_insert_with(rss);
        }
        let (begun, clock) = (cpu(), Instant::now());
        feed(&mut desk, &names, &mut number, BATCH);
        let fed = cpu();
        terminal.draw(|frame| screen::draw(&desk.state, frame.area(), frame.buffer_mut())).unwrap();
        let done = cpu();
        took.push(done - begun);
        drew.push(done - fed);
        waited.push(clock.elapsed().as_secs_f64() * 1_000.0);
    }
    let frames = drew.len() as f64;
    let mut tell = |words: &str, value, unit, most| {
        figures.tell(&format!("{what}: {words}"), value, unit, most);
    };
    tell("512 lines and a frame, median", percentile(&mut took, 50), "ms", None);
    tell("512 lines and a frame, p99", percentile(&mut took, 99), "ms", Some(2.0));
    tell("the frame alone, p99", percentile(&mut drew, 99), "ms", None);
    tell("both, by the clock, p99", percentile(&mut waited, 99), "ms", None);
    tell("written for each", meter.total() as f64 / frames, "bytes", None);
    tell("memory grew in the second 500 000 lines", rss() - half.unwrap(), "MB", Some(1.0));
}

fn feed(desk: &mut Desk, names: &[String], number: &mut u64, lines: u64) {
    for _ in 0..lines {
        let target = host(&names[usize::try_from(*number).unwrap() % HOSTS]);
        let (at, text) = (desk.state.now.at, words(*number));
        let stream = if number.is_multiple_of(50) { Stream::Stderr } else { Stream::Stdout };
        desk.tell(Msg::Line(OutputLine { target, at, stream, text }));
        *number += 1;
    }
}

/// Of this thread, in ms: what else the machine does is not the console's.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1_000.0 + time.tv_nsec as f64 / 1_000_000.0
}

fn rss() -> f64 {
    memory("self")
}

/// In MB, of the process with this number.
pub fn memory(process: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let row = status.lines().find(|row| row.starts_with("VmRSS:")).unwrap();
    row.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
