//! The output panes, as a person reads them.

use std::time::Duration;

use flipside::console::app::msg::{Effect, Msg};
use flipside::console::app::state::Focus;
use flipside::domain::event::Stream;
use flipside::domain::event::Stream::{Begins, Done, Failed, Own, Stderr, Stdout};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use ratatui::style::Modifier;

use crate::fixture::{Desk, color, environment, host, pull};

/// Twelve servers, each of which prints some lines.
fn dozen() -> Desk {
    let names: Vec<String> = (1..=12).map(|number| format!("web-{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut desk = Desk::over(environment(&names));
    desk.quiet(("blue", "v411"), ("green", "v410")).wait(800);
    for number in 0..6 {
        for name in &names {
            desk.prints(name, Stdout, &format!("GET /health 200 number {number} of {name}"))
                .wait(7);
        }
    }
    desk
}

/// A release that does not start: much is printed before it says so, and much after.
fn bad_start(desk: &mut Desk, name: &str) {
    desk.prints(
        name,
        Begins,
        "4 of 5: start green v412; at most 120 s; a repeat does only what is left",
    )
    .prints(name, Own, "$ flipside-start /srv/shop docker-compose.yml shop shop_green v412");
    for number in 0..30 {
        desk.wait(100).prints(name, Stdout, &format!("layer {number} is there already"));
    }
    desk.prints(name, Stderr, "shop_green is unhealthy by its own check").prints(
        name,
        Stderr,
        "--- the last lines of shop_green ---",
    );
    for number in 0..60 {
        desk.prints(name, Stderr, &format!("worker {number} waits for the database"));
    }
    desk.wait(400).prints(
        name,
        Failed,
        "FAILED after 3.40 s: exit 66: shop_green is unhealthy by its own check",
    );
}

pub fn two() -> Desk {
    let mut desk = dozen();
    desk.keys("2");
    desk
}

pub fn four() -> Desk {
    let mut desk = dozen();
    desk.keys("jjj k4<tab><tab>");
    desk
}

pub fn all() -> Desk {
    let mut desk = dozen();
    desk.prints("web-03", Stderr, "warning: the disk is nearly full");
    desk.tell(Msg::Skipped { target: host("web-04"), lines: 1_204 });
    desk.prints("web-04", Stdout, "and on it goes").keys("0");
    desk
}

pub fn failing() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410")).starts(Phase::Prepare, "v412");
    desk.works("web-02", pull());
    desk.screen(120, 36);
    desk.ends(
        "web-02",
        pull(),
        Outcome::failed("exit 66: shop_green is unhealthy by its own check"),
    );
    bad_start(&mut desk, "web-02");
    desk
}

pub fn found() -> Desk {
    found_among("und mehr upstream")
}

fn found_among(text: &str) -> Desk {
    let mut desk = Desk::new();
    for number in 0..40 {
        let text = match number % 10 {
            3 => format!("{number} {}größe {text} timed out", "x".repeat(96)),
            _ => format!("{number} GET /health 200"),
        };
        desk.prints("web-01", Stdout, &text);
    }
    desk.screen(120, 36);
    desk.keys(&format!("<tab>/{text}<enter>n"));
    desk
}

pub fn cut() -> Desk {
    let mut desk = Desk::new();
    for number in 0..5 {
        desk.prints("web-01", Stdout, &format!("{number} {}", "abcdefghi ".repeat(5 + number * 6)));
    }
    desk.keys("w<right>t");
    desk
}

/// The rows of the output that hold the word.
fn with(desk: &mut Desk, word: &str) -> Vec<String> {
    let screen = desk.screen(120, 36);
    screen.lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
}

fn shown(desk: &Desk) -> Vec<&str> {
    desk.state.output.panes.shown.iter().map(flipside::domain::target::Target::name).collect()
}

fn chosen(desk: &Desk) -> &str {
    desk.state.chosen_target().unwrap().name()
}

fn said(desk: &Desk) -> &str {
    desk.state.messages.newest.as_ref().map_or("", |message| message.text.as_str())
}

fn copied(desk: &Desk) -> &str {
    let Some(Effect::Copy(text)) = desk.effects.last() else { panic!("{:?}", desk.effects) };
    text
}

#[test]
fn the_chosen_host_comes_first_then_marked_ones_then_those_in_trouble_then_the_next() {
    let mut desk = dozen();
    desk.keys("4");
    assert_eq!(shown(&desk), ["web-01", "web-02", "web-03", "web-04"]);
    desk.keys("jj");
    assert_eq!(shown(&desk), ["web-03", "web-04", "web-05", "web-06"]);
    let mut seen = desk.observation("web-09", ("blue", "v411"), ("green", "v410"));
    seen.live.answer = None;
    desk.sees("web-09", seen);
    assert_eq!(shown(&desk)[1], "web-04", "what is read does not move for a look");
    desk.keys("jjjj kkkk");
    assert_eq!(shown(&desk), ["web-03", "web-07", "web-09", "web-04"]);
    desk.keys("1");
    assert_eq!(shown(&desk), ["web-03"]);
}

#[test]
fn tab_goes_over_the_panes_and_back_to_the_host_of_the_table() {
    let mut desk = dozen();
    desk.keys("j2");
    desk.screen(120, 36);
    desk.keys("<tab>");
    assert_eq!((desk.state.screen.focus, chosen(&desk)), (Focus::Pane, "web-02"));
    desk.keys("<tab>");
    assert_eq!(
        (desk.state.screen.focus, chosen(&desk)),
        (Focus::Pane, "web-03"),
        "keys are for what is read"
    );
    assert_eq!(shown(&desk), ["web-02", "web-03"], "nothing moves under the eyes");
    desk.keys("<tab>");
    assert_eq!((desk.state.screen.focus, chosen(&desk)), (Focus::Table, "web-02"));
}

#[test]
fn each_pane_keeps_its_own_place() {
    let mut desk = dozen();
    for number in 0..100 {
        desk.prints("web-01", Stdout, &format!("one {number:03}"));
        desk.prints("web-02", Stdout, &format!("two {number:03}"));
    }
    desk.keys("2");
    desk.screen(120, 36);
    desk.keys("<tab><tab>g");
    assert!(!with(&mut desk, "one 099").is_empty(), "the other follows");
    assert!(with(&mut desk, "two 099").is_empty());
    desk.keys("G");
    assert!(!with(&mut desk, "two 099").is_empty());
}

#[test]
fn where_there_is_no_room_there_are_fewer_panes_and_it_says_so() {
    let mut desk = dozen();
    desk.screen(60, 16);
    desk.keys("4");
    assert!(said(&desk).starts_with("there is room for 1 of 4"), "{}", said(&desk));
    desk.keys("<tab><tab>");
    assert!(desk.screen(60, 16).contains("─ > web-02"), "the one with the keys is seen");
}

#[test]
fn a_failure_elsewhere_does_not_take_away_what_is_read() {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410")).starts(Phase::Prepare, "v412");
    desk.prints("web-01", Stdout, "to be read").keys("<tab>");
    desk.works("web-02", pull()).ends("web-02", pull(), Outcome::failed("exit 1: no"));
    assert_eq!(chosen(&desk), "web-01");
    assert!(said(&desk).contains("web-02"), "but it is told");
    desk.keys("<esc><esc>f");
    assert_eq!(chosen(&desk), "web-02");
}

#[test]
fn all_hosts_stand_together_in_the_order_in_which_their_lines_came() {
    let mut desk = dozen();
    desk.keys("0");
    let rows = with(&mut desk, "number 5 of");
    let hosts: Vec<&str> = rows.iter().filter_map(|row| row.split_whitespace().nth(1)).collect();
    let last: Vec<String> = (1..=12).map(|number| format!("web-{number:02}")).collect();
    assert_eq!(hosts, last);
}

#[test]
fn a_place_that_is_read_stays_however_much_comes() {
    let mut desk = Desk::new();
    for number in 0..200 {
        desk.prints("web-01", Stdout, &format!("line-{number:06}."));
    }
    desk.screen(120, 36);
    desk.keys("<pgup>");
    let held = with(&mut desk, "line-");
    for number in 200..20_000 {
        desk.prints("web-01", Stdout, &format!("line-{number:06}."));
    }
    assert_eq!(with(&mut desk, "line-"), held, "although only the last 5 000 are kept");
    assert!(!with(&mut desk, "HELD, 19 8").is_empty(), "{:?}", with(&mut desk, "HELD"));
    desk.keys("<pgdn>");
    assert!(
        !with(&mut desk, "line-015000.").is_empty(),
        "over the gap, to the oldest that is kept"
    );
    desk.keys("G");
    assert!(!with(&mut desk, "line-019999.").is_empty());
}

#[test]
fn a_line_longer_than_the_screen_can_be_read_row_by_row() {
    let mut desk = Desk::new();
    let words: Vec<String> = (0..2_000).map(|number| format!("w{number:04}")).collect();
    desk.prints("web-01", Stdout, "before").prints("web-01", Stdout, &words.join(" "));
    desk.screen(80, 24);
    assert!(desk.screen(80, 24).contains("w1999") && !desk.screen(80, 24).contains("w0000"));
    desk.keys("g");
    assert!(desk.screen(80, 24).contains("before") && desk.screen(80, 24).contains("w0000"));
    desk.keys("<tab><down>");
    assert!(!desk.screen(80, 24).contains("before") && desk.screen(80, 24).contains("w0000"));
    desk.keys("G<up>");
    assert!(!desk.screen(80, 24).contains("w1999"));
}

#[test]
fn a_text_is_found_and_counted_also_where_a_row_breaks_in_it() {
    let mut desk = found_among("und mehr 日本 up");
    let buffer = desk.buffer(120, 36);
    let theme = desk.state.setup.theme.chosen;
    let lit: String = (0..36)
        .flat_map(|y| (0..120).map(move |x| (x, y)))
        .filter(|at| {
            let cell = &buffer[*at];
            Some(cell.fg) == theme.fg.or(Some(cell.fg))
                && cell.modifier.contains(Modifier::REVERSED)
                && cell.symbol() != " "
        })
        .map(|at| buffer[at].symbol().to_owned())
        .collect();
    assert!(lit.contains("undmehr日本up"), "{lit}");
    assert!(!with(&mut desk, "3/4 \"und mehr").is_empty(), "{}", desk.screen(120, 36));
    desk.keys("nn");
    assert!(!with(&mut desk, "1/4").is_empty());
    desk.keys("n");
    assert!(said(&desk).contains("no older line"));
    desk.keys("NNNN");
    assert!(!with(&mut desk, "4/4").is_empty() && said(&desk).contains("no newer line"));
}

#[test]
fn matches_are_counted_while_lines_come_and_go() {
    let mut desk = Desk::new();
    desk.prints("web-01", Stdout, "needle").keys("<tab>/needle<enter>G");
    for number in 0..6_000 {
        let text = if number % 1_000 == 999 { "a needle" } else { "hay" };
        desk.prints("web-01", Stdout, text);
    }
    let title = with(&mut desk, "\"needle\"");
    assert!(title[0].contains(" 5 \"needle\""), "{title:?}");
}

#[test]
fn long_lines_are_cut_and_seen_further_along() {
    let mut desk = Desk::new();
    desk.prints("web-01", Stdout, &format!("{}end", "0123456789".repeat(20)));
    assert!(!with(&mut desk, "end").is_empty(), "wrapped");
    desk.keys("<right>");
    assert!(said(&desk).contains('w'), "{}", said(&desk));
    desk.keys("w");
    assert!(with(&mut desk, "end").is_empty());
    assert!(!with(&mut desk, "›").is_empty());
    desk.keys("<right><right><right><right><right>");
    assert!(!with(&mut desk, "end").is_empty() && !with(&mut desk, "‹").is_empty());
    desk.keys("<left><left><left><left><left>");
    assert!(with(&mut desk, "‹").is_empty());
    desk.keys("w");
    assert!(!with(&mut desk, "end").is_empty());
}

#[test]
fn lines_show_the_time_the_steps_age_or_neither() {
    let mut desk = Desk::new();
    desk.prints("web-01", Begins, "1 of 5: pull v412")
        .wait(2_345)
        .prints("web-01", Stdout, "pulled");
    let row = |desk: &mut Desk| with(desk, "pulled").remove(0);
    assert_eq!(row(&mut desk), " 03:12:02  pulled");
    desk.keys("t");
    assert_eq!(row(&mut desk), "   +2.34s  pulled");
    desk.keys("t");
    assert_eq!(row(&mut desk), "   pulled");
    desk.keys("t");
    assert_eq!(row(&mut desk), " 03:12:02  pulled");
}

#[test]
fn a_step_has_its_command_over_its_output_and_how_it_ended_below() {
    let mut desk = Desk::new();
    desk.prints("web-01", Begins, "1 of 5: pull v412; at most 30 s")
        .prints("web-01", Own, "$ flipside-pull v412")
        .prints("web-01", Stderr, "slow")
        .prints("web-01", Done, "done, exit 0, 0.90 s");
    let screen = desk.screen(120, 36);
    assert!(screen.contains(" 03:12:00  ── 1 of 5: pull v412; at most 30 s ───"), "{screen}");
    assert!(screen.contains(" 03:12:00# $ flipside-pull v412"), "{screen}");
    assert!(screen.contains(" 03:12:00! slow"), "{screen}");
    assert!(screen.contains(" 03:12:00  ✔ done, exit 0, 0.90 s"), "{screen}");
}

#[test]
fn a_step_that_fails_brings_its_first_failing_line_not_its_last() {
    let mut desk = failing();
    let screen = desk.screen(120, 36);
    assert!(screen.contains("✖03:12:03! shop_green is unhealthy"), "{screen}");
    assert!(
        screen.contains("--- the last lines of shop_green ---"),
        "its log comes with it: {screen}"
    );
    assert!(screen.contains("HELD"), "{screen}");
    desk.keys("G");
    assert!(!desk.screen(120, 36).contains("✖03:12:03!"));
    desk.keys("<tab>f");
    assert!(desk.screen(120, 36).contains("✖03:12:03! shop_green is unhealthy"));
    desk.keys("0Gf");
    assert!(
        desk.screen(120, 36).contains("shop_green is unhealthy by its own"),
        "in all of them too"
    );
}

#[test]
fn a_failure_does_not_take_the_place_of_somebody_who_reads_there() {
    let mut desk = Desk::new();
    for number in 0..100 {
        desk.prints("web-02", Stdout, &format!("early {number:03}"));
    }
    desk.keys("j");
    desk.screen(120, 36);
    desk.keys("<tab>g");
    let read = with(&mut desk, "early");
    bad_start(&mut desk, "web-02");
    assert_eq!(with(&mut desk, "early"), read);
    desk.keys("f");
    assert!(!with(&mut desk, "✖03:12:03!").is_empty());
}

#[test]
fn a_short_failure_is_followed_to_its_end() {
    let mut desk = Desk::new();
    desk.prints("web-01", Begins, "1 of 5: pull").prints("web-01", Stderr, "manifest not found");
    desk.prints("web-01", Failed, "FAILED after 0.20 s: exit 1: manifest not found");
    assert!(
        !with(&mut desk, "FOLLOW").is_empty() && !with(&mut desk, "✖03:12:00! manifest").is_empty()
    );
    desk.keys("j<tab>f");
    assert!(said(&desk).contains("no step of web-02 has failed"), "{}", said(&desk));
}

#[test]
fn a_mark_is_drawn_with_its_time_and_what_came_since_is_copied() {
    let mut desk = Desk::new();
    desk.keys("-");
    assert!(said(&desk).contains("no output"));
    desk.prints("web-01", Stdout, "before").wait(3_000).keys("-").prints("web-01", Stdout, "after");
    desk.prints("web-01", Stderr, "and größe");
    assert!(!with(&mut desk, "── mark 03:12:03 UTC ───").is_empty());
    desk.keys("c");
    assert_eq!(copied(&desk), "after\nand größe");
    assert_eq!(said(&desk), "2 lines of web-01 since the mark sent to the clipboard by OSC 52");
}

#[test]
fn without_a_mark_what_is_on_the_screen_is_copied_each_line_once_and_whole() {
    let mut desk = Desk::new();
    for number in 0..100 {
        desk.prints("web-01", Stdout, &format!("{number} {}", "long ".repeat(50)));
    }
    desk.screen(120, 36);
    desk.keys("c");
    let lines: Vec<&str> = copied(&desk).lines().collect();
    assert!(lines.len() > 5 && lines.len() < 20, "{}", lines.len());
    assert!(lines.iter().all(|line| line.len() > 250), "whole");
    assert!(said(&desk).contains("on the screen"));
}

#[test]
fn no_more_is_copied_than_a_terminal_takes_and_it_says_so() {
    let mut desk = Desk::new();
    desk.prints("web-01", Stdout, "x").keys("-");
    for number in 0..2_000 {
        desk.prints("web-01", Stdout, &format!("{number} {}", "0123456789".repeat(9)));
    }
    desk.keys("c");
    assert!(copied(&desk).len() <= 56_244 && copied(&desk).contains("1999 "));
    assert!(said(&desk).contains("older lines did not fit"), "{}", said(&desk));
}

#[test]
fn an_output_is_saved_and_what_is_not_here_any_more_is_taken_from_the_file_of_the_run() {
    let mut desk = Desk::new();
    desk.starts(Phase::Prepare, "v412");
    desk.prints("web-01", Stdout, "one").prints("web-01", Stderr, "two").keys("<c-s>");
    let Some(Effect::Save(save)) = desk.effects.last() else { panic!("{:?}", desk.effects) };
    assert_eq!(save.text, "03:12:00.000   one\n03:12:00.000 ! two\n");
    assert_eq!((save.name.as_str(), &save.whole), ("web-01-20260824T031200.log", &None));
    desk.tell(Msg::Skipped { target: host("web-01"), lines: 9 }).keys("<c-s>");
    let Some(Effect::Save(save)) = desk.effects.last() else { panic!("{:?}", desk.effects) };
    assert!(save.whole.as_ref().unwrap().ends_with("web-01.log"));

    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("web-01.log");
    std::fs::write(&whole, "everything\n").unwrap();
    let directory = root.path().join("saved");
    let save =
        flipside::console::output::save::Save { directory, whole: Some(whole), ..save.clone() };
    let path = save.carry_out().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("everything\n") && text.contains("two\n"), "{text}");
    assert!(save.carry_out().is_err(), "nothing is written over");
    desk.tell(Msg::Saved(Ok(path.clone())));
    assert_eq!(said(&desk), format!("saved: {}", path.display()));
}

