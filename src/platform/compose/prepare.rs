//! Prepare: start a release on the passive color of every host. Users are not affected.
//!
//! Pull on all hosts, and stop unless all of them got the same image; write the dated compose file; migrate
//! once, on the primary; then start the passive color, wait until it is healthy, and point the passive entry
//! point at it.

use crate::base::checksum::sha256;
use std::collections::BTreeMap;

use super::facts::Head;
use super::host::{HostView, StackHosts};
use super::services::Services;
use super::template::{self, Tags};
use super::{deployed_file, steps, workloads};
use crate::domain::change::Before;
use crate::domain::names::{Color, EnvName};
use crate::domain::plan::{Gate, Intent, Refusal, Step};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::target::Carries;
use crate::platform::kit::builder::PlanBuilder;
use crate::platform::kit::host::{Primary, SlotPair};
use crate::platform::kit::{prepare, switch};

pub fn plan(intent: &Intent, stack: &StackHosts<'_>) -> Result<PlanBuilder, Refusal> {
    let release = prepare::release(intent)?;
    let tag = &release.tag;
    Refusal::any(stack.hosts.iter().filter_map(|host| prepare::check(host).err()).collect())?;
    let digest = one_digest(intent, stack, tag)?;
    migrated_elsewhere(stack, tag, digest.as_ref())?;
    let mut builder = PlanBuilder::new(intent);
    let (mut hosts, mut refused) = (Vec::new(), Vec::new());
    for host in &stack.hosts {
        match host_prepare(intent, stack, host, tag, &mut builder.warnings) {
            Ok(plan) => hosts.push(plan),
            Err(refusal) => refused.push(refusal),
        }
    }
    Refusal::any(refused)?;
    let track = |plan: &HostPrepare<'_>, steps: Vec<Step>| (plan.host.member.target.clone(), steps);

    builder.stage(
        "pull",
        Gate::Observe {
            what: format!("the same digest of {tag} on every host"),
            last_lines_agree: true,
        },
        hosts.iter().map(|plan| track(plan, vec![pull(intent, plan, release)])),
    );
    let writes = hosts.iter().map(|plan| track(plan, vec![write(&intent.environment, plan)]));
    builder.stage("write", Gate::Barrier, writes);
    builder.stage(
        "migrate",
        Gate::Everyone,
        hosts
            .iter()
            .filter(|plan| plan.host.member.primary)
            .map(|plan| track(plan, migrate(plan, tag, digest.as_ref()).into_iter().collect())),
    );
    let mut starts = Vec::new();
    for plan in &hosts {
        starts.push(track(plan, start(plan, tag, digest.as_ref())?));
    }
    builder.stage("start", Gate::Barrier, starts);
    Ok(builder)
}

/// Returns the digest that the hosts pulled in this run, if any did; refuses if they pulled different ones.
fn one_digest(
    intent: &Intent,
    stack: &StackHosts<'_>,
    tag: &Tag,
) -> Result<Option<Digest>, Refusal> {
    let mut found: BTreeMap<&Digest, Vec<&HostView<'_>>> = BTreeMap::new();
    for host in &stack.hosts {
        if let Some(pulled) =
            host.runtime.facts.pulled.as_ref().filter(|p| p.tag == *tag && p.run == intent.run)
        {
            found.entry(&pulled.digest).or_default().push(host);
        }
    }
    if found.len() < 2 {
        return Ok(found.into_keys().next().cloned());
    }
    let by_digest: Vec<String> = found
        .iter()
        .map(|(digest, hosts)| {
            let names: Vec<&str> = hosts.iter().map(|host| host.member.target.name()).collect();
            format!("{} on {}", digest.short(), names.join(", "))
        })
        .collect();
    Err(Refusal {
        reason: format!("{tag} is not the same image on all hosts: {}", by_digest.join("; ")),
        remedy: "The tag was moved while it was pulled. Prepare again, or release under a tag that is never moved.".to_owned(),
        targets: found.into_values().flatten().map(|host| host.member.target.clone()).collect(),
    })
}

/// Checks that the migration ran, or will run, before the new color starts. If the primary is not selected,
/// it must have run there before.
fn migrated_elsewhere(
    stack: &StackHosts<'_>,
    tag: &Tag,
    digest: Option<&Digest>,
) -> Result<(), Refusal> {
    let (member, ran) = match &stack.primary {
        Primary::Selected => return Ok(()),
        Primary::NotSelected(host) => (host.member, host.runtime.facts.has_migrated(tag, digest)),
        Primary::Unobserved(member) => (*member, false),
    };
    if ran || !member.platform.migrates() {
        return Ok(());
    }
    Err(Refusal {
        reason: format!(
            "it is not known that the migration of {tag} ran on the primary, {}, which is not selected",
            member.target
        ),
        remedy: format!("Prepare {} as well, or first.", member.target),
        targets: vec![member.target.clone()],
    })
}

/// What to prepare on one host.
struct HostPrepare<'a> {
    host: &'a HostView<'a>,
    slots: Option<SlotPair<'a>>,
    file: NewComposeFile,
    /// Why nothing is to be prepared: users of this host, or its jobs, are on the release already.
    live: Option<String>,
}

pub(super) struct NewComposeFile {
    pub name: String,
    pub text: String,
    /// A file with this text is on the host already.
    exists: bool,
}

