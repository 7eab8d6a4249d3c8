//! The steps that record what another tool made live.

use super::{script, slot_change};
use crate::domain::names::Color;
use crate::domain::observation::Change;
use crate::domain::plan::{Effect, Step};
use crate::domain::release::Tag;
use crate::platform::kit::steps::{QUICK, line};
use crate::platform::symlink::host::SymlinkHost;
use crate::platform::symlink::{elsewhere, scripts};

/// Returns the step that makes the live version of another tool a slot. `None`: that slot has a link.
pub fn adopt(host: &SymlinkHost<'_>, color: &Color) -> Option<Step> {
    let SymlinkHost { spec, facts } = host;
    let live = facts.live().filter(|_| !facts.slots.contains_key(color))?;
    let command = script(host, scripts::ADOPT).args([
        spec.stack.dir.as_str(),
        &spec.layout.versions,
        &spec.layout.link,
        color.as_str(),
    ]);
    let title = format!("record that {live}, which is live, is {color}");
    let step = Step::run("adopt", title, Effect::Changes, command, QUICK);
    Some(step.changing([slot_change(host, color, live)]))
}

/// Returns the step that records what another tool made live, or leads the live slot to it. It changes neither the link nor what
/// serves users.
pub fn take_up(host: &SymlinkHost<'_>, color: &Color, tag: &Tag, change: &Change) -> Step {
    let SymlinkHost { spec, .. } = host;
    let command = script(host, scripts::TAKE_UP).args([
        spec.stack.dir.as_str(),
        &spec.layout.versions,
        &spec.layout.link,
        tag.as_str(),
        color.as_str(),
        change.from.as_ref().map_or("", Tag::as_str),
        &line(change),
    ]);
    let title = if change.by_another_tool {
        format!("record that {}, as {color}", elsewhere::in_words(change))
    } else {
        format!("record that {color} is {tag}, which is live")
    };
    Step::run("take-up", title, Effect::Changes, command, QUICK)
        .changing([slot_change(host, color, tag)])
}
