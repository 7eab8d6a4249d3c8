//! A person's choices after a failure.

use flipside::domain::event::{Choice, Verdict, What};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{FailurePolicy, Intent, Selection};
use flipside::domain::target::Target;
use flipside::engine::Attendance;

use crate::fleet::{Fault, Fleet};
use crate::run::{Desk, operator};

/// Prepares v2 on three hosts, of which web2 fails to start it, and says `choice` about it.
async fn after(choice: Choice) -> (Verdict, std::sync::Arc<Fleet>) {
    let fleet = Fleet::new(&["web1", "web2", "web3"]);
    fleet.fails("web2", "start", Fault::Failed);
    let mut desk = Desk::new(&fleet, Attendance::Attended);
    desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Stop);
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        match event.what {
            What::StepEnded { target, outcome: Outcome::Failed { .. }, .. } => {
                choose(&desk, target, choice);
            }
            What::RunEnded { verdict } => {
                desk.quit().await;
                return (verdict, fleet);
            }
            _ => {}
        }
    }
}

fn choose(desk: &Desk, target: Target, choice: Choice) {
    desk.handle.orders.send(Order::Choose { target, choice, by: operator() }).unwrap();
}

#[tokio::test(start_paused = true)]
async fn retry_does_what_is_left() {
    let (verdict, fleet) = after(Choice::Retry).await;
    assert_eq!(verdict, Verdict::Done);
    assert_eq!(fleet.host("web2").passive, "green");
}

#[tokio::test(start_paused = true)]
async fn skip_leaves_the_host_unchanged_and_not_done() {
    let (verdict, fleet) = after(Choice::Skip).await;
    assert!(
        matches!(&verdict, Verdict::Partly { failed, .. } if failed[0].name() == "web2"),
        "{verdict:?}"
    );
    assert_eq!(fleet.host("web2").passive, "blue");
    assert_eq!(fleet.host("web3").passive, "green");
}

#[tokio::test(start_paused = true)]
async fn revert_all_reverts_the_run_on_every_host() {
    let (verdict, fleet) = after(Choice::RevertAll).await;
    assert!(matches!(verdict, Verdict::Failed { .. }), "{verdict:?}");
    for host in ["web1", "web2", "web3"] {
        assert_eq!(fleet.host(host).passive, "blue", "{host}");
        assert!(fleet.host(host).lock.is_none());
    }
}

/// An earlier run made v2 live on web1 alone.
#[tokio::test(start_paused = true)]
async fn revert_all_does_not_move_users_of_an_earlier_run() {
    let fleet = Fleet::new(&["web1", "web2", "web3"]);
    let mut desk = Desk::new(&fleet, Attendance::Attended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    let only = Selection::Only(["web1".parse().unwrap()].into());
    desk.begin(Intent { selection: only, ..desk.intent(Phase::GoLive, Some("v2")) });
    assert_eq!(desk.verdict().await.0, Verdict::Done);
    fleet.fails("web3", "switch", Fault::Failed);
    desk.start(Phase::GoLive, Some("v2"), FailurePolicy::Continue);
    let verdict = loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        match event.what {
            What::StepEnded { target, outcome: Outcome::Failed { .. }, .. } => {
                choose(&desk, target, Choice::RevertAll);
            }
            What::RunEnded { verdict } => break verdict,
            _ => {}
        }
    };
    assert!(matches!(verdict, Verdict::Failed { .. }), "{verdict:?}");
    let live = ["web1", "web2", "web3"].map(|host| fleet.host(host).live_tag().to_owned());
    assert_eq!(live, ["v2", "v1", "v1"]);
    assert_eq!(fleet.host("web1").containers["djobs"].0, "v2", "jobs stay with their users");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn choice_about_an_unreachable_host_ends_the_wait_for_its_outcome() {
    let fleet = Fleet::new(&["web1", "web2", "web3"]);
    let mut desk = Desk::new(&fleet, Attendance::Attended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    fleet.fails("web2", "switch", Fault::LostBefore);
    desk.start(Phase::GoLive, Some("v2"), FailurePolicy::Continue);
    let mut asked = None;
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        match event.what {
            What::StepEnded { target, outcome: Outcome::Unknown { .. }, .. } => {
                fleet.cut.lock().unwrap().push("web2".to_owned());
                choose(&desk, target, Choice::Skip);
                asked = Some(tokio::time::Instant::now());
            }
            What::RunEnded { verdict } => {
                assert!(matches!(verdict, Verdict::Partly { .. }), "{verdict:?}");
                break;
            }
            _ => {}
        }
    }
    let waited = asked.unwrap().elapsed();
    assert!(waited < std::time::Duration::from_secs(10), "{waited:?}");
    fleet.cut.lock().unwrap().clear();
    desk.quit().await;
}
