//! The console's own loop, with hosts that print as they are told by the environment.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Utc;
use flipside::console::output::lines::LineReceiver;
use flipside::console::{Channels, run};
use flipside::domain::event::{Event, OutputLine, Stream, What};
use flipside::domain::observation::Observed;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval, sleep};

use crate::fixture::host;
use crate::{HOSTS, LINES, desk, names, words};

/// Lines a second, where it is not all of them at once.
pub const STEADY: u64 = 60_000;
/// What happens while it streams, and is never dropped.
pub const EVENTS: u64 = 20_000;
/// Before the first line, so that an idle console can be looked at.
pub const IDLE: Duration = Duration::from_secs(8);
pub const STREAMING: Duration = Duration::from_secs(30);

pub fn play() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let left = runtime.block_on(async {
        let (orders, _orders) = mpsc::unbounded_channel();
        let (events, events_out) = mpsc::unbounded_channel();
        let (_proposals, proposals) = mpsc::unbounded_channel();
        let (_prompts, prompts) = mpsc::unbounded_channel();
        let (_signals, signals) = mpsc::unbounded_channel();
        let (_guide, guide) = mpsc::unbounded_channel();
        let (_themes, themes) = mpsc::unbounded_channel();
        let (history_requests, _recalls) = mpsc::unbounded_channel();
        let (_recalled, history_replies) = mpsc::unbounded_channel();
        let (_releases, releases) = mpsc::unbounded_channel();
        let (lines, lines_out) = mpsc::channel(4096);
        let (_skipped, skipped) = watch::channel(BTreeMap::new());
        tokio::spawn(hosts(events, lines));
        let wires = Channels {
            orders,
            events: events_out,
            proposals,
            lines: LineReceiver::new(lines_out, skipped),
            prompts,
            guide,
            themes,
            early: flipside::console::terminal::background::Early::default(),
            signals,
            history_requests,
            history_replies,
            releases,
        };
        Box::pin(run(desk().state.setup, wires)).await
    });
    left.unwrap();
}

async fn hosts(events: mpsc::UnboundedSender<Event>, lines: mpsc::Sender<OutputLine>) {
    let desk = desk();
    for name in names() {
        let mut seen = desk.observation(&name, ("blue", "v411"), ("green", "v410"));
        seen.at = Utc::now();
        tell(
            &events,
            0,
            What::Observed { target: host(&name), observed: Observed::Current(Box::new(seen)) },
        );
    }
    sleep(IDLE).await;
    let mut number = 0;
    let until = Instant::now() + STREAMING;
    let mut tick = interval(Duration::from_millis(5));
    while Instant::now() < until {
        tick.tick().await;
        print(&lines, &mut number, STEADY / 200);
    }
    // And now as fast as they can.
    let (end, begun) = (number + LINES, Instant::now());
    for event in 1..=EVENTS {
        print(&lines, &mut number, LINES / EVENTS);
        tell(&events, event, What::Note { text: format!("event {event} of {EVENTS}") });
    }
    assert_eq!(number, end);
    let took = begun.elapsed();
    sleep(Duration::from_secs(2)).await;
    let text = format!(
        "{LINES} lines at once took {} ms to be printed, {number} were printed",
        took.as_millis()
    );
    tell(&events, 0, What::Note { text });
    // Both ends stay: a console whose engine is gone says so instead.
    std::future::pending::<()>().await;
}

fn tell(events: &mpsc::UnboundedSender<Event>, seq: u64, what: What) {
    drop(events.send(Event { seq, at: Utc::now(), run: None, what }));
}

fn print(lines: &mpsc::Sender<OutputLine>, number: &mut u64, many: u64) {
    for _ in 0..many {
        let name = format!("web{}", *number % HOSTS as u64 + 1);
        let line = OutputLine {
            target: host(&name),
            at: Utc::now(),
            stream: Stream::Stdout,
            text: words(*number),
        };
        drop(lines.try_send(line));
        *number += 1;
    }
}
