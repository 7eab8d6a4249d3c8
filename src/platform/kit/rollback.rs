//! Rollback: send users back to the release that they came from, or to one that a person named, on all hosts
//! at once.
//!
//! The release is decided in [`goal`] from what the hosts recorded, never from what happens to be on the
//! other color. [`track`] plans the steps of a host that serves users.

pub mod followers;
mod goal;
mod track;

pub use self::goal::choices;
use self::goal::{continues, fleet, rollback, some_host_is_reached};
pub use self::track::is_lost;
use self::track::track;
use super::builder::PlanBuilder;
use super::host::{HostRefusal, StackHosts};
use super::runtime::{Runtime, SourceWords};
use crate::base::text::sentences;
use crate::domain::availability::{Availabilities, Availability, SourceQuery};
use crate::domain::observation::Observation;
use crate::domain::plan::{Gate, Intent, Refusal, Step, Track};
use crate::domain::rollback::RollbackPreview;
use crate::domain::target::{Carries, Target};
use crate::platform::contract::KnownMember;

/// Returns what has to be asked about the releases that the rollback would fetch, if nothing is known of their source.
pub fn wanted<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
    known: &[KnownMember<'_>],
) -> Vec<SourceQuery> {
    let Ok(builder) = plan(intent, stack, known, &Availabilities::default()) else {
        return Vec::new();
    };
    let fetched = builder.fetched.iter().filter_map(|(target, release)| {
        let host = stack.hosts.iter().find(|host| host.member.target == *target)?;
        R::source_query(host, release)
    });
    fetched.collect()
}

pub fn plan<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
    known: &[KnownMember<'_>],
    availability: &Availabilities,
) -> Result<PlanBuilder, Refusal> {
    some_host_is_reached(stack, known)?;
    let rollback = rollback(intent, stack, known, availability)?;
    let mut builder = PlanBuilder::new(intent);
    let (mut tracks, mut refused) = (Vec::new(), Vec::new());
    let all: Vec<&Observation> = fleet(known).collect();
    let another = choices::<R>(&rollback.choices);
    for host in stack.serving() {
        let Some(route) = rollback.routes.iter().find(|route| route.target == host.member.target)
        else {
            continue;
        };
        match track(intent, host, route, &rollback, &all, &another) {
            Ok((steps, jobs_stay)) => {
                builder.warnings.extend(track::cold_warning(host, route, availability));
                R::note_fetch(&mut builder, host, route.to.as_ref().map(|(_, to)| to), &steps);
                // Users are rolled back all the same.
                refused.extend(jobs_stay);
                tracks.push(Track::of(&host.member.target, steps));
                if rollback.goal.moves_users() {
                    refused.extend(R::cannot_follow(host));
                }
            }
            // A host that cannot roll back does not stop the others.
            Err(refusal) => refused.push(refusal),
        }
    }
    let users_stay = tracks.is_empty();
    let mut alone = Vec::new();
    for host in stack.hosts.iter().filter(|host| host.member.carries == Carries::JobsOnly) {
        match R::followers_alone(intent, host, &rollback, &tracks, availability) {
            Ok(found) => {
                let mut track = None;
                if let Some((planned, to)) = found {
                    R::note_fetch(&mut builder, host, Some(&to), &planned.steps);
                    track = Some(planned);
                }
                let withdraws = !rollback.goal.moves_users();
                if let Some(step) = R::leftovers(host).filter(|_| withdraws) {
                    let new = || Track::of(&host.member.target, Vec::new());
                    track.get_or_insert_with(new).steps.push(step);
                }
                alone.extend(track);
            }
            Err(refusal) => refused.push(refusal),
        }
    }
    tracks.extend(alone);
    builder.left_out.extend(refused.iter().map(HostRefusal::left_out));
    builder.left_out.extend(stack.unobserved.iter().cloned());
    // Jobs that stay with their users are no reason to call a rollback done that moved none of them.
    let moves = |track: &Track| track.steps.iter().any(Step::is_to_do);
    if users_stay
        && !tracks.iter().any(moves)
        && let Some(refusal) = nothing_possible(&builder, &refused)
    {
        return Err(refusal);
    }
    builder.warnings.extend(uncertain_fetch(&builder, stack, &rollback, availability));
    builder.warnings.extend(continues(&rollback, known));
    builder.tracks("roll back", None, Gate::Barrier, tracks);
    builder.rolls_back(rollback);
    Ok(builder)
}

/// Returns the warning that the source did not confirm a release that the rollback fetches.
fn uncertain_fetch<R: Runtime>(
    builder: &PlanBuilder,
    stack: &StackHosts<'_, R>,
    rollback: &RollbackPreview,
    availability: &Availabilities,
) -> Option<String> {
    let host = |target: &Target| stack.hosts.iter().find(|host| host.member.target == *target);
    let answers = builder.fetched.iter().filter_map(|(target, release)| {
        Some(R::availability(host(target)?, release, availability))
    });
    let mut unconfirmed = answers.filter(|answer| *answer != Some(Availability::Available));
    let SourceWords { what, source, .. } = R::SOURCE;
    let why = match unconfirmed.next()? {
        Some(Availability::Unknown(_)) => {
            format!("{source} did not answer, so it is not known whether it still has the {what}")
        }
        Some(_) => format!("{source} no longer has the {what}"),
        None => format!("{source} was not asked whether it still has the {what}"),
    };
    (!rollback.choices.is_empty())
        .then(|| sentences([why.as_str(), &choices::<R>(&rollback.choices)]))
}

/// Refuses a rollback in which no host can do anything.
fn nothing_possible(builder: &PlanBuilder, refused: &[HostRefusal]) -> Option<Refusal> {
    let HostRefusal { target, reason, remedy } = refused.first()?;
    let targets: Vec<Target> = builder.left_out.iter().map(|left| left.target.clone()).collect();
    let more = match targets.len() {
        1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    let reason = format!("{target}{more}: {reason}");
    Some(Refusal { reason, remedy: remedy.clone(), targets })
}
