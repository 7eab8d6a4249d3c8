//! The observations that a run makes before it plans.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Exclusion, Run};
use crate::domain::event::What;
use crate::domain::observation::{Observation, Observed};
use crate::domain::plan::Refusal;
use crate::domain::spec::Member;
use crate::domain::target::Target;
use crate::engine::observe;
use crate::engine::stragglers::WaitPolicy;

/// How long a run waits for a switch of an earlier run. The script's own limits end it well before this.
const SWITCH_PATIENCE: Duration = Duration::from_secs(120);

impl<'a> Run<'a> {
    /// Waits until no switch of an earlier run is in progress, and returns fresh observations. Such a switch ends by
    /// itself, and only then is it known where users are: an earlier plan could concern a release that users are
    /// just leaving.
    pub(super) async fn wait_for_earlier_switches(
        &self,
        mut seen: Vec<(&'a Member, Observed)>,
    ) -> Vec<(&'a Member, Observed)> {
        let until = Instant::now() + SWITCH_PATIENCE;
        let mut is_reported = false;
        loop {
            let is_at_work = |observed: &Observed| {
                let switching = observed.current().and_then(|seen| seen.switching.as_ref());
                switching.is_some_and(|switching| switching.running)
            };
            let at_work: Vec<&Member> = seen
                .iter()
                .filter(|(_, observed)| is_at_work(observed))
                .map(|(member, _)| *member)
                .collect();
            if at_work.is_empty() || Instant::now() >= until {
                return seen;
            }
            if !std::mem::replace(&mut is_reported, true) {
                let names: Vec<&str> = at_work.iter().map(|member| member.target.name()).collect();
                let text = format!(
                    "a switch of an earlier run is in progress on {}: waiting for it, at most {} s",
                    names.join(", "),
                    SWITCH_PATIENCE.as_secs()
                );
                self.services.bus.emit(What::Note { text });
            }
            tokio::select! {
                () = sleep(Duration::from_millis(300)) => {}
                () = self.control.abort_token().cancelled_owned() => return seen,
            }
            let again = observe::at_all(
                &self.services.context,
                &at_work,
                WaitPolicy::ForAll,
                |member, observed| {
                    let (target, observed) = (member.target.clone(), observed.clone());
                    self.services.bus.emit(What::Observed { target, observed });
                },
            );
            for (member, observed) in again.await {
                if let Some(old) = seen.iter_mut().find(|(old, _)| old.target == member.target) {
                    old.1 = observed;
                }
            }
        }
    }

    /// Returns why there is nothing to plan for where no target could be reached.
    pub(super) fn none_reachable(&self, seen: &[(&Member, Observed)]) -> Option<Refusal> {
        let unreachable = self.excluded.iter().filter_map(|(target, why)| match why {
            Exclusion::Unreachable(why) => Some((target, why)),
            Exclusion::Skipped | Exclusion::SkippedUnknown => None,
        });
        let (first, why) = unreachable.clone().next().filter(|_| seen.is_empty())?;
        Some(Refusal {
            reason: format!("no target of {} could be reached ({first}: {why})", self.intent.app),
            remedy: "Make one reachable, then run the same command again.".to_owned(),
            targets: unreachable.map(|(target, _)| target.clone()).collect(),
        })
    }

    /// Observes every member that is not excluded as unreachable.
    pub(in crate::engine) async fn observe_all(&self) -> Vec<(&'a Member, Observed)> {
        self.observe_except(BTreeMap::new()).await
    }

    /// Observes every member that is not in `recent`.
    pub(super) async fn observe_except(
        &self,
        mut recent: BTreeMap<Target, Box<Observation>>,
    ) -> Vec<(&'a Member, Observed)> {
        let emit = |member: &Member, observed: &Observed| {
            let (target, observed) = (member.target.clone(), observed.clone());
            self.services.bus.emit(What::Observed { target, observed });
        };
        let (mut seen, mut unseen) = (Vec::new(), Vec::new());
        for member in self.services.context.members(&self.intent.app, &self.intent.stack) {
            if let Some(observation) = recent.remove(&member.target) {
                let observed = Observed::Current(observation);
                emit(member, &observed);
                seen.push((member, observed));
            } else if !matches!(self.excluded.get(&member.target), Some(Exclusion::Unreachable(_)))
            {
                unseen.push(member);
            }
        }
        let observed =
            observe::selected(&self.services.context, &unseen, &self.intent, self.waits, emit)
                .await;
        seen.extend(observed);
        seen.sort_by(|(a, _), (b, _)| a.target.cmp(&b.target));
        seen
    }
}
