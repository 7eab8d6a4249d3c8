//! The hosts that a run did not complete: while it waits for a person, and after it has ended.

use super::{Agreed, Host, Letters, RollbackReadiness, named};
use crate::console::actions::ActionId;
use crate::console::app::state::State;
use crate::domain::deploy::Doing;
use crate::domain::event::Verdict;
use crate::domain::names::Color;
use crate::domain::observation::Observation;
use crate::domain::release::Release;
use crate::domain::target::Target;

impl State {
    /// Failed or unknown, of the run at work or of the last one: until another begins, or a person has
    /// read it.
    pub fn unresolved(&self) -> Vec<(&Target, &Doing)> {
        if self.run.deploy.is_running() {
            return self.stuck().collect();
        }
        let read = self.run.acknowledged.is_some() && self.run.acknowledged == self.run.deploy.run;
        let bad = !matches!(self.run.deploy.verdict, None | Some(Verdict::Done));
        // The result of a rollback is shown by its own display.
        let own = self.rollback_progress().is_none();
        let open = bad && own && !read;
        let of = self.run.deploy.targets.iter().filter(|_| open);
        of.map(|(target, progress)| (target, &progress.doing))
            .filter(|(_, doing)| matches!(doing, Doing::Failed(_) | Doing::Unknown(_)))
            .collect()
    }

    /// A person has read how the run ended.
    pub fn acknowledge_run(&mut self) -> bool {
        let open = !self.run.deploy.is_running() && !self.unresolved().is_empty();
        if open {
            self.run.acknowledged = self.run.deploy.run.clone();
        }
        open
    }

    /// Users get different releases, and nobody is at work on it: how many get which, and which key
    /// makes it one.
    pub fn mixed(&self) -> Option<String> {
        let Agreed::Mixed(counts) = self.release_summary().live else { return None };
        if self.running().is_some() {
            return None;
        }
        let counted: Vec<String> =
            counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let ways: Vec<String> = self.forward().into_iter().chain(self.back()).collect();
        let ways = if ways.is_empty() {
            self.in_keys("no key fixes this: `flipside doctor` checks the servers")
        } else {
            ways.join(", ")
        };
        Some(format!("MIXED: {}; {ways}", counted.join(", ")))
    }

    /// A release that some users have, and that is prepared wherever they do not have it.
    fn forward(&self) -> Option<String> {
        let colored = || self.hosts().filter(Host::has_colors);
        let mut live = colored().filter_map(|host| live_of(&host));
        let (color, release) = live.find(|(_, release)| {
            colored().all(|host| {
                live_of(&host).is_some_and(|(_, it)| it.tag == release.tag)
                    || is_prepared_with(&host, release)
            })
        })?;
        let to = named(&color, Some(&release), Letters::Long);
        let key = self.key_word(ActionId::GoLive);
        Some(match self.freeze() {
            Some(_) => format!("{key} would move all users to {to}, but go-live is FROZEN"),
            None => format!("{key} moves all users to {to}"),
        })
    }

    fn back(&self) -> Option<String> {
        let RollbackReadiness::Open { color, release, .. } = self.rollback_readiness() else {
            return None;
        };
        let to = named(&color, release.as_ref(), Letters::Long);
        Some(format!("{} moves all users to {to}", self.key_word(ActionId::Rollback)))
    }
}

fn live_of(host: &Host<'_>) -> Option<(Color, Release)> {
    let live = host.live();
    let (color, release) = live.known()?;
    Some((color.clone(), release?.clone()))
}

fn is_prepared_with(host: &Host<'_>, release: &Release) -> bool {
    let there = host.passive_slot().and_then(|slot| slot.release.as_ref());
    host.observation().is_some_and(Observation::is_prepared)
        && there.is_some_and(|there| there.tag == release.tag)
}
