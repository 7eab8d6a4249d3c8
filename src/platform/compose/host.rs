//! The view of one host: its settings, its observation, and what only this platform observes.

use super::facts::{DatedFile, Facts};
use super::spec::ComposeSpec;
use crate::domain::names::Color;
use crate::domain::release::Tag;
use crate::platform::contract::KnownMember;
use crate::platform::kit::host;

/// The settings of a host, and what only this platform observes.
#[derive(Debug)]
pub struct ComposeHost<'a> {
    pub spec: &'a ComposeSpec,
    pub facts: Facts,
}

pub type HostView<'a> = host::HostView<'a, ComposeHost<'a>>;
pub type StackHosts<'a> = host::StackHosts<'a, ComposeHost<'a>>;

/// Returns the view of a member whose observation is current and of this platform.
pub fn view<'a>(known: &'a KnownMember<'a>) -> Option<HostView<'a>> {
    let spec = known.member.platform.get::<ComposeSpec>()?;
    let observation = known.observed.current()?;
    let facts = Facts::of(observation)?;
    Some(host::HostView {
        member: known.member,
        stack: &spec.stack,
        proxy: Some(&spec.proxy),
        observation,
        includes: facts.host.includes.clone(),
        runtime: ComposeHost { spec, facts },
    })
}

impl ComposeHost<'_> {
    /// Returns the newest dated compose file that was written to make `tag` live as `color`.
    pub fn file_for(&self, tag: &Tag, color: Option<&Color>) -> Option<&DatedFile> {
        let fits = |file: &&DatedFile| {
            file.head.as_ref().is_some_and(|head| {
                head.release == *tag
                    && (color.is_none() || head.color.is_none() || head.color.as_ref() == color)
            })
        };
        self.facts.files.iter().filter(fits).max_by(|a, b| a.name.cmp(&b.name))
    }
}
