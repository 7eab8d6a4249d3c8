//! How steps end: a switch is never ended from outside, and an outcome is unknown at most twice.

use std::time::Duration;

use flipside::domain::event::{Choice, Event, Stream, Verdict, What};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::FailurePolicy;
use flipside::engine::Attendance;

use crate::fleet::{Fault, Fleet};
use crate::run::{Desk, operator};

const HOSTS: [&str; 2] = ["web1", "web2"];

fn switches(events: &[Event], host: &str) -> usize {
    let starts = |event: &&Event| match &event.what {
        What::StepStarted { target, step, .. } => target.name() == host && step.name == "switch",
        _ => false,
    };
    events.iter().filter(starts).count()
}

/// The switch of a release that hangs takes its time to put things back. It was killed in the middle.
#[tokio::test(start_paused = true)]
async fn no_deadline_and_no_abort_ends_a_switch() {
    for aborted in [false, true] {
        let fleet = Fleet::new(&HOSTS);
        let mut desk = Desk::new(&fleet, Attendance::Unattended);
        assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
        fleet.takes("web1", "switch", Duration::from_secs(600));
        desk.start(Phase::GoLive, None, FailurePolicy::Stop);
        let mut events = Vec::new();
        while switches(&events, "web1") == 0 {
            events.push(desk.handle.readers.events.recv().await.unwrap());
        }
        if aborted {
            tokio::time::sleep(Duration::from_secs(100)).await;
            desk.handle.orders.send(Order::Abort { by: operator() }).unwrap();
        }
        let (verdict, more) = desk.verdict().await;
        events.extend(more);
        assert_eq!(verdict == Verdict::Done, !aborted, "{verdict:?}");
        assert_eq!(fleet.host("web1").live_tag(), "v2", "it went on to its end");
        assert_eq!(switches(&events, "web1"), 1);
        let mut said = String::new();
        while let Ok(line) = desk.handle.readers.lines.try_recv() {
            if line.stream == Stream::Own {
                said += &line.text;
            }
        }
        assert!(said.contains("switch has not ended after "), "{said}");
        assert!(fleet.host("web1").lock.is_none());
        desk.quit().await;
    }
}

/// What users do not reach is still ended at its deadline.
#[tokio::test(start_paused = true)]
async fn a_pull_is_ended_at_its_deadline() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    fleet.takes("web1", "pull", Duration::from_secs(24 * 3600));
    let verdict = desk.run(Phase::Prepare, Some("v2")).await;
    assert_ne!(verdict, Verdict::Done);
    assert!(!fleet.host("web1").images.contains("v2"));
    desk.quit().await;
}

/// Each repetition of a switch sends users once more to a release that may hang.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_that_repeats_is_a_failure() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    for _ in 0..10 {
        fleet.fails("web2", "switch", Fault::LostBefore);
    }
    desk.start(Phase::GoLive, None, FailurePolicy::Stop);
    let (verdict, events) = desk.verdict().await;
    assert!(!matches!(verdict, Verdict::Done), "{verdict:?}");
    assert_eq!(switches(&events, "web2"), 2, "once, and once more");
    assert_eq!(fleet.host("web2").live_tag(), "v1");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_that_repeats_goes_to_the_person() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Attended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    for _ in 0..2 {
        fleet.fails("web2", "switch", Fault::LostBefore);
    }
    desk.start(Phase::GoLive, None, FailurePolicy::Stop);
    let mut unknown = 0;
    let verdict = loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        match event.what {
            What::StepEnded { outcome: Outcome::Unknown { .. }, .. } => {
                unknown += 1;
                if unknown == 2 {
                    let target = fleet_target("web2");
                    let choice = Order::Choose { target, choice: Choice::Retry, by: operator() };
                    // The run asks after the round has ended.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    desk.handle.orders.send(choice).unwrap();
                }
            }
            What::RunEnded { verdict } => break verdict,
            _ => {}
        }
    };
    assert_eq!((verdict, unknown), (Verdict::Done, 2));
    assert_eq!(fleet.host("web2").switches.len(), 1);
    desk.quit().await;
}

/// Users of a host that was cut off in its switch may be on either release.
#[tokio::test(start_paused = true)]
async fn a_host_that_is_cut_off_in_its_switch_stays_unknown_to_the_end() {
    use Attendance::{Attended, Unattended};
    for (phase, attendance) in [
        (Phase::Rollback, Unattended),
        (Phase::GoLive, Unattended),
        (Phase::Rollback, Attended),
        (Phase::GoLive, Attended),
    ] {
        let fleet = Fleet::new(&HOSTS);
        let mut desk = Desk::new(&fleet, attendance);
        assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
        if phase == Phase::Rollback {
            assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
        }
        fleet.fails("web2", "switch", Fault::LostAfter);
        desk.start(phase, None, FailurePolicy::Continue);
        let verdict = loop {
            match desk.handle.readers.events.recv().await.unwrap().what {
                What::StepEnded { outcome: Outcome::Unknown { .. }, .. } => {
                    fleet.cut.lock().unwrap().push("web2".to_owned());
                    let (target, choice) = (fleet_target("web2"), Choice::Skip);
                    let skip = Order::Choose { target, choice, by: operator() };
                    // Without a person nobody hears it. The run asks after the round has ended.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    desk.handle.orders.send(skip).unwrap();
                }
                What::RunEnded { verdict } => break verdict,
                _ => {}
            }
        };
        let (done, unknown) = (vec![fleet_target("web1")], vec![fleet_target("web2")]);
        assert_eq!(verdict, Verdict::Partly { done, failed: Vec::new(), unknown }, "{phase:?}");
        desk.quit().await;
    }
}

/// What users of web2 get cannot be proven, and is not called wrong either.
#[tokio::test(start_paused = true)]
async fn a_host_whose_nginx_cannot_be_asked_is_unknown_after_a_rollback() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    fleet.change("web2", |host| host.broken_nginx = true);
    desk.start(Phase::Rollback, None, FailurePolicy::Continue);
    let (done, unknown) = (vec![fleet_target("web1")], vec![fleet_target("web2")]);
    let (verdict, _) = desk.verdict().await;
    assert_eq!(verdict, Verdict::Partly { done, failed: Vec::new(), unknown });
    desk.quit().await;
}

/// The engine of web2 was killed while its jobs were brought along, and started again: all is stopped there.
#[tokio::test(start_paused = true)]
async fn the_same_go_live_starts_what_users_are_on_again() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    fleet.change("web2", |host| {
        host.containers.values_mut().for_each(|container| container.1 = false);
        host.containers.insert("djobs".to_owned(), ("v1".to_owned(), false));
    });
    assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done);
    let host = fleet.host("web2");
    assert!(host.runs("green"), "{:?}", host.containers);
    assert_eq!(host.containers["djobs"], ("v2".to_owned(), true));
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(fleet.host("web2").live_tag(), "v1", "the record of the origin is kept");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_repair_starts_jobs_again_that_stopped_with_their_engine() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    let stop = |host: &mut crate::host::Host| {
        host.containers.values_mut().for_each(|container| container.1 = false);
    };
    fleet.change("web2", stop);
    assert_eq!(desk.run(Phase::Repair, None).await, Verdict::Done);
    let host = fleet.host("web2");
    assert!(host.runs("blue"), "{:?}", host.containers);
    assert_eq!(host.containers["djobs"], ("v1".to_owned(), true), "as they were");
    desk.quit().await;
}

fn fleet_target(host: &str) -> flipside::domain::target::Target {
    flipside::domain::target::Target::Host(host.parse().unwrap())
}
