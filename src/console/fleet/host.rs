//! One host, as the table shows it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Letters, Side, Status};
use crate::console::app::setup::HostEntry;
use crate::console::app::state::State;
use crate::console::screen::glyphs::Mark;
use crate::domain::deploy::{Doing, Progress};
use crate::domain::lock::HeldLock;
use crate::domain::names::{Color, RunId};
use crate::domain::observation::{Health, Observation, Observed, Proof, Running, Slot, Traffic};
use crate::domain::target::Carries;

/// Older than this and the age is shown reversed; older than that and the row is grey.
const AGEING: Duration = Duration::from_secs(5);
const STALE: Duration = Duration::from_secs(15);
/// Users begin to notice.
const SLOW: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    pub member: &'a HostEntry,
    pub observed: Option<&'a Observed>,
    pub progress: Option<&'a Progress>,
    pub groups: &'a [String],
    /// The run at work.
    run: Option<&'a RunId>,
    switched_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    /// A run is at work, or its verdict is the last thing that happened.
    pub(super) running: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    Never,
    Fresh,
    Ageing,
    Stale,
}

impl<'a> Host<'a> {
    pub fn new(state: &'a State, member: &'a HostEntry) -> Self {
        Self {
            member,
            observed: state.run.deploy.observations.get(&member.target),
            progress: state.run.deploy.targets.get(&member.target),
            groups: state.setup.groups(&member.target),
            run: state.run.deploy.run.as_ref().filter(|_| state.run.deploy.is_running()),
            switched_at: state.run.switched_at.get(&member.target).copied(),
            now: state.now.at,
            running: state.run.deploy.is_running(),
        }
    }

    pub fn name(&self) -> &'a str {
        self.member.target.name()
    }

    pub fn has_colors(&self) -> bool {
        self.member.carries == Carries::App
    }

    /// What it said when it was last asked, if it answered.
    pub fn observation(&self) -> Option<&'a Observation> {
        self.observed?.current()
    }

    /// The last it ever said, answered or not.
    pub fn latest(&self) -> Option<&'a Observation> {
        self.observed?.latest()
    }

    pub fn age(&self) -> Option<Duration> {
        let age = self.now - self.latest()?.at;
        // A clock that was set back makes no knowledge younger than new.
        Some(age.to_std().unwrap_or_default())
    }

    pub fn freshness(&self) -> Freshness {
        match self.age() {
            None => Freshness::Never,
            Some(age) if age > STALE => Freshness::Stale,
            Some(age) if age > AGEING => Freshness::Ageing,
            Some(_) => Freshness::Fresh,
        }
    }

    fn is_overtaken(&self, seen: &Observation) -> bool {
        self.switched_at.is_some_and(|at| seen.at <= at)
    }

    pub fn live(&self) -> Side {
        let Some(seen) = self.latest() else { return Side::Unknown };
        if !self.has_colors() {
            return Side::Jobs(seen.jobs.iter().find_map(|job| job.release.clone()));
        }
        match seen.live.color() {
            Some(color) => self.side(seen, color, None),
            None => disagreement(seen),
        }
    }

    pub fn passive(&self) -> Side {
        let Some(seen) = self.latest().filter(|_| self.has_colors()) else { return Side::Unknown };
        match self.passive_color(seen) {
            Some(color) => {
                let but = seen.colors.get(color).map_or(Some("not seen"), shortcoming);
                self.side(seen, color, but)
            }
            None => Side::Unknown,
        }
    }

    /// Returns what is on the sides that the target has.
    pub fn sides(&self, letters: Letters) -> String {
        let live = self.live().words(letters);
        if self.member.can.passive_side {
            format!("live {live}, passive {}", self.passive().words(letters))
        } else {
            format!("live {live}")
        }
    }

    fn passive_color(&self, seen: &'a Observation) -> Option<&'a Color> {
        self.member.colors.other(seen.live.color()?)
    }

    fn side(&self, seen: &Observation, color: &Color, but: Option<&'static str>) -> Side {
        let color = color.clone();
        let release = seen.colors.get(&color).and_then(|slot| slot.release.clone());
        if self.observation().is_none() || self.is_overtaken(seen) {
            Side::Was { color, release }
        } else {
            Side::Known { color, release, but }
        }
    }

    /// The passive color's state, if it was seen when the host was last asked.
    pub fn passive_slot(&self) -> Option<&'a Slot> {
        let seen = self.observation()?;
        seen.colors.get(self.passive_color(seen)?)
    }

    pub fn step(&self) -> Status {
        let Some(progress) = self.progress else { return Status::new(Mark::Wait, "idle") };
        let step = progress.step.as_ref();
        let name = step.map_or("", |step| step.name.as_str());
        let count = step.map_or(String::new(), |step| format!(" {}/{}", step.number, step.of));
        match &progress.doing {
            Doing::Queued => Status::new(Mark::Wait, if self.running { "queued" } else { "idle" }),
            Doing::Working => Status::new(Mark::Work, format!("{name}{count}")),
            Doing::Done => Status::new(Mark::Ok, format!("{name}{count}")),
            Doing::Failed(_) => Status::new(Mark::Bad, format!("{name} FAILED{count}")),
            Doing::Unknown(_) => Status::new(Mark::Unknown, format!("{name} UNKNOWN{count}")),
            Doing::Skipped => Status::new(Mark::Skip, format!("skipped{count}")),
        }
    }

    /// As users see it: the answer at the live entry point.
    pub fn health(&self) -> Status {
        let Some(observed) = self.observed else {
            return Status::new(Mark::Unknown, "not asked yet");
        };
        let Some(seen) = observed.current() else {
            return Status::new(Mark::Unknown, "unreachable");
        };
        if !self.has_colors() {
            return jobs(seen);
        }
        let Some(answer) = &seen.live.answer else {
            return Status::new(Mark::Unknown, without_answer(seen.live.proof));
        };
        let took = answer.took.as_millis();
        match answer.status {
            None => Status::new(Mark::Bad, "NO ANSWER"),
            Some(status) if !answer.is_ok() => {
                Status::new(Mark::Bad, format!("BAD {status} {took}ms"))
            }
            Some(status) if answer.took > SLOW => {
                Status::new(Mark::Warn, format!("slow {status} {took}ms"))
            }
            Some(status) => Status::new(Mark::Ok, format!("ok {status} {took}ms")),
        }
    }

    /// Returns why the last observation failed.
    pub fn why_failed(&self) -> Option<&'a str> {
        match self.observed {
            Some(Observed::Failed { why, .. }) => Some(why),
            _ => None,
        }
    }

    /// Returns what needs attention on this host, the most urgent first.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        notes.extend(self.why_failed().map(str::to_owned));
        let Some(seen) = self.latest() else { return notes };
        if matches!(self.live(), Side::Disagree(_)) {
            notes.push(three_sources(&seen.live));
        }
        match seen.drift.as_slice() {
            [] => {}
            [one] => notes.push(format!("drift: {}", one.what)),
            many => notes.push(format!("drift in {} things: {}", many.len(), many[0].what)),
        }
        if let Some(lock) = self.foreign_lock() {
            let dead = if lock.is_dead() { " DEAD" } else { "" };
            notes.push(format!("lock {}{dead}", lock.who()));
        }
        notes
    }

    /// Returns another run's lock on this host. The current run's own lock is not shown.
    pub fn foreign_lock(&self) -> Option<&'a HeldLock> {
        let ours = |held: &HeldLock| self.run.is_some_and(|run| held.is_of(run));
        self.latest()?.lock.as_ref().filter(|held| !ours(held))
    }

    /// Returns how long the current step has taken, and how long it may take.
    pub fn at_it(&self) -> Option<(Duration, Duration)> {
        let progress = self.progress.filter(|progress| progress.doing == Doing::Working)?;
        let since = (self.now - progress.since?).to_std().unwrap_or_default();
        Some((since, progress.step.as_ref()?.deadline))
    }
}

