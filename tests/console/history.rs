//! Past runs: the list, and one of them opened.

use std::path::PathBuf;

use chrono::TimeDelta;
use flipside::console::app::msg::{Effect, Msg};
use flipside::console::history::{HistoryReply, HistoryRequest, RunPurpose};
use flipside::domain::event::{Event, Stream, Verdict, What};
use flipside::domain::history::{Damage, HostOutput, RunEnding, RunRecord, RunSummary, Writer};
use flipside::domain::outcome::Outcome;
use flipside::domain::plan::Operator;

use crate::fixture::{Desk, host, pull};
use crate::screens::{self, Scene};

/// What a desk went through, as its journal would have it.
pub fn record(desk: &Desk) -> RunRecord {
    let (mut first, rest): (Vec<Event>, Vec<Event>) = desk
        .events
        .iter()
        .cloned()
        .partition(|event| matches!(event.what, What::RunStarted { .. }));
    first.extend(rest);
    let began = first[0].at;
    for event in &mut first {
        event.at = event.at.max(began);
    }
    let output = desk.names().into_iter().filter_map(|name| {
        let target = host(&name);
        let mine = desk.lines.iter().filter(|line| line.target == target);
        let lines: Vec<_> = mine.cloned().collect();
        let file = PathBuf::from(format!("/state/{name}.log"));
        (!lines.is_empty()).then_some(HostOutput {
            target,
            file,
            lines,
            left_out: None,
            wrong: None,
        })
    });
    RunRecord {
        name: "20260824T031200.000-go-live-mara".to_owned(),
        journal: "/state/production/shop/20260824T031200.000-go-live-mara/journal.jsonl".into(),
        events: first,
        damage: Vec::new(),
        writer: Writer::Gone,
        output: output.collect(),
    }
}

/// A night's run that ended partly.
pub fn partly() -> RunRecord {
    let mut desk = screens::unknown();
    desk.ends_run(Verdict::Partly {
        done: vec![host("web-01"), host("web-03")],
        failed: vec![],
        unknown: vec![host("web-02")],
    });
    record(&desk)
}

pub fn failed() -> RunRecord {
    let mut desk = screens::failure();
    desk.wait(500).ends_run(Verdict::Failed {
        why: "exit 1: manifest for shop:v412 not found".to_owned(),
        failed: vec![host("web-03")],
    });
    record(&desk)
}

fn named(record: &RunRecord, name: &str, days: i64, by: &str) -> RunSummary {
    let brief = record.brief();
    let journal = PathBuf::from(format!("/state/production/shop/{name}/journal.jsonl"));
    let mut intent = brief.intent.clone().unwrap();
    intent.by = Operator { user: by.to_owned(), machine: "desk-7".to_owned() };
    let earlier = TimeDelta::days(days);
    RunSummary {
        name: name.to_owned(),
        journal,
        intent: Some(intent),
        began: brief.began.map(|at| at - earlier),
        last: brief.last.map(|at| at - earlier),
        ..brief
    }
}

fn briefs() -> Vec<Result<RunSummary, String>> {
    let (partly, failed) = (partly(), failed());
    let mut broken = named(&partly, "20260822T031200.000-go-live-li", 2, "li");
    broken.ending = RunEnding::Gone;
    broken.damage = vec![Damage { line: 41, what: "it was cut off: EOF".to_owned(), after: 40 }];
    let mut working = named(&failed, "20260824T031100.000-prepare-ute", 0, "ute");
    working.ending = RunEnding::AtWork;
    let mut done = named(&failed, "20260823T031200.000-prepare-mara", 1, "mara");
    done.ending = RunEnding::Ended(Verdict::Done);
    vec![
        Ok(done),
        Ok(broken),
        Ok(named(&partly, "20260824T031000.000-go-live-mara", 0, "mara")),
        Ok(working),
    ]
}

fn listed() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v412")).wait(800).keys("h");
    desk.tell(Msg::HistoryReply(HistoryReply::Some(briefs())))
        .tell(Msg::HistoryReply(HistoryReply::All));
    desk
}

fn opened() -> Desk {
    let mut desk = listed();
    desk.keys("<enter>").tell(Msg::HistoryReply(HistoryReply::Run {
        read: Ok(Box::new(partly())),
        wish: RunPurpose::Open,
    }));
    desk
}

fn history_requests(desk: &Desk) -> Vec<&HistoryRequest> {
    desk.effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::HistoryRequest(recall) => Some(recall),
            _ => None,
        })
        .collect()
}

#[test]
fn h_asks_for_the_runs_and_shows_the_newest_first() {
    let mut desk = listed();
    assert_eq!(history_requests(&desk), [&HistoryRequest::List]);
    let screen = desk.screen(120, 36);
    let place = |words: &str| screen.find(words).unwrap_or_else(|| panic!("{words}:\n{screen}"));
    assert!(place("at work") < place("partly"), "{screen}");
    assert!(place("partly") < place("done"), "{screen}");
    assert!(place("done") < place("no end"), "{screen}");
}

