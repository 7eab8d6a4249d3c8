//! Cold rollback: the release is on neither color, so it is started first, from its own compose file and
//! digest.

use super::facts::ImagePresence;
use super::host::HostView;
use super::{prepare, steps};
use crate::domain::change::Before;
use crate::domain::names::Color;
use crate::domain::plan::{Intent, Step};
use crate::domain::release::{Release, Tag};
use crate::platform::kit::builder::PlanBuilder;
use crate::platform::kit::host::{HostRefusal, SlotPair};
use crate::platform::kit::remedies::DOCTOR;
use crate::platform::kit::runtime::Deployment;

/// Returns the file that was deployed with that release, as the host recorded it; else one that was written
/// for it; else a new one. `None`: the template cannot be rendered.
pub fn file(
    intent: &Intent,
    host: &HostView<'_>,
    slots: &SlotPair<'_>,
    color: &Color,
    tag: &Tag,
) -> Option<Deployment> {
    let existing = |name: &str| host.runtime.facts.file(name).map(|file| file.name.clone());
    let origin = host.observation.origin().filter(|origin| origin.release.tag == *tag);
    let recorded = origin.as_ref().and_then(|origin| existing(origin.file?));
    // On an adopted host, the deployed file names its predecessor.
    let previous = || {
        let head = host.runtime.facts.linked()?.head.as_ref()?;
        let file = host.runtime.facts.file(head.previous.as_deref()?)?;
        let fits = match &file.head {
            Some(head) => head.release == *tag,
            None => origin.is_some(),
        };
        fits.then(|| file.name.clone())
    };
    let written = || host.runtime.file_for(tag, Some(color)).map(|file| file.name.clone());
    if let Some(name) = recorded.or_else(previous).or_else(written) {
        return Some(Deployment { name, write: None });
    }
    let live = slots.live_tag()?;
    let made = prepare::file(intent, host, Some(slots), Some(live), tag).ok()?;
    let write = steps::write(host, &made.name, made.text, Before::NotRead);
    Some(Deployment { name: made.name, write: Some(write) })
}

/// Returns the file from which the live color was started.
pub fn deployed(host: &HostView<'_>, live: &Color, tag: &Tag) -> Option<Deployment> {
    let linked = host.runtime.facts.linked().filter(|file| {
        file.head.as_ref().is_none_or(|head| {
            head.release == *tag && head.color.as_ref().is_none_or(|color| color == live)
        })
    });
    let file = linked.or_else(|| host.runtime.file_for(tag, Some(live)))?;
    Some(Deployment { name: file.name.clone(), write: None })
}

/// Returns the steps before the switch. The image is pulled only if it is not on the host.
pub fn steps(
    intent: &Intent,
    host: &HostView<'_>,
    color: &Color,
    to: &Release,
    file: Option<&Deployment>,
) -> Result<Vec<Step>, HostRefusal> {
    if let Some(why) = &host.runtime.facts.engine {
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
    let mut steps = vec![steps::image(host, intent, to)];
    steps.extend(file.write.clone());
    steps.push(steps::start(host, &file.name, color, &to.tag, to.digest.as_ref()));
    Ok(steps)
}

/// Notes the release that these steps pull, if its image is not on the host.
pub fn note_pull(
    builder: &mut PlanBuilder,
    host: &HostView<'_>,
    release: Option<&Release>,
    steps: &[Step],
) {
    let pulls = steps.iter().any(|step| step.name == steps::PULL && step.is_to_do());
    let absent =
        |release: &&Release| host.runtime.facts.image_presence(release) == ImagePresence::Absent;
    if let Some(release) = release.filter(absent).filter(|_| pulls) {
        builder.fetched.push((host.member.target.clone(), release.clone()));
    }
}

pub fn refuse_lost(host: &HostView<'_>, to: &Release, remedy: String) -> HostRefusal {
    let digest = to.digest.as_ref().map_or(String::new(), |it| format!(" ({})", it.short()));
    let what =
        format!("the image of {}{digest} is neither on this host nor in the registry", to.tag);
    host.refuse_here(what, remedy)
}
