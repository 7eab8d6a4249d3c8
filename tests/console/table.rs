//! The table of hosts: filter, sort, marks.

use flipside::domain::event::{Stream, Verdict, What};
use flipside::domain::names::{RunId, TargetName};
use flipside::domain::observation::Proof;
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Intent, Selection};
use flipside::domain::release::{Digest, Release, Tag};

use crate::fixture::{Desk, color, environment, host, pull, switch};
use crate::screens::{gone_live, night, ready_to_go};

pub fn filtered() -> Desk {
    let mut desk = night();
    desk.keys("/web0<bs>1<enter>");
    desk
}

pub fn by_trouble() -> Desk {
    let mut desk = night();
    desk.keys(">");
    desk
}

pub fn marked() -> Desk {
    let mut desk = ready_to_go();
    desk.calmly(" jj L");
    let mut plan = desk.plan(Phase::GoLive, "v412");
    plan.stages.iter_mut().for_each(|stage| {
        stage.tracks.retain(|track| track.target != host("web-02"));
    });
    desk.answers(Ok(plan)).wait(100);
    desk
}

pub fn forty_hosts() -> Desk {
    let mut desk = many(40);
    desk.screen(120, 36);
    desk.keys(&"j".repeat(30));
    desk.keys(&"k".repeat(4));
    desk
}

