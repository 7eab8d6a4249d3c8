//! The display of a rollback in progress, of its end, and of hosts that a run did not complete.

use flipside::domain::event::{Stream, Verdict, What};
use flipside::domain::observation::{Observed, Running};
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{LeftOut, Plan, StepState};

use crate::fixture::{Desk, host, switch};
use crate::screens;

/// As it is planned: each host of it leaves v412.
fn back_from(desk: &Desk) -> Plan {
    let mut plan = desk.plan(Phase::Rollback, "v412");
    plan.stages.truncate(1);
    plan.warnings.clear();
    plan
}

fn begin(desk: &mut Desk) {
    desk.starts(Phase::Rollback, "v412");
    let plan = back_from(desk);
    desk.happens(What::Planned { round: 1, plan });
}

fn goes_back(desk: &mut Desk, name: &str) {
    desk.works(name, switch()).wait(900).ends(name, switch(), Outcome::Done).wait(50);
}

fn is_seen_back(desk: &mut Desk, name: &str) {
    let seen = desk.observation(name, ("blue", "v411"), ("green", "v412"));
    desk.sees(name, seen);
}

fn is_lost(desk: &mut Desk, name: &str) {
    let last = desk.observation(name, ("green", "v412"), ("blue", "v411"));
    let why = "no answer for 4 s".to_owned();
    let observed = Observed::Failed { why, last: Some(Box::new(last)) };
    desk.happens(What::Observed { target: host(name), observed });
}

/// One is seen to be back, one has switched, one is at it.
pub fn going_back() -> Desk {
    let mut desk = screens::gone_live();
    begin(&mut desk);
    goes_back(&mut desk, "web-01");
    is_seen_back(&mut desk, "web-01");
    goes_back(&mut desk, "web-02");
    desk.works("web-03", switch()).wait(300);
    desk
}

/// web-03 was gone without.
pub fn one_unknown() -> Desk {
    let mut desk = screens::gone_live();
    begin(&mut desk);
    for name in ["web-01", "web-02"] {
        goes_back(&mut desk, name);
        is_seen_back(&mut desk, name);
    }
    is_lost(&mut desk, "web-03");
    let mut plan = back_from(&desk);
    let left = LeftOut { target: host("web-03"), why: "it does not answer".to_owned() };
    plan.left_out = vec![left];
    desk.happens(What::Planned { round: 2, plan });
    desk.ends_run(Verdict::Partly {
        done: vec![host("web-01"), host("web-02")],
        failed: vec![],
        unknown: vec![host("web-03")],
    })
    .wait(600);
    desk
}

pub fn all_back() -> Desk {
    let mut desk = one_unknown();
    is_seen_back(&mut desk, "web-03");
    desk.wait(600);
    desk
}

/// Two of three switched, and the run has ended.
pub fn mixed() -> Desk {
    let mut desk = screens::ready_to_go();
    desk.starts(Phase::GoLive, "v412");
    for name in ["web-01", "web-02"] {
        goes_back(&mut desk, name);
        let seen = desk.observation(name, ("green", "v412"), ("blue", "v411"));
        desk.sees(name, seen);
    }
    desk.works("web-03", switch())
        .prints("web-03", Stream::Stdout, "green answers 200")
        .prints("web-03", Stream::Stderr, "nginx: [emerg] unknown directive \"servre\"")
        .wait(300)
        .ends("web-03", switch(), Outcome::failed("exit 41: nginx does not take it"))
        .wait(100);
    let seen = desk.observation("web-03", ("blue", "v411"), ("green", "v412"));
    desk.sees("web-03", seen);
    desk.ends_run(Verdict::Partly {
        done: vec![host("web-01"), host("web-02")],
        failed: vec![host("web-03")],
        unknown: vec![],
    })
    .wait(400);
    desk
}

/// Two wait for a person.
pub fn two_failed() -> Desk {
    let mut desk = screens::failure();
    desk.works("web-02", crate::fixture::pull())
        .prints("web-02", Stream::Stderr, "denied: requested access to the resource is denied")
        .ends("web-02", crate::fixture::pull(), Outcome::failed("exit 1"))
        .wait(300);
    desk
}

/// After `finish`: the color is there, and stopped.
pub fn stopped() -> Desk {
    let mut desk = Desk::new();
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("green", "v412"), ("blue", "v411"));
        for (color, slot) in &mut seen.colors {
            if color.as_str() == "blue" && name != "web-01" {
                slot.running = Running::Stopped;
            }
        }
        desk.sees(&name, seen);
    }
    desk.calmly("R").wait(500);
    let mut plan = crate::reading::telling(desk.plan(Phase::Rollback, "v411"));
    plan.warnings.clear();
    desk.answers(Ok(plan)).wait(200);
    desk
}