#[test]
fn the_log_of_the_live_color_is_followed_then_of_the_passive_one_then_none() {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410")).keys("l");
    let follows = |name: &str, of: Option<&str>| Order::FollowLog {
        target: host(name),
        color: of.map(color),
    };
    assert_eq!(desk.orders, [follows("web-01", Some("blue"))]);
    assert!(!with(&mut desk, "web-01; log of blue").is_empty());
    desk.keys("l");
    assert_eq!(desk.orders.last(), Some(&follows("web-01", Some("green"))));
    desk.keys("jl");
    assert_eq!(desk.orders[3..], [follows("web-01", None), follows("web-02", Some("blue"))]);
    desk.keys("ll");
    assert_eq!(desk.orders.last(), Some(&follows("web-02", None)));
    assert!(desk.state.output.followed.is_none());
}

#[test]
fn a_log_makes_room_for_a_step_and_can_be_followed_again_when_it_has_ended() {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410")).keys("l").starts(Phase::Prepare, "v412");
    assert!(desk.state.output.followed.is_none(), "the engine has stopped it");
    desk.keys("l");
    assert!(desk.state.output.followed.is_some(), "nothing is at work there yet");
    desk.works("web-01", pull());
    assert!(desk.state.output.followed.is_none(), "its own output comes");
    let stops = Order::FollowLog { target: host("web-01"), color: None };
    assert_eq!(desk.orders.last(), Some(&stops));
    let orders = desk.orders.len();
    desk.keys("l");
    assert_eq!(desk.orders.len(), orders);
    assert!(said(&desk).contains("a step is running there"), "{}", said(&desk));
    desk.ends("web-01", pull(), Outcome::Done).keys("l");
    assert!(desk.state.output.followed.is_some(), "while others work, or a sign-off is waited for");
}

