//! Prepare: bring a release to every host, and make it the passive color. Users are not affected.
//!
//! The archive is the same bytes everywhere, by its checksum, which is known before anything is changed. It is unpacked beside
//! the other versions, gets its configuration, and its `prepare` hook runs; then the passive slot leads to it.

use super::deliver::{self, DeliverySteps};
use super::facts::OfferedSum;
use super::host::{HostView, StackHosts, SymlinkHost};
use super::spec::{ChecksumFrom, Source, SymlinkSpec};
use super::steps;
use crate::domain::availability::{Availabilities, SourceQuery};
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::target::Carries;
use crate::platform::contract::KnownMember;
use crate::platform::kit::builder::PlanBuilder;
use crate::platform::kit::host::SlotPair;
use crate::platform::kit::{prepare, switch};

/// Returns what has to be known of the archive: its checksum, unless that is given with the release.
pub fn wanted(intent: &Intent, known: &[KnownMember<'_>]) -> Vec<SourceQuery> {
    let Some(release) = intent.release.as_ref().filter(|release| release.digest.is_none()) else {
        return Vec::new();
    };
    let mut queries = Vec::new();
    for known in known.iter().filter(|known| intent.selection.takes(&known.member.target)) {
        let Some(spec) = known.member.platform.get::<SymlinkSpec>() else { continue };
        let query = spec.source.archive_query(spec.checksum, &release.tag);
        let query = query.map(SourceQuery::Archive).filter(|query| !queries.contains(query));
        queries.extend(query);
    }
    queries
}

/// Returns the release with its checksum. Hosts may have different sources; then their checksums must agree.
fn with_checksum(
    release: &Release,
    stack: &StackHosts<'_>,
    availability: &Availabilities,
) -> Result<Release, Refusal> {
    let mut found = release.digest.clone();
    for host in &stack.hosts {
        let published = match &found {
            Some(_) if release.digest.is_some() => None,
            _ => published(host, &release.tag, availability)?,
        };
        if published.is_some() && found.is_some() && found != published {
            return Err(host.refuse(
                format!("the archive of {} is not the same everywhere", release.tag),
                "Publish it once, and let all hosts have it from there.",
            ));
        }
        found = found.or(published);
    }
    Ok(Release { tag: release.tag.clone(), digest: found })
}

/// Returns the checksum that was published with the archive of a host. `None`: it is to be given with the release, or the
/// version is on the host already.
fn published(
    host: &HostView<'_>,
    tag: &Tag,
    availability: &Availabilities,
) -> Result<Option<Digest>, Refusal> {
    let SymlinkHost { spec, facts } = &host.runtime;
    let unknown = |at: String, why: String| match facts.version(tag) {
        Some(_) => Ok(None),
        None => Err(host.refuse(
            format!("the sha256 of {at} is not known: {why}"),
            format!("Publish it beside the archive, or give it: `--release {tag}@sha256:…`."),
        )),
    };
    if let (Source::OnHost { .. }, ChecksumFrom::Beside) = (&spec.source, spec.checksum) {
        return match facts.offered.get(tag) {
            Some(OfferedSum::Known(digest)) => Ok(Some(digest.clone())),
            Some(OfferedSum::Unusable(why)) => unknown(spec.source.shown(tag), why.clone()),
            Some(OfferedSum::Absent) => {
                unknown(spec.source.shown(tag), "there is no checksum file".to_owned())
            }
            None => unknown(spec.source.shown(tag), "there is no such archive".to_owned()),
        };
    }
    let query = spec.source.archive_query(spec.checksum, tag);
    match query.as_ref().and_then(|query| Some((query, availability.archive(query)?))) {
        None => Ok(None),
        Some((_, Ok(facts))) => Ok(Some(facts.digest.clone())),
        Some((query, Err(error))) => unknown(query.archive.to_string(), error.what()),
    }
}

pub fn plan(
    intent: &Intent,
    stack: &StackHosts<'_>,
    availability: &Availabilities,
) -> Result<PlanBuilder, Refusal> {
    let to = &with_checksum(prepare::release(intent)?, stack, availability)?;
    Refusal::any(stack.hosts.iter().filter_map(|host| prepare::check(host).err()).collect())?;
    let mut builder = PlanBuilder::new(&Intent { release: Some(to.clone()), ..intent.clone() });
    let (mut hosts, mut refused) = (Vec::new(), Vec::new());
    for host in &stack.hosts {
        match HostPrepare::of(intent, stack, host, to, &mut builder.warnings) {
            Ok(plan) => hosts.push(plan),
            Err(refusal) => refused.push(refusal),
        }
    }
    Refusal::any(refused)?;
    let mut stage = |name: &str, step: fn(&mut HostPrepare<'_>) -> Vec<Step>| {
        let track = |plan: &mut HostPrepare<'_>| (plan.host.member.target.clone(), step(plan));
        let tracks: Vec<_> = hosts.iter_mut().map(track).collect();
        builder.stage(name, Gate::Barrier, tracks);
    };
    stage("fetch", |plan| plan.delivery.fetch.take().into_iter().collect());
    stage("unpack", |plan| {
        let DeliverySteps { unpack, config, .. } = &mut plan.delivery;
        [unpack.take(), config.take()].into_iter().flatten().collect()
    });
    stage("prepare", |plan| plan.delivery.prepare.take().into_iter().collect());
    stage("start", |plan| std::mem::take(&mut plan.start));
    Ok(builder)
}

/// What to prepare on one host.
struct HostPrepare<'a> {
    host: &'a HostView<'a>,
    delivery: DeliverySteps,
    start: Vec<Step>,
}

