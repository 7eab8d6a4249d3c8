//! A run with its locks: takes them, goes without targets that cannot be locked, and releases them on every way out.

use super::{Exclusion, Run, Services, arguments, members};
use crate::domain::event::{Verdict, What};
use crate::domain::observation::Observed;
use crate::domain::phase::Phase;
use crate::domain::plan::Basis;
use crate::domain::spec::Member;
use crate::engine::lease::LossReason;
use crate::engine::locks::{LockFailure, Locks};
use crate::engine::services::plan;

impl<'a> Run<'a> {
    pub(super) async fn run_with_locks(&mut self, basis: Option<Basis>) -> Verdict {
        let Services { context, bus, .. } = self.services;
        let for_setup = self.intent.phase == Phase::Setup;
        // A lock is the first thing that setup writes to a fresh server. Reasons for a refusal are found before.
        if for_setup
            && let Err(refusal) = plan(&self.intent, &self.observe_all().await, &self.availability)
        {
            return self.refused(refusal, false);
        }
        let mut locks = Locks::new(context, bus, self.lease.clone()).for_setup(for_setup);
        let members = members(context, &self.intent);
        // A rollback skips a host that cannot be reached: it must not delay the others.
        let taken = if self.intent.phase == Phase::Rollback {
            locks.take_without_stragglers(&members, self.waits).await
        } else {
            locks.take(&members).await.map(|()| Vec::new())
        };
        let verdict = match taken {
            Ok(without) => {
                let late: Vec<&Member> = without.iter().map(|(member, _)| *member).collect();
                self.leave_out(without);
                self.use_recent_observations(&locks, &members);
                let verdict = self.rounds(basis).await;
                self.retry_stragglers(&mut locks, &late, verdict).await
            }
            Err(LockFailure::Held { target, holder }) => Verdict::Locked { target, holder },
            Err(LockFailure::NotSetUp { target, why }) => Verdict::Refused {
                why: format!(
                    "{target}: {why}. `flipside setup {} --release TAG` sets it up",
                    arguments(&members, &target)
                ),
            },
            Err(LockFailure::Unreachable { target, why }) => {
                Verdict::Refused { why: format!("{target} could not be locked: {why}") }
            }
        };
        let is_aborted = self.control.aborted_by().is_some();
        locks.release(is_aborted).await;
        self.lost().unwrap_or(verdict)
    }

    /// Returns the verdict of a run that lost a lock, whatever it was doing.
    pub(super) fn lost(&self) -> Option<Verdict> {
        let lost = self.lease.lost()?;
        let target = lost.target;
        Some(match lost.why {
            LossReason::Lock(holder) => Verdict::LockLost { target, holder: holder.map(Box::new) },
            LossReason::Closed(freeze) => {
                let freeze = freeze.map_or_else(String::new, |freeze| format!(" {freeze}"));
                let why = format!(
                    "go-live is FROZEN{freeze} ({target}). This run was in progress then, and changed nothing more"
                );
                Verdict::Failed { why, failed: Vec::new() }
            }
        })
    }

    /// Uses observations from a moment ago where the lock proves that nothing changed since. Users wait for a switch,
    /// and its script itself checks that it replaces exactly what was observed.
    fn use_recent_observations(&mut self, locks: &Locks<'_>, members: &[&Member]) {
        if self.intent.phase.switches_traffic() {
            self.recent = members
                .iter()
                .filter_map(|member| Some((member.target.clone(), locks.recent(member)?)))
                .collect();
        }
    }

    fn leave_out(&mut self, without: Vec<(&Member, String)>) {
        for (member, why) in without {
            let last = self.services.context.last_observation(member);
            self.excluded.insert(member.target.clone(), Exclusion::Unreachable(why.clone()));
            let (target, observed) = (member.target.clone(), Observed::Failed { why, last });
            self.services.bus.emit(What::Observed { target, observed });
        }
    }

    /// Tries the stragglers once more, with more patience, now that all other hosts are done.
    async fn retry_stragglers(
        &mut self,
        locks: &mut Locks<'a>,
        late: &[&'a Member],
        verdict: Verdict,
    ) -> Verdict {
        if late.is_empty() || self.control.abort_token().is_cancelled() {
            return verdict;
        }
        let still = locks.take_late(late).await;
        if still.len() == late.len() {
            return verdict;
        }
        for member in late {
            self.excluded.remove(&member.target);
        }
        self.leave_out(still);
        self.rounds(None).await
    }
}
