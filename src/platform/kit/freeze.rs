//! Freeze: go-live is closed on all hosts of a stack while one of them has the mark of a rollback.

use crate::domain::freeze::Freeze;
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Refusal};
use crate::domain::release::Tag;
use crate::domain::target::Target;
use crate::platform::contract::KnownMember;

/// The file name of the mark, beside the lock.
pub const MARK: &str = "frozen";

/// The newest mark, and all targets that have one.
#[derive(Debug)]
pub struct Frozen<'a> {
    newest: &'a Freeze,
    targets: Vec<&'a Target>,
}

/// Returns the mark that a rollback of users leaves, if the environment wants one.
pub fn mark(intent: &Intent, from: &Tag, to: Option<&Tag>) -> Option<Freeze> {
    intent.freeze.then(|| Freeze {
        at: Some(intent.at()),
        by: intent.by.to_string(),
        from: Some(from.clone()),
        to: to.cloned(),
        reason: intent.reason.clone(),
        run: intent.run.clone(),
    })
}

/// Finds marks on all hosts of the stack, selected or not. For a host that does not answer, the last
/// observation counts.
pub fn find<'a>(intent: &Intent, known: &'a [KnownMember<'a>]) -> Option<Frozen<'a>> {
    if !intent.freeze {
        return None;
    }
    let mark = |known: &'a KnownMember<'a>| {
        Some((&known.member.target, known.observed.latest()?.frozen.as_ref()?))
    };
    let marks: Vec<(&Target, &Freeze)> = known.iter().filter_map(mark).collect();
    let newest = marks.iter().map(|(_, freeze)| *freeze).max_by_key(|freeze| freeze.at)?;
    Some(Frozen { newest, targets: marks.into_iter().map(|(target, _)| target).collect() })
}

/// Refuses to open go-live again without a reason.
pub fn require_reason(intent: &Intent) -> Result<(), Refusal> {
    if intent.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Refusal {
            reason: "go-live is opened again only with a reason".to_owned(),
            remedy: "Say what went wrong: `flipside unfreeze --reason \"…\"`.".to_owned(),
            targets: Vec::new(),
        });
    }
    Ok(())
}

impl Frozen<'_> {
    pub fn refusal(&self) -> Refusal {
        Refusal {
            reason: format!("go-live is FROZEN {}", self.newest),
            remedy: "Find out what went wrong, then open go-live again with a reason: \
                     `flipside unfreeze --reason \"…\"`."
                .to_owned(),
            targets: self.targets.iter().map(|target| (*target).clone()).collect(),
        }
    }

    /// Returns the warning for a phase after which a release could not go live.
    pub fn warning(&self, phase: Phase) -> Option<String> {
        matches!(phase, Phase::Prepare | Phase::Verify)
            .then(|| format!("go-live stays FROZEN after this, {}", self.newest))
    }
}
