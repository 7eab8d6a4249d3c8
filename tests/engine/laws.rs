//! The laws of the engine, under faults.

use std::sync::Arc;
use std::time::Duration;

use flipside::domain::event::{Event, Verdict, What};
use flipside::domain::observation::Observed;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{FailurePolicy, Selection};
use flipside::domain::target::Target;
use flipside::engine::Attendance;
use proptest::prelude::*;

use crate::fleet::{Fault, Fleet, Luck};
use crate::run::{Desk, operator};

const HOSTS: [&str; 3] = ["web1", "web2", "web3"];

fn live(fleet: &Fleet) -> Vec<String> {
    HOSTS.iter().map(|host| fleet.host(host).live_tag().to_owned()).collect()
}

fn no_lock_is_left(fleet: &Fleet) -> bool {
    HOSTS.iter().all(|host| fleet.host(host).lock.is_none())
}

#[tokio::test(start_paused = true)]
async fn a_release_goes_live_and_back_and_asked_twice_it_does_not_go_forward_again() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v1", "v1", "v1"], "users notice nothing of prepare");
    assert_eq!(desk.run(Phase::Verify, None).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v2", "v2", "v2"]);
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v1", "v1", "v1"]);
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert_eq!(live(&fleet), ["v1", "v1", "v1"], "pressed twice, it stays back");
    assert_eq!(fleet.host("web1").containers["djobs"].0, "v1", "the jobs went back too");
    assert!(no_lock_is_left(&fleet));
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn completed_steps_are_not_repeated() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    for _ in 0..2 {
        assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    }
    assert_eq!(fleet.host("web1").migrations["v2"], 1, "a finished migration is not run again");
    assert!(fleet.host("web2").migrations.is_empty(), "and only on the primary");
    for _ in 0..2 {
        assert_eq!(desk.run(Phase::GoLive, Some("v2")).await, Verdict::Done);
    }
    assert_eq!(fleet.host("web1").switches, ["green"]);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_migration_starts_nothing_anywhere_even_where_failures_may_pass() {
    let fleet = Fleet::new(&HOSTS);
    fleet.fails("web1", "migrate", Fault::Failed);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Continue);
    let (verdict, _) = desk.verdict().await;
    assert_ne!(verdict, Verdict::Done);
    assert!(HOSTS.iter().all(|host| fleet.host(host).tag_of("green").is_none()), "{verdict:?}");
    assert_eq!(
        desk.run(Phase::Prepare, Some("v2")).await,
        Verdict::Done,
        "the next try does what is left"
    );
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn switch_without_a_status_is_observed_before_anything_else() {
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let fleet = Fleet::new(&HOSTS);
        let mut desk = Desk::new(&fleet, Attendance::Unattended);
        desk.run(Phase::Prepare, Some("v2")).await;
        fleet.fails("web2", "switch", fault);
        assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done, "{fault:?}");
        assert_eq!(live(&fleet), ["v2", "v2", "v2"]);
        assert_eq!(fleet.host("web2").switches.len(), 1, "and it is not done twice: {fault:?}");
        desk.quit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn dead_host_does_not_delay_the_rollback_of_the_others() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    desk.run(Phase::Prepare, Some("v2")).await;
    desk.run(Phase::GoLive, None).await;
    fleet.cut.lock().unwrap().push("web2".to_owned());
    desk.start(Phase::Rollback, None, FailurePolicy::Stop);
    let (verdict, events) = desk.verdict().await;
    for event in &events {
        if let What::Planned { plan, .. } = &event.what {
            assert_eq!(
                plan.intent.selection,
                Selection::All,
                "it is about all, whoever is reached"
            );
            assert_eq!(plan.left_out.len(), 1, "{:?}", plan.left_out);
            assert_eq!(plan.left_out[0].target.name(), "web2");
            assert_eq!(plan.about().len(), HOSTS.len(), "the history counts it, too");
        }
    }
    let unknown: Vec<Target> = match verdict {
        Verdict::Partly { unknown, .. } => unknown,
        other => panic!("it must not be told as {other:?}"),
    };
    assert_eq!(unknown.iter().map(Target::name).collect::<Vec<_>>(), ["web2"]);
    assert_eq!(live(&fleet), ["v1", "v2", "v1"]);
    fleet.cut.lock().unwrap().clear();
    assert_eq!(
        desk.run(Phase::Rollback, None).await,
        Verdict::Done,
        "once it is back, the same does the rest"
    );
    assert_eq!(live(&fleet), ["v1", "v1", "v1"]);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn panicked_run_is_reported_and_leaves_no_lock() {
    let fleet = Fleet::new(&HOSTS);
    fleet.fails("web2", "pull", Fault::Panics);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Stop);
    let (verdict, events) = desk.verdict().await;
    assert!(!matches!(verdict, Verdict::Done | Verdict::Refused { .. }), "{verdict:?}");
    let told = events.iter().find_map(|event| match &event.what {
        What::WorkerDied { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(told.is_some_and(|why| why.contains("a fault of the program's own")), "{events:?}");
    assert!(HOSTS.iter().all(|host| fleet.host(host).lock.is_none()), "all were given back");
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done, "and work goes on");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn foreign_lock_stops_the_run_before_any_change() {
    let fleet = Fleet::new(&HOSTS);
    let other = r#"{"who":"li","machine":"m","why":"go-live","since":"2026-01-01T00:00:00Z","release":null,"run":"other"}"#;
    fleet.change("web2", |host| host.lock = Some(other.to_owned()));
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    match desk.run(Phase::Prepare, Some("v2")).await {
        Verdict::Locked { target, holder } => {
            assert_eq!((target.name(), holder.who()), ("web2", "li"));
        }
        other => panic!("{other:?}"),
    }
    assert!(fleet.host("web1").lock.is_none(), "what was taken on the way is given back");
    assert_eq!(fleet.host("web2").lock.as_deref(), Some(other));
    assert!(!fleet.host("web1").images.contains("v2"));
    desk.quit().await;
}

/// A switch need not look again where the lock tells that nobody worked there since the last look.
#[tokio::test(start_paused = true)]
async fn recent_observation_is_reused_only_if_the_lock_proves_it_current() {
    for (worked_there, is_old, looks) in [(false, false, 1), (true, false, 2), (false, true, 2)] {
        let fleet = Fleet::new(&HOSTS);
        let mut desk = Desk::new(&fleet, Attendance::Unattended);
        assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
        desk.propose(Phase::GoLive).await;
        if is_old {
            tokio::time::sleep(Duration::from_secs(6)).await;
        }
        fleet.change("web2", |host| {
            host.lock_count += u64::from(worked_there);
            host.looks = 0;
        });
        assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
        assert_eq!(live(&fleet), ["v2", "v2", "v2"]);
        // One is always there: the one that finds all done.
        assert_eq!(fleet.host("web2").looks, looks, "{worked_there} {is_old}");
        desk.quit().await;
    }
}

/// A host is observed after its own last step, while the others are still at work. What is old by their end
/// is not taken for the truth: it is observed again.
#[tokio::test(start_paused = true)]
async fn each_host_is_observed_after_its_own_last_step() {
    for (longest, looks) in [(4, 1), (8, 2)] {
        let fleet = Fleet::new(&HOSTS);
        let mut desk = Desk::new(&fleet, Attendance::Unattended);
        assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
        desk.propose(Phase::GoLive).await;
        fleet.takes("web2", "jobs", Duration::from_secs(longest));
        fleet.change("web1", |host| host.looks = 0);
        assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
        assert_eq!(live(&fleet), ["v2", "v2", "v2"]);
        assert_eq!(fleet.host("web1").looks, looks, "the last one took {longest} s");
        desk.quit().await;
    }
}

/// One that does not answer after its last step keeps nobody from ending the run.
#[tokio::test(start_paused = true)]
async fn aborted_run_does_not_wait_for_a_silent_host() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    desk.propose(Phase::GoLive).await;
    fleet.takes("web2", "observe", Duration::from_secs(600));
    fleet.takes("web3", "jobs", Duration::from_secs(2));
    desk.start(Phase::GoLive, None, FailurePolicy::Stop);
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        if matches!(&event.what, What::StepEnded { target, step, .. } if target.name() == "web3" && step.name == "jobs")
        {
            break;
        }
    }
    let began = tokio::time::Instant::now();
    desk.handle.orders.send(Order::Abort { by: operator() }).unwrap();
    let (verdict, _) = desk.verdict().await;
    assert!(matches!(verdict, Verdict::Aborted { .. }), "{verdict:?}");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    desk.quit().await;
}

/// Where users are is shown as soon as they were moved, long before the jobs have followed.
#[tokio::test(start_paused = true)]
async fn each_host_is_observed_after_its_users_were_moved() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Attended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    for host in HOSTS {
        let jobs = (host.to_owned(), "jobs".to_owned());
        fleet.slow.lock().unwrap().insert(jobs, Duration::from_secs(5));
    }
    desk.start(Phase::GoLive, None, FailurePolicy::Stop);
    let (verdict, events) = desk.verdict().await;
    assert_eq!(verdict, Verdict::Done);
    let jobs_end =
        |event: &Event| matches!(&event.what, What::StepEnded { step, .. } if step.name == "jobs");
    let until = events.iter().position(jobs_end).unwrap();
    for host in HOSTS {
        let sees_green = |event: &Event| match &event.what {
            What::Observed { target, observed: Observed::Current(seen) } => {
                target.name() == host && seen.live.color().is_some_and(|c| c.as_str() == "green")
            }
            _ => false,
        };
        assert!(events[..until].iter().any(sees_green), "{host}");
    }
    desk.quit().await;
}

