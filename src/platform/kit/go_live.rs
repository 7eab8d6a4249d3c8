//! Go live: switch users to the prepared color, batch by batch, and update the jobs after them.

use chrono::{DateTime, Utc};

use super::builder::PlanBuilder;
use super::host::{HostView, SlotPair, StackHosts};
use super::runtime::Runtime;
use super::{restore_live, switch};
use crate::domain::phase::Phase;
use crate::domain::plan::{Effect, Gate, Intent, Refusal, Step, Track, TrackStart};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::PassiveRole;
use crate::domain::target::Carries;

pub fn plan<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
) -> Result<PlanBuilder, Refusal> {
    let tag = release(intent, stack)?;
    let mut builder = PlanBuilder::of_release(intent, &tag);
    let (mut switches, mut refused) = (Vec::new(), Vec::new());
    for host in stack.serving() {
        match track(intent, stack, host, &tag) {
            Ok(steps) => switches.push(Track::of(&host.member.target, steps)),
            Err(refusal) => refused.push(refusal),
        }
    }
    Refusal::any(refused)?;
    let mut stages = batches(intent, switches);
    let alone = jobs_alone(intent, stack, &tag, stages.last())?;
    match stages.last_mut() {
        Some(last) => last.tracks.extend(alone),
        None => stages.push(Batch { name: "jobs".to_owned(), tracks: alone }),
    }
    let batch_count = stages.len();
    for (index, Batch { name, tracks }) in stages.into_iter().enumerate() {
        let pause = intent.batches.pause.filter(|_| index > 0);
        builder.tracks(name, pause, Gate::Barrier, tracks);
    }
    warn_about_release(&mut builder, stack, &tag);
    warn_about_mixed_versions(&mut builder, stack, batch_count);
    Ok(builder)
}

/// Returns the release to go live with: the named one, else the one that is prepared.
fn release<R: Runtime>(intent: &Intent, stack: &StackHosts<'_, R>) -> Result<Tag, Refusal> {
    if let Some(release) = &intent.release {
        return Ok(release.tag.clone());
    }
    let (mut tags, mut left, mut unhealthy) = (Vec::new(), None, Vec::new());
    for host in stack.serving() {
        let slots = host.slots()?;
        if !slots.is_prepared() {
            let tag = slots.passive_tag().filter(|_| slots.shows_passive());
            unhealthy.extend(tag.map(|tag| slots.refuse_unhealthy(host, tag)));
            continue;
        }
        match stack.passive_release(host) {
            Some((tag, PassiveRole::RolledBack)) => left = Some(tag),
            _ => tags.extend(slots.passive_tag().cloned()),
        }
    }
    tags.sort();
    tags.dedup();
    let listed = tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
    match (tags.as_slice(), left) {
        ([tag], _) => Ok(tag.clone()),
        // A go-live that was interrupted is continued: users are on its release, the jobs perhaps not.
        ([], left) => last_release(stack).ok_or_else(|| match (left, Refusal::any(unhealthy)) {
            (Some(tag), _) => rolled_back(stack, tag),
            (None, Err(refusal)) => refusal,
            (None, Ok(())) => refusal(
                "no release is prepared",
                "Prepare one first: `flipside prepare --release TAG`.",
            ),
        }),
        _ => Err(refusal(
            format!("different releases are prepared: {listed}"),
            "Name one with `--release`, or prepare one of them on all hosts.",
        )),
    }
}

/// Refuses to send users once more to the release that they were rolled back from, unless a person names it.
fn rolled_back<R: Runtime>(stack: &StackHosts<'_, R>, tag: &Tag) -> Refusal {
    let when = stack.serving().find_map(|host| left_at(host, tag));
    let when = when.map_or(String::new(), |when| format!(" at {}", at(when)));
    refusal(
        format!("users were rolled back from {tag}{when}, and no other release is prepared"),
        &format!(
            "Prepare another release, or name this one to send users to it again: \
             `flipside go-live --release {tag}`."
        ),
    )
}

/// Returns when users of this host were rolled back from the release, by its last change.
fn left_at<R: Runtime>(host: &HostView<'_, R>, tag: &Tag) -> Option<DateTime<Utc>> {
    let change = host.observation.last_change.as_ref()?;
    (change.is(Phase::Rollback) && change.from.as_ref() == Some(tag)).then_some(change.at)
}