#[test]
fn what_is_kept_is_bounded_by_bytes_too() {
    let mut desk = Desk::new();
    for _ in 0..2_000 {
        desk.prints("web-01", Stdout, &"x".repeat(16 * 1024));
    }
    let ring = &desk.state.output.panes.get(&host("web-01")).unwrap().ring;
    assert!(ring.bytes() <= 1024 * 1024 && ring.end() == 2_000, "{}", ring.bytes());
    desk.screen(120, 36);
}

#[test]
fn lines_that_were_not_shown_are_counted_over_the_pane() {
    let mut desk = Desk::new();
    desk.prints("web-01", Stdout, "one");
    desk.tell(Msg::Skipped { target: host("web-01"), lines: 1_200 });
    desk.prints("web-01", Stdout, "two");
    desk.tell(Msg::Skipped { target: host("web-01"), lines: 4 });
    assert!(!with(&mut desk, "FOLLOW  1 204 not shown").is_empty(), "{}", desk.screen(120, 36));
    assert!(!with(&mut desk, "... 1 200 lines not shown").is_empty());
}

#[test]
fn every_kind_of_line_reads_differently_without_styles() {
    let mut desk = Desk::new();
    for stream in Stream::ALL {
        desk.prints("web-01", stream, "the same words");
    }
    let mut rows = with(&mut desk, "the same words");
    let count = rows.len();
    rows.sort();
    rows.dedup();
    assert_eq!((rows.len(), count), (Stream::ALL.len(), Stream::ALL.len()), "{rows:?}");
}

#[test]
fn a_pause_in_the_stream_is_no_reason_to_draw_more_than_a_line_takes() {
    let second = flipside::console::terminal::meter::time_of(90_000);
    assert_eq!(second, Duration::from_secs(1));
}
