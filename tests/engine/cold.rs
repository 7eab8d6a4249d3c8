//! Rollbacks when the color that users came from is gone.

use std::sync::Arc;

use flipside::domain::event::Verdict;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{FailurePolicy, LeftOut, Plan, Refusal};
use flipside::engine::Attendance;

use crate::fleet::{Fault, Fleet};
use crate::run::Desk;

const HOSTS: [&str; 3] = ["web1", "web2", "web3"];

async fn gone_live(fleet: &Arc<Fleet>) -> Desk {
    let mut desk = Desk::new(fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    desk
}

fn live(fleet: &Fleet) -> [String; 3] {
    HOSTS.map(|host| fleet.host(host).live_tag().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_color_that_was_removed_is_started_anew_and_its_image_pulled_only_where_it_is_gone_too() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    for host in ["web2", "web3"] {
        fleet.change(host, |host| drop(host.containers.remove("shop_blue")));
    }
    fleet.change("web3", |host| assert!(host.images.remove("v1")));
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v1", "v1", "v1"]);
    assert_eq!(fleet.host("web2").marks.get("pulled"), fleet.host("web1").marks.get("pulled"));
    assert_ne!(fleet.host("web3").marks.get("pulled"), fleet.host("web1").marks.get("pulled"));
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_come_up_again_leaves_its_users_where_they_are_and_stops_nobody_else() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    fleet.change("web2", |host| drop(host.containers.remove("shop_blue")));
    fleet.fails("web2", "start", Fault::Failed);
    desk.start(Phase::Rollback, None, FailurePolicy::Continue);
    let (verdict, _) = desk.verdict().await;
    assert!(matches!(&verdict, Verdict::Partly { done, .. } if done.len() == 2), "{verdict:?}");
    assert_eq!(live(&fleet), ["v1", "v2", "v1"]);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn after_finish_the_stopped_color_is_started_again() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    assert_eq!(desk.run(Phase::Finish, None).await, Verdict::Done);
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v1", "v1", "v1"]);
    desk.quit().await;
}

/// The plan that the card of a rollback shows.
async fn proposed(desk: &mut Desk) -> Result<Plan, Refusal> {
    let intent = desk.intent(Phase::Rollback, None);
    desk.handle.orders.send(Order::Propose { intent }).unwrap();
    desk.handle.proposals.recv().await.unwrap().plan
}

fn bytes(fleet: &Fleet) -> [String; 3] {
    HOSTS.map(|host| fleet.host(host).live_bytes())
}

/// Neither the color nor the image of v1 is on these hosts any more.
fn lose_v1(fleet: &Fleet, hosts: &[&str]) {
    for host in hosts {
        fleet.change(host, |host| {
            host.containers.remove("shop_blue");
            host.images.remove("v1");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_moved_tag_does_not_change_what_users_go_back_to() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    fleet.registry.lock().unwrap().moves("v1", "v1 built anew");
    // web1 is warm. web2 has nothing of v1 any more. On web3 the tag was pulled anew, and the old bytes are
    // still there without a tag.
    lose_v1(&fleet, &["web2"]);
    for host in ["web1", "web3"] {
        fleet.change(host, |host| {
            host.renamed.insert("v1".to_owned(), "v1 built anew".to_owned());
            host.loose.insert("v1".to_owned());
        });
    }
    fleet.change("web3", |host| drop(host.containers.remove("shop_blue")));
    let plan = proposed(&mut desk).await.unwrap();
    assert!(
        !plan.warnings.join("\n").contains("may no longer have the image"),
        "{:?}",
        plan.warnings
    );
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(bytes(&fleet), ["v1", "v1", "v1"]);
    let jobs = HOSTS.map(|host| fleet.host(host).created["djobs"].clone());
    assert_eq!(jobs, ["v1", "v1", "v1"], "the jobs run the bytes that users are on");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_release_that_is_nowhere_any_more_is_refused_with_what_is_left_to_choose_from() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    fleet.registry.lock().unwrap().gone.insert("v1".to_owned());
    fleet.change("web1", |host| assert!(host.images.insert("v0".to_owned())));
    lose_v1(&fleet, &HOSTS);
    let refusal = proposed(&mut desk).await.unwrap_err();
    let wanted = "web1, and 2 more: the image of v1";
    assert!(refusal.reason.starts_with(wanted), "{refusal:?}");
    assert!(refusal.reason.ends_with("is neither on this host nor in the registry"), "{refusal:?}");
    assert!(refusal.remedy.ends_with("These hosts still have v0."), "{refusal:?}");
    let verdict = desk.run(Phase::Rollback, None).await;
    let Verdict::Refused { why } = &verdict else { panic!("{verdict:?}") };
    assert!(why.contains("`flipside rollback --to TAG`. These hosts still have v0"), "{why}");
    assert_eq!(live(&fleet), ["v2", "v2", "v2"]);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_host_whose_release_is_nowhere_any_more_stops_no_other() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    fleet.registry.lock().unwrap().gone.insert("v1".to_owned());
    lose_v1(&fleet, &["web3"]);
    let plan = proposed(&mut desk).await.unwrap();
    let left_out: Vec<String> = plan.left_out.iter().map(LeftOut::in_words).collect();
    assert_eq!(left_out.len(), 1, "{left_out:?}");
    assert!(left_out[0].starts_with("web3 is left out: the image of v1"), "{left_out:?}");
    assert!(plan.rollback.unwrap().is_ready(), "the others can be back at once");
    let verdict = desk.run(Phase::Rollback, None).await;
    assert!(matches!(verdict, Verdict::Partly { .. }), "{verdict:?}");
    assert_eq!(live(&fleet), ["v1", "v1", "v2"]);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_does_not_answer_refuses_nothing() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = gone_live(&fleet).await;
    fleet.registry.lock().unwrap().is_away = true;
    lose_v1(&fleet, &["web3"]);
    let plan = proposed(&mut desk).await.unwrap();
    let warnings = plan.warnings.join("\n");
    let wanted = "Its image is not on web3, and the registry did not answer: it cannot be reached";
    assert!(warnings.contains(wanted), "{warnings}");
    // It is back when the host pulls.
    fleet.registry.lock().unwrap().is_away = false;
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(bytes(&fleet), ["v1", "v1", "v1"]);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn jobs_of_the_same_tag_and_other_bytes_are_brought_along() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    // They were started from a v2 that was moved since.
    fleet.change("web2", |host| {
        host.containers.insert("djobs".to_owned(), ("v2".to_owned(), true));
        host.created.insert("djobs".to_owned(), "v2".to_owned());
    });
    fleet.registry.lock().unwrap().moves("v2", "v2 built anew");
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    let jobs = HOSTS.map(|host| fleet.host(host).created["djobs"].clone());
    assert_eq!(jobs, ["v2 built anew"; 3]);
    desk.quit().await;
}
