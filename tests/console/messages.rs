//! The message line and the list of messages.

use flipside::console::screen::glyphs::Mark;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;

use crate::fixture::{Desk, pull};

fn failed() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("green", "v412"), ("blue", "v411")).starts(Phase::Prepare, "v412");
    desk.ends("web-02", pull(), Outcome::failed("disk full"));
    desk
}

pub fn shown() -> Desk {
    let mut desk = failed();
    desk.keys("n!");
    desk
}

#[test]
fn an_error_stays_beside_what_is_said_after_it() {
    let mut desk = failed();
    desk.keys("n");
    let screen = desk.screen(120, 36);
    let line = screen.lines().rfind(|line| line.contains("disk full")).unwrap();
    assert!(line.contains("no search yet"), "{screen}");
    desk.wait(9_000);
    assert!(desk.screen(120, 36).contains("disk full"), "the other one went by itself");
}

#[test]
fn esc_reads_one_at_a_time_the_newest_first() {
    let mut desk = failed();
    desk.keys("n<esc>");
    assert!(desk.state.messages.newest.as_ref().unwrap().text.contains("disk full"));
    desk.keys("<esc>");
    assert!(desk.state.messages.newest.is_none());
}

#[test]
fn of_several_errors_the_line_says_how_many() {
    let mut desk = failed();
    desk.ends("web-03", pull(), Outcome::failed("no route"));
    let screen = desk.screen(80, 24);
    assert!(screen.contains("no route") && screen.contains("(1 more: !)"), "{screen}");
}

#[test]
fn the_history_has_all_of_it_and_reading_it_is_reading() {
    let mut desk = shown();
    desk.keys("<esc>");
    assert!(desk.state.messages.newest.is_none() && desk.state.messages.unread().is_none());
    desk.keys("!");
    assert!(desk.screen(80, 24).contains("disk full"), "it is still in the past");
}

#[test]
fn the_last_two_hundred_are_kept_and_a_word_said_twice_is_one() {
    let mut desk = Desk::new();
    for number in 0..300 {
        desk.state.say(Mark::Bad, format!("message {number}"));
        desk.state.say(Mark::Bad, format!("message {number}"));
    }
    assert_eq!(desk.state.messages.past().len(), 200);
    desk.keys("!");
    assert!(desk.screen(80, 24).contains("message 299"));
    desk.keys(&"k".repeat(400));
    assert!(desk.screen(80, 24).contains("message 100"), "{}", desk.screen(80, 24));
}
