//! The record of where users came from survives faults of a host: an interrupted switch and its repair, a removed
//! container, an engine that hangs.

use std::sync::Arc;

use flipside::domain::event::Verdict;
use flipside::domain::phase::Phase;
use flipside::domain::plan::Intent;
use flipside::domain::rollback::RollbackGoal;
use flipside::engine::Attendance;

use crate::fleet::{Fault, Fleet};
use crate::host::KilledAt;
use crate::run::Desk;

const HOSTS: [&str; 3] = ["web1", "web2", "web3"];

fn live(fleet: &Fleet) -> [String; 3] {
    HOSTS.map(|host| fleet.host(host).live_tag().to_owned())
}

async fn gone_live(fleet: &Arc<Fleet>) -> Desk {
    let mut desk = Desk::new(fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    desk
}

/// As a switch leaves a host that was killed after nginx was reloaded and before anything was recorded.
fn interrupted(fleet: &Fleet, name: &str) {
    fleet.change(name, |host| {
        let change = host.marks.remove("change").unwrap();
        let mark = format!(
            r#"{{"from":"blue","to":"green","run":"killed-1","at":"2026-08-24T03:12:00Z","change":{change}}}"#
        );
        host.marks.insert("switching".to_owned(), mark);
        host.recorded = "blue".into();
        host.link = "docker-compose.20260101-000000-v1.yml".into();
    });
}

#[tokio::test(start_paused = true)]
async fn a_repair_after_an_interrupted_switch_keeps_where_users_came_from() {
    for hosts in [vec!["web3"], HOSTS.to_vec()] {
        let fleet = Fleet::new(&HOSTS);
        let mut desk = gone_live(&fleet).await;
        for host in &hosts {
            interrupted(&fleet, host);
        }
        assert_eq!(desk.run(Phase::Repair, None).await, Verdict::Done);
        assert_eq!(live(&fleet), ["v2", "v2", "v2"], "a repair moves nobody");
        assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
        assert_eq!(live(&fleet), ["v1", "v1", "v1"], "{hosts:?}");
        desk.quit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_repair_of_the_recorded_color_keeps_where_users_came_from() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    fleet.change("web2", |host| host.recorded = "blue".to_owned());
    assert_eq!(desk.run(Phase::Repair, None).await, Verdict::Done);
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v1", "v1", "v1"]);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn users_of_a_live_color_that_is_gone_go_back_to_where_they_came_from() {
    for gone in [vec!["web2"], HOSTS.to_vec()] {
        let fleet = Fleet::new(&HOSTS);
        let mut desk = gone_live(&fleet).await;
        for host in &gone {
            fleet.change(host, |host| drop(host.containers.remove("shop_green")));
        }
        assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done, "{gone:?}");
        assert_eq!(live(&fleet), ["v1", "v1", "v1"], "{gone:?}");
        assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
        assert_eq!(live(&fleet), ["v1", "v1", "v1"]);
        desk.quit().await;
    }
}

/// What every host says is about the release that users are on, and nothing is left of a switch.
#[track_caller]
fn agrees(fleet: &Fleet) {
    for name in HOSTS {
        let host = fleet.host(name);
        assert_eq!((&host.recorded, &host.configured), (&host.live, &host.live), "{name}");
        assert_eq!(host.release_of(&host.link), host.live_tag(), "{name}: the deployed file");
        assert!(!host.marks.contains_key("switching"), "{name}");
    }
}

/// The switches of these hosts are killed in the phase; after that one rollback has everybody back.
async fn killed_in(phase: Phase, killed: &[&str], point: KilledAt) {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = if phase == Phase::GoLive {
        let mut desk = Desk::new(&fleet, Attendance::Unattended);
        assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
        desk
    } else {
        gone_live(&fleet).await
    };
    for host in killed {
        fleet.change(host, |host| host.killed = Some(point));
    }
    let of = format!("{phase}, {killed:?} {point:?}");
    assert_ne!(desk.run(phase, None).await, Verdict::Done, "{of}");
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done, "{of}");
    assert_eq!(live(&fleet), ["v1", "v1", "v1"], "{of}");
    agrees(&fleet);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_switch_that_was_killed_needs_no_repair_before_a_rollback() {
    for killed in [vec!["web1"], vec!["web2", "web3"], HOSTS.to_vec()] {
        for point in [KilledAt::Replaced, KilledAt::Reloaded] {
            killed_in(Phase::GoLive, &killed, point).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_was_killed_is_continued_by_the_next_one() {
    for killed in [vec!["web1"], HOSTS.to_vec()] {
        for point in [KilledAt::Replaced, KilledAt::Reloaded] {
            killed_in(Phase::Rollback, &killed, point).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_rollback_to_a_named_release_is_continued_to_that_release() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    fleet.fails("web2", "switch", Fault::Failed);
    let goal = Some(RollbackGoal::To("v0".parse().unwrap()));
    desk.begin(Intent { goal, ..desk.intent(Phase::Rollback, None) });
    let (verdict, _) = desk.verdict().await;
    assert!(matches!(verdict, Verdict::Partly { .. }), "{verdict:?}");
    assert_eq!(live(&fleet), ["v0", "v2", "v0"]);
    let intent = desk.intent(Phase::Rollback, None);
    desk.handle.orders.send(flipside::domain::order::Order::Propose { intent }).unwrap();
    let plan = desk.handle.proposals.recv().await.unwrap().plan.unwrap();
    let moving: Vec<String> = plan
        .rollback
        .as_ref()
        .unwrap()
        .moving()
        .map(|route| format!("{} to {}", route.target, route.to.as_ref().unwrap().1))
        .collect();
    assert_eq!(moving, ["web2 to v0"], "the card says where");
    assert!(plan.warnings[0].contains("this continues it"), "{:?}", plan.warnings);
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v0", "v0", "v0"]);
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v0", "v0", "v0"], "and no further");
    desk.quit().await;
}

/// Nobody was moved yet, and the release that was started is no prepared one.
#[tokio::test(start_paused = true)]
async fn a_rollback_that_ended_between_the_start_and_the_switch_is_continued() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    for host in HOSTS {
        fleet.fails(host, "switch", Fault::Failed);
    }
    let goal = Some(RollbackGoal::To("v0".parse().unwrap()));
    desk.begin(Intent { goal, ..desk.intent(Phase::Rollback, None) });
    assert!(matches!(desk.verdict().await.0, Verdict::Failed { .. }));
    assert_eq!(live(&fleet), ["v2", "v2", "v2"]);
    assert!(HOSTS.iter().all(|host| fleet.host(host).tag_of("blue") == Some("v0")));
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v0", "v0", "v0"]);
    desk.quit().await;
}
