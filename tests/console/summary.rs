//! The summary that `y` copies for a chat.

use flipside::console::app::msg::Effect;
use flipside::console::app::state::Stage;
use flipside::console::history::summary;
use flipside::domain::event::{Stream, Verdict};

use crate::fixture::{Desk, host};
use crate::history::{failed, partly};
use crate::screens;

fn copied(desk: &mut Desk) -> String {
    desk.keys("y");
    match desk.effects.last() {
        Some(Effect::Copy(text)) => text.clone(),
        other => panic!("nothing was copied: {other:?}"),
    }
}

fn of(record: &flipside::domain::history::RunRecord) -> String {
    let desk = Desk::new();
    let stage = Stage::at_the_end(&desk.state.setup, record);
    summary::of_record(stage.state(), record).join("\n")
}

#[test]
fn summary_of_an_incident_is_short() {
    let mut desk = screens::unknown();
    let text = copied(&mut desk);
    assert!(text.lines().count() <= 14, "{text}");
    insta::assert_snapshot!("summary-at-work", text);
    desk.ends_run(Verdict::Partly {
        done: vec![host("web-01"), host("web-03")],
        failed: vec![],
        unknown: vec![host("web-02")],
    });
    insta::assert_snapshot!("summary-partly", copied(&mut desk));
}

#[test]
fn summary_of_a_past_run_shows_its_own_time() {
    insta::assert_snapshot!("summary-of-a-record", of(&failed()));
    assert!(
        of(&partly()).contains("go live v411 -> v412: PARTIALLY COMPLETED"),
        "{}",
        of(&partly())
    );
}

#[test]
fn summary_without_a_run_shows_only_what_is_live() {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410")).wait(2_000);
    insta::assert_snapshot!("summary-quiet", copied(&mut desk));
}

#[test]
fn twelve_servers_with_all_that_can_be_wrong_are_still_a_few_lines() {
    let text = copied(&mut screens::night());
    assert!(text.lines().count() <= 14, "{text}");
    assert!(text.contains("NOT KNOWN: web-02"), "{text}");
}

#[test]
fn output_of_hosts_is_not_in_it() {
    let mut desk = screens::failure();
    desk.prints("web-03", Stream::Stdout, "password=hunter2");
    let text = copied(&mut desk);
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("manifest for shop:v412 not found"), "the failing line is: {text}");
}
