//! Asks the registry for what a rollback would have to pull, before it is planned: a pull that fails in the
//! middle of an incident is too late to choose another release.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;

use super::run::{self, Services};
use crate::domain::availability::{Availabilities, Availability, ReleaseToPull};
use crate::domain::observation::Observed;
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Plan, Refusal};
use crate::domain::spec::Member;
use crate::platform::{self, KnownMember};

/// Users wait for the rollback. A registry that is silent for longer counts as unknown.
const PATIENCE: Duration = Duration::from_secs(5);

/// Plans from these observations. The registry is asked once for each release.
pub async fn plan(
    services: &Services,
    intent: &Intent,
    seen: &[(&Member, Observed)],
    availability: &mut Availabilities,
) -> Result<Plan, Refusal> {
    if intent.phase == Phase::Rollback {
        for (wanted, supply) in asked(services, wanted(intent, seen, availability)).await {
            availability.add(wanted, supply);
        }
    }
    run::plan(intent, seen, availability)
}

fn wanted(
    intent: &Intent,
    seen: &[(&Member, Observed)],
    availability: &Availabilities,
) -> Vec<ReleaseToPull> {
    let known: Vec<KnownMember<'_>> =
        seen.iter().map(|(member, observed)| KnownMember { member, observed }).collect();
    let Some(first) = known.first() else { return Vec::new() };
    let mut all: Vec<ReleaseToPull> = Vec::new();
    for wanted in platform::of(&first.member.platform).wanted(intent, &known) {
        if availability.of(&wanted.image.name, &wanted.release).is_none() && !all.contains(&wanted)
        {
            all.push(wanted);
        }
    }
    all
}

async fn asked(services: &Services, all: Vec<ReleaseToPull>) -> Vec<(ReleaseToPull, Availability)> {
    let ask = |wanted: ReleaseToPull| async move {
        let answer = timeout(PATIENCE, services.catalog.has(&wanted.image, &wanted.release)).await;
        let supply = match answer {
            Ok(Ok(true)) => Availability::Available,
            Ok(Ok(false)) => Availability::Missing,
            Ok(Err(trouble)) => Availability::Unknown(trouble.why),
            Err(_) => Availability::Unknown(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        (wanted, supply)
    };
    join_all(all.into_iter().map(ask)).await
}