#[test]
fn what_the_script_says_is_switched_and_what_was_seen_is_verified() {
    let mut desk = going_back();
    let screen = desk.screen(120, 36);
    assert!(screen.contains("ROLLING BACK 2/3 switched, 1/3 verified"), "{screen}");
    is_seen_back(&mut desk, "web-02");
    assert!(desk.screen(120, 36).contains("2/3 switched, 2/3 verified"));
}

#[test]
fn a_roll_back_is_not_called_done_while_one_host_is_not_known() {
    let mut desk = one_unknown();
    let screen = desk.screen(120, 36);
    assert!(screen.contains("ROLLED BACK 2/3, 1 UNKNOWN"), "{screen}");
    assert!(screen.contains("NOT DONE until 1 host is confirmed: Ctrl-R observes again, R does"));
    // Esc takes the message, and no more.
    desk.keys("<esc><esc><esc>");
    assert!(desk.screen(120, 36).contains("NOT DONE"));
    is_seen_back(&mut desk, "web-03");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("ROLLED BACK 3/3") && !screen.contains("NOT DONE"), "{screen}");
    desk.keys("<esc><esc><esc><esc>");
    assert!(!desk.screen(120, 36).contains("ROLLED BACK"), "read, it goes");
}

#[test]
fn a_host_that_the_run_works_without_still_counts() {
    let mut desk = screens::gone_live();
    begin(&mut desk);
    is_lost(&mut desk, "web-03");
    let mut plan = back_from(&desk);
    plan.left_out.push(LeftOut { target: host("web-03"), why: "no answer".to_owned() });
    desk.happens(What::Planned { round: 1, plan });
    for name in ["web-01", "web-02"] {
        goes_back(&mut desk, name);
        is_seen_back(&mut desk, name);
    }
    let screen = desk.screen(120, 36);
    assert!(screen.contains("ROLLING BACK 2/3 switched"), "{screen}");
    assert!(screen.contains("web-03 UNKNOWN") || screen.contains("1 UNKNOWN"), "{screen}");
}

/// It was cut off before its switch began: the plan knows nothing of it, and once it is seen there is nothing to do.
#[test]
fn a_host_whose_users_never_left_is_back_as_soon_as_it_is_seen() {
    let mut desk = screens::gone_live();
    begin(&mut desk);
    is_lost(&mut desk, "web-03");
    let mut plan = back_from(&desk);
    plan.left_out.push(LeftOut { target: host("web-03"), why: "no answer".to_owned() });
    let rollback = plan.rollback.as_mut().unwrap();
    rollback.routes.retain(|route| route.target != host("web-03"));
    desk.happens(What::Planned { round: 1, plan });
    for name in ["web-01", "web-02"] {
        goes_back(&mut desk, name);
        is_seen_back(&mut desk, name);
    }
    let seen = desk.observation("web-03", ("green", "v412"), ("blue", "v411"));
    desk.sees("web-03", seen);
    let screen = desk.screen(120, 36);
    assert!(screen.contains("2/3"), "on the release that is left: {screen}");
    is_seen_back(&mut desk, "web-03");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("3/3") && !screen.contains("UNKNOWN"), "{screen}");
}

#[test]
fn what_users_were_sent_back_from_is_not_called_prepared() {
    let mut desk = screens::gone_live();
    for (back, name) in [(1, "web-01"), (2, "web-02"), (3, "web-03")] {
        let mut seen = desk.observation(name, ("blue", "v411"), ("green", "v412"));
        let change = seen.last_change.as_mut().unwrap();
        change.what = Phase::Rollback.word().to_owned();
        change.from = Some("v412".parse().unwrap());
        change.at = seen.at;
        desk.sees(name, seen);
        let back = format!("v412 rolled back on {back}/3");
        let screen = desk.screen(120, 36);
        assert!(screen.contains(&back), "{screen}");
        assert_eq!(screen.contains("MIXED"), name != "web-03", "{screen}");
    }
    let screen = desk.screen(120, 36);
    assert!(!screen.contains("prepared"), "{screen}");
    assert!(screen.contains("X discards v412"), "{screen}");
    is_lost(&mut desk, "web-02");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("v412 rolled back on 2/3"), "{screen}");
    desk.calmly("R");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("starts automatically in"), "what is left is as urgent: {screen}");
    // The others are back already, and web-02 is still not to be reached.
    let mut plan = desk.plan(Phase::Rollback, "v411");
    for stage in &mut plan.stages {
        stage.tracks.iter_mut().flat_map(|track| &mut track.steps).for_each(|step| {
            step.state = StepState::AlreadyDone("users reach v411".to_owned());
        });
    }
    plan.left_out.push(LeftOut { target: host("web-02"), why: "no answer".to_owned() });
    let orders = desk.answers(Ok(plan)).orders.len();
    let screen = desk.screen(120, 36);
    assert!(!screen.contains("Nothing to do") && screen.contains("web-02 is left out"), "{screen}");
    desk.wait(4_000);
    assert!(desk.orders.len() > orders, "it starts, and looks for web-02: {:?}", desk.orders);
}