/// Describes a target that no answer was requested from.
fn without_answer(proof: Proof) -> &'static str {
    match proof {
        Proof::Answer => "not asked",
        Proof::Link => "no entry point",
        Proof::NoUsers => "nothing live",
    }
}

fn three_sources(live: &Traffic) -> String {
    let word = |color: Option<&Color>| color.map_or("?".to_owned(), Color::to_string);
    let recorded = word(live.recorded.as_ref());
    let configured = word(live.configured.as_ref());
    if live.proof == Proof::Link {
        return format!("link names {configured}, recorded {recorded}");
    }
    let answered = word(live.answer.as_ref().and_then(|answer| answer.color.as_ref()));
    format!("configured {configured}, users get {answered}, recorded {recorded}")
}

fn disagreement(seen: &Observation) -> Side {
    let answered = seen.live.answer.as_ref().and_then(|answer| answer.color.as_ref());
    let mut colors: Vec<Color> =
        [seen.live.configured.as_ref(), answered, seen.live.recorded.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
    colors.sort();
    colors.dedup();
    if colors.len() > 1 { Side::Disagree(colors) } else { Side::Unknown }
}

/// Why a color could not serve now.
fn shortcoming(color: &Slot) -> Option<&'static str> {
    match (color.running, color.health) {
        (Running::Absent, _) => Some("absent"),
        (Running::Unseen, _) => Some("not seen"),
        (Running::Stopped, _) => Some("stopped"),
        (Running::Unsettled, _) => Some("unsettled"),
        (Running::Up, Health::Unhealthy) => Some("unhealthy"),
        (Running::Up, Health::Starting) => Some("starting"),
        (Running::Up, _) => None,
    }
}

fn jobs(seen: &Observation) -> Status {
    if seen.jobs.iter().any(|job| job.running == Running::Unseen) {
        return Status::new(Mark::Unknown, "jobs not seen");
    }
    let up = seen.jobs.iter().filter(|job| job.running == Running::Up).count();
    let of = seen.jobs.len();
    let mark = if up == of { Mark::Ok } else { Mark::Bad };
    Status::new(mark, format!("{up}/{of} jobs up"))
}
