//! Prepare: bring a release up on the passive color of every host. Users notice nothing.
//!
//! Pull everywhere; stop unless every host got the same bytes; write the dated compose file; migrate
//! once, on the primary; only then start the passive color, wait until it is healthy, and point the
//! passive side at it.

use std::collections::BTreeMap;

use super::builder::PlanBuilder;
use super::facts::Head;
use super::host::{HostView, Primary, SlotPair, StackHosts};
use super::services::Services;
use super::template::{self, Tags};
use super::{deployed_file, scripts, steps, workloads};
use crate::domain::change::Before;
use crate::domain::names::{Color, EnvName};
use crate::domain::observation::{Drift, DriftKind};
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::spec::PlatformSpec;
use crate::domain::target::Carries;

pub fn plan(intent: &Intent, stack: &StackHosts<'_>) -> Result<PlanBuilder, Refusal> {
    let tag = &intent.release.as_ref().ok_or_else(no_release)?.tag;
    Refusal::any(stack.hosts.iter().filter_map(|host| check(host).err()).collect())?;
    let digest = one_digest(intent, stack, tag)?;
    migrated_elsewhere(stack, tag, digest.as_ref())?;
    let mut builder = PlanBuilder::new(intent);
    let (mut all, mut refused) = (Vec::new(), Vec::new());
    for host in &stack.hosts {
        match todo(intent, host, tag, &mut builder.warnings) {
            Ok(one) => all.push(one),
            Err(refusal) => refused.push(refusal),
        }
    }
    Refusal::any(refused)?;
    let todo: Vec<Todo<'_>> = all;
    let track = |todo: &Todo<'_>, steps: Vec<Step>| (todo.host.member.target.clone(), steps);

    builder.stage(
        "pull",
        Gate::Observe {
            what: format!("the same digest of {tag} on every host"),
            last_lines_agree: true,
        },
        todo.iter().map(|todo| track(todo, vec![pull(intent, todo, tag)])),
    );
    let writes = todo.iter().map(|todo| track(todo, vec![write(&intent.environment, todo)]));
    builder.stage("write", Gate::Barrier, writes);
    builder.stage(
        "migrate",
        Gate::Everyone,
        todo.iter()
            .filter(|todo| todo.host.member.primary)
            .map(|todo| track(todo, migrate(todo, tag, digest.as_ref()).into_iter().collect())),
    );
    let mut starts = Vec::new();
    for todo in &todo {
        starts.push(track(todo, start(todo, tag, digest.as_ref())?));
    }
    builder.stage("start", Gate::Barrier, starts);
    Ok(builder)
}

fn no_release() -> Refusal {
    Refusal {
        reason: "prepare needs to know which release".to_owned(),
        remedy: "name its tag: `flipside prepare --release TAG`".to_owned(),
        targets: Vec::new(),
    }
}

/// What must hold before anything is changed on a host.
fn check(host: &HostView<'_>) -> Result<(), Refusal> {
    let blocks = |drift: &&Drift| drift.kind == DriftKind::Disagreement;
    if let Some(drift) = host.observation.drift.iter().find(blocks) {
        return Err(host.refuse(&drift.what, drift.remedy.clone()));
    }
    disk(host)
}

pub fn disk(host: &HostView<'_>) -> Result<(), Refusal> {
    let wanted = host.spec.disk_free_mib;
    match host.observation.host.disk_free.map(|bytes| bytes / 1024 / 1024) {
        Some(free) if free < wanted => Err(host.refuse(
            format!("{free} MiB of disk are free, {wanted} MiB are wanted"),
            "make room (`flipside finish` removes what neither color needs), or lower disk_free_mib",
        )),
        _ => Ok(()),
    }
}

/// The digest that every host pulled in this run, as far as they have; two are one too many.
fn one_digest(
    intent: &Intent,
    stack: &StackHosts<'_>,
    tag: &Tag,
) -> Result<Option<Digest>, Refusal> {
    let mut found: BTreeMap<&Digest, Vec<&HostView<'_>>> = BTreeMap::new();
    for host in &stack.hosts {
        if let Some(pulled) =
            host.facts.pulled.as_ref().filter(|p| p.tag == *tag && p.run == intent.run)
        {
            found.entry(&pulled.digest).or_default().push(host);
        }
    }
    if found.len() < 2 {
        return Ok(found.into_keys().next().cloned());
    }
    let told: Vec<String> = found
        .iter()
        .map(|(digest, hosts)| {
            let names: Vec<&str> = hosts.iter().map(|host| host.member.target.name()).collect();
            format!("{} on {}", digest.short(), names.join(", "))
        })
        .collect();
    Err(Refusal {
        reason: format!("{tag} is not the same image everywhere: {}", told.join("; ")),
        remedy: "the tag was moved while it was pulled; prepare again, or release a tag that is never moved".to_owned(),
        targets: found.into_values().flatten().map(|host| host.member.target.clone()).collect(),
    })
}