#[test]
fn the_phase_at_work_keeps_its_words_on_a_narrow_row() {
    let mut desk = going_back();
    let screen = desk.screen(80, 24);
    let rail = screen.lines().nth(1).unwrap();
    assert!(rail.contains("ROLL BACK ▶ 0/3") && rail.contains("finish"), "{rail}");
}

#[test]
fn abandoning_a_prepare_does_not_depend_on_its_health() {
    let mut desk = two_failed();
    desk.calmly("R");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("REVERT THIS RUN"), "{screen}");
    assert!(screen.contains("begun on") && !screen.contains("not ready"), "{screen}");
}

#[test]
fn a_host_that_is_lost_again_is_not_known_again() {
    let mut desk = all_back();
    is_lost(&mut desk, "web-02");
    assert!(desk.screen(120, 36).contains("ROLLED BACK 2/3, 1 UNKNOWN"));
}

#[test]
fn users_of_two_releases_are_on_the_screen_until_they_are_users_of_one() {
    let mut desk = mixed();
    let screen = desk.screen(140, 36);
    assert!(screen.contains("MIXED: 1 B blue v411, 2 G green v412"), "{screen}");
    assert!(
        screen.contains("L moves all users to G green v412, R moves all users to B blue v411"),
        "{screen}"
    );
    desk.keys("<esc><esc><esc>");
    assert!(desk.screen(140, 36).contains("MIXED"), "no key takes it away but one that mends it");
    let seen = desk.observation("web-03", ("green", "v412"), ("blue", "v411"));
    desk.sees("web-03", seen);
    assert!(!desk.screen(140, 36).contains("MIXED"));
}

#[test]
fn the_desk_stays_when_the_run_has_ended_and_says_which_key_goes_on() {
    let mut desk = mixed();
    let screen = desk.screen(120, 36);
    assert!(screen.contains("web-03 was not done when go live ended"), "{screen}");
    assert!(screen.contains("exit 41: nginx does not take it"));
    assert!(screen.contains("said  nginx: [emerg] unknown directive"), "{screen}");
    assert!(screen.contains("now   live B blue v411"));
    assert!(screen.contains("L finish it   R send users back"), "{screen}");
    desk.keys("<esc><esc><esc><esc>");
    assert!(!desk.screen(120, 36).contains("was not done"), "once it was read");
}

#[test]
fn several_failed_hosts_are_gone_through_one_by_one() {
    let mut desk = two_failed();
    let first = desk.screen(120, 36);
    assert!(first.contains("web-03 waits for you") && first.contains("2 of 2"), "{first}");
    desk.keys("f");
    let second = desk.screen(120, 36);
    assert!(second.contains("web-02 waits for you") && second.contains("1 of 2"), "{second}");
    assert!(second.contains("exit 1") && second.contains("said  denied"), "{second}");
}

#[test]
fn cold_rollback_lists_what_it_starts_and_needs_the_typed_name() {
    let mut desk = stopped();
    let screen = desk.screen(120, 40);
    assert!(screen.contains("web-02: blue v411 is stopped and must be started first"), "{screen}");
    let mut gone = screens::rollback_cold();
    let screen = gone.screen(120, 40);
    assert!(screen.contains("blue v411 is gone and must be fetched and started first"), "{screen}");
    assert!(gone.orders.iter().all(|order| !format!("{order:?}").starts_with("Start")));
}

#[test]
fn a_marked_part_of_the_fleet_is_never_called_every_server() {
    let mut desk = screens::unknown();
    desk.keys("g<tab><tab>").keys("k ").calmly("Rm");
    let screen = desk.screen(120, 36);
    assert!(!screen.contains("every server"), "{screen}");
    assert!(screen.contains("ONLY 1 of 3") && screen.contains("Then only the"), "{screen}");
}
