//! The text of the deployed compose file. It is not fetched, since it may hold secrets that must not leave
//! its host: it is rendered again from the template, and used only if the checksums are equal.

use super::host::HostView;
use super::template::{self, Tags};
use crate::base::checksum::sha256;
use crate::domain::change::Before;
use crate::domain::names::EnvName;
use crate::domain::release::Tag;

/// Returns what a new compose file is compared with: the deployed file, if its text is known.
pub fn before(environment: &EnvName, host: &HostView<'_>) -> Before {
    rendered_again(environment, host).unwrap_or(Before::Absent)
}

/// Renders the deployed file again. `None`: it was written by hand, from another template, or for a
/// release that is not known here.
fn rendered_again(environment: &EnvName, host: &HostView<'_>) -> Option<Before> {
    let linked = host.facts.linked()?;
    let head = linked.head.as_ref()?;
    let text = other_tags(host).into_iter().find_map(|other| {
        let tag = |color| {
            let written_for = head.color.is_none() || head.color.as_ref() == Some(color);
            if written_for { &head.release } else { other }
        };
        let colors = host.spec.pair.colors.keys().map(|color| (color, tag(color))).collect();
        let tags = Tags { colors, jobs: &head.release };
        let text = template::render(environment, host.member, host.spec, &tags, head).ok()?;
        (sha256(&text) == linked.sha256).then_some(text)
    })?;
    Some(Before::Beside { name: linked.name.clone(), text })
}

/// Returns the releases that the other color in that file may have, most likely first.
fn other_tags<'h>(host: &'h HostView<'_>) -> Vec<&'h Tag> {
    let previous = host.facts.linked().and_then(|file| file.head.as_ref()?.previous.as_deref());
    let previous = previous.and_then(|name| host.facts.file(name)?.head.as_ref());
    let mut tags: Vec<&Tag> = previous.map(|head| &head.release).into_iter().collect();
    tags.extend(host.observation.last_change.as_ref().and_then(|change| change.from.as_ref()));
    tags.extend(host.observation.colors.values().filter_map(|it| Some(&it.release.as_ref()?.tag)));
    tags.extend(host.facts.images.iter().map(|image| &image.tag));
    tags
}
