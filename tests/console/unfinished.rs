//! Incomplete phases, reverted runs, and whether `R` is possible.

use flipside::console::app::msg::Msg;
use flipside::console::history::HistoryReply;
use flipside::domain::event::{Choice, Verdict, What};
use flipside::domain::history::{RunEnding, RunSummary};
use flipside::domain::observation::{Observation, Running, Workload};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::Refusal;
use flipside::domain::release::Tag;
use flipside::domain::rollback::RollbackGoal;

use crate::fixture::{Desk, host, operator, pull, release};

fn said(desk: &Desk) -> &str {
    desk.state.messages.newest.as_ref().map_or("", |message| &message.text)
}

fn line<'s>(screen: &'s str, word: &str) -> &'s str {
    screen.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("{word}: {screen}"))
}

fn with_jobs(seen: Observation, tag: &str) -> Observation {
    let job =
        Workload { name: "djobs".to_owned(), release: Some(release(tag)), running: Running::Up };
    Observation { jobs: vec![job], ..seen }
}

/// Users of all hosts are on v412; the run was killed before the jobs of the last one followed.
pub fn interrupted() -> Desk {
    let mut desk = Desk::new();
    for name in desk.names() {
        let seen = desk.observation(&name, ("green", "v412"), ("blue", "v411"));
        let tag = if name == "web-03" { "v411" } else { "v412" };
        desk.sees(&name, with_jobs(seen, tag));
    }
    desk.wait(500);
    desk
}

#[test]
fn an_interrupted_go_live_is_named_on_opening_with_who_what_is_left_and_the_keys() {
    let mut desk = interrupted();
    assert_eq!(
        said(&desk),
        "go-live of v412 is not complete: done on web-01, web-02; jobs are on v411 on web-03. \
         The last change was made by li at 2026-08-22 03:12:00 UTC. L continues it, R sends users back"
    );
    let screen = desk.screen(120, 36);
    let next = line(&screen, " NEXT ");
    assert!(
        next.contains("go live of v412 is NOT COMPLETE (L continues, R sends users back)"),
        "{screen}"
    );
    // It is said once. NEXT says it for as long as it is so.
    desk.keys("<esc>").quiet(("green", "v412"), ("blue", "v411")).wait(100);
    assert_eq!(said(&desk), "");
    assert!(!desk.screen(120, 36).contains("NOT COMPLETE"));
}

#[test]
fn what_is_unfinished_is_said_only_once_every_host_was_asked() {
    let mut desk = Desk::new();
    let seen = desk.observation("web-01", ("green", "v412"), ("blue", "v411"));
    desk.sees("web-01", with_jobs(seen, "v411"));
    assert_eq!(said(&desk), "");
}

fn last_run(ending: RunEnding) -> Msg {
    let intent = Desk::intent(Phase::Prepare, "v412");
    Msg::HistoryReply(HistoryReply::Last(Box::new(RunSummary {
        name: "r1".to_owned(),
        journal: "/journals/r1".into(),
        began: Some(intent.asked_at),
        last: Some(intent.asked_at),
        intent: Some(intent),
        from: Vec::new(),
        to: Some(Tag::new("v412").unwrap()),
        hosts: 3,
        ending,
        damage: Vec::new(),
    })))
}

#[test]
fn the_journal_of_this_machine_adds_how_the_last_run_ended() {
    let mut desk = Desk::new();
    desk.tell(last_run(RunEnding::Gone));
    assert_eq!(
        said(&desk),
        "the last run from this machine, prepare v412 by mara@mbp at 2026-08-24 03:12:00 UTC, did \
         not end: its console was killed or lost. h shows it"
    );
    let failed = Verdict::Failed {
        why: "disk full".to_owned(),
        failed: vec![host("web-01"), host("web-02")],
    };
    let mut desk = Desk::new();
    desk.tell(last_run(RunEnding::Ended(failed)));
    assert!(said(&desk).contains("ended failed on web-01, web-02"), "{}", said(&desk));
    let mut desk = Desk::new();
    desk.tell(last_run(RunEnding::Ended(Verdict::Done)));
    assert_eq!(said(&desk), "");
}

