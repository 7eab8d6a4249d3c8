//! Cold rollback: the release is on neither color, so it is started first, from its own compose file and
//! digest.

use super::super::facts::ImagePresence;
use super::super::host::{HostRefusal, HostView, SlotPair};
use super::super::remedies::DOCTOR;
use super::super::{prepare, steps};
use crate::domain::availability::{Availabilities, Availability};
use crate::domain::change::Before;
use crate::domain::names::Color;
use crate::domain::plan::{Intent, Step};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{ColdRollback, Readiness, RollbackGoal, Route};
use crate::platform::kit::builder::PlanBuilder;

/// The compose file with which a release is deployed.
pub struct ReleaseFile {
    pub name: String,
    /// The step that writes it from the template, if it is not on the host.
    pub write: Option<Step>,
}

/// Returns the file that was deployed with that release, as the host recorded it; else one that was written
/// for it; else a new one. `None`: the template cannot be rendered.
pub fn file(
    intent: &Intent,
    host: &HostView<'_>,
    slots: &SlotPair<'_>,
    color: &Color,
    tag: &Tag,
) -> Option<ReleaseFile> {
    let existing = |name: &str| host.facts.file(name).map(|file| file.name.clone());
    let origin = host.observation.origin().filter(|origin| origin.release.tag == *tag);
    let recorded = origin.as_ref().and_then(|origin| existing(origin.file?));
    // On an adopted host, the deployed file names its predecessor.
    let previous = || {
        let head = host.facts.linked()?.head.as_ref()?;
        let file = host.facts.file(head.previous.as_deref()?)?;
        let fits = match &file.head {
            Some(head) => head.release == *tag,
            None => origin.is_some(),
        };
        fits.then(|| file.name.clone())
    };
    let written = || host.file_for(tag, Some(color)).map(|file| file.name.clone());
    if let Some(name) = recorded.or_else(previous).or_else(written) {
        return Some(ReleaseFile { name, write: None });
    }
    let live = slots.live_tag()?;
    let made = prepare::file(intent, host, Some(slots), Some(live), tag).ok()?;
    let write = steps::write(host, &made.name, made.text, Before::NotRead);
    Some(ReleaseFile { name: made.name, write: Some(write) })
}

/// Returns the file from which the live color was started.
pub fn deployed(host: &HostView<'_>, live: &Color, tag: &Tag) -> Option<ReleaseFile> {
    let linked = host.facts.linked().filter(|file| {
        file.head.as_ref().is_none_or(|head| {
            head.release == *tag && head.color.as_ref().is_none_or(|color| color == live)
        })
    });
    let file = linked.or_else(|| host.file_for(tag, Some(live)))?;
    Some(ReleaseFile { name: file.name.clone(), write: None })
}

/// Returns the steps before the switch. The image is pulled only if it is not on the host.
pub fn steps(
    intent: &Intent,
    host: &HostView<'_>,
    color: &Color,
    to: &Release,
    file: Option<&ReleaseFile>,
) -> Result<Vec<Step>, HostRefusal> {
    if let Some(why) = &host.facts.engine {
        return Err(host.refuse_here(
            format!("{} is on neither color and cannot be started: {why}", to.tag),
            DOCTOR,
        ));
    }
    let Some(file) = file else {
        return Err(host.refuse_here(
            format!("{} cannot be started: it has no compose file, and the template does not render one", to.tag),
            "Run `flipside inventory check` to check the template.",
        ));
    };
    let mut steps: Vec<Step> = cold_rollback(intent, host).into_iter().collect();
    steps.push(steps::image(host, intent, to));
    steps.extend(file.write.clone());
    steps.push(steps::start(host, &file.name, color, &to.tag, to.digest.as_ref()));
    Ok(steps)
}

/// Returns the step that records the rollback before a named release is started. A rollback that ends between
/// the start and the switch is continued by the next one, which would otherwise take that release for a
/// prepared one.
fn cold_rollback(intent: &Intent, host: &HostView<'_>) -> Option<Step> {
    let Some(RollbackGoal::To(to) | RollbackGoal::Continue { to, .. }) = &intent.goal else {
        return None;
    };
    let leave = host.observation.live_tag().filter(|leave| *leave != to)?;
    let mark = ColdRollback {
        to: to.clone(),
        leave: leave.clone(),
        by: intent.by.to_string(),
        at: intent.at(),
        run: intent.run.clone(),
    };
    let done = host
        .observation
        .cold_rollback
        .as_ref()
        .is_some_and(|it| it.to == *to && it.run == intent.run);
    let done = done.then(|| "it is recorded".to_owned());
    let title = format!("record the rollback to {to}");
    Some(steps::mark(host, "returning", Some(steps::line(&mark)), title).already(done))
}

/// Notes the release that these steps pull, if its image is not on the host.
pub fn note_pull(
    builder: &mut PlanBuilder,
    host: &HostView<'_>,
    release: Option<&Release>,
    steps: &[Step],
) {
    let pulls = steps.iter().any(|step| step.name == steps::PULL && step.is_to_do());
    let absent = |release: &&Release| host.facts.image_presence(release) == ImagePresence::Absent;
    if let Some(release) = release.filter(absent).filter(|_| pulls) {
        builder.pulled.push((host.member.target.clone(), release.clone()));
    }
}

/// Returns whether a release must be pulled and the registry answered that it no longer has it.
pub fn lost(host: &HostView<'_>, to: &Release, availability: &Availabilities) -> bool {
    host.facts.image_presence(to) == ImagePresence::Absent
        && host.facts.engine.is_none()
        && availability.of(&host.spec.image, to) == Some(&Availability::Missing)
}

pub fn refuse_lost(host: &HostView<'_>, to: &Release, remedy: String) -> HostRefusal {
    let digest = to.digest.as_ref().map_or(String::new(), |it| format!(" ({})", it.short()));
    let what =
        format!("the image of {}{digest} is neither on this host nor in the registry", to.tag);
    host.refuse_here(what, remedy)
}

/// Returns the warning that the rollback of this host is cold.
pub fn warning(
    host: &HostView<'_>,
    route: &Route,
    availability: &Availabilities,
) -> Option<String> {
    let target = &host.member.target;
    let (color, to) = route.to.as_ref()?;
    let tag = &to.tag;
    let pulls = host.facts.image_presence(to) == ImagePresence::Absent;
    let pull = if pulls { "pulled and " } else { "" };
    let silent = match availability.of(&host.spec.image, to).filter(|_| pulls) {
        Some(Availability::Unknown(why)) => {
            format!(". Its image is not on {target}, and the registry did not answer: {why}")
        }
        _ => String::new(),
    };
    let replaces =
        route.replaces.as_ref().map(|there| format!("; this replaces {there} on {color}"));
    match route.readiness {
        Readiness::Gone => Some(format!(
            "{target}: cold rollback: {tag} is {pull}started on {color} before users are switched{}{silent}",
            replaces.unwrap_or_default()
        )),
        Readiness::Stopped => {
            Some(format!("{target}: cold rollback: {color} {tag} is stopped and is started first"))
        }
        _ => None,
    }
}
