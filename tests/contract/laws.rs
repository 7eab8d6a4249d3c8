//! The laws. Each is told in terms that every platform has: targets, releases, users.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use flipside::domain::event::{Event, Verdict, What};
use flipside::domain::observation::Observed;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Intent, Selection};
use flipside::domain::spec::capabilities;
use flipside::platform::Locking;
use flipside::transport::Ending;
use futures::future::join_all;

use crate::platform::PlatformUnderTest;
use crate::trial::{Trial, planned};

/// A release goes out and back: each phase, the release that it is about, and the one that users are on after it.
/// The last rollback is a cold one.
const STORY: [(Phase, usize, usize); 9] = [
    (Phase::Prepare, 1, 0),
    (Phase::Verify, 1, 0),
    (Phase::GoLive, 1, 1),
    (Phase::Rollback, 1, 0),
    (Phase::Abandon, 1, 0),
    (Phase::Prepare, 2, 0),
    (Phase::GoLive, 2, 2),
    (Phase::Finish, 2, 2),
    (Phase::Rollback, 2, 0),
];

/// Returns the phases of the story that the platform has.
fn story<P: PlatformUnderTest>() -> Vec<(Phase, usize, usize)> {
    let environment = P::new().environment();
    let can = capabilities(environment.apps.values().flat_map(|app| &app.members));
    STORY.into_iter().filter(|(phase, ..)| can.has(*phase)).collect()
}

/// The targets as each phase of the story finds them. What goes forward a second time is not told again.
fn every_phase<P: PlatformUnderTest>() -> Vec<(P, (Phase, usize, usize))> {
    let mut phases: Vec<(P, (Phase, usize, usize))> = Vec::new();
    runs(async {
        let mut trial = Trial::<P>::new();
        for (phase, release, users_on) in story::<P>() {
            if phase == Phase::Rollback || !phases.iter().any(|(_, (other, ..))| *other == phase) {
                phases.push((trial.platform.copy(), (phase, release, users_on)));
            }
            trial.does(phase, release).await;
        }
        trial.desk.quit().await;
    });
    phases
}

/// Time is the test's own: what waits does not.
fn runs(law: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(law);
}

pub fn a_fresh_plan_is_empty_after_a_run<P: PlatformUnderTest>() {
    runs(async {
        let mut trial = Trial::<P>::new();
        for (phase, release, users_on) in story::<P>() {
            let intent = trial.does(phase, release).await;
            let plan = trial.plans(&intent).await.unwrap();
            assert!(plan.is_complete() && plan.left_out.is_empty(), "{phase}: {plan:#?}");
            assert!(trial.users_are_on(users_on), "{phase}: {:?}", trial.platform.users());
        }
        trial.desk.quit().await;
    });
}

pub fn every_step_can_be_repeated<P: PlatformUnderTest>() {
    runs(async {
        let mut trial = Trial::<P>::new();
        let once: Mutex<BTreeMap<String, String>> = Mutex::default();
        let repeated = Arc::new(AtomicUsize::new(0));
        let (platform, count) = (trial.platform.clone(), Arc::clone(&repeated));
        trial.sent.repeats(move |target, step, ending| {
            assert_eq!(*ending, Ending::Exited(0), "{target}: {step}, repeated");
            let now = platform.state(target);
            let before = once.lock().unwrap().remove(target);
            if let Some(before) = before {
                assert_eq!(before, now, "{target}: {step} changes something when it is repeated");
                count.fetch_add(1, Ordering::Relaxed);
            } else {
                once.lock().unwrap().insert(target.to_owned(), now);
            }
        });
        for (phase, release, users_on) in story::<P>() {
            trial.does(phase, release).await;
            assert!(trial.users_are_on(users_on), "{phase}");
        }
        assert!(repeated.load(Ordering::Relaxed) > story::<P>().len(), "{repeated:?}");
        trial.desk.quit().await;
    });
}

/// Whatever became of it, the same phase once more does what is left.
async fn converges<P: PlatformUnderTest>(
    trial: &mut Trial<P>,
    phase: Phase,
    release: usize,
    users_on: usize,
    scene: &str,
) {
    trial.platform.unlock();
    let intent = trial.intent(phase, release);
    let (verdict, events) = trial.runs(intent.clone()).await;
    assert_eq!(verdict, Verdict::Done, "{scene}");
    assert!(trial.users_are_on(users_on), "{scene}: {:?}", trial.platform.users());
    let plan = trial.plans(&planned(&events).unwrap_or(intent)).await.unwrap();
    assert!(plan.is_complete(), "{scene}: {plan:#?}");
}

