//! `?` shows the help of the current key context.

use std::sync::Arc;

use flipside::console::actions::{ACTIONS, Class};
use flipside::console::history::playback::play;

use crate::fixture::Desk;
use crate::history::partly;
use crate::screens;

/// The help from its first line to its last, however small the screen.
fn whole(desk: &mut Desk, width: u16, height: u16) -> String {
    let mut pages = String::new();
    for _ in 0..250 {
        pages.push_str(&desk.screen(width, height));
        desk.keys("j");
    }
    pages
}

fn here(desk: &mut Desk) -> String {
    desk.keys("<f1>");
    let screen = desk.screen(120, 36);
    let line = screen.lines().find(|line| line.contains("HERE: "));
    line.unwrap_or_else(|| panic!("no help:\n{screen}")).to_owned()
}

#[test]
fn it_says_first_where_the_keys_go() {
    assert!(here(&mut Desk::new()).contains("the table"));
    assert!(here(Desk::new().keys("<tab>")).contains("the output"));
    assert!(here(Desk::new().keys(":")).contains("the palette"));
    assert!(here(Desk::new().keys("h")).contains("the history"));
    assert!(here(screens::ready_to_go().calmly("L")).contains("a card"));
    let mut desk = Desk::new();
    play(&mut desk.state, Arc::new(partly()));
    assert!(here(&mut desk).contains("a replay"));
}

#[test]
fn a_question_mark_is_text_where_text_is_typed() {
    let mut desk = Desk::new();
    desk.keys("/?");
    assert_eq!(desk.state.filter(), "?");
    assert!(!desk.screen(120, 36).contains("HERE:"));
}

#[test]
fn rollback_countdown_stops_behind_the_help() {
    let mut desk = screens::gone_live();
    desk.calmly("R").calmly("?");
    let before = desk.orders.len();
    desk.wait(60_000);
    assert_eq!(desk.orders.len(), before);
    desk.keys("<esc>").wait(2_000);
    assert_eq!(desk.orders.len(), before, "and afterwards it counts from the beginning");
}

#[test]
fn every_action_is_in_it_at_every_size_and_why_it_cannot_be_done() {
    for (width, height) in [(120, 36), (80, 24), (60, 16), (39, 9)] {
        let mut desk = Desk::new();
        desk.keys("?");
        let help = whole(&mut desk, width, height);
        for action in ACTIONS {
            assert!(help.contains(action.name), "{} at {width}x{height}", action.name);
        }
        assert!(help.contains("not now: no run is in progress"), "{width}x{height}");
    }
}

#[test]
fn where_nothing_may_be_changed_every_such_action_says_so() {
    let mut desk = Desk::new();
    desk.keys(":read-only on<enter>").keys("?");
    let help = whole(&mut desk, 120, 36);
    let changes = ACTIONS.iter().filter(|action| action.class == Class::Emergency);
    assert!(changes.count() > 0 && help.contains("not now: the console was made read-only"));
}

#[test]
fn the_help_is_as_it_was_agreed() {
    let page = |desk: &mut Desk| {
        let pages = [(120, 36), (80, 24), (60, 16), (39, 9)];
        let page =
            |(width, height)| format!("--- {width}x{height}\n{}\n", desk.screen(width, height));
        pages.map(page).concat()
    };
    insta::assert_snapshot!("help-of-the-output", page(Desk::new().keys("<tab>?")));
    insta::assert_snapshot!("help-of-the-history", page(Desk::new().keys("h?")));
}