/// Returns the release that went live last, if users are on it.
fn last_release<R: Runtime>(stack: &StackHosts<'_, R>) -> Option<Tag> {
    let changes =
        stack.serving().filter_map(|host| Some((host, host.observation.last_change.as_ref()?)));
    let (host, newest) = changes.max_by_key(|(_, change)| change.at)?;
    let tag = newest.tag.as_ref().filter(|_| newest.is(Phase::GoLive))?;
    (host.observation.live_tag() == Some(tag)).then(|| tag.clone())
}

fn refusal(reason: impl Into<String>, remedy: &str) -> Refusal {
    Refusal { reason: reason.into(), remedy: remedy.to_owned(), targets: Vec::new() }
}

/// Returns the steps of a host: its users, then its jobs. No host waits for the users of another one.
fn track<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
    host: &HostView<'_, R>,
    tag: &Tag,
) -> Result<Vec<Step>, Refusal> {
    let mut steps = switch(intent, host, tag)?;
    if host.runtime.has_followers() {
        steps.extend(R::follow(intent, host, &released(stack, host, tag))?);
    }
    Ok(steps)
}

/// Returns the tracks of hosts that run only jobs: in the last batch, once its first users were moved.
fn jobs_alone<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
    tag: &Tag,
    beside: Option<&Batch>,
) -> Result<Vec<Track>, Refusal> {
    let moves = |step: &Step| step.effect == Effect::Switches && step.is_to_do();
    let moves = |batch: &Batch| batch.tracks.iter().flat_map(|track| &track.steps).any(moves);
    let begin =
        if beside.is_some_and(moves) { TrackStart::AfterUsersMoved } else { TrackStart::AtOnce };
    let alone = |host: &&HostView<'_, R>| host.member.carries == Carries::JobsOnly;
    let carries = stack.hosts.iter().filter(alone).filter(|host| host.runtime.has_followers());
    let track = |host: &HostView<'_, R>| {
        let steps = R::follow(intent, host, &released(stack, host, tag))?;
        Ok(Track { begin, ..Track::of(&host.member.target, steps) })
    };
    carries.map(track).collect()
}

fn switch<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
    tag: &Tag,
) -> Result<Vec<Step>, Refusal> {
    let slots = host.slots()?;
    if slots.live_tag() == Some(tag) {
        if !host.users_are_answered() {
            // The engine was killed since users were moved, which stopped the color that they are on.
            return Ok(restore_live::steps(intent, host, slots.live)?);
        }
        let done = format!("users are on {} {tag}", slots.live);
        return Ok(vec![step(intent, host, slots.live, tag)?.already(Some(done))]);
    }
    must_be_prepared(host, &slots, tag)?;
    if intent.sign_off_required
        && host.observation.verified.as_ref().is_none_or(|sign_off| sign_off.tag != *tag)
    {
        return Err(host.refuse(
            format!("{tag} is not signed off, which this environment requires"),
            "Verify it and sign it off first: `flipside verify`.",
        ));
    }
    Ok(vec![step(intent, host, slots.passive, tag)?])
}

fn must_be_prepared<R: Runtime>(
    host: &HostView<'_, R>,
    slots: &SlotPair<'_>,
    tag: &Tag,
) -> Result<(), Refusal> {
    let prepare = prepare_remedy(tag);
    let color = slots.passive;
    if slots.passive_tag() != Some(tag) {
        let there = slots.passive_tag().map_or("no release".to_owned(), ToString::to_string);
        return Err(host.refuse(format!("{tag} is not prepared: {color} has {there}"), prepare));
    }
    if !slots.passive_slot.is_ready() {
        return Err(host.refuse(format!("{color} {tag} is not healthy"), prepare));
    }
    if !slots.shows_passive() || host.observation.passive_shows.as_ref() != Some(color) {
        return Err(host.refuse(
            format!("{tag} is not prepared: the passive entry point does not show {color} {tag}"),
            prepare,
        ));
    }
    Ok(())
}