impl<'a> HostPrepare<'a> {
    fn of(
        intent: &Intent,
        stack: &StackHosts<'_>,
        host: &'a HostView<'a>,
        to: &Release,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Refusal> {
        let tag = &to.tag;
        if host.member.carries == Carries::JobsOnly {
            let link = &host.runtime.spec.layout.link;
            let live = host.runtime.facts.live() == Some(tag);
            let live = live.then(|| format!("{link} names {tag}"));
            let delivery = deliver::steps(intent, host, to)?.already(live.as_ref());
            return Ok(Self { host, delivery, start: Vec::new() });
        }
        let slots = host.slots()?;
        let live =
            (slots.live_tag() == Some(tag)).then(|| format!("users are on {} {tag}", slots.live));
        if live.is_none() {
            warnings.extend(prepare::replaces(stack, host, &slots, tag));
        }
        let delivery = deliver::steps(intent, host, to)?.already(live.as_ref());
        let start = start(intent, host, &slots, tag, live, delivery.changes())?;
        Ok(Self { host, delivery, start })
    }
}

fn start(
    intent: &Intent,
    host: &HostView<'_>,
    slots: &SlotPair<'_>,
    tag: &Tag,
    live: Option<String>,
    changed: bool,
) -> Result<Vec<Step>, Refusal> {
    let (passive, runtime) = (slots.passive, &host.runtime);
    let up = slots.passive_slot.is_ready() && slots.passive_tag() == Some(tag) && !changed;
    let started = live.clone().or_else(|| up.then(|| format!("{passive} {tag} is up")));
    let pointed = slots.shows_passive() && host.observation.passive_shows.as_ref() == Some(passive);
    let pointed = live.or_else(|| pointed.then(|| format!("it shows {passive}")));
    let shown = switch::passive(host, passive, Some(tag))?
        .announced(format!("{passive} {tag} prepared on {}", host.member.target));
    // The version that another tool made live becomes a slot, so that a rollback can lead to it.
    let adopt = steps::adopt(runtime, slots.live);
    let slot = steps::slot(runtime, &intent.run, passive, tag).already(started);
    Ok(adopt.into_iter().chain([slot, shown.already(pointed)]).collect())
}
