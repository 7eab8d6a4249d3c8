//! Tests of what observations alone show about an interrupted run.

use std::collections::BTreeMap;

use super::*;
use crate::domain::lock::Lock;
use crate::domain::names::{Color, HostName};
use crate::domain::observation::{
    Detail, Gauges, Health, HttpAnswer, Proof, Running, Slot, Traffic, Workload,
};
use crate::domain::release::Release;

pub(crate) fn tag(text: &str) -> Tag {
    Tag::new(text).unwrap()
}

fn time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// Returns a host that only runs jobs, on this release.
pub(crate) fn jobs(name: &str, release: &str) -> Observation {
    let job = Workload {
        name: "djobs".to_owned(),
        release: Some(Release::of_tag(tag(release))),
        running: Running::Up,
    };
    Observation {
        target: Target::Host(HostName::new(name).unwrap()),
        at: time(),
        took: std::time::Duration::ZERO,
        live: Traffic::default(),
        passive_shows: None,
        passive_points_at: None,
        colors: BTreeMap::new(),
        jobs: vec![job],
        migrated: Vec::new(),
        pulled: None,
        kept: Vec::new(),
        host: Gauges::default(),
        lock: None,
        lock_count: None,
        verified: None,
        last_change: None,
        frozen: None,
        withdrawn: None,
        switching: None,
        changed_elsewhere: None,
        config_change: None,
        cold_rollback: None,
        drift: Vec::new(),
        detail: Detail::default(),
    }
}

/// Returns a host with `live` on blue, `passive` up and shown on green, and jobs on `live`.
pub(crate) fn web(name: &str, live: &str, passive: &str) -> Observation {
    let (blue, green) = (Color::new("blue").unwrap(), Color::new("green").unwrap());
    let side = |release: &str| Slot {
        release: Some(Release::of_tag(tag(release))),
        running: Running::Up,
        health: Health::Healthy,
    };
    Observation {
        live: Traffic {
            configured: Some(blue.clone()),
            answer: Some(HttpAnswer {
                status: Some(200),
                took: std::time::Duration::ZERO,
                color: Some(blue.clone()),
                release: Some(live.to_owned()),
            }),
            recorded: Some(blue.clone()),
            answers_name_color: true,
            proof: Proof::Answer,
        },
        passive_shows: Some(green.clone()),
        passive_points_at: Some(green.clone()),
        colors: BTreeMap::from([(blue, side(live)), (green, side(passive))]),
        ..jobs(name, live)
    }
}

pub(crate) fn changed(observation: Observation, what: &str, to: &str, from: &str) -> Observation {
    // A rollback is later than the go-live that it reverses.
    let later = if what == "rollback" { 60 } else { 0 };
    let change = Change {
        at: time() + chrono::TimeDelta::seconds(later),
        by: "mara@mbp".to_owned(),
        what: what.to_owned(),
        tag: Some(tag(to)),
        digest: None,
        from: Some(tag(from)),
        from_digest: None,
        from_file: None,
        named: false,
        by_another_tool: false,
        run: None,
    };
    Observation { last_change: Some(change), ..observation }
}

fn found(hosts: &[Observation]) -> Option<Unfinished> {
    unfinished(&hosts.iter())
}

fn what(hosts: &[Observation]) -> String {
    found(hosts).map_or("nothing".to_owned(), |found| found.what())
}

#[test]
fn go_live_is_unfinished_while_jobs_are_on_the_old_release() {
    let hosts = [changed(web("web1", "v2", "v1"), "go-live", "v2", "v1"), jobs("jobs1", "v1")];
    assert_eq!(
        what(&hosts),
        "go-live of v2 is not complete: done on web1; jobs are on v1 on jobs1"
    );
    let found = found(&hosts).unwrap();
    assert_eq!(
        found.who().unwrap(),
        "The last change was made by mara@mbp at 2027-01-15 08:00:00 UTC"
    );
    assert_eq!(
        found.remedy(),
        "`flipside go-live` continues it, `flipside rollback` sends users back"
    );
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["phase"], "go-live");
    assert_eq!(json["behind"][0]["what"], "jobs");
}

#[test]
fn hosts_on_the_same_old_release_are_listed_together() {
    let hosts = [
        changed(web("web1", "v2", "v1"), "go-live", "v2", "v1"),
        web("web2", "v1", "v2"),
        web("web3", "v1", "v2"),
    ];
    assert_eq!(
        what(&hosts),
        "go-live of v2 is not complete: done on web1; users are on v1 on web2, web3"
    );
}

#[test]
fn rollback_is_unfinished_while_users_or_jobs_are_on_the_release_it_leaves() {
    let back = changed(web("web1", "v1", "v2"), "rollback", "v1", "v2");
    let went = changed(web("web2", "v2", "v1"), "go-live", "v2", "v1");
    assert_eq!(
        what(&[back.clone(), went]),
        "rollback from v2 is not complete: done on web1; users are on v2 on web2"
    );
    assert_eq!(
        what(&[back.clone(), jobs("jobs1", "v2")]),
        "rollback from v2 is not complete: done on web1; jobs are on v2 on jobs1"
    );
    assert_eq!(what(&[back, jobs("jobs1", "v1")]), "nothing");
}

#[test]
fn prepare_is_unfinished_while_some_hosts_are_not_prepared() {
    let live = |observation| changed(observation, "go-live", "v2", "v1");
    let hosts = [live(web("web1", "v2", "v3")), live(web("web2", "v2", "v1"))];
    assert_eq!(
        what(&hosts),
        "prepare of v3 is not complete: done on web1; it is not prepared on web2"
    );
    assert!(found(&hosts).unwrap().remedy().contains("`flipside prepare --release v3`"));
    assert_eq!(what(&[live(web("web1", "v2", "v3")), live(web("web2", "v2", "v3"))]), "nothing");
}

#[test]
fn nothing_is_unfinished_while_a_run_is_at_work_until_its_lease_expires() {
    let lock = Lock {
        who: "mara".to_owned(),
        machine: "mbp".to_owned(),
        why: "go-live".to_owned(),
        since: time(),
        release: None,
        run: RunId::new("r1").unwrap(),
        lease: Some(60),
        rollback: false,
    };
    let mut hosts = [changed(web("web1", "v2", "v1"), "go-live", "v2", "v1"), jobs("jobs1", "v1")];
    hosts[1].lock = Some(lock.into());
    assert_eq!(what(&hosts), "nothing");
    hosts[1].lock.as_mut().unwrap().silent = Some(61);
    assert!(what(&hosts).starts_with("go-live of v2 is not complete"));
    assert_eq!(what(&[web("web1", "v1", "v2"), jobs("jobs1", "v1")]), "nothing");
}
