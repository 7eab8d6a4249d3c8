//! The text of the deployed compose file. It is not fetched, since it may hold secrets that must not leave
//! its host: it is rendered again from the template, and used only if the checksums are equal.

use super::facts::Head;
use super::host::HostView;
use super::template::{self, Tags};
use crate::base::checksum::sha256;
use crate::domain::change::Before;
use crate::domain::names::{Color, EnvName};
use crate::domain::release::Tag;
use crate::platform::kit::host::HostRefusal;

/// Returns what a new compose file is compared with: the deployed file, if its text is known.
pub fn before(environment: &EnvName, host: &HostView<'_>) -> Before {
    rendered_again(environment, host).unwrap_or(Before::Absent)
}

/// Renders the deployed file again. `None`: it was written by hand, from another template, or for a
/// release that is not known here.
fn rendered_again(environment: &EnvName, host: &HostView<'_>) -> Option<Before> {
    let linked = host.runtime.facts.linked()?;
    let head = linked.head.as_ref()?;
    let text = other_tags(host).into_iter().find_map(|other| {
        let tag = |color| {
            let written_for = head.color.is_none() || head.color.as_ref() == Some(color);
            if written_for { &head.release } else { other }
        };
        let colors =
            host.runtime.spec.proxy.colors.keys().map(|color| (color, tag(color))).collect();
        let tags = Tags { colors, jobs: &head.release };
        let text =
            template::render(environment, host.member, host.runtime.spec, &tags, head).ok()?;
        (sha256(&text) == linked.sha256).then_some(text)
    })?;
    Some(Before::Beside { name: linked.name.clone(), text })
}

/// Returns the releases that the other color in that file may have, most likely first.
fn other_tags<'h>(host: &'h HostView<'_>) -> Vec<&'h Tag> {
    let previous =
        host.runtime.facts.linked().and_then(|file| file.head.as_ref()?.previous.as_deref());
    let previous = previous.and_then(|name| host.runtime.facts.file(name)?.head.as_ref());
    let mut tags: Vec<&Tag> = previous.map(|head| &head.release).into_iter().collect();
    tags.extend(host.observation.last_change.as_ref().and_then(|change| change.from.as_ref()));
    tags.extend(host.observation.colors.values().filter_map(|it| Some(&it.release.as_ref()?.tag)));
    tags.extend(host.runtime.facts.images.iter().map(|image| &image.tag));
    tags
}

/// Returns the compose file to deploy for the color that users reach: one that was written for it, else the
/// predecessor of the deployed one. `None`: the deployed one may stay.
pub fn of_live<'a>(
    host: &'a HostView<'_>,
    truth: &Color,
    tag: Option<&Tag>,
) -> Result<Option<&'a str>, HostRefusal> {
    if let Some(file) = tag.and_then(|tag| host.runtime.file_for(tag, Some(truth))) {
        return Ok(Some(&file.name));
    }
    if is_of(host, truth) {
        return Ok(None);
    }
    let head = host.runtime.facts.linked().and_then(|file| file.head.as_ref());
    let fits = |head: &Head| tag.is_none_or(|tag| head.release == *tag);
    head.and_then(|head| host.runtime.facts.file(head.previous.as_deref()?))
        .filter(|file| file.head.as_ref().is_none_or(fits))
        .map(|file| Some(file.name.as_str()))
        .ok_or_else(|| {
            host.refuse_here(
                format!("no compose file was written for {truth}, which users are on"),
                "Point the link docker-compose.yml at the right file by hand.",
            )
        })
}

/// Returns whether the deployed compose file was written for this color, or for no color in particular.
pub fn is_of(host: &HostView<'_>, truth: &Color) -> bool {
    let head = host.runtime.facts.linked().and_then(|file| file.head.as_ref());
    head.is_none_or(|head| head.color.is_none() || head.color.as_ref() == Some(truth))
}
