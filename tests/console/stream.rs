//! Streaming output: the position of the reader, what is retained, what is counted.

use crate::fixture::{Desk, HOSTS, host};
use flipside::domain::event::Stream;

#[test]
fn scrolling_up_holds_the_place_and_g_follows_again() {
    let mut desk = Desk::new();
    let line = |number: usize| format!("line-{number:05}.");
    for number in 0..100 {
        desk.prints("web-01", Stream::Stdout, &line(number));
    }
    assert!(desk.screen(80, 24).contains(&line(99)));
    desk.keys("<pgup>");
    let held = desk.screen(80, 24);
    assert!(!held.contains(&line(99)) && held.contains("HELD"));
    desk.prints("web-01", Stream::Stdout, &line(100));
    let body = |screen: &str| {
        screen.lines().filter(|l| l.contains("line-")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(body(&desk.screen(80, 24)), body(&held));
    desk.keys("g");
    assert!(desk.screen(80, 24).contains(&line(0)));
    desk.keys("G");
    assert!(desk.screen(80, 24).contains(&line(100)));
}

#[test]
fn a_million_lines_leave_five_thousand() {
    let mut desk = Desk::new();
    for number in 0..1_000_000 {
        desk.prints(HOSTS[number % 3], Stream::Stdout, "GET /health 200");
    }
    let pane = desk.state.output.panes.get(&host("web-01")).unwrap();
    assert_eq!((pane.ring.len(), pane.ring.end()), (5_000, 333_334));
    desk.keys("<pgup>g");
    assert!(desk.screen(80, 24).contains("GET /health"));
}

#[test]
fn a_text_is_found_in_the_output_from_the_newest_line_backwards() {
    let mut desk = Desk::new();
    for number in 0..300 {
        let text = if number % 100 == 50 {
            format!("Upstream timed out {number}")
        } else {
            format!("GET {number}")
        };
        desk.prints("web-01", Stream::Stdout, &text);
    }
    desk.screen(80, 24);
    desk.keys("<tab>/upstreamR<bs><enter>");
    assert!(desk.screen(80, 24).contains("Upstream timed out 250"));
    desk.keys("n");
    assert!(desk.screen(80, 24).contains("Upstream timed out 150"));
    desk.keys("nN");
    assert!(desk.screen(80, 24).contains("Upstream timed out 150"));
    desk.keys("/nowhere<enter>");
    assert!(desk.screen(80, 24).contains("is not in the output of web-01"));
    assert!(desk.orders.is_empty());
}
