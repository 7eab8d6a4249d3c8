//! Past runs, as read back from their journals. A line that cannot be read is reported with its number, and does not hide
//! the lines that can.

mod timeline;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::deploy::Deploy;
use super::event::{Event, OutputLine, Verdict, What};
use super::observation::{Observation, Observed};
use super::phase::Phase;
use super::plan::Intent;
use super::release::Tag;
use super::target::Target;

pub use timeline::{Timeline, TimelineEntry};

/// One run, as recorded in its journal.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// The name of its directory, which usually is the run id.
    pub name: String,
    /// The file of its events.
    pub journal: PathBuf,
    pub events: Vec<Event>,
    pub damage: Vec<Damage>,
    pub writer: Writer,
    /// The output of each target, by name. Empty unless it was requested.
    pub output: Vec<HostOutput>,
}

/// A line of a journal that is not a valid event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Counts from 1.
    pub line: usize,
    pub what: String,
    /// How many events were read before this line.
    pub after: usize,
}

/// Whether a process still writes the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    AtWork,
    Gone,
    NotKnown,
}

/// The output of one target in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostOutput {
    pub target: Target,
    pub file: PathBuf,
    /// The lines; only the first and the last ones where there are very many.
    pub lines: Vec<OutputLine>,
    /// The index before which lines are left out, and how many. The file has all of them.
    pub left_out: Option<(usize, u64)>,
    /// Why the file could not be read to its end.
    pub wrong: Option<String>,
}

/// How a run ended, as far as its journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnding {
    Ended(Verdict),
    /// No end yet: a process still writes the journal.
    AtWork,
    /// No end: the process that wrote the journal is gone.
    Gone,
    /// No end, and it is not known whether a process still writes the journal.
    NotKnown,
}

impl RunEnding {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ended(verdict) => verdict.word(),
            Self::AtWork => "at work",
            Self::Gone => "no end",
            Self::NotKnown => "no end yet",
        }
    }

    /// Returns why there is no verdict. `None`: there is one.
    pub fn why_none(&self) -> Option<&'static str> {
        match self {
            Self::Ended(_) => None,
            Self::AtWork => Some("no end yet: the run is still at work in a console"),
            Self::Gone => Some("no end was recorded: the console that ran it was killed or lost"),
            Self::NotKnown => {
                Some("no end was recorded; it is not known whether the run is still at work")
            }
        }
    }
}

/// The summary of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    pub name: String,
    pub journal: PathBuf,
    /// `None`: the start of the journal is missing.
    pub intent: Option<Intent>,
    pub began: Option<DateTime<Utc>>,
    /// The time of the last event.
    pub last: Option<DateTime<Utc>>,
    /// The releases that users reached when the run began. There are several where hosts differed.
    pub from: Vec<Tag>,
    /// The release that the run was about.
    pub to: Option<Tag>,
    pub hosts: usize,
    pub ending: RunEnding,
    pub damage: Vec<Damage>,
}

impl RunRecord {
    pub fn intent(&self) -> Option<&Intent> {
        self.events.iter().find_map(|event| match &event.what {
            What::RunStarted { intent, .. } => Some(intent),
            _ => None,
        })
    }

    pub fn ending(&self) -> RunEnding {
        let verdict = self.events.iter().rev().find_map(|event| match &event.what {
            What::RunEnded { verdict } => Some(verdict.clone()),
            _ => None,
        });
        match (verdict, self.writer) {
            (Some(verdict), _) => RunEnding::Ended(verdict),
            (None, Writer::AtWork) => RunEnding::AtWork,
            (None, Writer::Gone) => RunEnding::Gone,
            (None, Writer::NotKnown) => RunEnding::NotKnown,
        }
    }

    /// Returns every target that the events mention.
    pub fn targets(&self) -> Vec<Target> {
        let deploy = Deploy::fold(&self.events);
        let seen = deploy.observations.keys().chain(deploy.targets.keys());
        let printed = self.output.iter().map(|output| &output.target);
        let all: BTreeSet<&Target> = seen.chain(printed).collect();
        all.into_iter().cloned().collect()
    }

    /// Returns the last observation of a target.
    pub fn latest(&self, target: &Target) -> Option<&Observation> {
        self.events.iter().rev().find_map(|event| match &event.what {
            What::Observed { target: of, observed } if of == target => observed.latest(),
            _ => None,
        })
    }

