//! Go-live is frozen after a rollback, until a person reopens it with a reason.

use std::sync::Arc;

use flipside::domain::event::{Choice, Verdict, What};
use flipside::domain::freeze::AfterRollback;
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{FailurePolicy, Intent};
use flipside::engine::Attendance;

use crate::fleet::{Fault, Fleet};
use crate::run::{Desk, operator};

const HOSTS: [&str; 3] = ["web1", "web2", "web3"];

fn protected(fleet: &Arc<Fleet>, attendance: Attendance) -> Desk {
    let mut desk = Desk::new(fleet, attendance);
    desk.environment.after_rollback = AfterRollback::Frozen;
    desk
}

async fn gone_live_and_back(fleet: &Arc<Fleet>) -> Desk {
    let mut desk = protected(fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    let back = desk.run(Phase::Rollback, None).await;
    assert!(matches!(back, Verdict::Done | Verdict::Partly { .. }), "{back:?}");
    desk
}

async fn unfreeze(desk: &mut Desk, reason: Option<&str>) -> Verdict {
    let intent = desk.intent(Phase::Unfreeze, None);
    let intent = Intent { reason: reason.map(str::to_owned), ..intent };
    desk.handle.orders.send(Order::Start { intent, basis: None }).unwrap();
    desk.verdict().await.0
}

fn why(verdict: Verdict) -> String {
    match verdict {
        Verdict::Refused { why } => why,
        other => panic!("{other:?}"),
    }
}

fn is_frozen(fleet: &Fleet) -> [bool; 3] {
    HOSTS.map(|host| fleet.host(host).marks.contains_key("frozen"))
}

#[tokio::test(start_paused = true)]
async fn after_a_roll_back_nothing_goes_live_until_somebody_says_why_it_may() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live_and_back(&fleet).await;
    assert_eq!(is_frozen(&fleet), [true; 3]);
    assert_eq!(desk.run(Phase::Prepare, Some("v3")).await, Verdict::Done, "users notice nothing");
    assert_eq!(desk.run(Phase::Verify, None).await, Verdict::Done);
    let refused = why(desk.run(Phase::GoLive, None).await);
    assert!(refused.contains("FROZEN by mara@desk since"), "{refused}");
    assert!(refused.contains("users were sent back from v2 to v1"), "{refused}");
    assert!(refused.contains("unfreeze"), "{refused}");

    let refused = why(unfreeze(&mut desk, Some(" ")).await);
    assert!(refused.contains("reason"), "{refused}");
    assert_eq!(unfreeze(&mut desk, Some("v3 mends the carts")).await, Verdict::Done);
    assert_eq!(is_frozen(&fleet), [false; 3]);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    assert_eq!(fleet.host("web1").live_tag(), "v3");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_host_that_was_away_has_no_mark_and_is_kept_closed_by_the_others() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = protected(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    fleet.cut.lock().unwrap().push("web2".to_owned());
    assert_ne!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    fleet.cut.lock().unwrap().clear();
    assert_eq!(is_frozen(&fleet), [true, false, true]);
    let only = desk.environment.hosts.keys().find(|host| host.as_str() == "web2").unwrap().clone();
    let intent = desk.intent(Phase::GoLive, Some("v2"));
    let selection = flipside::domain::plan::Selection::Only([only.into()].into());
    let intent = Intent { selection, ..intent };
    desk.handle.orders.send(Order::Start { intent, basis: None }).unwrap();
    let refused = why(desk.verdict().await.0);
    assert!(refused.contains("FROZEN"), "by marks of hosts that are not even meant: {refused}");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn where_the_inventory_wants_no_freeze_there_is_none() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live_and_back(&fleet).await;
    desk.environment.after_rollback = AfterRollback::Open;
    assert_eq!(
        desk.run(Phase::GoLive, Some("v2")).await,
        Verdict::Done,
        "an old mark is not heeded"
    );
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn abandoning_an_unreleased_version_freezes_nothing() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = protected(&fleet, Attendance::Unattended);
    for phase in [Phase::Abandon, Phase::Rollback] {
        assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
        assert_eq!(desk.run(phase, None).await, Verdict::Done);
        assert_eq!(is_frozen(&fleet), [false; 3], "{phase}");
    }
    desk.quit().await;
}

/// web2 cannot bring its jobs along after the switch; the person says `choice` about it.
async fn reverted(choice: Choice) -> Arc<Fleet> {
    let fleet = Fleet::new(&HOSTS);
    fleet.fails("web2", "jobs", Fault::Failed);
    let mut desk = protected(&fleet, Attendance::Attended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    desk.start(Phase::GoLive, Some("v2"), FailurePolicy::Continue);
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        match event.what {
            What::StepEnded { target, outcome: Outcome::Failed { .. }, .. } => {
                let order = Order::Choose { target, choice, by: operator() };
                desk.handle.orders.send(order).unwrap();
            }
            What::RunEnded { .. } => break,
            _ => {}
        }
    }
    desk.quit().await;
    fleet
}

#[tokio::test(start_paused = true)]
async fn reverting_one_host_freezes_nothing_reverting_all_does() {
    let fleet = reverted(Choice::Revert).await;
    assert_eq!((fleet.host("web2").live_tag(), fleet.host("web3").live_tag()), ("v1", "v2"));
    assert_eq!(is_frozen(&fleet), [false; 3], "the others go on");
    let fleet = reverted(Choice::RevertAll).await;
    assert_eq!(fleet.host("web3").live_tag(), "v1");
    assert_eq!(is_frozen(&fleet), [true; 3]);
}