fn failed_prepare() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v412")).starts(Phase::Prepare, "v412");
    desk.works("web-01", pull()).ends("web-01", pull(), Outcome::failed("disk full"));
    desk
}

fn failed() -> Verdict {
    Verdict::Failed { why: "disk full".to_owned(), failed: vec![host("web-01")] }
}

#[test]
fn a_prepare_that_was_given_up_no_longer_shows_as_failed() {
    let mut desk = failed_prepare();
    desk.ends_run(failed());
    assert!(desk.screen(120, 36).contains("PREPARE ✖"));
    desk.starts(Phase::Abandon, "v412").ends_run(Verdict::Done);
    let screen = desk.screen(120, 36);
    assert!(!screen.contains("PREPARE ✖"), "{screen}");
    assert!(screen.contains("prepare ·"), "{screen}");
}

#[test]
fn rollback_that_withdraws_a_release_ends_its_prepare() {
    let mut desk = failed_prepare();
    desk.ends_run(failed()).starts(Phase::Rollback, "v412");
    let mut plan = desk.plan(Phase::Rollback, "v412");
    plan.intent.goal = Some(RollbackGoal::Withdraw(Tag::new("v412").unwrap()));
    desk.happens(What::Planned { round: 2, plan }).ends_run(Verdict::Done);
    let screen = desk.screen(120, 36);
    assert!(!screen.contains("PREPARE ✖"), "{screen}");
}

#[test]
fn a_run_that_was_reverted_everywhere_shows_as_reverted() {
    let mut desk = failed_prepare();
    let choice = Choice::RevertAll;
    desk.happens(What::Chosen { target: host("web-01"), choice, by: operator() });
    desk.ends_run(failed());
    let screen = desk.screen(120, 36);
    assert!(screen.contains("PREPARE – reverted") || screen.contains("reverted"), "{screen}");
    assert!(!line(&screen, "PREPARE").contains('✖'), "{screen}");
}

/// Nothing is prepared, and no host recorded where its users came from.
fn without_record() -> Desk {
    let mut desk = Desk::new();
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("blue", "v411"), ("green", "v410"));
        seen.last_change = None;
        seen.colors.get_mut(&crate::fixture::color("green")).unwrap().running = Running::Stopped;
        desk.sees(&name, seen);
    }
    desk.wait(500);
    desk
}

#[test]
fn r_is_not_offered_where_it_could_do_nothing_and_says_why() {
    let mut desk = without_record();
    let screen = desk.screen(120, 36);
    assert!(screen.contains("(R roll back)"), "{screen}");
    desk.calmly("R");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty());
    assert!(said(&desk).contains("no host recorded where users came from"));
    assert!(said(&desk).contains(":rollback TAG sends them to a release you name"));
    // That one needs no record.
    desk.keys(":rollback v410<enter>");
    assert!(matches!(desk.orders.last(), Some(Order::Propose { .. })), "{:?}", desk.orders);
}

/// Both colors are up, as on an adopted fleet: the passive release may be the one that users came from.
#[test]
fn r_stops_nothing_where_both_colors_run_and_no_record_says_what_for() {
    let mut desk = Desk::new();
    for name in desk.names() {
        let seen = desk.observation(&name, ("blue", "v411"), ("green", "v410"));
        desk.sees(&name, Observation { last_change: None, ..seen });
    }
    desk.wait(500);
    let screen = desk.screen(120, 36);
    assert!(screen.contains("(R roll back)") && !screen.contains("v410 prepared"), "{screen}");
    desk.calmly("R");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty());
    assert!(said(&desk).contains("no host recorded where users came from"));
    assert!(said(&desk).contains(":rollback TAG sends them to a release you name"));
}

/// The release that the last order is about.
fn release_asked_for(desk: &Desk) -> Option<String> {
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!("{:?}", desk.orders) };
    intent.release.as_ref().map(|release| release.tag.to_string())
}

