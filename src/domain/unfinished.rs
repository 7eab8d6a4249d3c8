//! What the last phase left undone, derived from observations and from the records of the hosts. Only the machine that ran
//! the phase has its journal; this works on every machine.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::names::RunId;
use super::observation::{Change, Observation};
use super::phase::Phase;
use super::release::Tag;
use super::rollback;
use super::target::Target;
use crate::base::text::some_of;

/// A phase that is complete on some targets and not on others, while no run is at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfinished {
    pub phase: Phase,
    /// The release that is prepared or went live. Of a rollback, the release that users leave.
    pub tag: Tag,
    /// The last change of the release that users reach. A prepare leaves no such record.
    pub last: Option<LastChange>,
    pub done: Vec<Target>,
    pub behind: Vec<TargetsBehind>,
}

/// The last change: its operator, its time and its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastChange {
    pub by: String,
    pub at: DateTime<Utc>,
    pub run: Option<RunId>,
}

/// Targets on which the same work is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetsBehind {
    pub what: UnfinishedPart,
    /// The release that they have instead. `None`: none is prepared, or it is not known.
    pub release: Option<Tag>,
    pub targets: Vec<Target>,
}

/// The part of a stack that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnfinishedPart {
    Users,
    Jobs,
    PassiveSide,
}

/// Returns what is left of the last phase. `None`: nothing is left, a run is at work, or no host has a record.
pub fn unfinished<'a>(
    hosts: &(impl Iterator<Item = &'a Observation> + Clone),
) -> Option<Unfinished> {
    let at_work =
        |observation: &Observation| observation.lock.as_ref().is_some_and(|held| !held.is_dead());
    if hosts.clone().any(at_work) {
        return None;
    }
    let newest = rollback::newest_change(hosts.clone());
    newest.and_then(|change| moved(hosts, change)).or_else(|| prepared(hosts))
}

/// Returns what is left after users were moved: targets whose users or jobs are not where they should be.
fn moved<'a>(
    hosts: &(impl Iterator<Item = &'a Observation> + Clone),
    change: &Change,
) -> Option<Unfinished> {
    let back = change.is(Phase::Rollback);
    let tag = if back { change.from.clone()? } else { change.tag.clone()? };
    // A rollback may send each host to another release. It is only known which release none may be on.
    let is_right = |on: &Tag| (*on == tag) != back;
    let mut found = Unfinished {
        phase: if back { Phase::Rollback } else { Phase::GoLive },
        tag: tag.clone(),
        last: Some(LastChange { by: change.by.clone(), at: change.at, run: change.run.clone() }),
        done: Vec::new(),
        behind: Vec::new(),
    };
    for observation in hosts.clone() {
        let live = observation.live_tag();
        let serves = !observation.colors.is_empty();
        if serves && !live.is_some_and(is_right) {
            found.is_behind(UnfinishedPart::Users, live, &observation.target);
            continue;
        }
        let jobs = observation.jobs.iter().filter_map(|job| job.release.as_ref());
        match jobs.map(|release| &release.tag).find(|tag| !is_right(tag)) {
            Some(on) => found.is_behind(UnfinishedPart::Jobs, Some(on), &observation.target),
            None => found.done.push(observation.target.clone()),
        }
    }
    (!found.behind.is_empty()).then_some(found)
}

/// Returns what is left of a prepare: targets on which the release is not prepared.
fn prepared<'a>(hosts: &(impl Iterator<Item = &'a Observation> + Clone)) -> Option<Unfinished> {
    let serving = || hosts.clone().filter(|observation| !observation.colors.is_empty());
    let tag = serving().find_map(rollback::prepared)?;
    let mut found = Unfinished {
        phase: Phase::Prepare,
        tag: tag.clone(),
        last: None,
        done: Vec::new(),
        behind: Vec::new(),
    };
    for observation in serving() {
        let here = rollback::prepared(observation);
        if here.as_ref() == Some(&tag) && observation.is_prepared() {
            found.done.push(observation.target.clone());
        } else {
            found.is_behind(UnfinishedPart::PassiveSide, here.as_ref(), &observation.target);
        }
    }
    (!found.behind.is_empty()).then_some(found)
}

/// How many names are listed; of the rest only the number is.
const MAX_NAMES: usize = 6;

impl Unfinished {
    fn is_behind(&mut self, what: UnfinishedPart, release: Option<&Tag>, target: &Target) {
        let same =
            |behind: &&mut TargetsBehind| behind.what == what && behind.release.as_ref() == release;
        match self.behind.iter_mut().find(same) {
            Some(behind) => behind.targets.push(target.clone()),
            None => self.behind.push(TargetsBehind {
                what,
                release: release.cloned(),
                targets: vec![target.clone()],
            }),
        }
    }

    /// Returns `go-live of v2 is not complete: done on web1; users are on v1 on web2; jobs are on v1 on jobs1`.
    pub fn what(&self) -> String {
        let Self { phase, tag, done, .. } = self;
        let of = if *phase == Phase::Rollback { "from" } else { "of" };
        let done = if done.is_empty() { "no host".to_owned() } else { names(done) };
        format!("{phase} {of} {tag} is not complete: done on {done}; {}", self.left())
    }

    /// Returns `users are on v1 on web2; jobs are on v1 on jobs1`.
    pub fn left(&self) -> String {
        let left = |TargetsBehind { what, release, targets }: &TargetsBehind| {
            let on = names(targets);
            match (what, release) {
                (UnfinishedPart::Users, None) => {
                    format!("it is not known what users are on, on {on}")
                }
                (UnfinishedPart::Users, Some(tag)) => format!("users are on {tag} on {on}"),
                (UnfinishedPart::Jobs, None) => format!("jobs are on another release on {on}"),
                (UnfinishedPart::Jobs, Some(tag)) => format!("jobs are on {tag} on {on}"),
                (UnfinishedPart::PassiveSide, Some(tag)) if *tag != self.tag => {
                    format!("{tag} is prepared on {on}")
                }
                (UnfinishedPart::PassiveSide, _) => format!("it is not prepared on {on}"),
            }
        };
        self.behind.iter().map(left).collect::<Vec<_>>().join("; ")
    }

    /// Returns `The last change was made by mara@mbp at 2026-11-27 03:06:12 UTC`.
    pub fn who(&self) -> Option<String> {
        let LastChange { by, at, .. } = self.last.as_ref()?;
        Some(format!("The last change was made by {by} at {}", at.format("%Y-%m-%d %H:%M:%S UTC")))
    }

    pub fn remedy(&self) -> String {
        match self.phase {
            Phase::Prepare => format!(
                "`flipside prepare --release {}` continues it, `flipside abandon` gives it up",
                self.tag
            ),
            Phase::Rollback => "`flipside rollback` continues it".to_owned(),
            _ => "`flipside go-live` continues it, `flipside rollback` sends users back".to_owned(),
        }
    }
}

fn names(targets: &[Target]) -> String {
    some_of(&targets.iter().map(Target::name).collect::<Vec<_>>(), MAX_NAMES)
}

#[cfg(test)]
pub(crate) mod tests;
