//! The planners' input: each API with its settings and what it says is true.

use super::observe::Facts;
use super::request;
use super::spec::HttpSpec;
use crate::domain::http::Call;
use crate::domain::http::placeholders::Values;
use crate::domain::observation::{Health, Observed};
use crate::domain::plan::{Effect, Intent, LeftOut, Refusal, Step};
use crate::domain::release::Tag;
use crate::domain::spec::{Member, PlatformSpec};
use crate::platform::contract::KnownMember;

/// Reads the requests of a member back. `None`: it is of another platform.
pub type View = fn(&PlatformSpec) -> Option<&HttpSpec>;

/// One API with a current observation.
pub struct Api<'a> {
    pub member: &'a Member,
    pub spec: &'a HttpSpec,
    pub facts: Facts,
}

/// The selected APIs of a stack.
pub struct Apis<'a> {
    pub all: Vec<Api<'a>>,
    /// Selected ones without a current observation.
    pub unobserved: Vec<LeftOut>,
}

impl<'a> Apis<'a> {
    /// Returns the selected APIs. `view` reads the settings of one back.
    pub fn of(intent: &Intent, known: &'a [KnownMember<'a>], view: View) -> Self {
        let mut apis = Self { all: Vec::new(), unobserved: Vec::new() };
        for known in known.iter().filter(|known| intent.selection.takes(&known.member.target)) {
            let member = known.member;
            let facts = known.observed.current().and_then(Facts::of);
            match (view(&member.platform), facts, known.observed) {
                (Some(spec), Some(facts), _) => apis.all.push(Api { member, spec, facts }),
                (_, _, Observed::Failed { why, .. }) => apis.leave_out(member, why),
                _ => apis.leave_out(member, "its observation is of another platform"),
            }
        }
        apis
    }

    fn leave_out(&mut self, member: &Member, why: &str) {
        self.unobserved.push(LeftOut { target: member.target.clone(), why: why.to_owned() });
    }

    /// Returns the APIs if all selected ones have a current observation, which phases that go forward need.
    pub fn all_observed(self) -> Result<Self, Refusal> {
        let refuse = |reason: String, remedy: &str| Refusal {
            reason,
            remedy: remedy.to_owned(),
            targets: self.unobserved.iter().map(|left| left.target.clone()).collect(),
        };
        match self.unobserved.first() {
            Some(LeftOut { target, why }) => Err(refuse(
                format!("{target} could not be observed: {why}"),
                "Make the API reachable, or name only the targets to work on.",
            )),
            None if self.all.is_empty() => Err(refuse(
                "none of the selected targets carries this app".to_owned(),
                "Run `flipside inventory list` to see which targets carry it.",
            )),
            None => Ok(self),
        }
    }

    /// Returns what the API says that was changed last, as far as the APIs name their last changes.
    pub fn newest(&self) -> Option<&Facts> {
        let changed = self.all.iter().map(|api| &api.facts);
        changed.filter(|facts| facts.last_phase.is_some()).max_by_key(|facts| facts.last_at)
    }

    /// Returns the one release that all of these name. `Err`: they name several.
    pub fn one(&self, of: impl Fn(&Facts) -> Option<&Tag>) -> Result<Option<Tag>, Refusal> {
        let mut tags: Vec<&Tag> = self.all.iter().filter_map(|api| of(&api.facts)).collect();
        tags.sort();
        tags.dedup();
        if let [] | [_] = tags.as_slice() {
            return Ok(tags.first().map(|tag| (*tag).clone()));
        }
        let names: Vec<&str> = tags.into_iter().map(Tag::as_str).collect();
        Err(Refusal {
            reason: format!("the targets have different releases: {}", names.join(", ")),
            remedy: "Name one of them.".to_owned(),
            targets: self.all.iter().map(|api| api.member.target.clone()).collect(),
        })
    }
}

impl Api<'_> {
    pub fn refuse(&self, reason: impl std::fmt::Display, remedy: impl Into<String>) -> Refusal {
        Refusal {
            reason: format!("{}: {reason}", self.member.target),
            remedy: remedy.into(),
            targets: vec![self.member.target.clone()],
        }
    }

    pub fn has_passive(&self) -> bool {
        self.spec.observe.passive.is_some()
    }

    /// Returns whether the release is on the passive side, and healthy as far as that is known.
    pub fn is_prepared(&self, tag: &Tag) -> bool {
        self.facts.passive.as_ref() == Some(tag)
            && matches!(self.facts.passive_health, Health::Healthy | Health::Unchecked)
    }

    /// Returns the steps of a phase that is about `tag`.
    pub fn steps(
        &self,
        intent: &Intent,
        calls: &[Call],
        key: &str,
        tag: &Tag,
        goal: (Effect, &str),
    ) -> Result<Vec<Step>, Refusal> {
        let between = (Some(tag), self.facts.live.as_ref());
        self.steps_between(intent, calls, key, between, goal)
    }

    /// Returns the same where `{previous}` is another release than the one that is live.
    pub fn steps_between(
        &self,
        intent: &Intent,
        calls: &[Call],
        key: &str,
        (release, previous): (Option<&Tag>, Option<&Tag>),
        (effect, goal): (Effect, &str),
    ) -> Result<Vec<Step>, Refusal> {
        if calls.is_empty() {
            return Err(self.refuse(
                format!("the inventory has no requests for this phase (`{key}`)"),
                format!("Write at least one request under `{key}`."),
            ));
        }
        let values = Values::new([
            ("release", release.map(ToString::to_string)),
            ("previous", previous.map(ToString::to_string)),
            ("app", Some(intent.app.to_string())),
            ("run", Some(intent.run.to_string())),
            ("operator", Some(intent.by.to_string())),
            ("reason", Some(intent.reason.clone().unwrap_or_default())),
        ]);
        request::steps(self.spec, calls, &values, effect, goal).map_err(|name| {
            self.refuse(
                format!("the value of {{{name}}} is not known: the API names no live release"),
                format!("Remove {{{name}}} from `{key}`, or see why the API names none."),
            )
        })
    }
}
