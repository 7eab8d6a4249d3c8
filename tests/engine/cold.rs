//! The way back when the color that users came from is gone.

use std::sync::Arc;

use flipside::domain::event::Verdict;
use flipside::domain::phase::Phase;
use flipside::domain::plan::FailurePolicy;
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
    assert_eq!(desk.run(Phase::RollBack, None).await, Verdict::Done);
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
    desk.start(Phase::RollBack, None, FailurePolicy::Continue);
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
    assert_eq!(desk.run(Phase::RollBack, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v1", "v1", "v1"]);
    desk.quit().await;
}
