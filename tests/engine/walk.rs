//! Random walks over the phases, with failures, lost lines and consoles that die in the middle: a rollback
//! goes to the release that each host recorded its users came from, or to one that was named, and nowhere
//! else.

use std::sync::Arc;
use std::time::Duration;

use flipside::domain::event::Verdict;
use flipside::domain::observation::ColdRollback;
use flipside::domain::observation::{Change, Switching};
use flipside::domain::phase::Phase;
use flipside::domain::plan::{FailurePolicy, Intent};
use flipside::domain::rollback::RollbackGoal;
use flipside::engine::Attendance;
use proptest::prelude::*;

use crate::fleet::{Fleet, Luck};
use crate::host::{Host, KilledAt, digest};
use crate::run::Desk;

const HOSTS: [&str; 3] = ["web1", "web2", "web3"];

#[derive(Debug, Clone)]
enum Act {
    Prepare(u8),
    Verify,
    GoLive,
    Abandon,
    Finish,
    Repair,
    Rollback,
    RollbackTo(u8),
    /// The engine of one host was killed and started again: what ran is stopped.
    EngineRestarts(usize),
    /// A tag means other bytes in the registry from now on.
    TagMoves(u8, u8),
    /// The passive color of a host is removed, with its image where nothing else needs that.
    ColorGone(usize),
    RegistryAway(bool),
    /// The next switch of the live side on this host is killed.
    Kills(usize, bool),
}

/// One step of a walk: what is asked for, and what goes wrong in it.
#[derive(Debug, Clone)]
struct Step {
    act: Act,
    seed: u64,
    percent: u64,
    /// After so many commands of the whole fleet nothing is heard of it any more.
    dies_after: Option<u32>,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (2u8..6).prop_map(Act::Prepare),
        1 => Just(Act::Verify),
        4 => Just(Act::GoLive),
        1 => Just(Act::Abandon),
        1 => Just(Act::Finish),
        1 => Just(Act::Repair),
        4 => Just(Act::Rollback),
        1 => (1u8..6).prop_map(Act::RollbackTo),
        1 => (0usize..3).prop_map(Act::EngineRestarts),
        1 => (1u8..6, 1u8..4).prop_map(|(tag, bytes)| Act::TagMoves(tag, bytes)),
        1 => (0usize..3).prop_map(Act::ColorGone),
        1 => prop_oneof![1 => Just(true), 3 => Just(false)].prop_map(Act::RegistryAway),
        1 => (0usize..3, any::<bool>()).prop_map(|(host, early)| Act::Kills(host, early)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let dies = prop_oneof![3 => Just(None), 1 => (3u32..40).prop_map(Some)];
    (act(), any::<u64>(), prop_oneof![2 => Just(0u64), 1 => 1u64..25], dies)
        .prop_map(|(act, seed, percent, dies_after)| Step { act, seed, percent, dies_after })
}

/// What a host said before a rollback, and so what may become of its users.
struct Before {
    live: String,
    cold_rollback: Option<ColdRollback>,
    change: Option<Change>,
    switches: usize,
    jobs: (String, bool),
}

impl Before {
    fn of(host: &Host) -> Self {
        let mark = host.marks.get("switching");
        let mark: Option<Switching> = mark.map(|text| serde_json::from_str(text).unwrap());
        // A switch that was killed after it moved users could not record it, and left it in its mark.
        let unrecorded = mark.filter(|mark| mark.to.as_str() == host.live);
        let recorded = host.marks.get("change").map(|text| serde_json::from_str(text).unwrap());
        Self {
            live: host.live_tag().to_owned(),
            cold_rollback: host
                .marks
                .get("returning")
                .map(|text| serde_json::from_str(text).unwrap()),
            change: unrecorded.and_then(|mark| mark.change.map(|change| *change)).or(recorded),
            switches: host.switches.len(),
            jobs: host.containers["djobs"].clone(),
        }
    }

    fn was_sent_back(&self) -> bool {
        self.change.as_ref().is_some_and(|change| change.is(Phase::Rollback))
    }

    /// Where an unfinished rollback to a named release sent the users of `live`.
    fn named(&self, live: &str) -> Option<String> {
        if let Some(begun) =
            self.cold_rollback.as_ref().filter(|begun| begun.leave.as_str() == live)
        {
            return Some(begun.to.to_string());
        }
        let change = self.change.as_ref().filter(|change| change.named)?;
        let from = change.from.as_ref().is_some_and(|from| from.as_str() == live);
        change.tag.as_ref().filter(|_| from).map(ToString::to_string)
    }