#[test]
fn l_names_no_release_that_users_were_rolled_back_from() {
    let mut desk = Desk::new();
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("blue", "v411"), ("green", "v412"));
        let change = seen.last_change.as_mut().unwrap();
        (change.what, change.from) = ("rollback".to_owned(), Some(Tag::new("v412").unwrap()));
        desk.sees(&name, seen);
    }
    desk.wait(500);
    desk.calmly("L");
    assert_eq!(release_asked_for(&desk), None, "the planner refuses, and says why and how");
    desk.answers(Err(Refusal {
        reason: "users were rolled back from v412".to_owned(),
        remedy: "Name it: `flipside go-live --release v412`.".to_owned(),
        targets: Vec::new(),
    }));
    let screen = desk.screen(120, 36);
    assert!(screen.contains("users were rolled back from v412"), "{screen}");
    assert!(screen.contains("Name it: :go-live v412."), "{screen}");
    desk.keys("<esc>:go-live v412<enter>");
    assert_eq!(release_asked_for(&desk).as_deref(), Some("v412"));
}

#[test]
fn x_names_no_release_that_no_record_explains() {
    let mut desk = Desk::new();
    for name in desk.names() {
        let seen = desk.observation(&name, ("blue", "v411"), ("green", "v410"));
        desk.sees(&name, Observation { last_change: None, ..seen });
    }
    desk.wait(500);
    desk.calmly("X");
    assert_eq!(release_asked_for(&desk), None);
    desk.keys("<esc>:abandon v410<enter>");
    assert_eq!(release_asked_for(&desk).as_deref(), Some("v410"));
}

#[test]
fn r_is_offered_where_users_came_from_somewhere() {
    let mut desk = Desk::new();
    desk.quiet(("green", "v412"), ("blue", "v411"));
    let screen = desk.screen(120, 36);
    assert!(screen.contains("  R roll back") && !screen.contains("(R roll back)"), "{screen}");
}

/// Users are back and the jobs are not: `R` is what continues it.
#[test]
fn r_stays_offered_after_a_rollback_that_left_jobs_behind() {
    let mut desk = Desk::new();
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("blue", "v411"), ("green", "v412"));
        let change = seen.last_change.as_mut().unwrap();
        change.what = "rollback".to_owned();
        change.from = Some(Tag::new("v412").unwrap());
        desk.sees(&name, with_jobs(seen, if name == "web-03" { "v412" } else { "v411" }));
    }
    desk.wait(500);
    let screen = desk.screen(120, 36);
    assert!(
        screen.contains(
            "roll back from v412 is NOT COMPLETE (R continues): jobs are on v412 on web-03"
        ),
        "{screen}"
    );
    assert!(!screen.contains("(R roll back)"), "{screen}");
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("blue", "v411"), ("green", "v412"));
        let change = seen.last_change.as_mut().unwrap();
        change.what = "rollback".to_owned();
        change.from = Some(Tag::new("v412").unwrap());
        desk.sees(&name, with_jobs(seen, "v411"));
    }
    let screen = desk.screen(120, 36);
    assert!(screen.contains("(R roll back)"), "{screen}");
    desk.calmly("R");
    assert!(said(&desk).contains("users were already rolled back from v412"), "{}", said(&desk));
}

#[test]
fn after_a_rollback_that_missed_a_host_nobody_is_led_forward_again() {
    let mut desk = Desk::new();
    for name in ["web-01", "web-02"] {
        let mut seen = desk.observation(name, ("blue", "v411"), ("green", "v412"));
        let change = seen.last_change.as_mut().unwrap();
        "rollback".clone_into(&mut change.what);
        // Later than the go-live, which the missed host recorded last.
        change.at = desk.state.now.at + chrono::TimeDelta::minutes(5);
        (change.tag, change.from) =
            (Some(Tag::new("v411").unwrap()), Some(Tag::new("v412").unwrap()));
        desk.sees(name, seen);
    }
    let missed = desk.observation("web-03", ("green", "v412"), ("blue", "v411"));
    desk.sees("web-03", missed).wait(500);
    let screen = desk.screen(120, 36);
    let next = line(&screen, " NEXT ");
    assert!(next.contains("roll back from v412 is NOT COMPLETE (R continues)"), "{screen}");
    assert!(next.contains("users are on v412 on web-03"), "{screen}");
    assert!(!next.contains("L makes it"), "{screen}");
}
