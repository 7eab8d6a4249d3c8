//! The reason why no plan was made.

use serde::{Deserialize, Serialize};

use crate::base::text::sentences;
use crate::domain::target::Target;

/// Why a plan cannot or must not be made, and how to fix that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    pub reason: String,
    pub remedy: String,
    /// The targets that the refusal is about. Empty: it is about the whole stack.
    pub targets: Vec<Target>,
}

/// How many reasons are shown; of the rest only the number is.
const REASONS: usize = 3;

impl Refusal {
    /// Combines the refusals of all hosts into one, so that a person can fix them all at once. `Ok`: there are none.
    pub fn any(refusals: Vec<Self>) -> Result<(), Self> {
        let (mut reasons, mut remedies, mut targets) = (Vec::new(), Vec::new(), Vec::new());
        for Self { reason, remedy, targets: of } in refusals {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
            if !remedies.contains(&remedy) {
                remedies.push(remedy);
            }
            targets.extend(of);
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let more = reasons.len().saturating_sub(REASONS);
        reasons.truncate(REASONS);
        let mut reason = reasons.join("; ");
        if more > 0 {
            reason.push_str(&format!("; and {more} more"));
        }
        remedies.truncate(REASONS);
        targets.sort();
        targets.dedup();
        Err(Self { reason, remedy: sentences(remedies.iter().map(String::as_str)), targets })
    }

    /// Returns the reason and the remedy as sentences.
    pub fn in_words(&self) -> String {
        sentences([self.reason.as_str(), self.remedy.as_str()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::HostName;

    #[test]
    fn combined_refusal_names_every_host() {
        let refusal = |host: &str, remedy: &str| Refusal {
            reason: format!("{host}: 10 MiB of disk are free"),
            remedy: remedy.to_owned(),
            targets: vec![Target::Host(HostName::new(host).unwrap())],
        };
        assert_eq!(Refusal::any(Vec::new()), Ok(()));
        let two = vec![refusal("web2", "make room"), refusal("web1", "make room")];
        let all = Refusal::any(two).unwrap_err();
        assert_eq!(all.reason, "web2: 10 MiB of disk are free; web1: 10 MiB of disk are free");
        assert_eq!(all.remedy, "make room");
        let names: Vec<&str> = all.targets.iter().map(Target::name).collect();
        assert_eq!(names, ["web1", "web2"]);
        let five = (1..6).map(|n| refusal(&format!("web{n}"), "make room")).collect();
        let all = Refusal::any(five).unwrap_err();
        assert!(all.reason.ends_with("; and 2 more"), "{}", all.reason);
        assert_eq!(all.targets.len(), 5);
    }
}
