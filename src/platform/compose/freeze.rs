//! Go-live is closed on every host while one of them has the mark of a roll back.

use crate::domain::freeze::Freeze;
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Refusal};
use crate::domain::release::Tag;
use crate::domain::target::Target;
use crate::platform::KnownMember;

/// The mark's name beside the lock.
pub const MARK: &str = "frozen";

/// The newest mark, and who has one.
pub struct Frozen<'a> {
    newest: &'a Freeze,
    targets: Vec<&'a Target>,
}

/// What a roll back of users leaves, where the environment wants it.
pub fn mark(intent: &Intent, from: &Tag, to: Option<&Tag>) -> Option<Freeze> {
    intent.freeze.then(|| Freeze {
        at: intent.at(),
        by: intent.by.to_string(),
        from: Some(from.clone()),
        to: to.cloned(),
        reason: intent.reason.clone(),
        run: intent.run.clone(),
    })
}

/// On any host of the stack, meant or not, and by the last that was seen where it is silent now.
pub fn found<'a>(intent: &Intent, known: &'a [KnownMember<'a>]) -> Option<Frozen<'a>> {
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

impl Frozen<'_> {
    pub fn refusal(&self) -> Refusal {
        Refusal {
            reason: format!("go-live is FROZEN {}", self.newest),
            remedy: "once it is known what went wrong, open it again with a reason: \
                     `flipside unfreeze --reason \"…\"`"
                .to_owned(),
            targets: self.targets.iter().map(|target| (*target).clone()).collect(),
        }
    }

    /// For whoever gets a release ready that could not go live then.
    pub fn warning(&self, phase: Phase) -> Option<String> {
        matches!(phase, Phase::Prepare | Phase::Verify)
            .then(|| format!("go-live stays FROZEN after this, {}", self.newest))
    }
}
