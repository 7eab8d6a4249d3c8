//! `update` and the drawing of a frame, through the real backend into a writer that only counts.

use std::io;
use std::time::Instant;

use flipside::console::meter::Meter;
use flipside::console::msg::Msg;
use flipside::console::view;
use flipside::domain::event::{OutputLine, Stream};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::fixture::{Desk, host};
use crate::{Figures, HOSTS, LINES, SIZE, desk, names, percentile, words};

/// What the loop takes before it draws: see `AT_MOST` in `console/run.rs`.
const BATCH: u64 = 512;

pub fn measure(figures: &mut Figures) {
    println!("{HOSTS} panes, {LINES} lines, {BATCH} of them before each frame, {}x{}", SIZE.0, SIZE.1);
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
    let (before, mut took, mut drew) = (rss(), Vec::new(), Vec::new());
    while number < LINES {
        let begun = Instant::now();
        feed(&mut desk, &names, &mut number, BATCH);
        let fed = Instant::now();
        terminal
            .draw(|frame| view::draw(&desk.state, frame.area(), frame.buffer_mut()))
            .unwrap();
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
        drew.push(fed.elapsed().as_secs_f64() * 1_000.0);
    }
    let frames = drew.len() as f64;
    figures.tell(&format!("{what}: {BATCH} lines and a frame, median"), percentile(&mut took, 50), "ms", None);
    figures.tell(&format!("{what}: {BATCH} lines and a frame, p99"), percentile(&mut took, 99), "ms", Some(2.0));
    figures.tell(&format!("{what}: the frame alone, p99"), percentile(&mut drew, 99), "ms", Some(2.0));
    figures.tell(&format!("{what}: written for each"), meter.total() as f64 / frames, "bytes", None);
    figures.tell(&format!("{what}: memory grew, from 100 000 lines on"), rss() - before, "MB", Some(2.0));
}

fn feed(desk: &mut Desk, names: &[String], number: &mut u64, lines: u64) {
    for _ in 0..lines {
        let target = host(&names[(*number % 12) as usize]);
        let (at, text) = (desk.state.now.at, words(*number));
        let stream = if number.is_multiple_of(50) { Stream::Stderr } else { Stream::Stdout };
        desk.tell(Msg::Line(OutputLine { target, at, stream, text }));
        *number += 1;
    }
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