/// One host is stuck in its switch, forwards as well as back: the jobs of the others are with their users long before.
#[tokio::test(start_paused = true)]
async fn straggler_does_not_delay_jobs_of_other_hosts() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    fleet.takes("web2", "switch", Duration::from_secs(50));
    for phase in [Phase::GoLive, Phase::Rollback] {
        desk.start(phase, None, FailurePolicy::Stop);
        let (verdict, events) = desk.verdict().await;
        assert_eq!(verdict, Verdict::Done);
        let end = |host: &str, name: &str| {
            let is = |event: &Event| match &event.what {
                What::StepEnded { target, step, .. } => target.name() == host && step.name == name,
                _ => false,
            };
            events.iter().position(is).unwrap()
        };
        for other in ["web1", "web3"] {
            assert!(end(other, "jobs") < end("web2", "switch"), "{phase}: {other}");
        }
        assert!(end("web2", "switch") < end("web2", "jobs"), "its own jobs wait for its users");
    }
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn step_start_is_emitted_before_its_end() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    desk.start(Phase::Prepare, Some("v2"), FailurePolicy::Stop);
    let (_, events) = desk.verdict().await;
    let numbers: Vec<u64> =
        events.iter().filter(|event| event.run.is_some()).map(|event| event.seq).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] > pair[0]), "{numbers:?}");
    let mut started = Vec::new();
    for event in &events {
        match &event.what {
            What::StepStarted { target, step, .. } => started.push((target.clone(), step.number)),
            What::StepEnded { target, step, .. } => {
                assert!(started.contains(&(target.clone(), step.number)));
            }
            _ => {}
        }
    }
    assert!(!started.is_empty());
    desk.quit().await;
}

