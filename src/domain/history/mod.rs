//! Runs that were written down, as they are read back. Whatever could not be read is told with its
//! line, and hides nothing that could.

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

/// One run, as its journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// The name of its directory: mostly the run's own.
    pub name: String,
    /// The file of its events.
    pub journal: PathBuf,
    pub events: Vec<Event>,
    pub damage: Vec<Damage>,
    pub writer: Writer,
    /// What each target printed, by name. Read only where it is asked for.
    pub output: Vec<HostOutput>,
}

/// A line of a journal that is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// From 1.
    pub line: usize,
    pub what: String,
    /// So many events were read before it.
    pub after: usize,
}

/// Whether somebody still writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    AtWork,
    Gone,
    NotKnown,
}

/// What one target printed in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostOutput {
    pub target: Target,
    pub file: PathBuf,
    /// The first ones and the last ones, where there are very many.
    pub lines: Vec<OutputLine>,
    /// Before the line of this index so many are left out: all are in the file.
    pub left_out: Option<(usize, u64)>,
    /// Why it could not be read to its end.
    pub wrong: Option<String>,
}

/// How a run ended, as far as its journal tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnding {
    Ended(Verdict),
    /// No end yet: somebody writes it still.
    AtWork,
    /// No end: whoever wrote it is gone.
    Gone,
    /// No end, and whether somebody writes it cannot be told.
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

    /// What is to be said where there is no verdict.
    pub fn why_none(&self) -> Option<&'static str> {
        match self {
            Self::Ended(_) => None,
            Self::AtWork => Some("no end yet: another console, or this one, is at work on it"),
            Self::Gone => Some("no end is written: the console that ran it went away"),
            Self::NotKnown => {
                Some("no end is written; whether a console is at work on it is not known")
            }
        }
    }
}

/// One run in one line.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    pub name: String,
    pub journal: PathBuf,
    /// `None`: the journal has no beginning.
    pub intent: Option<Intent>,
    pub began: Option<DateTime<Utc>>,
    /// The last thing that is written.
    pub last: Option<DateTime<Utc>>,
    /// What users reached when it began; of a split fleet several.
    pub from: Vec<Tag>,
    /// The release that it was about.
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

    /// Everybody whom the events are about.
    pub fn targets(&self) -> Vec<Target> {
        let deploy = Deploy::fold(&self.events);
        let seen = deploy.observations.keys().chain(deploy.targets.keys());
        let printed = self.output.iter().map(|output| &output.target);
        let all: BTreeSet<&Target> = seen.chain(printed).collect();
        all.into_iter().cloned().collect()
    }

    /// The last that a target said of itself.
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
        // Journals of earlier versions have no outlook.
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

    /// What was seen of the run's own targets before it did anything.
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
    /// Who ran what and when, and how it ended, where it changed something and did not end well.
    pub fn ended_badly(&self) -> Option<String> {
        let intent = self.intent.as_ref()?;
        let how = match &self.ending {
            RunEnding::Ended(Verdict::Done | Verdict::Refused { .. } | Verdict::Locked { .. })
            | RunEnding::AtWork
            | RunEnding::NotKnown => return None,
            RunEnding::Ended(Verdict::Aborted { by }) => format!("was aborted by {by}"),
            RunEnding::Gone => "has no end: its console was killed or lost".to_owned(),
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

    /// `v411 → v412`, with this arrow.
    pub fn releases(&self, arrow: &str) -> String {
        let from: Vec<&str> = self.from.iter().map(Tag::as_str).collect();
        let to = self.to.as_ref().map(Tag::as_str);
        match (from.join("/"), to) {
            (from, None) => from,
            (from, Some(to)) if from.is_empty() || from == to => to.to_owned(),
            (from, Some(to)) => format!("{from} {arrow} {to}"),
        }
    }

    /// Everything that a person may look for.
    pub fn words(&self) -> String {
        let began = self.began.map_or(String::new(), |at| at.format("%Y-%m-%d %H:%M").to_string());
        let by = self.intent.as_ref().map_or(String::new(), |intent| intent.by.to_string());
        let damaged = if self.damage.is_empty() { "" } else { "damaged" };
        let (phase, ending) = (self.phase(), self.ending.word());
        format!("{began} {phase} {} {ending} {by} {damaged} {}", self.releases(">"), self.name)
    }
}
