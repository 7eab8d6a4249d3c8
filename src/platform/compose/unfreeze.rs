//! Unfreeze: take the marks away with which a roll back closed go-live. Users notice nothing.

use super::draft::Draft;
use super::freeze::MARK;
use super::host::{Fleet, Host};
use super::steps;
use crate::domain::change::{Before, FileChange};
use crate::domain::plan::{Gate, Intent, Refusal, Step};

pub fn plan(intent: &Intent, fleet: &Fleet<'_>) -> Result<Draft, Refusal> {
    if intent.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Refusal {
            reason: "go-live is not opened again without a reason".to_owned(),
            remedy: "say what is known by now: `flipside unfreeze --reason \"…\"`".to_owned(),
            targets: Vec::new(),
        });
    }
    let mut draft = Draft::new(intent);
    draft.left_out.clone_from(&fleet.unseen);
    let tracks = fleet.serving().map(|host| (host.member.target.clone(), vec![step(host)]));
    draft.stage("unfreeze", Gate::Barrier, tracks);
    Ok(draft)
}

fn step(host: &Host<'_>) -> Step {
    let so = host.seen.frozen.is_none().then(|| "no roll back closed it here".to_owned());
    let change = host.seen.frozen.as_ref().map(|freeze| {
        let path = format!("{}/.flipside/{MARK}", host.spec.dir);
        FileChange::removed(path, Before::Says(steps::line(freeze)))
    });
    steps::mark(host, MARK, None, "open go-live again".to_owned()).changing(change).already(so)
}
