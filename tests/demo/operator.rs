//! An operator without a console: the real planner decides, a plain client carries out, until a
//! fresh plan has nothing left to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::Utc;
use flipside::demo::Fleet;
use flipside::domain::availability::Availabilities;
use flipside::domain::command::Command;
use flipside::domain::names::{EnvName, RunId};
use flipside::domain::observation::{Observation, Observed};
use flipside::domain::phase::Phase;
use flipside::domain::plan::{
    Action, Batches, FailurePolicy, Intent, Operator as Who, Plan, Probe, Selection, Stage, Step,
};
use flipside::domain::release::{Release, Tag};
use flipside::domain::spec::{AppSpec, Member};
use flipside::domain::target::Target;
use flipside::platform::{self, KnownMember, ProbeReply};
use futures::future::join_all;

use crate::client::{Client, Ended};
use crate::world::client;

pub struct Operator<'a> {
    fleet: &'a Fleet,
    pub app: AppSpec,
    /// One connection a host, as a console has.
    clients: Mutex<BTreeMap<String, Arc<Client>>>,
}

/// A step that was carried out, and how it ended.
#[derive(Debug, Clone)]
pub struct Done {
    pub target: Target,
    pub step: String,
    pub ended: Ended,
}

/// What came of a phase.
#[derive(Debug)]
pub enum Verdict {
    /// A fresh plan had nothing left to do.
    Complete(Vec<Done>),
    Refused(String),
    /// The steps that did not end well are the last ones.
    Failed(Vec<Done>),
}

impl Verdict {
    pub fn done(self) -> Vec<Done> {
        match self {
            Self::Complete(done) => done,
            other => panic!("{other:#?}"),
        }
    }

    pub fn failure(self) -> Done {
        match self {
            Self::Refused(why) => panic!("refused: {why}"),
            Self::Failed(done) => done.into_iter().find(|done| done.ended.code != Some(0)).unwrap(),
            Self::Complete(done) => panic!("it should have failed: {done:#?}"),
        }
    }
}

impl<'a> Operator<'a> {
    pub fn of(fleet: &'a Fleet) -> Self {
        let inventory = fleet.inventory().unwrap();
        let environment = inventory.environments.into_values().next().unwrap();
        let app = environment.apps.into_values().next().unwrap();
        Self { fleet, app, clients: Mutex::default() }
    }

    pub fn member(&self, host: &str) -> &Member {
        self.app.members.iter().find(|member| member.target.name() == host).unwrap()
    }

    pub async fn on(&self, host: &str, command: &Command) -> Ended {
        let kept = self.clients.lock().unwrap().get(host).cloned();
        let client = match kept {
            Some(client) if client.is_open().await => client,
            _ => match client(self.fleet, host).await {
                Ok(client) => Arc::new(client),
                Err(_) => return Ended::default(),
            },
        };
        self.clients.lock().unwrap().insert(host.to_owned(), Arc::clone(&client));
        client.run(command).await
    }

    pub async fn look(&self, member: &Member) -> Observed {
        let [Action::Run(command)] = &platform::of(&member.platform).probe(member, None)[..] else {
            panic!("one command")
        };
        let asked_ms = Utc::now().timestamp_millis();
        let ended = self.on(member.target.name(), command).await;
        let Some(code) = ended.code else {
            return Observed::Failed { why: "no answer".to_owned(), last: None };
        };
        let reply = ProbeReply {
            code: code.try_into().unwrap(),
            stdout: ended.stdout,
            stderr: ended.stderr,
            asked_ms,
            answered_ms: Utc::now().timestamp_millis(),
        };
        match platform::of(&member.platform).read(member, &[reply], None) {
            Ok(seen) => Observed::Current(Box::new(seen)),
            Err(why) => Observed::Failed { why: why.to_string(), last: None },
        }
    }

    pub async fn see(&self, host: &str) -> Observation {
        match self.look(self.member(host)).await {
            Observed::Current(seen) => *seen,
            Observed::Failed { why, .. } => panic!("{host}: {why}"),
        }
    }

