//! Finds conflicts: two stacks on one host must not share anything that is switched, started or written.

use std::collections::BTreeMap;

use super::layer::{Layer, Layered};
use super::outline::AppPart;
use super::reader::InventoryReader;
use crate::base::problem::Span;
use crate::domain::names::StackName;
use crate::domain::spec::Claim;
use crate::domain::target::Target;

/// One stack's claim to a resource, and where it was set.
#[derive(Debug, Clone)]
struct ResourceClaim {
    /// `shop`, or `shop/canary`.
    owner: String,
    target: Target,
    /// `nginx.live_include`
    key: &'static str,
    /// What to change if the claim conflicts with another one.
    remedy: &'static str,
    /// `None`: the value is built in.
    set: Option<Span>,
    /// The position for the report if the value is built in.
    home: Span,
}

/// What is claimed: the kind of resource, its value, and the host that has it. `None`: it has no host, and is the same
/// one by whichever name it is reached.
type Resource = (Option<Target>, &'static str, String);

#[derive(Debug, Default)]
pub struct ResourceClaims {
    held: BTreeMap<Resource, ResourceClaim>,
    conflicts: Vec<(Resource, ResourceClaim, ResourceClaim)>,
}

/// A stack on a target that claims resources.
#[derive(Debug)]
pub struct Owner<'s, 't> {
    pub target: &'s Target,
    pub app: &'s AppPart<'t>,
    pub stack: &'s StackName,
    pub layered: &'s Layered<'t>,
}

impl ResourceClaims {
    /// Adds what a stack claims on its target.
    pub fn add(&mut self, owner: &Owner<'_, '_>, claims: Vec<Claim<'_>>) {
        for claim in claims {
            let host = Some(owner.target).filter(|target| target.host().is_some()).cloned();
            let resource = (host, claim.kind, claim.value.into_owned());
            let claim = ResourceClaim::of(owner, claim.key, claim.remedy);
            if let Some(first) = self.held.get(&resource) {
                self.conflicts.push((resource, first.clone(), claim));
            } else {
                self.held.insert(resource, claim);
            }
        }
    }

    pub fn report(self, reader: &InventoryReader<'_>) {
        for ((_, kind, value), first, second) in self.conflicts {
            // Point at what was written last: it is more likely to be the mistake.
            let (reported, other) =
                if first.set > second.set { (first, second) } else { (second, first) };
            let what = format!(
                "`{}` of {} is the same {kind} as `{}` of {}: {value} ({})",
                reported.key,
                reported.name(&other),
                other.key,
                other.name(&reported),
                other.place(),
            );
            let mut remedy = reported.remedy.to_owned();
            if reported.target == other.target {
                remedy.push_str(&format!("; both are on {}", reported.target));
            }
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
            target: owner.target.clone(),
            key,
            remedy,
            set: source.map(|source| source.node.at),
            home: stack.map_or(owner.app.part.key.at, |part| part.key.at),
        }
    }

    /// Returns its name in a sentence that names `other` too.
    fn name(&self, other: &Self) -> String {
        if self.target == other.target {
            self.owner.clone()
        } else {
            format!("{} on {}", self.owner, self.target)
        }
    }

    fn place(&self) -> String {
        match self.set {
            Some(at) => format!("line {}", at.line),
            None => "built in".to_owned(),
        }
    }
}