fn host_prepare<'a>(
    intent: &Intent,
    stack: &StackHosts<'_>,
    host: &'a HostView<'a>,
    tag: &Tag,
    warnings: &mut Vec<String>,
) -> Result<HostPrepare<'a>, Refusal> {
    let slots = match host.member.carries {
        Carries::App => Some(host.slots()?),
        Carries::JobsOnly => None,
    };
    let live_tag = match &slots {
        Some(slots) => Some(live_tag(host, slots)?),
        None => None,
    };
    let linked = host.runtime.facts.linked().and_then(|file| file.head.as_ref());
    let live = match (&slots, live_tag) {
        (Some(slots), Some(live)) if live == tag => {
            Some(format!("users are on {} {tag}", slots.live))
        }
        (None, _) if linked.is_some_and(|head| head.release == *tag) => {
            Some(format!("its jobs run {tag}"))
        }
        _ => None,
    };
    if let Some(slots) = slots.as_ref().filter(|_| live.is_none()) {
        warnings.extend(prepare::replaces(stack, host, slots, tag));
    }
    let file = file(intent, host, slots.as_ref(), live_tag, tag)?;
    Ok(HostPrepare { host, slots, file, live })
}

fn live_tag<'a>(host: &HostView<'_>, slots: &SlotPair<'a>) -> Result<&'a Tag, Refusal> {
    let release = slots.live_slot.release.as_ref();
    release.map(|release| &release.tag).ok_or_else(|| unknown_image(host, slots.live))
}

pub fn unknown_image(host: &HostView<'_>, color: &Color) -> Refusal {
    let (reason, remedy) =
        workloads::unknown(&host.runtime.facts, host.service(color), host.runtime.spec);
    host.refuse(reason, remedy)
}

/// Renders the dated compose file that makes `tag` the release of the passive color.
pub(super) fn file(
    intent: &Intent,
    host: &HostView<'_>,
    slots: Option<&SlotPair<'_>>,
    live_tag: Option<&Tag>,
    tag: &Tag,
) -> Result<NewComposeFile, Refusal> {
    let colors = host
        .runtime
        .spec
        .proxy
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
        previous: host.runtime.facts.link.clone(),
    };
    let text = template::render(
        &intent.environment,
        host.member,
        host.runtime.spec,
        &Tags { colors, jobs: tag },
        &head,
    )
    .map_err(|why| Refusal {
        reason: why,
        remedy: "Fix the template.".to_owned(),
        targets: vec![host.member.target.clone()],
    })?;
    // Checked here, and not only after users were moved, when the jobs follow them.
    if let Some((reason, remedy)) = Services::of(&text).fault(host.member, host.runtime.spec) {
        return Err(host.refuse(reason, remedy));
    }
    let sha256 = sha256(&text);
    let existing = host.runtime.facts.files.iter().find(|file| file.sha256 == sha256);
    let name = existing.map_or_else(
        || format!("docker-compose.{}-{tag}.yml", intent.asked_at.format("%Y%m%d-%H%M%S")),
        |file| file.name.clone(),
    );
    Ok(NewComposeFile { name, text, exists: existing.is_some() })
}

fn pull(intent: &Intent, plan: &HostPrepare<'_>, release: &Release) -> Step {
    let pulled = plan
        .host
        .runtime
        .facts
        .pulled
        .as_ref()
        .filter(|p| p.tag == release.tag && p.run == intent.run);
    let why = plan
        .live
        .clone()
        .or_else(|| pulled.map(|pulled| format!("pulled as {}", pulled.digest.short())));
    steps::pull(plan.host, intent, release).already(why)
}

fn write(environment: &EnvName, plan: &HostPrepare<'_>) -> Step {
    let why = plan
        .live
        .clone()
        .or_else(|| plan.file.exists.then(|| "it exists with this text".to_owned()));
    // Rendering it is worth the time only where the difference is shown.
    let before = match why {
        None => deployed_file::before(environment, plan.host),
        Some(_) => Before::NotRead,
    };
    steps::write(plan.host, &plan.file.name, plan.file.text.clone(), before).already(why)
}

fn migrate(plan: &HostPrepare<'_>, tag: &Tag, digest: Option<&Digest>) -> Option<Step> {
    let ran = plan.host.runtime.facts.has_migrated(tag, digest).then(|| match digest {
        Some(digest) => format!("it finished for {tag} ({}) before", digest.short()),
        None => format!("it finished for {tag} before; if the tag was moved since, it runs again"),
    });
    let step = steps::migrate(plan.host, &plan.file.name, tag, digest.map_or("", Digest::as_str))?;
    Some(step.already(plan.live.clone().or(ran)))
}

fn start(plan: &HostPrepare<'_>, tag: &Tag, digest: Option<&Digest>) -> Result<Vec<Step>, Refusal> {
    let Some(slots) = &plan.slots else { return Ok(Vec::new()) };
    let host = plan.host;
    let same = |release: &Release| {
        release.tag == *tag && (digest.is_none() || release.digest.as_ref() == digest)
    };
    let up = slots.passive_slot.is_ready() && slots.passive_slot.release.as_ref().is_some_and(same);
    let started = plan
        .live
        .clone()
        .or_else(|| up.then(|| format!("{} {tag} is up and healthy", slots.passive)));
    let pointed =
        slots.shows_passive() && host.observation.passive_shows.as_ref() == Some(slots.passive);
    let pointed =
        plan.live.clone().or_else(|| pointed.then(|| format!("it shows {}", slots.passive)));
    let passive = switch::passive(host, slots.passive, Some(tag))?
        .announced(format!("{} {tag} prepared on {}", slots.passive, host.member.target));
    Ok(vec![
        steps::start(host, &plan.file.name, slots.passive, tag, digest).already(started),
        passive.already(pointed),
    ])
}
