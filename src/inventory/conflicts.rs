//! Finds conflicts: two stacks on one host must not share anything that is switched, started or written.

use std::collections::BTreeMap;

use super::layer::{Layer, Layered};
use super::outline::AppPart;
use super::reader::InventoryReader;
use crate::base::problem::Span;
use crate::domain::names::{HostName, StackName};
use crate::domain::spec::{ComposeSpec, EntryPoint};
use crate::domain::target::Carries;

/// A kind of resource that a stack must have for itself. Two claims conflict if resource and value are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    Directory,
    Project,
    Address,
    Include,
    Upstream,
    EntryPoint,
}

impl Resource {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Directory => ("directory", "give one of them another `dir`"),
            Self::Project => ("compose project", "give one of them another `project`"),
            Self::Address => ("address", "give one of them other ports under `colors`"),
            Self::Include => ("nginx include", "give one of them another path under `nginx`"),
            Self::Upstream => ("nginx upstream", "give one of them another name under `nginx`"),
            Self::EntryPoint => {
                ("entry point", "give one of them another `url`, or a `host_header`")
            }
        }
    }
}

/// One stack's claim to a resource, and where it was set.
#[derive(Debug, Clone)]
struct ResourceClaim {
    /// `shop`, or `shop/canary`.
    owner: String,
    /// `nginx.live_include`
    key: &'static str,
    /// `None`: the value is built in.
    set: Option<Span>,
    /// The position for the report if the value is built in.
    home: Span,
}

#[derive(Debug, Default)]
pub struct ResourceClaims {
    held: BTreeMap<(HostName, Resource, String), ResourceClaim>,
    conflicts: Vec<(HostName, Resource, String, ResourceClaim, ResourceClaim)>,
}

/// A stack on a host that claims resources.
#[derive(Debug)]
pub struct Owner<'s, 't> {
    pub host: &'s HostName,
    pub app: &'s AppPart<'t>,
    pub stack: &'s StackName,
    pub layered: &'s Layered<'t>,
}

impl ResourceClaims {
    pub fn add(&mut self, owner: &Owner<'_, '_>, carries: Carries, spec: &ComposeSpec) {
        self.claim(owner, Resource::Directory, "dir", &spec.dir);
        self.claim(owner, Resource::Project, "project", &spec.project);
        if carries == Carries::JobsOnly {
            return;
        }
        for color in spec.colors.values() {
            self.claim(owner, Resource::Address, "colors", &color.address);
        }
        let nginx = &spec.nginx;
        self.claim(owner, Resource::Include, "nginx.live_include", &nginx.live_include);
        self.claim(owner, Resource::Include, "nginx.passive_include", &nginx.passive_include);
        self.claim(owner, Resource::Upstream, "nginx.live_upstream", &nginx.live_upstream);
        self.claim(owner, Resource::Upstream, "nginx.passive_upstream", &nginx.passive_upstream);
        self.claim(owner, Resource::EntryPoint, "live.url", &entry_point_id(&spec.live));
        self.claim(owner, Resource::EntryPoint, "passive.url", &entry_point_id(&spec.passive));
    }

    fn claim(&mut self, owner: &Owner<'_, '_>, space: Resource, key: &'static str, value: &str) {
        let claim = ResourceClaim::of(owner, key);
        let place = (owner.host.clone(), space, value.to_owned());
        if let Some(first) = self.held.get(&place) {
            let (host, space, value) = place;
            self.conflicts.push((host, space, value, first.clone(), claim));
        } else {
            self.held.insert(place, claim);
        }
    }

    pub fn report(self, reader: &InventoryReader<'_>) {
        for (host, space, value, first, second) in self.conflicts {
            // Point at what was written last: it is more likely to be the mistake.
            let (reported, other) =
                if first.set > second.set { (first, second) } else { (second, first) };
            let (word, remedy) = space.words();
            let what = format!(
                "`{}` of {} is the same {word} as `{}` of {}: {value} ({})",
                reported.key,
                reported.owner,
                other.key,
                other.owner,
                other.place(),
            );
            let remedy = format!("{remedy}; both are on {host}");
            reader.report(reported.set.unwrap_or(reported.home), what, remedy);
        }
    }
}

/// Returns what distinguishes entry points: the URL and, if one is sent, the `Host` header.
fn entry_point_id(entry_point: &EntryPoint) -> String {
    match &entry_point.host_header {
        Some(host) => format!("{} for {host}", entry_point.url),
        None => entry_point.url.clone(),
    }
}

impl ResourceClaim {
    fn of(owner: &Owner<'_, '_>, key: &'static str) -> Self {
        let mut layered = Some(owner.layered);
        for part in key.split('.') {
            layered = layered.and_then(|layered| layered.field(part)).map(|(_, layered)| layered);
        }
        let source = layered.and_then(Layered::top).filter(|source| source.layer != Layer::BuiltIn);
        let app = &owner.app.part.name;
        let stack = owner.app.stacks.iter().find(|part| part.name == *owner.stack);
        let main = *owner.stack == StackName::main();
        Self {
            owner: if main { app.to_string() } else { format!("{app}/{}", owner.stack) },
            key,
            set: source.map(|source| source.node.at),
            home: stack.map_or(owner.app.part.key.at, |part| part.key.at),
        }
    }

    fn place(&self) -> String {
        match self.set {
            Some(at) => format!("line {}", at.line),
            None => "built in".to_owned(),
        }
    }
}