/// Whatever goes wrong: nobody is sent to a color that is not well, "done" is only said where it is so,
/// and with a good line the same command does what is left.
async fn holds(seed: u64, percent: u64, policy: FailurePolicy) {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    for (phase, tag, wanted) in [
        (Phase::Prepare, Some("v2"), "v1"),
        (Phase::GoLive, Some("v2"), "v2"),
        (Phase::Rollback, Some("v2"), "v1"),
    ] {
        *fleet.luck.lock().unwrap() = Luck::of_seed(seed, percent);
        desk.start(phase, tag, policy);
        let (verdict, _) = desk.verdict().await;
        if verdict == Verdict::Done {
            assert_eq!(live(&fleet), [wanted; 3], "{phase} said done");
        }
        *fleet.luck.lock().unwrap() = Luck::good();
        unlock(&fleet);
        let again = desk.run(phase, tag).await;
        assert_eq!(again, Verdict::Done, "{phase} again, after {verdict:?}");
        assert_eq!(live(&fleet), [wanted; 3]);
        assert!(no_lock_is_left(&fleet));
    }
    assert_eq!(fleet.host("web1").migrations["v2"], 1);
    desk.quit().await;
}

/// What a person does about a lock that could not be given back: `flipside unlock`.
fn unlock(fleet: &Arc<Fleet>) {
    for host in HOSTS {
        fleet.change(host, |host| host.lock = None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn the_laws_hold_whatever_the_line_does(seed in any::<u64>(), percent in 1u64..40, go_on in any::<bool>()) {
        let policy = if go_on { FailurePolicy::Continue } else { FailurePolicy::Stop };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(holds(seed, percent, policy));
    }
}
