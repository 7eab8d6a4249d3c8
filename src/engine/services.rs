//! What every run uses, and the pure planning that it calls.

use std::sync::Arc;

use super::bus::EventBus;
use super::context::EngineContext;
use super::notify::Notifier;
use crate::domain::availability::Availabilities;
use crate::domain::observation::Observed;
use crate::domain::plan::{Intent, Plan, Refusal};
use crate::domain::spec::Member;
use crate::platform::{self, KnownMember};
use crate::transport::sources::Catalog;

/// The services that a run uses.
#[derive(Clone)]
pub struct Services {
    pub context: EngineContext,
    pub bus: EventBus,
    pub notifier: Notifier,
    pub catalog: Arc<dyn Catalog>,
}

/// Plans from fresh observations.
pub fn plan(
    intent: &Intent,
    seen: &[(&Member, Observed)],
    availability: &Availabilities,
) -> Result<Plan, Refusal> {
    let known: Vec<KnownMember<'_>> =
        seen.iter().map(|(member, observed)| KnownMember { member, observed }).collect();
    let Some((first, _)) = seen.first() else {
        return Err(Refusal {
            reason: format!("no host of {} is selected", intent.app),
            remedy: "`flipside inventory list` shows the hosts that run it".to_owned(),
            targets: Vec::new(),
        });
    };
    platform::of(&first.platform).plan(intent, &known, availability)
}