pub fn a_run_that_died_after_any_step_converges<P: PlatformUnderTest>() {
    for (begins, (phase, release, users_on)) in every_phase::<P>() {
        for commands in 1.. {
            let mut died = true;
            runs(async {
                let mut trial = Trial::on(begins.copy());
                trial.platform.goes_silent_after(Some(commands));
                let intent = trial.intent(phase, release);
                let (verdict, _) = trial.runs(intent).await;
                trial.platform.goes_silent_after(None);
                died = verdict != Verdict::Done;
                let scene = format!("{phase}, silent after {commands} commands: {verdict:?}");
                converges(&mut trial, phase, release, users_on, &scene).await;
                trial.desk.quit().await;
            });
            if !died {
                assert!(commands > 3, "{phase} was never interrupted");
                break;
            }
        }
    }
}

pub fn a_run_converges_whatever_the_line_does<P: PlatformUnderTest>() {
    // The last two once found a step that was killed between its effect and its record.
    for seed in [1, 2, 3, 4, 21, 52] {
        runs(async {
            let mut trial = Trial::<P>::new();
            for (phase, release, users_on) in story::<P>() {
                trial.platform.faults(seed, 20);
                let intent = trial.intent(phase, release);
                let (verdict, _) = trial.runs(intent).await;
                trial.platform.faults(seed, 0);
                if verdict == Verdict::Done {
                    let users = trial.platform.users();
                    assert!(trial.users_are_on(users_on), "seed {seed}, {phase}: {users:?}");
                }
                let scene = format!("seed {seed}, {phase}: {verdict:?}");
                converges(&mut trial, phase, release, users_on, &scene).await;
            }
            trial.desk.quit().await;
        });
    }
}

/// Each target's users came from another release.
pub fn a_rollback_restores_the_release_that_users_came_from<P: PlatformUnderTest>() {
    runs(async {
        let mut trial = Trial::<P>::new();
        let first = trial.platform.users().into_keys().next().unwrap();
        trial.does(Phase::Prepare, 1).await;
        let only = trial.members().into_iter().find(|it| it.target.name() == first).unwrap();
        let only = Selection::only([&only.target]);
        let intent = Intent { selection: only, ..trial.intent(Phase::GoLive, 1) };
        assert_eq!(trial.runs(intent).await.0, Verdict::Done);
        let came_from = trial.platform.users();
        assert_eq!(came_from[&first], P::RELEASES[1]);
        assert!(came_from.values().any(|release| release == P::RELEASES[0]), "{came_from:?}");
        trial.does(Phase::Prepare, 2).await;
        trial.does(Phase::GoLive, 2).await;
        assert!(trial.users_are_on(2));
        trial.does(Phase::Rollback, 2).await;
        assert_eq!(trial.platform.users(), came_from);
        trial.does(Phase::Rollback, 2).await;
        assert_eq!(trial.platform.users(), came_from, "asked twice, it moves nobody again");
        trial.desk.quit().await;
    });
}

/// Two consoles prepare two releases at the same moment.
pub fn of_two_runs_that_start_at_once_one_changes_a_target_at_a_time<P: PlatformUnderTest>() {
    for seed in 1..=12 {
        runs(async {
            let trial = Trial::<P>::new();
            trial.platform.jitter(seed);
            let racers = (1..=2).map(|number| {
                let mut desk = trial.another(number);
                async move {
                    let intent = desk.intent(Phase::Prepare, Some(P::RELEASES[number]));
                    desk.begin(intent);
                    let (verdict, _) = desk.verdict().await;
                    desk.quit().await;
                    verdict
                }
            });
            let verdicts: Vec<Verdict> = join_all(racers).await;
            let lost = |verdict: &&Verdict| matches!(verdict, Verdict::Locked { .. });
            assert!(verdicts.iter().filter(lost).count() >= 1, "seed {seed}: {verdicts:?}");
            let steps = trial.sent.steps.lock().unwrap().clone();
            for member in trial.members() {
                let name = member.target.name();
                let mut consoles: Vec<usize> =
                    steps.iter().filter(|(of, _)| of == name).map(|(_, by)| *by).collect();
                consoles.dedup();
                assert!(consoles.len() <= 1, "seed {seed}, {name}: changed by {consoles:?}");
            }
            trial.desk.quit().await;
        });
    }
}

