//! Runs that start at the same time: one of them gets the hosts, and the others name the holder.

use std::sync::Arc;
use std::time::Duration;

use flipside::domain::event::Verdict;
use flipside::domain::names::{HostName, RunId};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Intent, Selection};
use flipside::engine::Attendance;
use futures::future::join_all;
use tokio::time::{Instant, sleep};

use crate::fleet::{Fleet, Luck};
use crate::locks::HOSTS;
use crate::run::Desk;

/// v2 is live everywhere after v1.
async fn live(seed: u64) -> Arc<Fleet> {
    let fleet = Fleet::new(&HOSTS);
    let mut desk = Desk::new(&fleet, Attendance::Unattended);
    assert_eq!(desk.run(Phase::Prepare, Some("v2")).await, Verdict::Done);
    assert_eq!(desk.run(Phase::GoLive, None).await, Verdict::Done);
    desk.quit().await;
    *fleet.jitter.lock().unwrap() = (Luck::of_seed(seed + 1, 0), 80);
    fleet
}

/// One console: waits, and then wants this.
struct Racer {
    run: String,
    phase: Phase,
    after: u64,
    only: Option<&'static str>,
}

fn roll_back(run: &str, after: u64) -> Racer {
    Racer { run: run.to_owned(), phase: Phase::Rollback, after, only: None }
}

async fn race(fleet: &Arc<Fleet>, racer: Racer) -> (String, Verdict) {
    let mut desk = Desk::new(fleet, Attendance::Unattended);
    sleep(Duration::from_millis(racer.after)).await;
    let release = (racer.phase == Phase::Prepare).then_some("v3");
    let run = RunId::new(racer.run.as_str()).unwrap();
    let mut intent = Intent { run, ..desk.intent(racer.phase, release) };
    if let Some(only) = racer.only {
        intent.selection = Selection::Only([HostName::new(only).unwrap().into()].into());
    }
    desk.handle.orders.send(Order::Start { intent, basis: None }).unwrap();
    let (verdict, _) = desk.verdict().await;
    desk.quit().await;
    (racer.run, verdict)
}

/// The one run that got the hosts.
fn winner(ends: &[(String, Verdict)]) -> &(String, Verdict) {
    let mut winners = ends.iter().filter(|(_, verdict)| !matches!(verdict, Verdict::Locked { .. }));
    let winner = winners.next().unwrap_or_else(|| panic!("nobody won: {ends:?}"));
    assert!(winners.next().is_none(), "two won: {ends:?}");
    winner
}

