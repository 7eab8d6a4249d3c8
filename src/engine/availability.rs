//! Asks the sources of releases for what a plan has to know: whether they still have what a rollback would fetch, since a fetch
//! that fails in the middle of an incident is too late to choose another release; and the checksum of an archive.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;

use super::services::{self, Services};
use crate::domain::availability::{
    ArchiveAt, ArchiveFacts, ArchiveQuery, Availabilities, Availability, SourceQuery, SourceReply,
};
use crate::domain::catalog::{SourceError, SourceErrorKind};
use crate::domain::observation::Observed;
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Plan, Refusal};
use crate::domain::spec::Member;
use crate::platform::{self, KnownMember};

/// Users wait for a rollback. A source that is silent for longer counts as unknown.
const PATIENCE: Duration = Duration::from_secs(5);

/// For an archive of the console's machine, whose checksum is computed.
const READING: Duration = Duration::from_secs(600);

/// Plans from these observations. Each question is asked once.
pub async fn plan(
    services: &Services,
    intent: &Intent,
    seen: &[(&Member, Observed)],
    availability: &mut Availabilities,
) -> Result<Plan, Refusal> {
    for reply in asked(services, intent.phase, wanted(intent, seen, availability)).await {
        availability.add(reply);
    }
    services::plan(intent, seen, availability)
}

fn wanted(
    intent: &Intent,
    seen: &[(&Member, Observed)],
    availability: &Availabilities,
) -> Vec<SourceQuery> {
    let known: Vec<KnownMember<'_>> =
        seen.iter().map(|(member, observed)| KnownMember { member, observed }).collect();
    let Some(first) = known.first() else { return Vec::new() };
    let mut all: Vec<SourceQuery> = Vec::new();
    for wanted in platform::of(&first.member.platform).wanted(intent, &known) {
        if !availability.has(&wanted) && !all.contains(&wanted) {
            all.push(wanted);
        }
    }
    all
}

async fn asked(services: &Services, phase: Phase, all: Vec<SourceQuery>) -> Vec<SourceReply> {
    let ask = |query: SourceQuery| async move {
        match query {
            SourceQuery::Image(wanted) => {
                let answer = in_time(services.catalog.has(&wanted.image, &wanted.release)).await;
                SourceReply::Image(wanted, answer)
            }
            SourceQuery::Archive(query) => {
                let answer = archive(services, phase, &query).await;
                SourceReply::Archive(query, answer)
            }
            SourceQuery::Stored(query) => {
                let answer = in_time(services.catalog.stores(&query)).await;
                SourceReply::Stored(query, answer)
            }
        }
    };
    join_all(all.into_iter().map(ask)).await
}

async fn in_time(answer: impl Future<Output = Result<bool, SourceError>>) -> Availability {
    match timeout(PATIENCE, answer).await {
        Ok(Ok(true)) => Availability::Available,
        Ok(Ok(false)) => Availability::Missing,
        Ok(Err(trouble)) => Availability::Unknown(trouble.why),
        Err(_) => Availability::Unknown(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

async fn archive(
    services: &Services,
    phase: Phase,
    query: &ArchiveQuery,
) -> Result<ArchiveFacts, SourceError> {
    let patience = match (&query.archive, phase) {
        // It is read here, and takes as long as the disk.
        (ArchiveAt::Here { .. }, _) => READING,
        (_, Phase::Rollback) => PATIENCE,
        _ => PATIENCE * 4,
    };
    let answer = timeout(patience, services.catalog.archive(query)).await;
    answer.unwrap_or_else(|_| {
        Err(SourceError {
            kind: SourceErrorKind::Unreachable,
            source: query.archive.to_string(),
            asked: format!("the checksum of {}", query.release),
            why: format!("no answer within {} s", patience.as_secs()),
            remedy: "try again".to_owned(),
        })
    })
}
