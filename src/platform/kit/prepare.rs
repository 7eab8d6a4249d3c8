//! What every prepare checks and warns of, whatever brings a release to a host.

use super::host::{HostView, SlotPair, StackHosts};
use super::runtime::Runtime;
use crate::domain::observation::{Drift, DriftKind};
use crate::domain::plan::{Intent, Refusal};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::PassiveRole;

/// Returns the release to prepare.
pub fn release(intent: &Intent) -> Result<&Release, Refusal> {
    intent.release.as_ref().ok_or_else(|| Refusal {
        reason: "no release is named to prepare".to_owned(),
        remedy: "Name its tag: `flipside prepare --release TAG`.".to_owned(),
        targets: Vec::new(),
    })
}

/// Checks what must hold before anything is changed on a host: nothing disagrees, and there is disk space.
pub fn check<R: Runtime>(host: &HostView<'_, R>) -> Result<(), Refusal> {
    let blocks = |drift: &&Drift| drift.kind == DriftKind::Disagreement;
    if let Some(drift) = host.observation.drift.iter().find(blocks) {
        return Err(host.refuse(&drift.what, drift.remedy.clone()));
    }
    disk(host)
}

pub fn disk<R: Runtime>(host: &HostView<'_, R>) -> Result<(), Refusal> {
    let wanted = host.stack.disk_free_mib;
    match host.observation.host.disk_free.map(|bytes| bytes / 1024 / 1024) {
        Some(free) if free < wanted => Err(host.refuse(
            format!("only {free} MiB of disk space are free, {wanted} MiB are required"),
            "Free disk space (`flipside finish` removes what neither color needs), or lower `disk_free`.",
        )),
        _ => Ok(()),
    }
}

/// Warns of the release that this one replaces.
pub fn replaces<R: Runtime>(
    stack: &StackHosts<'_, R>,
    host: &HostView<'_, R>,
    slots: &SlotPair<'_>,
    tag: &Tag,
) -> Option<String> {
    let (there, role) = stack.passive_release(host).filter(|(there, _)| *there != tag)?;
    let (target, on) = (&host.member.target, slots.passive);
    let shown = slots.shows_passive();
    if !shown && !slots.passive_slot.is_ready() {
        return None;
    }
    let what = match role {
        PassiveRole::RolledBack => "which was rolled back".to_owned(),
        PassiveRole::Prepared if shown => format!("which is prepared on {on}"),
        PassiveRole::Prepared => format!("which is up on {on}"),
        PassiveRole::Origin => format!("which is up on {on}, ready for a rollback"),
        PassiveRole::Unknown => format!(
            "which is up on {on}: no record shows whether users came from it, so this may remove the \
             release to roll back to"
        ),
    };
    Some(format!("{target}: replaces {there}, {what}"))
}
