//! Tests of where a rollback leads, and of what a missing or outdated record proves.

use super::*;
use crate::domain::unfinished::tests::{changed, tag, web};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_600, 0).unwrap()
}

/// Returns a host without a record: users are on `live` by both entry points, and `passive` runs beside it.
fn adopted(name: &str, live: &str, passive: &str) -> Observation {
    let observation = web(name, live, passive);
    let blue = observation.live.configured.clone();
    Observation { passive_shows: blue.clone(), passive_points_at: blue, ..observation }
}

fn role(observation: &Observation) -> Option<PassiveRole> {
    passive_release(observation).map(|(_, role)| role)
}

fn goal_of(hosts: &[Observation]) -> Option<RollbackGoal> {
    goal(&hosts.iter(), now())
}

#[test]
fn a_release_beside_the_live_one_is_not_prepared_without_evidence() {
    let hosts = [adopted("web1", "v2", "v1"), adopted("web2", "v2", "v1")];
    assert_eq!(role(&hosts[0]), Some(PassiveRole::Unknown));
    assert_eq!(goal_of(&hosts), None, "v1 may be the release that users came from");
}

#[test]
fn the_passive_entry_point_or_the_last_pull_proves_a_prepare() {
    let withdraws = Some(RollbackGoal::Withdraw(tag("v2")));
    assert_eq!(goal_of(&[web("web1", "v1", "v2")]), withdraws);
    let pulled = |what| Observation { pulled: Some(tag(what)), ..adopted("web1", "v1", "v2") };
    assert_eq!(goal_of(&[pulled("v2")]), withdraws);
    assert_eq!(goal_of(&[pulled("v1")]), None, "the live release was pulled last");
    assert_eq!(goal_of(&[pulled("v3")]), None, "a pull alone replaces nothing");
}

#[test]
fn a_record_proves_what_was_put_beside_the_live_release_later() {
    let recorded = |from| changed(adopted("web1", "v2", "v1"), "go-live", "v2", from);
    assert_eq!(role(&recorded("v1")), Some(PassiveRole::Origin));
    assert_eq!(role(&recorded("v0")), Some(PassiveRole::Prepared));
    let back = changed(adopted("web1", "v1", "v2"), "rollback", "v1", "v2");
    assert_eq!(role(&back), Some(PassiveRole::RolledBack));
}

#[test]
fn a_record_of_another_release_or_without_an_origin_proves_nothing() {
    let stale = changed(adopted("web1", "v2", "v1"), "go-live", "v7", "v6");
    assert_eq!((role(&stale), goal_of(&[stale])), (Some(PassiveRole::Unknown), None));
    let mut from_nowhere = changed(adopted("web1", "v2", "v1"), "go-live", "v2", "v0");
    from_nowhere.last_change.as_mut().unwrap().from = None;
    assert_eq!(role(&from_nowhere), Some(PassiveRole::Unknown));
    assert_eq!(goal_of(&[from_nowhere]), Some(RollbackGoal::Leave(tag("v2"))));
    let repaired = changed(adopted("web1", "v2", "v1"), "repair", "v2", "v0");
    assert_eq!((role(&repaired), goal_of(&[repaired])), (Some(PassiveRole::Unknown), None));
}

#[test]
fn what_one_host_recorded_counts_for_a_host_without_a_record() {
    let recorded = changed(adopted("web1", "v2", "v1"), "go-live", "v2", "v1");
    // Its passive entry point shows the old release, for whatever reason.
    let lost = web("web2", "v2", "v1");
    assert_eq!(prepared(&lost), Some(tag("v1")));
    let hosts = [recorded, lost];
    assert_eq!(prepared_in(&hosts[1], hosts.iter()), None);
    assert_eq!(goal_of(&hosts), Some(RollbackGoal::Leave(tag("v2"))));
    assert_eq!(route(&hosts[1], &goal_of(&hosts).unwrap()).readiness, Readiness::NoRecord);
}

#[test]
fn a_release_that_one_host_was_rolled_back_from_is_not_prepared_on_another() {
    let hosts = [changed(web("web1", "v1", "v2"), "rollback", "v1", "v2"), web("web2", "v1", "v2")];
    assert_eq!(goal_of(&hosts), Some(RollbackGoal::Leave(tag("v2"))), "nothing is withdrawn");
}

#[test]
fn hosts_that_recorded_different_origins_each_return_to_their_own() {
    let hosts = [
        changed(adopted("web1", "v2", "v1"), "go-live", "v2", "v1"),
        changed(adopted("web2", "v2", "v0"), "go-live", "v2", "v0"),
    ];
    let goal = goal_of(&hosts).unwrap();
    assert_eq!(goal, RollbackGoal::Leave(tag("v2")));
    let to = |observation| route(observation, &goal).to.unwrap().1.tag;
    assert_eq!((to(&hosts[0]), to(&hosts[1])), (tag("v1"), tag("v0")));
}