    pub fn brief(&self) -> RunSummary {
        let intent = self.intent();
        let plan = self.events.iter().find_map(|event| match &event.what {
            What::Planned { plan, .. } => Some(plan),
            _ => None,
        });
        let meant = intent.and_then(|intent| intent.release.as_ref());
        let meant = meant.or_else(|| plan?.intent.release.as_ref()).map(|it| it.tag.clone());
        let began = self.before_the_plan();
        let rolls_back = intent.is_some_and(|intent| intent.phase == Phase::Rollback);
        let rollback = plan.and_then(|plan| plan.rollback.as_ref());
        let back = rollback.and_then(|rollback| rollback.destination().cloned());
        // Plans in journals of earlier versions have no rollback preview.
        let origin = |seen: &&Observation| seen.origin().map(|origin| origin.release.tag);
        let back = back.or_else(|| began.iter().filter(|_| rolls_back).find_map(origin));
        let from: BTreeSet<Tag> = began.iter().filter_map(|seen| live(seen)).collect();
        RunSummary {
            name: self.name.clone(),
            journal: self.journal.clone(),
            intent: intent.cloned(),
            began: self.events.first().map(|event| event.at),
            last: self.events.last().map(|event| event.at),
            from: from.into_iter().collect(),
            to: back.or(meant),
            hosts: plan.map_or(0, |plan| plan.about().len()),
            ending: self.ending(),
            damage: self.damage.clone(),
        }
    }

    /// Returns the observations of the run's own targets from before its first plan.
    fn before_the_plan(&self) -> Vec<&Observation> {
        let selection = self.intent().map(|intent| &intent.selection);
        let planned = |event: &&Event| !matches!(event.what, What::Planned { .. });
        let before = self.events.iter().take_while(planned);
        let seen = before.filter_map(|event| match &event.what {
            What::Observed { target, observed: Observed::Current(seen) } => Some((target, &**seen)),
            _ => None,
        });
        let meant = |target: &Target| selection.is_none_or(|meant| meant.takes(target));
        seen.filter(|(target, _)| meant(target)).map(|(_, seen)| seen).collect()
    }
}

fn live(seen: &Observation) -> Option<Tag> {
    let slot = seen.colors.get(seen.live.color()?)?;
    Some(slot.release.as_ref()?.tag.clone())
}

impl RunSummary {
    /// Returns a sentence about the run if it may have changed something and did not end as done. `None` otherwise.
    pub fn ended_badly(&self) -> Option<String> {
        let intent = self.intent.as_ref()?;
        let how = match &self.ending {
            RunEnding::Ended(Verdict::Done | Verdict::Refused { .. } | Verdict::Locked { .. })
            | RunEnding::AtWork
            | RunEnding::NotKnown => return None,
            RunEnding::Ended(Verdict::Aborted { by }) => format!("was aborted by {by}"),
            RunEnding::Gone => "did not end: its console was killed or lost".to_owned(),
            RunEnding::Ended(verdict) => {
                let names: Vec<&str> = verdict.not_done().into_iter().map(Target::name).collect();
                let on = if names.is_empty() {
                    String::new()
                } else {
                    format!(" on {}", names.join(", "))
                };
                match verdict {
                    Verdict::Partly { .. } => format!("ended partly done, and not{on}"),
                    verdict => format!("ended {}{on}", verdict.word()),
                }
            }
        };
        let began = self
            .began
            .map_or(String::new(), |at| format!(" at {}", at.format("%Y-%m-%d %H:%M:%S UTC")));
        let to = self.to.as_ref().map_or(String::new(), |tag| format!(" {tag}"));
        let (phase, by) = (intent.phase, &intent.by);
        Some(format!("the last run from this machine, {phase}{to} by {by}{began}, {how}"))
    }

    pub fn took(&self) -> Option<Duration> {
        (self.last? - self.began?).to_std().ok()
    }

    pub fn phase(&self) -> &'static str {
        self.intent.as_ref().map_or("?", |intent| intent.phase.title())
    }

    /// Returns `v411 → v412`, with the given arrow.
    pub fn releases(&self, arrow: &str) -> String {
        let from: Vec<&str> = self.from.iter().map(Tag::as_str).collect();
        let to = self.to.as_ref().map(Tag::as_str);
        match (from.join("/"), to) {
            (from, None) => from,
            (from, Some(to)) if from.is_empty() || from == to => to.to_owned(),
            (from, Some(to)) => format!("{from} {arrow} {to}"),
        }
    }

    /// Returns the text that a search in the history matches.
    pub fn words(&self) -> String {
        let began = self.began.map_or(String::new(), |at| at.format("%Y-%m-%d %H:%M").to_string());
        let by = self.intent.as_ref().map_or(String::new(), |intent| intent.by.to_string());
        let damaged = if self.damage.is_empty() { "" } else { "damaged" };
        let (phase, ending) = (self.phase(), self.ending.word());
        format!("{began} {phase} {} {ending} {by} {damaged} {}", self.releases(">"), self.name)
    }
}
