//! The table of a thousand hosts: from their observations to the first complete screen, then each frame.
//!
//!     cargo bench --bench table
//!
//! Times are printed; nothing is asserted.

#![allow(clippy::unwrap_used, clippy::panic)] // a benchmark that cannot run says so by panicking

#[allow(dead_code)] // the console's tests play whole stories with it; here it only fills a fleet
#[path = "../tests/console/fixture.rs"]
mod fixture;

use std::time::Instant;

use flipside::console::app::msg::Msg;
use flipside::console::screen;
use flipside::domain::event::{Event, What};
use flipside::domain::observation::Observed;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use fixture::{Desk, environment, host};

const HOSTS: usize = 1_000;
const FRAMES: u32 = 200;

fn main() {
    let names: Vec<String> = (1..=HOSTS).map(|number| format!("web{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut environment = environment(&names);
    environment.hosts.values_mut().for_each(|host| host.groups = vec!["front".to_owned()]);
    let mut desk = Desk::over(environment);
    desk.tell(Msg::Resize { columns: 160, rows: 50 });
    let events: Vec<Event> =
        names.iter().zip(1..).map(|(name, seq)| seen(&desk, name, seq)).collect();

    let started = Instant::now();
    for event in events {
        desk.tell(Msg::Event(Box::new(event)));
    }
    let told = started.elapsed();
    let mut terminal = Terminal::new(TestBackend::new(160, 50)).unwrap();
    draw(&mut terminal, &desk);
    println!(
        "{HOSTS} observations taken in {told:?}, the first complete table {:?} after the first of them",
        started.elapsed()
    );

    frames(&mut terminal, &mut desk, "as it is", "");
    frames(&mut terminal, &mut desk, "moved down one row a frame", "j");
    frames(&mut terminal, &mut desk, "and trouble first", ">");
    desk.keys("/web9");
    frames(&mut terminal, &mut desk, "and a filter typed", "");
}

fn seen(desk: &Desk, name: &str, seq: u64) -> Event {
    let seen = desk.observation(name, ("blue", "v411"), ("green", "v410"));
    let what = What::Observed { target: host(name), observed: Observed::Current(Box::new(seen)) };
    Event { seq, at: desk.state.now.at, run: None, what }
}

fn draw(terminal: &mut Terminal<TestBackend>, desk: &Desk) {
    let state = &desk.state;
    terminal.draw(|frame| screen::draw(state, frame.area(), frame.buffer_mut())).unwrap();
}

fn frames(terminal: &mut Terminal<TestBackend>, desk: &mut Desk, what: &str, key: &str) {
    if key == ">" {
        desk.keys(key);
    }
    let started = Instant::now();
    for _ in 0..FRAMES {
        if key == "j" {
            desk.keys(key);
        }
        draw(terminal, desk);
    }
    println!("a frame, {what}: {:?}", started.elapsed() / FRAMES);
}