/// Every fourth one in the group `canary`, the others in `front`; named as people count.
pub fn many(hosts: usize) -> Desk {
    let names: Vec<String> = (1..=hosts).map(|number| format!("web{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut environment = environment(&names);
    for (index, host) in environment.hosts.values_mut().enumerate() {
        host.groups = vec![if index % 4 == 0 { "canary" } else { "front" }.to_owned()];
    }
    let mut desk = Desk::over(environment);
    desk.quiet(("blue", "v411"), ("green", "v410")).wait(300);
    desk
}

fn hosts_of(selection: &Selection) -> Vec<&str> {
    match selection {
        Selection::All => vec!["all"],
        Selection::Only(hosts) => hosts.iter().map(TargetName::as_str).collect(),
    }
}

fn proposed(desk: &Desk) -> &Intent {
    match desk.orders.last() {
        Some(Order::Propose { intent }) => intent,
        other => panic!("{other:?}"),
    }
}

/// The rows, as the names in them.
fn rows(desk: &mut Desk) -> Vec<String> {
    let screen = desk.screen(150, 60);
    let names = desk.names();
    let of_line = |line: &str| {
        let word = line.get(4..)?.split_whitespace().next()?.to_owned();
        names.contains(&word).then_some(word)
    };
    let below_heads = screen.lines().skip_while(|line| !line.contains("HEALTH for users"));
    below_heads.take_while(|line| !line.starts_with('─')).filter_map(of_line).collect()
}

#[test]
fn what_is_typed_narrows_the_rows_at_once_enter_keeps_it_and_esc_shows_all() {
    let mut desk = many(12);
    desk.keys("/w12");
    assert_eq!(rows(&mut desk), ["web12"]);
    assert!(desk.screen(120, 36).contains("show: w12_  1 of 12 match"));
    desk.keys("<bs><enter>");
    assert_eq!(rows(&mut desk), ["web1", "web10", "web11", "web12"]);
    assert!(desk.screen(120, 36).contains("4 of 12 match \"w1\""));
    desk.keys("/<esc>");
    assert_eq!(rows(&mut desk).len(), 12);
}

#[test]
fn hosts_are_found_by_group_release_and_what_they_do() {
    let mut desk = many(12);
    desk.keys("/canary<enter>");
    assert_eq!(rows(&mut desk).len(), 3);
    desk.starts(Phase::Prepare, "v412").works("web7", pull());
    desk.ends("web9", pull(), Outcome::failed("disk full"));
    desk.keys("/<c-u>failed<enter>");
    assert_eq!(rows(&mut desk), ["web9"]);
    desk.keys("/<c-u>pull 7<enter>");
    assert_eq!(rows(&mut desk), ["web7"]);
    desk.keys("/<c-u>v411 blue w3<enter>");
    assert_eq!(rows(&mut desk), ["web3"]);
}

#[test]
fn trouble_that_a_filter_hides_is_counted_and_named() {
    let mut desk = night();
    desk.keys("/web-01<enter>");
    assert!(desk.screen(150, 36).contains("hidden in trouble: web-02, web-03"));
    assert!(desk.screen(59, 20).contains("6 hidden in trouble"));
    desk.keys("f");
    assert_eq!(desk.state.fleet.chosen, Some(host("web-02")));
    assert_eq!(rows(&mut desk), ["web-01", "web-02"], "what is chosen is shown");
}

#[test]
fn the_chosen_host_stays_chosen_whatever_the_order_is() {
    let mut desk = night();
    desk.keys("jjjj");
    let chosen = desk.state.fleet.chosen.clone();
    for order in ["trouble first", "by step", "servers 12"] {
        desk.keys(">");
        assert!(desk.screen(120, 36).contains(order), "{order}");
        assert_eq!(desk.state.fleet.chosen, chosen);
    }
}

#[test]
fn trouble_comes_first_and_what_moves_a_row_moves_no_choice() {
    let mut desk = many(12);
    desk.keys(">jj");
    assert_eq!(desk.state.fleet.chosen, Some(host("web3")));
    let mut seen = desk.observation("web9", ("blue", "v411"), ("green", "v410"));
    seen.live.answer.as_mut().unwrap().status = Some(502);
    desk.sees("web9", seen);
    assert_eq!(rows(&mut desk)[..2], ["web9", "web1"]);
    assert_eq!(desk.state.fleet.chosen, Some(host("web3")));
    desk.keys("k");
    assert_eq!(desk.state.fleet.chosen, Some(host("web2")), "the row above is another one by now");
}

#[test]
fn groups_stand_together_where_there_are_groups() {
    let mut desk = many(12);
    desk.keys(">>");
    assert!(desk.screen(120, 36).contains("GROUP↓"), "what it is ordered by is not given up");
    assert_eq!(rows(&mut desk)[..4], ["web1", "web2", "web6", "web3"]);
    let mut plain = ready_to_go();
    plain.keys(">>");
    assert!(plain.screen(120, 36).contains("by step"));
}

#[test]
fn what_changes_servers_acts_on_the_marked_alone_and_says_so() {
    let mut desk = ready_to_go();
    desk.calmly(" jj L");
    assert_eq!(hosts_of(&proposed(&desk).selection), ["web-01", "web-03"]);
    assert!(desk.screen(80, 24).contains("ONLY 2 of 3 servers: web-01, web-03"));
    desk.calmly("<esc> F");
    assert_eq!(hosts_of(&proposed(&desk).selection), ["web-01"], "Space again takes it away");
    desk.calmly("<esc><esc>F");
    assert_eq!(hosts_of(&proposed(&desk).selection), ["all"], "Esc took the marks away");
}

#[test]
fn all_that_a_filter_shows_is_marked_at_once_and_stays_marked_without_it() {
    let mut desk = many(12);
    desk.keys("/canary<enter>a/<esc>");
    assert!(desk.screen(120, 36).contains("servers 12, 3 MARKED"));
    desk.keys("/web2<enter>");
    assert!(desk.screen(120, 36).contains("3 MARKED, 2 of them hidden"));
    desk.calmly("F");
    assert_eq!(hosts_of(&proposed(&desk).selection).len(), 3);
}

#[test]
fn roll_back_takes_all_that_went_live_unless_a_person_says_otherwise() {
    let mut desk = gone_live();
    desk.calmly(" R");
    assert_eq!(hosts_of(&proposed(&desk).selection), ["all"]);
    let screen = desk.screen(80, 24);
    assert!(screen.contains("ALL 3 servers, marked or not") && screen.contains("[m] only the 1"));
    desk.calmly("m");
    assert_eq!(hosts_of(&proposed(&desk).selection), ["web-01"]);
    let screen = desk.screen(80, 24);
    assert!(screen.contains("ONLY 1 of 3 servers: web-01") && screen.contains("[a] all servers"));
    desk.calmly("a");
    assert_eq!(hosts_of(&proposed(&desk).selection), ["all"]);
}

#[test]
fn marks_that_leave_no_host_behind_narrow_the_rollback() {
    let mut desk = gone_live();
    let stayed = desk.observation("web-03", ("blue", "v411"), ("green", "v412"));
    desk.sees("web-03", stayed).calmly(" j R");
    assert_eq!(hosts_of(&proposed(&desk).selection), ["web-01", "web-02"]);
    assert!(!desk.screen(80, 24).contains("[a]"));
}

#[test]
fn the_answer_for_other_hosts_is_not_taken_for_this_one() {
    let mut desk = gone_live();
    desk.calmly(" Rm");
    let all = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(all)).wait(60_000);
    assert!(!desk.orders.iter().any(|order| matches!(order, Order::Start { .. })));
}

#[test]
fn locks_are_removed_from_the_marked_alone() {
    let mut desk = night();
    desk.keys(" ").calmly("K");
    assert!(desk.screen(80, 24).contains("no lock was seen on a marked server"));
    assert!(desk.state.dialogs.is_empty());
}

#[test]
fn step_shows_its_age_and_its_limit() {
    let mut desk = ready_to_go();
    desk.starts(Phase::GoLive, "v412").works("web-02", switch()).wait(12_000);
    assert!(desk.screen(120, 36).contains("▶ switch 2/4 12s of 30s"));
    assert!(desk.screen(80, 24).contains("▶ switch 2/4 12/30s"));
}

#[test]
fn locks_of_the_current_run_are_not_shown() {
    let locked = |run: &str| {
        let mut desk = ready_to_go();
        desk.starts(Phase::GoLive, "v412");
        let lock = flipside::domain::lock::Lock {
            who: "mara".to_owned(),
            machine: "mbp".to_owned(),
            why: "go-live".to_owned(),
            since: desk.state.now.at,
            release: None,
            run: RunId::new(run).unwrap(),
            lease: None,
            rollback: false,
        };
        desk.happens(What::LockTaken { target: host("web-02"), lock });
        desk.screen(160, 36).contains("lock mara  ") || desk.screen(80, 24).contains("L web-02")
    };
    assert!(!locked("20260824T031200-test"));
    assert!(locked("another"));
}

#[test]
fn a_wide_screen_shows_which_bytes_a_tag_stood_for() {
    let mut desk = ready_to_go();
    let mut seen = desk.observation("web-01", ("blue", "v411"), ("green", "v412"));
    let digest = Digest::new(format!("sha256:0a1b2c3d{}", "0".repeat(56))).unwrap();
    seen.colors.get_mut(&color("blue")).unwrap().release =
        Some(Release { tag: Tag::new("v411").unwrap(), digest: Some(digest) });
    desk.sees("web-01", seen);
    assert!(desk.screen(140, 36).contains("B blue v411 0a1b2c3d"));
    assert!(!desk.screen(139, 36).contains("0a1b2c3d"));
}

#[test]
fn the_way_back_up_does_not_scroll_before_it_must() {
    let mut desk = forty_hosts();
    let first = |desk: &mut Desk| desk.screen(120, 36).lines().nth(5).unwrap().to_owned();
    let before = first(&mut desk);
    desk.keys("kkk");
    assert_eq!(first(&mut desk), before);
    desk.keys(&"k".repeat(30));
    assert!(first(&mut desk).contains("web1 "));
}

#[test]
fn a_thousand_hosts_are_chosen_filtered_and_drawn_as_twelve_are() {
    let mut desk = many(1_000);
    desk.keys("/w999<enter>");
    assert_eq!(rows(&mut desk), ["web999"]);
    desk.keys("<esc>").prints("web999", Stream::Stdout, "here");
    assert!(desk.screen(120, 36).contains("here"));
    desk.starts(Phase::GoLive, "v412").ends_run(Verdict::Done);
    assert!(desk.screen(39, 9).contains("[PROD]"));
}

#[test]
fn a_host_without_an_entry_point_claims_no_answer() {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v412"));
    for (name, proof) in [("web-01", Proof::Link), ("web-02", Proof::NoUsers)] {
        let mut seen = desk.observation(name, ("blue", "v411"), ("green", "v412"));
        (seen.live.answer, seen.live.proof) = (None, proof);
        desk.sees(name, seen);
    }
    let screen = desk.screen(160, 36);
    let line = |name: &str| screen.lines().find(|line| line.contains(name)).unwrap();
    for (name, words) in [("web-01", "no entry point"), ("web-02", "nothing live")] {
        let shown = line(name);
        assert!(shown.contains(words) && !shown.contains(" ok "), "{shown}");
        assert!(shown.contains("v411"), "its release is known: {shown}");
    }
}
