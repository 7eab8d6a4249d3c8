//! The images and files that finish removes.

use std::collections::BTreeSet;

use super::host::HostView;
use super::steps;
use crate::domain::plan::Step;
use crate::domain::release::Tag;
use crate::domain::target::Carries;

/// Returns the step that removes images by exact tag and dated files by exact name: never what a color or
/// the jobs use, nor the newest releases, which are retained, nor the deployed file and its predecessor.
pub fn step(host: &HostView<'_>) -> Step {
    let used = used_tags(host);
    let mut others: Vec<_> =
        host.runtime.facts.images.iter().filter(|image| !used.contains(&image.tag)).collect();
    others.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| b.tag.cmp(&a.tag)));
    let retained = host.stack.keep_releases as usize;
    let unneeded: Vec<_> = others.iter().skip(retained).collect();
    let images: Vec<String> =
        unneeded.iter().map(|image| format!("{}:{}", host.runtime.spec.image, image.tag)).collect();
    let linked = host.runtime.facts.linked();
    let previous = linked.and_then(|file| file.head.as_ref()?.previous.clone());
    let files: Vec<String> = host
        .runtime
        .facts
        .files
        .iter()
        .filter(|file| Some(*file) != linked && Some(&file.name) != previous.as_ref())
        .filter(|file| {
            file.head.as_ref().is_some_and(|head| {
                !used.contains(&head.release)
                    && !others.iter().take(retained).any(|image| image.tag == head.release)
            })
        })
        .map(|file| file.name.clone())
        .collect();
    let nothing = (images.is_empty() && files.is_empty())
        .then(|| "everything on this host is needed or retained".to_owned());
    steps::prune(host, &images, &files).already(nothing)
}

fn used_tags(host: &HostView<'_>) -> BTreeSet<Tag> {
    let mut used: BTreeSet<Tag> =
        host.runtime.facts.containers.iter().filter_map(|c| c.tag.clone()).collect();
    // A rollback goes to the release that users came from, even where another one is on the passive color by now.
    used.extend(host.observation.origin().map(|origin| origin.release.tag));
    if host.member.carries == Carries::JobsOnly {
        used.extend(
            host.runtime
                .facts
                .linked()
                .and_then(|file| file.head.as_ref())
                .map(|head| head.release.clone()),
        );
    }
    used
}
