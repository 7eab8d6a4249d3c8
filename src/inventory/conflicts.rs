//! Finds conflicts: two stacks on one host must not share anything that is switched, started or written.

use std::collections::BTreeMap;

use super::layer::{Layer, Layered};
use super::outline::AppPart;
use super::reader::InventoryReader;
use crate::base::problem::Span;
use crate::domain::names::{HostName, StackName};
use crate::domain::spec::Claim;

/// One stack's claim to a resource, and where it was set.
#[derive(Debug, Clone)]
struct ResourceClaim {
    /// `shop`, or `shop/canary`.
    owner: String,
    /// `nginx.live_include`
    key: &'static str,
    /// What to change if the claim conflicts with another one.
    remedy: &'static str,
    /// `None`: the value is built in.
    set: Option<Span>,
    /// The position for the report if the value is built in.
    home: Span,
}

/// What is claimed: the host, the kind of resource and its value.
type Resource = (HostName, &'static str, String);

#[derive(Debug, Default)]
pub struct ResourceClaims {
    held: BTreeMap<Resource, ResourceClaim>,
    conflicts: Vec<(Resource, ResourceClaim, ResourceClaim)>,
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
    /// Adds what a stack claims on its host.
    pub fn add(&mut self, owner: &Owner<'_, '_>, claims: Vec<Claim<'_>>) {
        for claim in claims {
            let resource = (owner.host.clone(), claim.kind, claim.value.into_owned());
            let claim = ResourceClaim::of(owner, claim.key, claim.remedy);
            if let Some(first) = self.held.get(&resource) {
                self.conflicts.push((resource, first.clone(), claim));
            } else {
                self.held.insert(resource, claim);
            }
        }
    }

    pub fn report(self, reader: &InventoryReader<'_>) {
        for ((host, kind, value), first, second) in self.conflicts {
            // Point at what was written last: it is more likely to be the mistake.
            let (reported, other) =
                if first.set > second.set { (first, second) } else { (second, first) };
            let what = format!(
                "`{}` of {} is the same {kind} as `{}` of {}: {value} ({})",
                reported.key,
                reported.owner,
                other.key,
                other.owner,
                other.place(),
            );
            let remedy = format!("{}; both are on {host}", reported.remedy);
            reader.report(reported.set.unwrap_or(reported.home), what, remedy);
        }
    }
}

impl ResourceClaim {
    fn of(owner: &Owner<'_, '_>, key: &'static str, remedy: &'static str) -> Self {
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
            remedy,
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
