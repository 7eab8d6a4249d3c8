//! A cold rollback: the release is on neither color, and is started from its own compose file and digest.

use super::super::facts::ImagePresence;
use super::super::host::{HostView, SlotPair};
use super::super::{prepare, steps};
use crate::domain::availability::{Availabilities, Availability};
use crate::domain::change::Before;
use crate::domain::names::Color;
use crate::domain::plan::{Intent, Refusal, Step};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{ColdRollback, Readiness, RollbackGoal, Route};

/// The compose file that a release is deployed by.
pub struct File {
    pub name: String,
    /// It is not on the host any more, and is made from the template.
    pub write: Option<Step>,
}

/// The one that was deployed with that release, as the host recorded it; else one that was written for it;
/// else a new one. `None`: the template does not make one.
pub fn file(
    intent: &Intent,
    host: &HostView<'_>,
    slots: &SlotPair<'_>,
    color: &Color,
    tag: &Tag,
) -> Option<File> {
    let kept = |name: &str| host.facts.file(name).map(|file| file.name.clone());
    let origin = host.observation.origin().filter(|origin| origin.release.tag == *tag);
    let recorded = origin.as_ref().and_then(|origin| kept(origin.file?));
    // Of a host that was adopted, the file before the deployed one says itself which one that was.
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
        return Some(File { name, write: None });
    }
    let live = slots.live_tag()?;
    let made = prepare::file(intent, host, Some(slots), Some(live), tag).ok()?;
    let write = steps::write(host, &made.name, made.text, Before::NotRead);
    Some(File { name: made.name, write: Some(write) })
}

/// The one that the live color was started from.
pub fn deployed(host: &HostView<'_>, live: &Color, tag: &Tag) -> Option<File> {
    let linked = host.facts.linked().filter(|file| {
        file.head.as_ref().is_none_or(|head| {
            head.release == *tag && head.color.as_ref().is_none_or(|color| color == live)
        })
    });
    let file = linked.or_else(|| host.file_for(tag, Some(live)))?;
    Some(File { name: file.name.clone(), write: None })
}

/// What comes before the switch. The image is pulled only where these bytes are not on the host.
pub fn steps(
    intent: &Intent,
    host: &HostView<'_>,
    color: &Color,
    to: &Release,
    file: Option<&File>,
) -> Result<Vec<Step>, Refusal> {
    if let Some(why) = &host.facts.engine {
        return Err(host.refuse(
            format!("{} is on neither color, and must be started: {why}", to.tag),
            "`flipside doctor` checks this server and says what to change",
        ));
    }
    let Some(file) = file else {
        return Err(host.refuse(
            format!("nothing here says how to start {}: it has no compose file, and the template makes none", to.tag),
            "`flipside inventory check` checks the template",
        ));
    };
    let mut steps: Vec<Step> = cold_rollback(intent, host).into_iter().collect();
    steps.push(steps::image(host, intent, to));
    steps.extend(file.write.clone());
    steps.push(steps::start(host, &file.name, color, &to.tag, to.digest.as_ref()));
    Ok(steps)
}

/// Before a named release is started it is recorded what for: a rollback that ends between the start and the
/// switch is continued by the next one, which would else take that release for a prepared one.
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
    let so = host
        .observation
        .cold_rollback
        .as_ref()
        .is_some_and(|it| it.to == *to && it.run == intent.run);
    let so = so.then(|| "it is recorded".to_owned());
    let title = format!("record that users go to {to}");
    Some(steps::mark(host, "returning", Some(steps::line(&mark)), title).already(so))
}

/// Why a release that must be pulled cannot be: the registry answered, and does not have it any more.
pub fn lost(host: &HostView<'_>, to: &Release, availability: &Availabilities) -> bool {
    host.facts.image_presence(to) == ImagePresence::Absent
        && host.facts.engine.is_none()
        && availability.of(&host.spec.image, to) == Some(&Availability::Gone)
}

pub fn refuse_lost(host: &HostView<'_>, to: &Release, remedy: String) -> Refusal {
    let bytes = to.digest.as_ref().map_or(String::new(), |it| format!(" ({})", it.short()));
    let what = format!("the image of {}{bytes} is on neither this host nor its registry", to.tag);
    host.refuse(what, remedy)
}

/// What it means for the users of this host.
pub fn warning(
    host: &HostView<'_>,
    route: &Route,
    availability: &Availabilities,
) -> Option<String> {
    let target = &host.member.target;
    let (color, to) = route.to.as_ref()?;
    let tag = &to.tag;
    let pulls = host.facts.image_presence(to) == ImagePresence::Absent;
    let pulled = if pulls { "pulled and " } else { "" };
    let silent = match availability.of(&host.spec.image, to).filter(|_| pulls) {
        Some(Availability::Silent(why)) => {
            format!(". Its image is not on {target}, and the registry did not answer: {why}")
        }
        _ => String::new(),
    };
    let lost = route.replaces.as_ref().map(|there| format!("; {there} on {color} is lost by it"));
    match route.readiness {
        Readiness::Gone => Some(format!(
            "{target}: cold rollback: {tag} is {pulled}started on {color} first, users switch after that{}{silent}",
            lost.unwrap_or_default()
        )),
        Readiness::Stopped => {
            Some(format!("{target}: cold rollback: {color} {tag} is stopped, and is started first"))
        }
        _ => None,
    }
}
