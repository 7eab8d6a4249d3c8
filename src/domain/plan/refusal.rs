//! Why there is no plan.

use serde::{Deserialize, Serialize};

use crate::base::text::sentences;
use crate::domain::target::Target;

/// A plan that cannot be made, or must not be: why, and what puts it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    pub reason: String,
    pub remedy: String,
    /// The targets it is about; none where it is about the whole.
    pub targets: Vec<Target>,
}

/// Of more reasons than this, only the number is shown.
const REASONS: usize = 3;

impl Refusal {
    /// One refusal for all hosts that refuse, so that a person mends them in one go. `Ok`: none does.
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

    /// What is wrong, and what puts it right.
    pub fn in_words(&self) -> String {
        sentences([self.reason.as_str(), self.remedy.as_str()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::HostName;

    #[test]
    fn a_refusal_names_every_host_that_refuses() {
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
