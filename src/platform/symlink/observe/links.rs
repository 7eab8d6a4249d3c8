//! Reads the live link and those of the slots.

use crate::domain::release::Tag;
use crate::platform::symlink::facts::SlotLink;
use crate::platform::symlink::live_link::{LinkForm, LiveLink};
use crate::platform::symlink::spec::SymlinkSpec;

/// Reads the live link: its text, and where it leads.
pub fn live(link: Option<&str>, occupant: Option<&str>, spec: &SymlinkSpec) -> LiveLink {
    let Some(text) = link else {
        return match occupant.map(str::trim) {
            None => LiveLink::Absent,
            Some("directory") => LiveLink::IsDirectory,
            Some(_) => LiveLink::IsFile,
        };
    };
    let text = text.strip_suffix('\n').unwrap_or(text);
    // The text of a link may have line breaks, so the last line is where it leads.
    let (text, leads) = text.rsplit_once('\n').unwrap_or((text, "broken"));
    let text = text.strip_prefix("text ").unwrap_or(text);
    let (word, to) = leads.split_once(' ').unwrap_or((leads, ""));
    match word {
        "here" => match Tag::new(to) {
            Ok(version) => {
                let form = form(text, &spec.layout.versions, &version);
                LiveLink::Names { version, form }
            }
            Err(_) => LiveLink::OddName(to.to_owned()),
        },
        "elsewhere" => LiveLink::Elsewhere(to.to_owned()),
        _ => LiveLink::Dangling(text.to_owned()),
    }
}

fn form(text: &str, versions: &str, version: &Tag) -> LinkForm {
    let plain = text.trim_start_matches("./").trim_end_matches('/');
    let direct = format!("{versions}/{version}");
    if plain == direct {
        LinkForm::Relative
    } else if text.starts_with('/') && plain.ends_with(&format!("/{direct}")) {
        LinkForm::Absolute
    } else {
        LinkForm::Indirect(text.to_owned())
    }
}

/// Reads `here TEXT` or `broken TEXT`.
pub fn slot(link: &str, versions: &str) -> Option<SlotLink> {
    let (word, text) = link.split_once(' ')?;
    let name = text.trim_end_matches('/').rsplit_once('/').and_then(|(above, name)| {
        let beside = above.rsplit('/').next() == Some(versions);
        Tag::new(name).ok().filter(|_| beside)
    });
    Some(match (word, name) {
        ("here", Some(tag)) => SlotLink::Names(tag),
        ("broken", _) => SlotLink::Dangling(text.to_owned()),
        _ => SlotLink::Elsewhere(text.to_owned()),
    })
}