#[test]
fn unfinished_run_and_broken_lines_are_reported() {
    let mut desk = listed();
    desk.keys("G");
    let screen = desk.screen(120, 36);
    assert!(
        screen.contains("no end was recorded: the console that ran it was killed or lost"),
        "{screen}"
    );
    assert!(screen.contains("line 41 cannot be read: it was cut off"), "{screen}");
}

#[test]
fn unreadable_journals_are_counted_and_reported() {
    let mut desk = listed();
    desk.tell(Msg::HistoryReply(HistoryReply::Some(vec![Err(
        "/state/x: permission denied".to_owned()
    )])));
    let screen = desk.screen(120, 36);
    assert!(screen.contains("1 CANNOT BE READ"), "{screen}");
    assert!(screen.contains("/state/x: permission denied"), "{screen}");
}

#[test]
fn the_filter_takes_letters_until_it_is_taken_away() {
    let mut desk = listed();
    desk.keys("/prep mara");
    assert!(desk.screen(120, 36).contains("1 of 4 match"), "{}", desk.screen(120, 36));
    desk.keys("<enter><esc>");
    assert!(desk.screen(120, 36).contains("4 runs"));
    desk.keys("<esc>");
    assert!(!desk.screen(120, 36).contains("HISTORY"));
}

#[test]
fn a_run_opens_at_its_failure_with_what_the_host_had_printed_by_then() {
    let mut desk = opened();
    let screen = desk.screen(120, 36);
    assert!(screen.contains("RUN go live v411"), "{screen}");
    assert!(screen.contains("web-02 printed"), "{screen}");
    assert!(screen.contains("nginx: configuration file test is successful"), "{screen}");
    assert!(screen.contains("UNKNOWN: the connection was lost"), "{screen}");
}

#[test]
fn output_that_comes_later_is_not_shown_with_an_earlier_event() {
    let mut desk = opened();
    desk.keys("g");
    desk.keys("<right>");
    assert!(desk.screen(120, 36).contains("nothing printed until then"));
}

#[test]
fn a_run_that_was_asked_for_and_left_does_not_open_by_itself() {
    let mut desk = listed();
    desk.keys("<enter><esc>");
    desk.tell(Msg::HistoryReply(HistoryReply::Run {
        read: Ok(Box::new(partly())),
        wish: RunPurpose::Open,
    }));
    assert!(desk.state.dialogs.is_empty());
}

#[test]
fn y_in_the_list_copies_that_run_not_this_night() {
    let mut desk = listed();
    desk.keys("y");
    let asked = history_requests(&desk);
    assert!(
        matches!(asked.last(), Some(HistoryRequest::Run { wish: RunPurpose::Copy, .. })),
        "{asked:?}"
    );
    desk.tell(Msg::HistoryReply(HistoryReply::Run {
        read: Ok(Box::new(failed())),
        wish: RunPurpose::Copy,
    }));
    let Some(Effect::Copy(text)) = desk.effects.last() else { panic!("{:?}", desk.effects) };
    assert!(text.contains("prepare v411 -> v412: FAILED on web-03"), "{text}");
}

#[test]
fn nothing_on_these_pages_sends_an_order() {
    for page in [listed, opened] {
        for key in "abcdeijklmnorstuvwxzABCDEFHIJKLMOPQRSTUVWXYZ0123456789 -+".chars() {
            let mut desk = page();
            let before = desk.orders.len();
            desk.calmly(&key.to_string()).calmly("Y");
            assert_eq!(desk.orders.len(), before, "{key}");
        }
    }
}

#[test]
fn what_happens_meanwhile_is_said_below() {
    let mut desk = listed();
    desk.starts(flipside::domain::phase::Phase::Prepare, "v413").works("web-03", pull());
    desk.ends("web-03", pull(), Outcome::failed("no room on the disk")).wait(100);
    desk.prints("web-03", Stream::Stderr, "no room");
    let screen = desk.screen(80, 24);
    assert!(screen.contains("HISTORY") && screen.contains("no room on the disk"), "{screen}");
    assert!(screen.contains("HELD: 1 server waits for you"), "{screen}");
}

fn empty() -> Desk {
    let mut desk = Desk::new();
    desk.keys("h").tell(Msg::HistoryReply(HistoryReply::All));
    desk
}

#[test]
fn the_pages_are_as_they_were_agreed() {
    let scenes: [(&str, Scene); 3] =
        [("history", listed), ("history-empty", empty), ("history-opened", opened)];
    for (name, scene) in scenes {
        let page =
            |(width, height)| format!("--- {width}x{height}\n{}\n", scene().screen(width, height));
        let pages: Vec<String> = [(120, 36), (80, 24), (60, 16), (39, 9)].map(page).into();
        insta::assert_snapshot!(name, pages.concat());
    }
}