#[tokio::test(start_paused = true)]
async fn one_of_two_concurrent_rollbacks_wins_and_the_other_names_it() {
    for seed in 0..30 {
        let fleet = live(seed).await;
        let mut luck = Luck::of_seed(seed + 7, 0);
        if luck.roll(4) == 0 {
            fleet.cut.lock().unwrap().push("web2".to_owned());
        }
        let racers = [roll_back("run-a", luck.roll(60)), roll_back("run-b", luck.roll(60))];
        let ends = join_all(racers.map(|racer| race(&fleet, racer))).await;
        let (won, verdict) = winner(&ends);
        let is_cut = !fleet.cut.lock().unwrap().is_empty();
        assert_eq!(*verdict == Verdict::Done, !is_cut, "seed {seed}: {ends:?}");
        for (run, verdict) in &ends {
            if let Verdict::Locked { holder, .. } = verdict {
                assert_eq!(holder.lock().unwrap().run.as_str(), won, "seed {seed}: {run}");
            }
        }
        for name in HOSTS.iter().filter(|name| !is_cut || **name != "web2") {
            let host = fleet.host(name);
            assert_eq!(host.live_tag(), "v1", "seed {seed}");
            assert_eq!(host.switches, ["green", "blue"], "seed {seed}: users moved once");
            assert!(host.lock.is_none(), "seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_of_three_concurrent_rollbacks_wins() {
    for seed in 0..20 {
        let fleet = live(seed).await;
        let mut luck = Luck::of_seed(seed + 13, 0);
        let racers = ["run-a", "run-b", "run-c"].map(|run| roll_back(run, luck.roll(60)));
        let ends = join_all(racers.map(|racer| race(&fleet, racer))).await;
        assert_eq!(winner(&ends).1, Verdict::Done, "seed {seed}: {ends:?}");
        assert!(HOSTS.iter().all(|host| fleet.host(host).live_tag() == "v1"), "seed {seed}");
        assert!(HOSTS.iter().all(|host| fleet.host(host).lock.is_none()), "seed {seed}");
    }
}

/// A prepare takes its first lock alone, and gives up where it meets another's: a rollback that has a
/// part of the hosts waits for that.
#[tokio::test(start_paused = true)]
async fn one_of_a_concurrent_rollback_and_prepare_wins() {
    let mut rollbacks = 0;
    for seed in 0..20 {
        let fleet = live(seed).await;
        let mut luck = Luck::of_seed(seed + 23, 0);
        let prepare = Racer { phase: Phase::Prepare, ..roll_back("run-p", luck.roll(60)) };
        let racers = [roll_back("run-z", luck.roll(60)), prepare];
        let ends = join_all(racers.map(|racer| race(&fleet, racer))).await;
        let (won, verdict) = winner(&ends);
        assert_eq!(*verdict, Verdict::Done, "seed {seed}: {ends:?}");
        rollbacks += u32::from(won == "run-z");
        assert!(HOSTS.iter().all(|host| fleet.host(host).lock.is_none()), "seed {seed}");
    }
    assert!(rollbacks > 0, "a rollback is not always the one that yields");
}

/// One is already running on a host: a run that wants all hosts releases what it got, whichever of
/// the two has the smaller id.
#[tokio::test(start_paused = true)]
async fn running_rollback_of_some_hosts_keeps_its_locks() {
    for (seed, (early, late)) in [("run-a", "run-b"), ("run-b", "run-a")].into_iter().enumerate() {
        let fleet = live(seed as u64).await;
        // Slow enough to be at work for longer than the other waits.
        *fleet.jitter.lock().unwrap() = (Luck::of_seed(3, 0), 4_000);
        let only = Racer { only: Some("web2"), ..roll_back(early, 0) };
        let all = roll_back(late, 4_100);
        let ends = join_all([race(&fleet, only), race(&fleet, all)]).await;
        assert_eq!(ends[0].1, Verdict::Done, "{ends:?}");
        match &ends[1].1 {
            Verdict::Locked { target, holder } => {
                assert_eq!(target.name(), "web2");
                assert_eq!(holder.lock().unwrap().run.as_str(), early);
            }
            // It outlasted the first one, and did the rest.
            Verdict::Done => {}
            other => panic!("{other:?}"),
        }
        assert!(HOSTS.iter().all(|host| fleet.host(host).lock.is_none()));
    }
}

/// The loser was killed before it gave back what it had: it is named, nothing is taken over by itself.
#[tokio::test(start_paused = true)]
async fn rollback_waits_briefly_for_a_killed_loser_and_names_it() {
    let fleet = live(1).await;
    let dead = r#"{"who":"li","machine":"m","why":"roll-back","since":"2026-01-01T00:00:00Z","release":null,"run":"run-z","lease":60,"rollback":true}"#;
    fleet.change("web2", |host| host.lock = Some(dead.to_owned()));
    let began = Instant::now();
    let (_, verdict) = race(&fleet, roll_back("run-a", 0)).await;
    let Verdict::Locked { target, holder } = &verdict else { panic!("{verdict:?}") };
    assert_eq!((target.name(), holder.who()), ("web2", "li"));
    let took = began.elapsed();
    assert!((6..8).contains(&took.as_secs()), "{took:?}");
    assert_eq!(fleet.host("web1").lock, None);
    // Known to be dead, it is not waited for.
    fleet.change("web2", |host| host.silent = 61);
    let began = Instant::now();
    let (_, verdict) = race(&fleet, roll_back("run-a", 0)).await;
    assert!(matches!(verdict, Verdict::Locked { .. }), "{verdict:?}");
    assert!(began.elapsed() < Duration::from_secs(1));
}