/// The new color starts nowhere before the migration ran. Where the primary is not among the hosts that
/// are meant, it must have run there before.
fn migrated_elsewhere(
    stack: &StackHosts<'_>,
    tag: &Tag,
    digest: Option<&Digest>,
) -> Result<(), Refusal> {
    let (member, ran) = match &stack.primary {
        Primary::Here => return Ok(()),
        Primary::Elsewhere(host) => (host.member, host.facts.has_migrated(tag, digest)),
        Primary::Unobserved(member) => (*member, false),
    };
    let PlatformSpec::Compose(spec) = &member.platform;
    if ran || spec.migration.is_none() {
        return Ok(());
    }
    Err(Refusal {
        reason: format!(
            "the migration of {tag} is not known to have run on the primary, {}, which is not among the hosts that are meant",
            member.target
        ),
        remedy: "prepare the primary too, or first".to_owned(),
        targets: vec![member.target.clone()],
    })
}

/// What is left to do on one host.
struct Todo<'a> {
    host: &'a HostView<'a>,
    slots: Option<SlotPair<'a>>,
    file: FileToDo,
    /// Users reach the release here already: nothing is to be prepared.
    live: Option<String>,
}

pub(super) struct FileToDo {
    pub name: String,
    pub text: String,
    there: bool,
}

fn todo<'a>(
    intent: &Intent,
    host: &'a HostView<'a>,
    tag: &Tag,
    warnings: &mut Vec<String>,
) -> Result<Todo<'a>, Refusal> {
    let slots = match host.member.carries {
        Carries::App => Some(host.slots()?),
        Carries::JobsOnly => None,
    };
    let live_tag = match &slots {
        Some(slots) => Some(live_tag(host, slots)?),
        None => None,
    };
    let linked = host.facts.linked().and_then(|file| file.head.as_ref());
    let live = match (&slots, live_tag) {
        (Some(slots), Some(live)) if live == tag => {
            Some(format!("users reach {} {tag}", slots.live))
        }
        (None, _) if linked.is_some_and(|head| head.release == *tag) => {
            Some(format!("its jobs run {tag}"))
        }
        _ => None,
    };
    if let Some(slots) = slots.as_ref().filter(|_| live.is_none()) {
        warn(host, slots, tag, warnings);
    }
    let file = file(intent, host, slots.as_ref(), live_tag, tag)?;
    Ok(Todo { host, slots, file, live })
}

fn live_tag<'a>(host: &HostView<'_>, slots: &SlotPair<'a>) -> Result<&'a Tag, Refusal> {
    let release = slots.live_slot.release.as_ref();
    release.map(|release| &release.tag).ok_or_else(|| unknown_image(host, slots.live))
}

pub fn unknown_image(host: &HostView<'_>, color: &Color) -> Refusal {
    let (reason, remedy) = workloads::unknown(&host.facts, host.service(color), host.spec);
    host.refuse(reason, remedy)
}

fn warn(host: &HostView<'_>, slots: &SlotPair<'_>, tag: &Tag, warnings: &mut Vec<String>) {
    let Some(there) = slots.passive_tag().filter(|there| *there != tag) else { return };
    let target = &host.member.target;
    if slots.shows_passive() {
        warnings
            .push(format!("{target}: {there} is prepared on {} and is replaced", slots.passive));
    } else if host.observation.origin().is_some_and(|origin| origin.release.tag == *there) {
        if slots.passive_slot.is_ready() {
            warnings.push(format!(
                "{target}: {there} is up on {}, ready for a rollback, and is replaced",
                slots.passive
            ));
        }
    } else if slots.passive_slot.is_ready() {
        warnings.push(format!("{target}: {there} is up on {} and is replaced", slots.passive));
    }
}

