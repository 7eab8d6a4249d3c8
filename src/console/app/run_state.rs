//! The state of runs: the current or last one, and those before it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::console::screen::phases::PhaseBar;
use crate::domain::deploy::Deploy;
use crate::domain::names::RunId;
use crate::domain::plan::Intent;
use crate::domain::release::Tag;
use crate::domain::target::Target;

#[derive(Debug, Clone, Default)]
pub struct RunState {
    /// The current or last run, and the last observation of every target.
    pub deploy: Deploy,
    pub phase_bar: PhaseBar,
    pub story: Story,
    /// How long the last switch took, per target, whichever run made it.
    pub switch_took: BTreeMap<Target, Duration>,
    /// When a switch last began or ended there: an observation from before says nothing of what is live
    /// since.
    pub switched_at: BTreeMap<Target, DateTime<Utc>>,
    /// A rollback that starts when the current run has ended.
    pub pending_rollback: Option<PendingRollback>,
    /// The run whose end a person has read.
    pub acknowledged: Option<RunId>,
    /// What was unfinished when this console was opened was shown, or need not be any more.
    pub unfinished_shown: bool,
    pub leaving: Leaving,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leaving {
    #[default]
    No,
    /// As soon as the run has ended.
    WhenEnded,
    /// As soon as the current steps have ended; the run is ended then.
    AfterSteps,
    /// As soon as users were rolled back.
    AfterRollback,
}

/// A rollback that was confirmed while another run was at work.
#[derive(Debug, Clone)]
pub struct PendingRollback {
    pub intent: Box<Intent>,
    /// When the engine was last asked to begin it, by the running time.
    pub asked: Option<Duration>,
}

#[derive(Debug, Clone, Default)]
pub struct Story {
    /// What users reached before it did anything.
    pub from: Option<Tag>,
    /// The release that it is about.
    pub to: Option<Tag>,
    pub moments: Vec<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub what: Happened,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// Users were moved there.
    Switched(Target),
    Text(String),
}
