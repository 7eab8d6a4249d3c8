//! A run that lost its lock changes nothing more, anywhere.

use std::sync::Arc;
use std::time::Duration;

use flipside::domain::event::{Event, Verdict, What};
use flipside::domain::freeze::AfterRollback;
use flipside::domain::lock::LockId;
use flipside::domain::names::{AppName, RunId, StackName};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Batches, Intent, Pause, Width};
use flipside::domain::target::Target;
use flipside::engine::Attendance;
use flipside::headless::exit::Exit;
use tokio::time::{Instant, sleep, timeout};

use crate::fleet::Fleet;
use crate::run::{Desk, operator};

pub const HOSTS: [&str; 3] = ["web1", "web2", "web3"];

fn lock_of(who: &str, lease: &str) -> String {
    format!(
        r#"{{"who":"{who}","machine":"m","why":"roll-back","since":"2026-01-01T00:00:00Z","release":null,"run":"{who}-run"{lease}}}"#
    )
}

/// Users go to v2 host by host, with this pause between two of them.
async fn goes_live(fleet: &Arc<Fleet>, pause: Option<Pause>) -> Desk {
    let mut desk = Desk::new(fleet, Attendance::Attended);
    desk.environment.after_rollback = AfterRollback::Frozen;
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    let batches = Batches { size: Width::Count(1), pause, ..Batches::default() };
    let intent = Intent { batches, ..desk.intent(Phase::GoLive, None) };
    desk.handle.orders.send(Order::Start { intent, basis: None }).unwrap();
    desk
}

fn silence(fleet: &Fleet) {
    for host in HOSTS {
        fleet.change(host, |host| host.silent = 50);
    }
}

/// Up to and with the first event that is wanted.
async fn until(desk: &mut Desk, wanted: impl Fn(&What) -> bool) -> Event {
    loop {
        let event = desk.handle.readers.events.recv().await.unwrap();
        if wanted(&event.what) {
            return event;
        }
    }
}

fn is_pausing(what: &What) -> bool {
    matches!(what, What::Pausing { .. })
}

/// A colleague removed the locks and sent the users and jobs of web1 back; theirs are the locks now.
fn is_taken_over(fleet: &Fleet) {
    for host in HOSTS {
        fleet.change(host, |host| {
            host.lock = Some(lock_of("li", ""));
            "blue".clone_into(&mut host.live);
            "blue".clone_into(&mut host.recorded);
            for (name, container) in &mut host.containers {
                if !name.contains('_') {
                    "v1".clone_into(&mut container.0);
                }
            }
            host.switches.clear();
        });
    }
}

async fn verdict(desk: &mut Desk) -> (Verdict, Vec<Event>) {
    timeout(Duration::from_secs(3_600), desk.verdict()).await.unwrap()
}

/// The run ended as one that lost its lock to li, and touched nothing since.
fn assert_lost(fleet: &Fleet, verdict: &Verdict) {
    match verdict {
        Verdict::LockLost { holder: Some(holder), .. } => assert_eq!(holder.who(), "li"),
        other => panic!("{other:?}"),
    }
    assert_eq!(Exit::from(verdict) as u8, 4);
    for name in HOSTS {
        let host = fleet.host(name);
        assert_eq!(host.lock, Some(lock_of("li", "")), "{name}: li's lock is not touched");
        assert!(host.switches.is_empty(), "{name}: {:?}", host.switches);
        assert_eq!(host.containers["djobs"].0, "v1", "{name}: the jobs stay");
    }
}

