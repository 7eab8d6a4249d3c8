//! The text for a run's verdict.

use crate::console::screen::glyphs::Mark;
use crate::domain::event::Verdict;
use crate::domain::target::Target;

/// Returns the verdict in words, with the mark that goes in front of them.
pub fn verdict_text(verdict: &Verdict) -> (Mark, String) {
    let names =
        |targets: &[Target]| targets.iter().map(Target::name).collect::<Vec<_>>().join(", ");
    match verdict {
        Verdict::Done => (Mark::Ok, "done; a final check found nothing left to do".to_owned()),
        Verdict::Refused { why } => (Mark::Bad, format!("refused, nothing was changed: {why}")),
        Verdict::Locked { target, holder } => {
            (Mark::Bad, format!("nothing was changed: {target} is locked by {holder}"))
        }
        Verdict::LockLost { target, holder } => {
            let now = holder.as_ref().map_or("it is gone".to_owned(), ToString::to_string);
            (Mark::Bad, format!("LOST ITS LOCK on {target} ({now}); it changed nothing after that"))
        }
        Verdict::Partly { done, failed, unknown } => {
            let mut words = format!("PARTIALLY COMPLETED: {} done", done.len());
            if !failed.is_empty() {
                words = format!("{words}; failed: {}", names(failed));
            }
            if !unknown.is_empty() {
                words = format!("{words}; unknown: {}", names(unknown));
            }
            (Mark::Bad, words)
        }
        Verdict::Failed { why, failed } if failed.is_empty() => {
            (Mark::Bad, format!("FAILED: {why}"))
        }
        Verdict::Failed { why, failed } => {
            (Mark::Bad, format!("FAILED on {}: {why}", names(failed)))
        }
        Verdict::Unknown { unknown } => {
            (Mark::Unknown, format!("NOT KNOWN for {}", names(unknown)))
        }
        Verdict::Aborted { by } => (Mark::Warn, format!("ended by {by}")),
    }
}