    fn origin(&self) -> Option<String> {
        let change = self.change.as_ref().filter(|change| change.is(Phase::GoLive))?;
        let tag = change.tag.as_ref().filter(|tag| tag.as_str() == self.live)?;
        assert_ne!(
            Some(tag),
            change.from.as_ref(),
            "a release is never recorded as its own origin"
        );
        change.from.as_ref().map(ToString::to_string)
    }
}

struct Walk {
    fleet: Arc<Fleet>,
    desk: Desk,
}

impl Walk {
    #[allow(clippy::too_many_lines)] // one arm for each move
    async fn takes(&mut self, step: &Step) {
        let (phase, tag, goal) = match &step.act {
            Act::Prepare(number) => (Phase::Prepare, Some(format!("v{number}")), None),
            Act::Verify => (Phase::Verify, None, None),
            Act::GoLive => (Phase::GoLive, None, None),
            Act::Abandon => (Phase::Abandon, None, None),
            Act::Finish => (Phase::Finish, None, None),
            Act::Repair => (Phase::Repair, None, None),
            Act::Rollback => (Phase::Rollback, None, None),
            Act::RollbackTo(number) => {
                let tag = format!("v{number}").parse().unwrap();
                (Phase::Rollback, None, Some(RollbackGoal::To(tag)))
            }
            Act::EngineRestarts(host) => {
                self.fleet.change(HOSTS[*host], |host| {
                    host.containers.values_mut().for_each(|container| container.1 = false);
                });
                return;
            }
            Act::TagMoves(tag, bytes) => {
                let mut registry = self.fleet.registry.lock().unwrap();
                registry.moves(&format!("v{tag}"), &format!("v{tag} build {bytes}"));
                return;
            }
            Act::ColorGone(host) => {
                self.fleet.change(HOSTS[*host], |host| {
                    let passive = if host.live == "blue" { "shop_green" } else { "shop_blue" };
                    let Some((tag, _)) = host.containers.remove(passive) else { return };
                    host.created.remove(passive);
                    if host.containers.values().all(|(used, _)| *used != tag) {
                        host.images.remove(&tag);
                    }
                });
                return;
            }
            Act::RegistryAway(is_away) => {
                self.fleet.registry.lock().unwrap().is_away = *is_away;
                return;
            }
            Act::Kills(host, early) => {
                let point = if *early { KilledAt::Replaced } else { KilledAt::Reloaded };
                self.fleet.change(HOSTS[*host], |host| host.killed = Some(point));
                return;
            }
        };
        let before = self.before();
        *self.fleet.luck.lock().unwrap() = Luck::of_seed(step.seed, step.percent);
        *self.fleet.dies_after.lock().unwrap() = step.dies_after;
        let verdict = self.runs(phase, tag.as_deref(), goal.clone()).await;
        *self.fleet.luck.lock().unwrap() = Luck::good();
        *self.fleet.dies_after.lock().unwrap() = None;
        for host in HOSTS {
            self.fleet.change(host, |host| host.lock = None);
        }
        if phase == Phase::Rollback {
            self.went_where_users_came_from(&before, goal.as_ref());
            self.jobs_followed_users(&before, &verdict, goal.as_ref());
            if verdict == Verdict::Done {
                self.agrees();
                self.a_second_one_moves_nobody(goal).await;
            }
        }
        if verdict == Verdict::Done {
            self.users_are_answered(&step.act);
        }
    }

    fn before(&self) -> Vec<Before> {
        HOSTS.iter().map(|host| Before::of(&self.fleet.host(host))).collect()
    }

    async fn runs(
        &mut self,
        phase: Phase,
        tag: Option<&str>,
        goal: Option<RollbackGoal>,
    ) -> Verdict {
        let intent = Intent { goal, policy: FailurePolicy::Stop, ..self.desk.intent(phase, tag) };
        self.desk.begin(intent);
        self.desk.verdict().await.0
    }