#[tokio::test(start_paused = true)]
async fn a_go_live_that_was_taken_over_between_two_batches_changes_nothing_more() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = goes_live(&fleet, Some(Pause::UntilResumed)).await;
    until(&mut desk, is_pausing).await;
    is_taken_over(&fleet);
    let began = Instant::now();
    desk.handle.orders.send(Order::Resume { by: operator() }).unwrap();
    let (verdict, events) = verdict(&mut desk).await;
    assert_lost(&fleet, &verdict);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let is_start = |event: &Event| matches!(event.what, What::StepStarted { .. });
    assert!(!events.iter().any(is_start), "not even begun");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_need_go_on_for_a_paused_run_to_find_out() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = goes_live(&fleet, Some(Pause::UntilResumed)).await;
    until(&mut desk, is_pausing).await;
    is_taken_over(&fleet);
    let began = Instant::now();
    let (verdict, _) = verdict(&mut desk).await;
    assert_lost(&fleet, &verdict);
    assert!(began.elapsed() <= Duration::from_secs(20), "{:?}", began.elapsed());
    desk.quit().await;
}

/// The process slept in the middle of a step: no pause that the engine knows of, only the fence.
#[tokio::test(start_paused = true)]
async fn a_step_that_begins_after_the_lock_was_lost_is_refused_by_its_host() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = goes_live(&fleet, None).await;
    let switched =
        |what: &What| matches!(what, What::StepEnded { step, .. } if step.name == "switch");
    until(&mut desk, switched).await;
    is_taken_over(&fleet);
    let (verdict, _) = verdict(&mut desk).await;
    assert_lost(&fleet, &verdict);
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn after_the_operators_pause_the_locks_are_read_again() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = goes_live(&fleet, Some(Pause::For(Duration::from_secs(5)))).await;
    until(&mut desk, is_pausing).await;
    desk.handle.orders.send(Order::Pause { by: operator() }).unwrap();
    sleep(Duration::from_secs(6)).await;
    is_taken_over(&fleet);
    desk.handle.orders.send(Order::Resume { by: operator() }).unwrap();
    let (verdict, events) = verdict(&mut desk).await;
    assert_lost(&fleet, &verdict);
    let is_start = |event: &Event| matches!(event.what, What::StepStarted { .. });
    assert!(!events.iter().any(is_start), "not even begun");
    desk.quit().await;
}

/// One lock is lost: the hosts whose locks are still the run's are left alone too, and given back.
#[tokio::test(start_paused = true)]
async fn one_lost_lock_ends_the_run_on_all_hosts() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = goes_live(&fleet, Some(Pause::UntilResumed)).await;
    until(&mut desk, is_pausing).await;
    fleet.change("web1", |host| host.lock = None);
    desk.handle.orders.send(Order::Resume { by: operator() }).unwrap();
    let (verdict, _) = verdict(&mut desk).await;
    assert!(matches!(&verdict, Verdict::LockLost { holder: None, .. }), "{verdict:?}");
    assert_eq!(fleet.host("web1").live_tag(), "v2", "as it was");
    assert_eq!((fleet.host("web2").live_tag(), fleet.host("web3").live_tag()), ("v1", "v1"));
    assert!(HOSTS.iter().all(|host| fleet.host(host).lock.is_none()));
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_sign_off_does_not_count_once_the_lock_is_lost() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Attended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    let intent = desk.intent(Phase::Verify, None);
    desk.handle.orders.send(Order::Start { intent, basis: None }).unwrap();
    until(&mut desk, |what| matches!(what, What::Asked { .. })).await;
    is_taken_over(&fleet);
    let yes = Order::Answer { yes: true, by: operator(), note: None };
    desk.handle.orders.send(yes).unwrap();
    let (verdict, _) = verdict(&mut desk).await;
    assert_lost(&fleet, &verdict);
    assert!(HOSTS.iter().all(|host| !fleet.host(host).marks.contains_key("verified")));
    desk.quit().await;
}