    pub fn intent(&self, phase: Phase, tag: Option<&str>) -> Intent {
        let run = format!("{}-{}", phase.word(), Utc::now().timestamp_micros());
        Intent {
            run: RunId::new(run).unwrap(),
            phase,
            environment: EnvName::new("demo").unwrap(),
            app: self.app.name.clone(),
            stack: self.app.members[0].stack.clone(),
            release: tag.map(|tag| Release::of_tag(Tag::new(tag).unwrap())),
            selection: Selection::All,
            policy: FailurePolicy::Stop,
            batches: Batches::default(),
            sign_off_required: false,
            freeze: false,
            reason: None,
            by: Who { user: "ada".to_owned(), machine: "desk".to_owned() },
            asked_at: Utc::now(),
            begun_at: None,
            goal: None,
        }
    }

    pub async fn plan(&self, intent: &Intent) -> Result<Plan, String> {
        let observations = join_all(self.app.members.iter().map(|member| self.look(member))).await;
        let known: Vec<KnownMember<'_>> = self
            .app
            .members
            .iter()
            .zip(&observations)
            .map(|(member, observed)| KnownMember { member, observed })
            .collect();
        platform::of(&known[0].member.platform)
            .plan(intent, &known, &Availabilities::default())
            .map_err(|refusal| refusal.reason)
    }

    pub async fn run(&self, phase: Phase, tag: Option<&str>) -> Verdict {
        self.carry_out(&self.intent(phase, tag)).await
    }

    pub async fn carry_out(&self, intent: &Intent) -> Verdict {
        let mut all = Vec::new();
        let mut intent = intent.clone();
        // A phase that is not over after so many looks never will be.
        for _ in 0..6 {
            let plan = match self.plan(&intent).await {
                Ok(plan) => plan,
                Err(why) => return Verdict::Refused(why),
            };
            if plan.is_complete() {
                return Verdict::Complete(all);
            }
            // The first plan decided which release is meant; the next ones keep it.
            intent = plan.intent.clone();
            for stage in plan.until_next_observation() {
                let done = self.stage(stage).await;
                let failed = done.iter().any(|done| done.ended.code != Some(0));
                all.extend(done);
                if failed {
                    return Verdict::Failed(all);
                }
            }
        }
        panic!("{} is never over: {all:#?}", intent.phase)
    }

    async fn stage(&self, stage: &Stage) -> Vec<Done> {
        let tracks = stage.tracks.iter().map(|track| async {
            let mut done = Vec::new();
            for step in track.steps.iter().filter(|step| step.is_to_do()) {
                let ended = self.step(track.target.name(), step).await;
                let well = ended.code == Some(0);
                done.push(Done { target: track.target.clone(), step: step.name.clone(), ended });
                if !well {
                    break;
                }
            }
            done
        });
        join_all(tracks).await.into_iter().flatten().collect()
    }

    async fn step(&self, host: &str, step: &Step) -> Ended {
        match &step.action {
            Action::Run(command) => self.on(host, command).await,
            Action::Ask(_) => Ended { code: Some(0), ..Ended::default() },
            Action::Wait(wait) => {
                let Probe::Run(command) = &wait.probe else { panic!("asked on the host") };
                let over = Instant::now() + wait.every * 10;
                loop {
                    let ended = self.on(host, command).await;
                    if ended.code == Some(0) || Instant::now() > over {
                        return ended;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            Action::Request(_) => panic!("no requests here"),
        }
    }

    /// The one step of a phase's plan that is called so on a host.
    pub async fn command(&self, phase: Phase, tag: &str, host: &str, step: &str) -> Command {
        let plan = self.plan(&self.intent(phase, Some(tag))).await.unwrap();
        let found = plan.steps().find(|(target, s)| target.name() == host && s.name == step);
        match &found.unwrap().1.action {
            Action::Run(command) => command.clone(),
            other => panic!("{other:?}"),
        }
    }
}

/// The steps that were carried out on each host, in order.
pub fn by_host(done: &[Done]) -> BTreeMap<&str, Vec<&str>> {
    let mut hosts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for done in done {
        hosts.entry(done.target.name()).or_default().push(&done.step);
    }
    hosts
}
