//! Replays of past runs.

use std::sync::Arc;
use std::time::Duration;

use flipside::console::app::msg::Effect;
use flipside::console::dialog::Dialog;
use flipside::console::history::playback::play;
use flipside::console::history::{Replay, Speed};

use crate::fixture::Desk;
use crate::history::{failed, partly};

fn playing() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410")).wait(800);
    play(&mut desk.state, Arc::new(partly()));
    desk.wait(1);
    desk
}

fn replay(desk: &Desk) -> &Replay {
    match desk.state.page() {
        Some(Dialog::Replay(replay)) => replay,
        other => panic!("no replay: {other:?}"),
    }
}

#[test]
fn it_shows_what_was_then_under_a_band_that_says_so() {
    let mut desk = playing();
    desk.keys("ff");
    let screen = desk.screen(120, 36);
    let first = screen.lines().next().unwrap();
    assert!(first.contains("REPLAY  2026-08-24 03:12:"), "{screen}");
    assert!(first.contains("PAUSED"), "{screen}");
    assert!(screen.contains("web-02 waits for you"), "{screen}");
    assert!(screen.contains("nginx: configuration file test is successful"), "lines: {screen}");
}

#[test]
fn no_key_in_it_sends_anything_or_changes_what_is_true_now() {
    let all: String = (' '..='~').collect();
    for key in all.chars().filter(|key| !matches!(key, '<' | '>')) {
        for answer in ["", "Y", "productionY", "<enter>"] {
            let mut desk = playing();
            desk.keys("f");
            let (orders, deploy) = (desk.orders.len(), desk.state.run.deploy.clone());
            desk.calmly(&key.to_string()).calmly(answer);
            if desk.state.page().is_none() {
                continue; // It was left, and the keys are the console's own again.
            }
            assert_eq!(desk.orders.len(), orders, "{key}{answer}");
            assert_eq!(desk.state.run.deploy, deploy, "{key}{answer}");
            let only = |effect: &Effect| matches!(effect, Effect::Copy(_));
            assert!(desk.effects.iter().all(only), "{key}{answer}: {:?}", desk.effects);
        }
    }
}

#[test]
fn back_and_on_again_is_the_same_screen() {
    let mut desk = playing();
    desk.keys("g<right><right><right><right>");
    let there = desk.screen(120, 36);
    desk.keys("<right><left>");
    assert_eq!(desk.screen(120, 36), there);
    desk.keys("G");
    assert!(desk.screen(120, 36).contains("THE END"));
    desk.keys("g");
    assert!(desk.screen(120, 36).contains("event 0 of"), "{}", desk.screen(120, 36));
}

#[test]
fn time_passes_as_fast_as_was_asked_and_long_waits_are_cut_short() {
    let mut desk = playing();
    desk.keys("g +++");
    assert_eq!(replay(&desk).speed, Speed::X64);
    assert!(replay(&desk).playing);
    desk.wait(10_000);
    assert!(replay(&desk).is_over(), "a night of seconds is over in ten of them");
    desk.keys("g---");
    assert_eq!(replay(&desk).speed, Speed::X1);
    desk.keys(" ");
    // Between the switch and its loss lie nine seconds: three of them are waited for.
    for _ in 0..45 {
        desk.wait(100);
    }
    assert!(desk.screen(120, 36).contains("web-02 waits for you"), "{}", desk.screen(120, 36));
}

#[test]
fn a_pause_stands_still_and_the_end_begins_again() {
    let mut desk = playing();
    desk.keys("g");
    let before = desk.screen(120, 36);
    desk.wait(5_000);
    assert_eq!(desk.screen(120, 36), before);
    desk.keys("G ");
    assert!(replay(&desk).playing && !replay(&desk).is_over());
}

#[test]
fn replay_shows_other_hosts_and_their_output() {
    let mut desk = playing();
    desk.keys("fj");
    let chosen = desk.state.replay.as_ref().unwrap().state().fleet.chosen.clone();
    assert_eq!(chosen.unwrap().name(), "web-03");
    desk.keys("<enter>");
    assert!(!desk.screen(120, 36).contains("servers 3"), "the output alone");
}

#[test]
fn replay_band_shows_current_events() {
    let mut desk = playing();
    desk.keys("f").starts(flipside::domain::phase::Phase::Prepare, "v413");
    assert!(desk.screen(120, 36).lines().next().unwrap().contains("NOW: prepare is running"));
}

#[test]
fn what_is_said_now_is_seen_over_what_was_said_then() {
    let mut desk = playing();
    desk.keys("ffy");
    let screen = desk.screen(80, 24);
    assert!(screen.contains("now: summary of "), "{screen}");
    assert!(!screen.contains("now: 1"), "{screen}");
}

#[test]
fn hosts_that_the_inventory_no_longer_has_are_shown_as_they_were() {
    let mut desk = Desk::over(crate::fixture::environment(&["web-09"]));
    play(&mut desk.state, Arc::new(failed()));
    desk.wait(1).keys("G");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("web-03") && !screen.contains("web-09"), "{screen}");
    assert!(screen.contains("B blue v411"), "{screen}");
}

#[test]
fn esc_leads_back_to_now() {
    let mut desk = playing();
    desk.keys("<esc>");
    assert!(desk.state.dialogs.is_empty());
    assert!(!desk.screen(120, 36).contains("REPLAY"));
}

#[test]
fn a_long_replay_is_quick_to_go_back_in() {
    let mut desk = playing();
    desk.keys("G");
    let started = std::time::Instant::now();
    desk.keys("<left>");
    assert!(started.elapsed() < Duration::from_secs(1));
}

fn paused() -> Desk {
    let mut desk = playing();
    desk.keys("ff");
    desk
}

#[test]
fn the_replay_is_as_it_was_agreed() {
    let page =
        |(width, height)| format!("--- {width}x{height}\n{}\n", paused().screen(width, height));
    let pages: Vec<String> = [(120, 36), (80, 24), (60, 16), (39, 9)].map(page).into();
    insta::assert_snapshot!("replay", pages.concat());
}