    fn went_where_users_came_from(&self, all: &[Before], goal: Option<&RollbackGoal>) {
        for (name, before) in HOSTS.iter().zip(all) {
            let host = self.fleet.host(name);
            let went: Vec<&(String, String)> = host.moves[before.switches..].iter().collect();
            for (_, to) in went {
                let named: Vec<String> = if let Some(RollbackGoal::To(tag)) = goal {
                    vec![tag.to_string()]
                } else {
                    let continued = all.iter().filter_map(|other| other.named(&before.live));
                    continued.chain(before.origin()).collect()
                };
                let stays = *to == before.live;
                assert!(
                    stays || named.contains(to),
                    "{name}: users of {} went to {to}, they came from {named:?}",
                    before.live
                );
                let origin = before.origin().filter(|origin| origin == to && !stays);
                let change = before.change.as_ref().filter(|_| origin.is_some());
                if let Some(recorded) = change.and_then(|change| change.from_digest.as_ref()) {
                    let bytes = host.live_bytes();
                    assert_eq!(recorded.as_str(), digest(&bytes), "{name}: {to} is {bytes}");
                }
            }
        }
    }

    /// Jobs go nowhere while nobody is moved. What is done has brought them along.
    fn jobs_followed_users(
        &self,
        before: &[Before],
        verdict: &Verdict,
        goal: Option<&RollbackGoal>,
    ) {
        let now: Vec<Host> = HOSTS.iter().map(|host| self.fleet.host(host)).collect();
        let moved = now.iter().zip(before).any(|(now, was)| now.switches.len() > was.switches);
        // An earlier rollback may have ended before its jobs were brought along.
        let continued = goal.is_some() || before.iter().any(Before::was_sent_back);
        for ((name, now), before) in HOSTS.iter().zip(&now).zip(before) {
            let (tag, _) = &now.containers["djobs"];
            if !moved && !continued {
                assert_eq!(*tag, before.jobs.0, "{name}: nobody was moved, and the jobs were");
            }
            if moved && *verdict == Verdict::Done {
                assert_eq!(tag, now.live_tag(), "{name}: the jobs are where users are");
                assert_eq!(
                    now.created_of("djobs"),
                    now.live_bytes(),
                    "{name}: and of the same bytes"
                );
            }
        }
    }

    /// Users, jobs, deployed file, recorded color and recorded change are about one release.
    fn agrees(&self) {
        for name in HOSTS {
            let host = self.fleet.host(name);
            assert_eq!(host.recorded, host.live, "{name}: the recorded color");
            assert_eq!(host.configured, host.live, "{name}: the configured color");
            assert!(!host.marks.contains_key("switching"), "{name}: the mark of a switch");
            assert_eq!(host.release_of(&host.link), host.live_tag(), "{name}: the deployed file");
            let change =
                host.marks.get("change").map(|it| serde_json::from_str::<Change>(it).unwrap());
            if let Some(tag) = change.and_then(|change| change.tag) {
                assert_eq!(tag.as_str(), host.live_tag(), "{name}: the recorded change");
            }
        }
    }

    async fn a_second_one_moves_nobody(&mut self, goal: Option<RollbackGoal>) {
        let before = self.before();
        let jobs = HOSTS.map(|host| self.fleet.host(host).containers["djobs"].clone());
        let again = self.runs(Phase::Rollback, None, goal).await;
        assert!(matches!(again, Verdict::Done | Verdict::Refused { .. }), "{again:?}");
        for ((name, before), jobs) in HOSTS.iter().zip(before).zip(jobs) {
            let host = self.fleet.host(name);
            assert_eq!(host.live_tag(), before.live, "{name}: a second rollback moves nobody");
            assert_eq!(host.switches.len(), before.switches, "{name}");
            assert_eq!(host.containers["djobs"].0, jobs.0, "{name}");
        }
    }

    fn users_are_answered(&self, act: &Act) {
        for name in HOSTS {
            let host = self.fleet.host(name);
            assert!(host.runs(&host.live), "{name}: {act:?} was done, and nobody answers users");
        }
    }
}

async fn walk(steps: Vec<Step>) {
    let fleet = Fleet::new(&HOSTS);
    let desk = Desk::new(&fleet, Attendance::Unattended);
    let mut walk = Walk { fleet, desk };
    for step in &steps {
        walk.takes(step).await;
        // Some walks take their next step within minutes, some after hours.
        let pause = if step.seed % 2 == 0 { 60 } else { 7_200 };
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
    walk.desk.quit().await;
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    asked.unwrap_or(48)
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::with_cases(cases()) })]
    #[test]
    fn a_rollback_goes_where_users_came_from_whatever_was_done_before(
        steps in prop::collection::vec(step(), 2..12),
    ) {
        runtime().block_on(walk(steps));
    }
}