pub fn prepare_remedy(tag: &Tag) -> String {
    format!("Run `flipside prepare --release {tag}`: it does only what is left to do.")
}

fn step<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
    color: &crate::domain::names::Color,
    tag: &Tag,
) -> Result<Step, Refusal> {
    let deploys = R::deployment(host, tag, color);
    let change = switch::change(intent, host, Some(tag));
    let record = switch::SwitchRecord { deploys, change, freeze: None };
    let step = switch::users(host, color, Some(tag), &record)?;
    Ok(step.announced(format!("{color} {tag} live on {}", host.member.target)))
}

/// Returns the release with the digest that users get: of the host's own colors, else of any host's. A tag
/// alone may mean another image than the prepared one.
fn released<R: Runtime>(stack: &StackHosts<'_, R>, host: &HostView<'_, R>, tag: &Tag) -> Release {
    let is = |release: &&Release| release.tag == *tag && release.digest.is_some();
    let of = |host: &HostView<'_, R>| {
        let mut releases =
            host.observation.colors.values().filter_map(|slot| slot.release.as_ref());
        releases.find(is).cloned()
    };
    let found = of(host).or_else(|| stack.serving().find_map(of));
    found.unwrap_or_else(|| Release::of_tag(tag.clone()))
}

/// Hosts whose users are moved at the same time.
struct Batch {
    name: String,
    tracks: Vec<Track>,
}

/// Returns the batches: canary hosts first, then groups of the configured size.
fn batches(intent: &Intent, tracks: Vec<Track>) -> Vec<Batch> {
    let is_canary = |track: &Track| intent.batches.canary.contains(&track.target.id());
    let total = tracks.len();
    let (canary, rest): (Vec<_>, Vec<_>) = tracks.into_iter().partition(is_canary);
    let mut portions = Vec::new();
    if !canary.is_empty() {
        portions.push((" (canary)", canary));
    }
    let size = intent.batches.size.of(total);
    let mut rest = rest.into_iter().peekable();
    while rest.peek().is_some() {
        portions.push(("", rest.by_ref().take(size).collect()));
    }
    let many = portions.len();
    let named = |(index, (which, tracks)): (usize, (&str, Vec<Track>))| Batch {
        name: if many > 1 {
            format!("switch {} of {many}{which}", index + 1)
        } else {
            "switch".to_owned()
        },
        tracks,
    };
    portions.into_iter().enumerate().map(named).collect()
}

/// Warns of what a person should know of the release before users are sent to it.
fn warn_about_release<R: Runtime>(builder: &mut PlanBuilder, stack: &StackHosts<'_, R>, tag: &Tag) {
    let waits =
        |host: &&HostView<'_, R>| host.slots().is_ok_and(|slots| slots.live_tag() != Some(tag));
    let left = stack.serving().filter(waits).find_map(|host| left_at(host, tag));
    let warning = left.map(|left| format!("users were rolled back from {tag} at {}", at(left)));
    builder.warnings.extend(warning);
    let signed = |host: &HostView<'_, R>| {
        host.observation.verified.as_ref().is_some_and(|sign_off| sign_off.tag == *tag)
    };
    let unsigned = stack.serving().filter(waits).filter(|host| !signed(host)).count();
    if unsigned > 0 {
        let hosts = if unsigned == 1 { "1 host".to_owned() } else { format!("{unsigned} hosts") };
        builder.warnings.push(format!("{tag} is not signed off on {hosts}"));
    }
}

fn at(time: DateTime<Utc>) -> impl std::fmt::Display {
    time.format("%Y-%m-%d %H:%M:%S UTC")
}

fn warn_about_mixed_versions<R: Runtime>(
    builder: &mut PlanBuilder,
    stack: &StackHosts<'_, R>,
    batch_count: usize,
) {
    if batch_count > 1 {
        builder
            .warnings
            .push("both releases serve users until the last batch is switched".to_owned());
    }
    let warm = stack
        .serving()
        .filter_map(|host| host.slots().ok())
        .all(|slots| slots.live_slot.is_ready());
    if !warm {
        builder.warnings.push(
            "the live color is not healthy on all hosts: a rollback to it may not help".to_owned(),
        );
    }
}