/// Only the mark is there; the locks are still this run's.
#[tokio::test(start_paused = true)]
async fn a_go_live_stops_where_go_live_was_closed_meanwhile() {
    for paused in [true, false] {
        let fleet = Fleet::new(&HOSTS);
        let mut desk = goes_live(&fleet, paused.then_some(Pause::UntilResumed)).await;
        let switched =
            |what: &What| matches!(what, What::StepEnded { step, .. } if step.name == "switch");
        if paused {
            until(&mut desk, is_pausing).await;
        } else {
            until(&mut desk, switched).await;
        }
        let mark = r#"{"at":"2026-01-01T00:00:00Z","by":"li@m","from":"v2","to":"v1","run":"x"}"#;
        let frozen = |host: &mut crate::host::Host| {
            host.marks.insert("frozen".to_owned(), mark.to_owned());
            host.switches.clear();
        };
        for host in HOSTS {
            fleet.change(host, frozen);
        }
        desk.handle.orders.send(Order::Resume { by: operator() }).unwrap();
        let (verdict, _) = verdict(&mut desk).await;
        let Verdict::Failed { why, .. } = &verdict else { panic!("{verdict:?}") };
        assert!(why.contains("FROZEN by li@m"), "{why}");
        assert!(HOSTS.iter().all(|host| fleet.host(host).switches.is_empty()));
        let jobs: Vec<String> =
            HOSTS.iter().map(|host| fleet.host(host).containers["djobs"].0.clone()).collect();
        // Those of web1 followed its users, where there was time.
        assert_eq!(jobs, [if paused { "v2" } else { "v1" }, "v1", "v1"]);
        assert!(HOSTS.iter().all(|host| fleet.host(host).lock.is_none()), "given back");
        // What sends users back is not closed by it.
        assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
        assert!(HOSTS.iter().all(|host| fleet.host(host).live_tag() == "v1"));
        desk.quit().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_as_long_as_the_run_lives_and_no_longer() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = goes_live(&fleet, Some(Pause::For(Duration::from_secs(300)))).await;
    until(&mut desk, is_pausing).await;
    for _ in 0..4 {
        silence(&fleet);
        sleep(Duration::from_secs(16)).await;
        assert!(HOSTS.iter().all(|host| fleet.host(host).silent == 0));
    }
    // A renewal that does not get through is no loss; the next one does it.
    fleet.cut.lock().unwrap().push("web2".to_owned());
    sleep(Duration::from_secs(40)).await;
    fleet.cut.lock().unwrap().clear();
    assert_eq!(verdict(&mut desk).await.0, Verdict::Done);
    silence(&fleet);
    sleep(Duration::from_secs(60)).await;
    assert!(HOSTS.iter().all(|host| fleet.host(host).silent == 50), "nobody renews any more");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_holder_is_named_with_the_command_that_takes_over() {
    let fleet = Fleet::new(&HOSTS);
    fleet.change("web2", |host| {
        host.lock = Some(lock_of("li", r#","lease":60"#));
        host.silent = 312;
    });
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    for phase in [Phase::Prepare, Phase::Rollback] {
        let verdict = desk.run(phase, Some("v2")).await;
        assert!(matches!(verdict, Verdict::Locked { .. }), "{verdict:?}");
        let (_, words) = flipside::domain::event_text::ended(&verdict);
        for part in ["li@m", "roll-back", "DEAD", "5 min ago", "unlock --run li-run"] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
    assert!(fleet.host("web2").lock.is_some(), "nothing is taken over by itself");
    desk.quit().await;
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_lock_has_a_holder_that_is_not_known() {
    let fleet = Fleet::new(&HOSTS);
    fleet.change("web2", |host| host.lock = Some(String::new()));
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    for phase in [Phase::Prepare, Phase::Rollback] {
        let Verdict::Locked { target, holder } = desk.run(phase, Some("v2")).await else {
            panic!()
        };
        assert_eq!((target.name(), holder.who()), ("web2", "?"));
    }
    desk.quit().await;
}

/// Between the look and the removal another run may have taken the lock.
#[tokio::test(start_paused = true)]
async fn unlock_removes_the_lock_that_was_seen_and_no_newer_one() {
    let fleet = Fleet::new(&HOSTS);
    fleet.change("web2", |host| host.lock = Some(lock_of("li", "")));
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    let target: Target = desk
        .environment
        .apps
        .values()
        .next()
        .unwrap()
        .stack(&StackName::main())
        .into_iter()
        .map(|member| member.target.clone())
        .find(|target| target.name() == "web2")
        .unwrap();
    for (seen, is_removed) in [("bob-run", false), ("li-run", true)] {
        let order = Order::Unlock {
            app: AppName::new("shop").unwrap(),
            stack: StackName::main(),
            locks: vec![(target.clone(), LockId::Run(RunId::new(seen).unwrap()))],
            reason: "gone home".to_owned(),
            by: operator(),
        };
        desk.handle.orders.send(order).unwrap();
        let ended = |what: &What| matches!(what, What::LockLeft { .. } | What::LockReleased { .. });
        let event = until(&mut desk, ended).await;
        assert_eq!(matches!(event.what, What::LockReleased { .. }), is_removed, "{event:?}");
        assert_eq!(fleet.host("web2").lock.is_none(), is_removed);
    }
    desk.quit().await;
}

/// The line to web2 breaks in its step and stays broken: the run ends, and its lock stays there.
async fn leaves_a_lock_behind(fleet: &Arc<Fleet>) -> Desk {
    let mut desk = goes_live(fleet, None).await;
    until(
        &mut desk,
        |what| matches!(what, What::StepStarted { target, .. } if target.name() == "web2"),
    )
    .await;
    fleet.cut.lock().unwrap().push("web2".to_owned());
    desk.handle.orders.send(Order::Abort { by: operator() }).unwrap();
    let (verdict, _) = verdict(&mut desk).await;
    assert!(matches!(verdict, Verdict::Aborted { .. }), "{verdict:?}");
    assert!(fleet.host("web2").lock.is_some(), "it could not be given back");
    fleet.cut.lock().unwrap().clear();
    desk
}

#[tokio::test(start_paused = true)]
async fn lock_left_behind_is_released_by_the_next_run() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = leaves_a_lock_behind(&fleet).await;
    assert_eq!(desk.run(Phase::Rollback, None).await, Verdict::Done);
    assert!(HOSTS.iter().all(|host| fleet.host(host).live_tag() == "v1"));
    assert!(HOSTS.iter().all(|host| fleet.host(host).lock.is_none()));
    desk.quit().await;
}

/// A host at the end of a slow line answers later than the others, and still before one who waits for
/// the end grows tired of it.
#[tokio::test(start_paused = true)]
async fn a_host_that_is_slow_keeps_no_lock_of_an_aborted_run() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = goes_live(&fleet, None).await;
    until(&mut desk, |what| matches!(what, What::StepStarted { .. })).await;
    fleet.takes("web2", "unlock", Duration::from_secs(2));
    desk.handle.orders.send(Order::Abort { by: operator() }).unwrap();
    let (verdict, _) = verdict(&mut desk).await;
    assert!(matches!(verdict, Verdict::Aborted { .. }), "{verdict:?}");
    assert!(HOSTS.iter().all(|host| fleet.host(host).lock.is_none()));
    desk.quit().await;
}

/// Somebody else has removed it meanwhile, and works there.
#[tokio::test(start_paused = true)]
async fn a_lock_that_was_left_behind_is_not_taken_for_another() {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = leaves_a_lock_behind(&fleet).await;
    fleet.change("web2", |host| host.lock = Some(lock_of("li", "")));
    let verdict = desk.run(Phase::Prepare, Some("v3")).await;
    assert!(
        matches!(&verdict, Verdict::Locked { holder, .. } if holder.who() == "li"),
        "{verdict:?}"
    );
    assert_eq!(fleet.host("web2").lock, Some(lock_of("li", "")));
    desk.quit().await;
}