pub fn of_two_claims_of_one_lock_one_wins<P: PlatformUnderTest>() {
    for seed in 1..=12 {
        runs(async {
            let trial = Trial::<P>::new();
            trial.platform.jitter(seed);
            for member in trial.members() {
                let claims = ["one", "two", "three"].map(|run| trial.claims(&member, run));
                let endings = join_all(claims).await;
                let won = endings.iter().filter(|ending| **ending == Ending::Exited(0)).count();
                let held = Ending::Exited(Locking::HELD);
                let told = endings.iter().filter(|ending| **ending == held).count();
                assert_eq!((won, told), (1, 2), "seed {seed}, {}: {endings:?}", member.target);
            }
            trial.desk.quit().await;
        });
    }
}

pub fn observing_changes_nothing<P: PlatformUnderTest>() {
    runs(async {
        let mut trial = Trial::<P>::new();
        for (phase, release, _) in story::<P>() {
            trial.does(phase, release).await;
            let before = trial.state();
            for (member, observed) in trial.observes().await {
                assert!(observed.current().is_some(), "{}: {observed:?}", member.target);
            }
            let intent = trial.intent(phase, release);
            trial.desk.handle.orders.send(Order::Propose { intent }).unwrap();
            trial.desk.handle.proposals.recv().await.unwrap();
            assert_eq!(trial.state(), before, "observed after {phase}");
        }
        trial.desk.quit().await;
    });
}

pub fn an_unreachable_target_is_never_shown_as_known<P: PlatformUnderTest>() {
    runs(async {
        let mut trial = Trial::<P>::new();
        let forward = if trial.has(Phase::Prepare) { Phase::Prepare } else { Phase::GoLive };
        trial.does(forward, 1).await;
        trial.does(Phase::GoLive, 1).await;
        let lost = trial.platform.users().into_keys().next_back().unwrap();
        trial.platform.cut_off(&lost);
        for phase in [forward, Phase::Rollback] {
            let intent = trial.intent(phase, 2);
            let (verdict, events) = trial.runs(intent).await;
            assert_ne!(verdict, Verdict::Done, "{phase}");
            let of_it = |event: &Event| match &event.what {
                What::Observed { target, observed } if target.name() == lost => {
                    Some(observed.clone())
                }
                _ => None,
            };
            for observed in events.iter().filter_map(of_it) {
                assert!(matches!(observed, Observed::Failed { .. }), "{phase}: {observed:?}");
            }
            for event in &events {
                if let What::Planned { plan, .. } = &event.what {
                    let left = plan.left_out.iter().any(|left| left.target.name() == lost);
                    assert!(left, "{phase}: a plan that does not name {lost}: {plan:#?}");
                }
            }
        }
        assert_eq!(trial.platform.users()[&lost], P::RELEASES[1], "nobody could move its users");
        trial.desk.quit().await;
    });
}

/// Somebody takes every lock over after each of the steps of a run.
pub fn a_run_whose_lock_is_gone_changes_nothing_more<P: PlatformUnderTest>() {
    for (begins, (phase, release, _)) in every_phase::<P>() {
        for steps in 1.. {
            let mut is_over = false;
            runs(async {
                let mut trial = Trial::on(begins.copy());
                let intent = trial.intent(phase, release);
                trial.desk.begin(intent);
                let mut ended = 0;
                while ended < steps && !is_over {
                    let event = trial.desk.handle.readers.events.recv().await.unwrap();
                    match event.what {
                        What::StepEnded { .. } => ended += 1,
                        What::Asked { .. } => {
                            let by = crate::testkit::run::operator();
                            let answer = Order::Answer { yes: true, by, note: None };
                            trial.desk.handle.orders.send(answer).unwrap();
                        }
                        What::RunEnded { .. } => is_over = true,
                        _ => {}
                    }
                }
                if !is_over {
                    trial.platform.locks_are_taken_over();
                    let before = trial.state();
                    let (verdict, _) = trial.desk.verdict().await;
                    let scene = format!("{phase}, after step {steps}: {verdict:?}");
                    assert_eq!(trial.state(), before, "{scene}");
                    // Of a run whose last step was done there is nothing left to refuse.
                    let ends = matches!(verdict, Verdict::LockLost { .. } | Verdict::Done);
                    assert!(ends, "{scene}");
                }
                trial.desk.quit().await;
            });
            if is_over {
                assert!(steps > 1, "{phase} has no step");
                break;
            }
        }
    }
}