/// The dated compose file that makes `tag` the release of the passive color.
pub(super) fn file(
    intent: &Intent,
    host: &HostView<'_>,
    slots: Option<&SlotPair<'_>>,
    live_tag: Option<&Tag>,
    tag: &Tag,
) -> Result<FileToDo, Refusal> {
    let colors = host
        .spec
        .colors
        .keys()
        .map(|color| match (slots, live_tag) {
            (Some(slots), Some(live)) if color == slots.live => (color, live),
            _ => (color, tag),
        })
        .collect();
    let head = Head {
        release: tag.clone(),
        color: slots.map(|slots| slots.passive.clone()),
        previous: host.facts.link.clone(),
    };
    let text = template::render(
        &intent.environment,
        host.member,
        host.spec,
        &Tags { colors, jobs: tag },
        &head,
    )
    .map_err(|why| Refusal {
        reason: why,
        remedy: "mend the template".to_owned(),
        targets: vec![host.member.target.clone()],
    })?;
    // Not after users were moved, when the jobs follow them.
    if let Some((reason, remedy)) = Services::of(&text).fault(host.member, host.spec) {
        return Err(host.refuse(reason, remedy));
    }
    let sha256 = template::sha256(&text);
    let there = host.facts.files.iter().find(|file| file.sha256 == sha256);
    let name = there.map_or_else(
        || format!("docker-compose.{}-{tag}.yml", intent.asked_at.format("%Y%m%d-%H%M%S")),
        |file| file.name.clone(),
    );
    Ok(FileToDo { name, text, there: there.is_some() })
}

fn pull(intent: &Intent, todo: &Todo<'_>, tag: &Tag) -> Step {
    let pulled = todo.host.facts.pulled.as_ref().filter(|p| p.tag == *tag && p.run == intent.run);
    let why = todo
        .live
        .clone()
        .or_else(|| pulled.map(|pulled| format!("it is {}", pulled.digest.short())));
    steps::pull(todo.host, intent, &Release::of_tag(tag.clone())).already(why)
}

fn write(environment: &EnvName, todo: &Todo<'_>) -> Step {
    let why = todo
        .live
        .clone()
        .or_else(|| todo.file.there.then(|| "it is there, with this text".to_owned()));
    // Only worth making where it is shown.
    let before = match why {
        None => deployed_file::beside(environment, todo.host),
        Some(_) => Before::NotRead,
    };
    steps::write(todo.host, &todo.file.name, todo.file.text.clone(), before).already(why)
}

fn migrate(todo: &Todo<'_>, tag: &Tag, digest: Option<&Digest>) -> Option<Step> {
    let ran = todo.host.facts.has_migrated(tag, digest).then(|| match digest {
        Some(digest) => format!("it finished for {tag} before, as {}", digest.short()),
        None => format!("it finished for {tag} before; if the tag was moved since, it runs again"),
    });
    let step = steps::migrate(todo.host, &todo.file.name, tag, digest.map_or("", Digest::as_str))?;
    Some(step.already(todo.live.clone().or(ran)))
}

fn start(todo: &Todo<'_>, tag: &Tag, digest: Option<&Digest>) -> Result<Vec<Step>, Refusal> {
    let Some(slots) = &todo.slots else { return Ok(Vec::new()) };
    let host = todo.host;
    let same = |release: &Release| {
        release.tag == *tag && (digest.is_none() || release.digest.as_ref() == digest)
    };
    let up = slots.passive_slot.is_ready() && slots.passive_slot.release.as_ref().is_some_and(same);
    let started = todo
        .live
        .clone()
        .or_else(|| up.then(|| format!("{} {tag} is up and healthy", slots.passive)));
    let pointed =
        slots.shows_passive() && host.observation.passive_shows.as_ref() == Some(slots.passive);
    let pointed =
        todo.live.clone().or_else(|| pointed.then(|| format!("it points at {}", slots.passive)));
    let passive = steps::switch(host, &host.facts, slots.passive, Some(tag), None)
        .map(|step| {
            step.announced(format!("{} {tag} prepared on {}", slots.passive, host.member.target))
        })
        .map_err(|why| host.refuse(why, scripts::INCLUDE_REMEDY))?;
    Ok(vec![
        steps::start(host, &todo.file.name, slots.passive, tag, digest).already(started),
        passive.already(pointed),
    ])
}
