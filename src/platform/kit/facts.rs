//! Facts of a host that an observation has no field for, and that every platform observes. A platform's own facts contain them.

use serde::{Deserialize, Serialize};

use super::include::ProxyFacts;
use super::spec::ProxySpec;
use crate::domain::names::Color;
use crate::domain::observation::HttpAnswer;
use crate::domain::spec::Member;
use crate::domain::target::Carries;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HostFacts {
    /// The stack's directory does not exist: this host was never set up.
    pub missing: bool,
    #[serde(flatten)]
    pub includes: ProxyFacts,
    /// The answer of the passive entry point.
    #[serde(default)]
    pub passive_answer: Option<HttpAnswer>,
    /// Why the live entry point could not be authenticated by TLS.
    #[serde(default)]
    pub live_tls: Option<String>,
    /// Why the passive entry point could not be authenticated by TLS.
    #[serde(default)]
    pub passive_tls: Option<String>,
    /// What could not be read or does not hold. A change is refused while there is one.
    #[serde(alias = "troubles")]
    pub problems: Vec<String>,
}

impl HostFacts {
    /// Returns whether this host has colors that users can reach.
    pub fn serves(&self, member: &Member) -> bool {
        member.carries == Carries::App && !self.missing
    }

    /// Returns whether the passive entry point answered as this color. Where answers name their color, a
    /// status alone is no proof.
    pub fn passive_answers_as(&self, color: &Color, spec: &ProxySpec) -> bool {
        let Some(answer) = self.passive_answer.as_ref() else { return false };
        match &answer.color {
            Some(answered) => answered == color,
            None => answer.status.is_some() && spec.passive.color_header.is_none(),
        }
    }
}
