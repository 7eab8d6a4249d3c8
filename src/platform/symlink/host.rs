//! The view of one host: its settings, its observation, and what only this platform observes.

use super::facts::Facts;
use super::spec::SymlinkSpec;
use crate::platform::contract::KnownMember;
use crate::platform::kit::host;

/// The settings of a host, and what only this platform observes.
#[derive(Debug, Clone)]
pub struct SymlinkHost<'a> {
    pub spec: &'a SymlinkSpec,
    pub facts: Facts,
}

pub type HostView<'a> = host::HostView<'a, SymlinkHost<'a>>;
pub type StackHosts<'a> = host::StackHosts<'a, SymlinkHost<'a>>;

/// Returns the view of a member whose observation is current and of this platform.
pub fn view<'a>(known: &'a KnownMember<'a>) -> Option<HostView<'a>> {
    let spec = known.member.platform.get::<SymlinkSpec>()?;
    let observation = known.observed.current()?;
    let facts = Facts::of(observation)?;
    Some(host::HostView {
        member: known.member,
        stack: &spec.stack,
        proxy: spec.proxy(),
        observation,
        includes: facts.host.includes.clone(),
        runtime: SymlinkHost { spec, facts },
    })
}
