//! Environments: sets of hosts with their own rules.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::api::ApiSpec;
use super::app::AppSpec;
use super::host::HostSpec;
use chrono::{DateTime, Utc};

use crate::domain::freeze::AfterRollback;
use crate::domain::names::{AppName, BadName, EnvName, HostName, RunId, StackName, TargetName};
use crate::domain::phase::Phase;
use crate::domain::plan::{Batches, FailurePolicy, Intent, Operator, RunRequest};

/// A whole inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// The file it was read from, as found.
    pub path: PathBuf,
    pub environments: BTreeMap<EnvName, Environment>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    pub name: EnvName,
    /// The word on the band of the screen: `PROD`.
    pub label: String,
    /// Changes want the environment's name: typed in the console, `--confirm` without a terminal.
    pub protected: bool,
    /// Nothing may be changed here until it is lifted.
    pub read_only: bool,
    /// Go-live wants a sign-off of the same release first.
    pub verify_required: bool,
    /// How long the armed rollback card waits before it acts; zero acts at once.
    pub rollback_countdown: Duration,
    pub after_rollback: AfterRollback,
    pub hosts: BTreeMap<HostName, HostSpec>,
    /// Targets that are an API. None has the name of a host.
    pub targets: BTreeMap<TargetName, ApiSpec>,
    pub apps: BTreeMap<AppName, AppSpec>,
}

impl Environment {
    /// Returns the intent for a request, completed with this environment's settings.
    ///
    /// # Errors
    /// When the operator's name gives no valid run id.
    pub fn intent(
        &self,
        app: &AppName,
        stack: &StackName,
        by: &Operator,
        at: DateTime<Utc>,
        request: RunRequest,
    ) -> Result<Intent, BadName> {
        let RunRequest { phase, release, goal, selection, policy, width, reason } = request;
        let spec = self.apps.get(app);
        let policy = policy.unwrap_or_else(|| match phase {
            // A host that cannot roll back must not keep the others from rolling back.
            Phase::Rollback => FailurePolicy::Continue,
            _ => spec.map(|spec| spec.on_failure).unwrap_or_default(),
        });
        let batches = spec.map(|spec| spec.batches.clone()).unwrap_or_default();
        Ok(Intent {
            run: run_id(phase, by, at)?,
            phase,
            environment: self.name.clone(),
            app: app.clone(),
            stack: stack.clone(),
            release,
            goal,
            selection,
            policy,
            batches: Batches { size: width.unwrap_or(batches.size), ..batches },
            sign_off_required: self.verify_required,
            freeze: self.after_rollback.is_frozen(),
            reason,
            by: by.clone(),
            asked_at: at,
            begun_at: None,
        })
    }
}

/// Returns the id of a run. It sorts by time, names the phase, and is unique, since a lock belongs to the run that it names:
/// machines that act under one account, as CI does, may begin in the same millisecond.
fn run_id(phase: Phase, by: &Operator, at: DateTime<Utc>) -> Result<RunId, BadName> {
    let plain = |text: &str, most: usize| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).take(most).collect()
    };
    let (user, machine) = (plain(&by.user, 32), plain(&by.machine, 16));
    RunId::new(format!("{}-{phase}-{user}-{machine}", at.format("%Y%m%dT%H%M%S%.6f")))
}
