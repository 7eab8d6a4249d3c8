//! The verdict of a run: done, partly, failed, unknown or refused, and for which targets.

use std::collections::BTreeSet;

use super::run::{Exclusion, Run, members};
use super::services::plan;
use crate::domain::event::{Verdict, What};
use crate::domain::observation::{Drift, DriftKind, Observed};
use crate::domain::outcome::Outcome;
use crate::domain::plan::{Intent, Plan, Refusal, Selection};
use crate::domain::spec::Member;
use crate::domain::target::{Carries, Target};

impl Run<'_> {
    /// Returns the verdict of a run for which no plan can be made. `changed`: it carried out steps before.
    pub(super) fn refused(&self, refusal: Refusal, changed: bool) -> Verdict {
        let why = refusal.in_words();
        let failed = refusal.targets.clone();
        self.services.bus.emit(What::Refused { refusal });
        if !changed {
            return Verdict::Refused { why };
        }
        let why = format!("steps were carried out, and then no plan could be made: {why}");
        Verdict::Failed { why, failed }
    }

    /// Returns the failure of a run with targets whose users get no right answer: such a run is not done, whatever its
    /// plan says. Targets that the plan leaves out do not count as done in any case. Targets whose nginx cannot be
    /// asked are not included, since what their users get is unknown.
    pub(super) fn unanswered(&self, plan: &Plan, seen: &[(&Member, Observed)]) -> Option<Verdict> {
        let meant = members(&self.services.context, &self.intent);
        let is_meant = |member: &Member| {
            meant.iter().any(|meant| meant.target == member.target)
                && !self.excluded.contains_key(&member.target)
                && !plan.left_out.iter().any(|left| left.target == member.target)
        };
        let silent = |(member, observed): &(&Member, Observed)| {
            let seen = observed.current().filter(|_| is_meant(member))?;
            (seen.users_are_answered() == Some(false)).then(|| {
                let drift = seen.drift.iter().find(|it| it.kind == DriftKind::UsersUnanswered);
                let what = drift.or(seen.drift.first()).map(Drift::in_words);
                (member.target.clone(), what.unwrap_or_else(|| "no right answer".to_owned()))
            })
        };
        let silent: Vec<(Target, String)> = seen.iter().filter_map(silent).collect();
        let (target, what) = silent.first()?;
        let more = match silent.len() {
            1 => String::new(),
            many => format!(" (and {} more)", many - 1),
        };
        Some(Verdict::Failed {
            why: format!(
                "nothing is left to do, but users are not answered: {target}{more}: {what}"
            ),
            failed: silent.into_iter().map(|(target, _)| target).collect(),
        })
    }

    /// Returns the verdict of a run with nothing left to do: done, unless targets were left out.
    pub(super) fn complete(&self, plan: &Plan) -> Verdict {
        let mut unknown: BTreeSet<Target> =
            plan.left_out.iter().map(|left| left.target.clone()).collect();
        let mut failed = BTreeSet::new();
        for (target, excluded) in &self.excluded {
            // A step with an unknown outcome may have happened, so its target does not count as failed.
            match excluded {
                Exclusion::Skipped => failed.insert(target.clone()),
                Exclusion::SkippedUnknown | Exclusion::Unreachable(_) => {
                    unknown.insert(target.clone())
                }
            };
        }
        if failed.is_empty() && unknown.is_empty() {
            return Verdict::Done;
        }
        let done =
            plan.targets().into_iter().filter(|t| !failed.contains(t) && !unknown.contains(t));
        Verdict::Partly {
            done: done.cloned().collect(),
            failed: failed.into_iter().collect(),
            unknown: unknown.into_iter().collect(),
        }
    }

    /// Returns the verdict of a run that ends before everything is done, from a last observation.
    pub(super) async fn ended(&self, plan: &Plan) -> Verdict {
        let of = |wanted: fn(&Outcome) -> bool| -> Vec<Target> {
            self.failures
                .iter()
                .filter(|(_, outcome)| wanted(outcome))
                .map(|(t, _)| t.clone())
                .collect()
        };
        let failed = of(|outcome| matches!(outcome, Outcome::Failed { .. }));
        let unknown = of(|outcome| matches!(outcome, Outcome::Unknown { .. }));
        let done = self.done(plan).await;
        if self.counts(&done) {
            return Verdict::Partly { done, failed, unknown };
        }
        if failed.is_empty() {
            return Verdict::Unknown { unknown };
        }
        Verdict::Failed { why: self.why(), failed }
    }

    /// Returns every reason once, with its targets where there are several reasons.
    fn why(&self) -> String {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (target, outcome) in &self.failures {
            let why = outcome.why().unwrap_or_default();
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, targets)) => targets.push(target.name()),
                None => reasons.push((why, vec![target.name()])),
            }
        }
        match reasons.as_slice() {
            [(why, _)] => (*why).to_owned(),
            several => {
                let words = several.iter().map(|(why, of)| format!("{} ({why})", of.join(", ")));
                words.collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// Returns whether these targets make the run partly done. A host that runs only jobs does not count, if no serving
    /// host has the release.
    fn counts(&self, done: &[Target]) -> bool {
        let members = members(&self.services.context, &self.intent);
        let serves = |target: &&Target| {
            members.iter().any(|m| m.target == **target && m.carries == Carries::App)
        };
        done.iter().any(|target| serves(&target))
            || (!done.is_empty() && !self.failures.keys().any(|target| serves(&target)))
    }

    /// Returns the targets that had something to do and for which a fresh plan has nothing left to do.
    async fn done(&self, before: &Plan) -> Vec<Target> {
        let seen = self.observe_all().await;
        // Failed targets are not done, and must not prevent a plan for the others.
        let members = members(&self.services.context, &self.intent);
        let rest = members.iter().filter(|member| !self.failures.contains_key(&member.target));
        let rest = rest.map(|member| member.target.id()).collect();
        let intent = Intent { selection: Selection::Only(rest), ..self.intent.clone() };
        let Ok(plan) = plan(&intent, &seen, &self.availability) else { return Vec::new() };
        let had_work =
            |target: &Target| before.steps().any(|(t, step)| t == target && step.is_to_do());
        let still = |target: &Target| plan.steps().any(|(t, step)| t == target && step.is_to_do());
        plan.targets()
            .into_iter()
            .filter(|target| had_work(target) && !still(target))
            .cloned()
            .collect()
    }
}
