//! Two stacks on one host must share nothing that is switched, started or written.

use std::collections::BTreeMap;

use super::layer::{Laid, Layer};
use super::outline::AppPart;
use super::reader::Reader;
use crate::base::problem::Span;
use crate::domain::names::{HostName, StackName};
use crate::domain::spec::{ComposeSpec, EntryPoint};
use crate::domain::target::Carries;

/// What a stack has for itself alone. Two claims clash when they are of one space and one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Space {
    Directory,
    Project,
    Address,
    Include,
    Upstream,
    EntryPoint,
}

impl Space {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Directory => ("directory", "give one of them another `dir`"),
            Self::Project => ("compose project", "give one of them another `project`"),
            Self::Address => ("address", "give one of them other ports under `colors`"),
            Self::Include => ("nginx include", "give one of them another path under `nginx`"),
            Self::Upstream => ("nginx upstream", "give one of them another name under `nginx`"),
            Self::EntryPoint => ("entrance", "give one of them another `url`, or a `host_header`"),
        }
    }
}

/// Who claims something, and where that was said.
#[derive(Debug, Clone)]
struct Claim {
    /// `shop`, or `shop/canary`.
    owner: String,
    /// `nginx.live_include`
    key: &'static str,
    /// `None`: it is built in.
    set: Option<Span>,
    /// Where to point when it is built in.
    home: Span,
}

#[derive(Debug, Default)]
pub struct Claims {
    held: BTreeMap<(HostName, Space, String), Claim>,
    clashes: Vec<(HostName, Space, String, Claim, Claim)>,
}

/// A stack on a host, about to claim what it has.
#[derive(Debug)]
pub struct Owner<'s, 't> {
    pub host: &'s HostName,
    pub app: &'s AppPart<'t>,
    pub stack: &'s StackName,
    pub laid: &'s Laid<'t>,
}

impl Claims {
    pub fn add(&mut self, owner: &Owner<'_, '_>, carries: Carries, spec: &ComposeSpec) {
        self.claim(owner, Space::Directory, "dir", &spec.dir);
        self.claim(owner, Space::Project, "project", &spec.project);
        if carries == Carries::JobsOnly {
            return;
        }
        for color in spec.colors.values() {
            self.claim(owner, Space::Address, "colors", &color.address);
        }
        let nginx = &spec.nginx;
        self.claim(owner, Space::Include, "nginx.live_include", &nginx.live_include);
        self.claim(owner, Space::Include, "nginx.passive_include", &nginx.passive_include);
        self.claim(owner, Space::Upstream, "nginx.live_upstream", &nginx.live_upstream);
        self.claim(owner, Space::Upstream, "nginx.passive_upstream", &nginx.passive_upstream);
        self.claim(owner, Space::EntryPoint, "live.url", &asked_at(&spec.live));
        self.claim(owner, Space::EntryPoint, "passive.url", &asked_at(&spec.passive));
    }

    fn claim(&mut self, owner: &Owner<'_, '_>, space: Space, key: &'static str, value: &str) {
        let claim = Claim::of(owner, key);
        let place = (owner.host.clone(), space, value.to_owned());
        if let Some(first) = self.held.get(&place) {
            let (host, space, value) = place;
            self.clashes.push((host, space, value, first.clone(), claim));
        } else {
            self.held.insert(place, claim);
        }
    }

    pub fn tell(self, reader: &Reader<'_>) {
        for (host, space, value, first, second) in self.clashes {
            // Point at what was written last: it is the likelier slip.
            let (told, other) =
                if first.set > second.set { (first, second) } else { (second, first) };
            let (word, remedy) = space.words();
            let what = format!(
                "`{}` of {} is the same {word} as `{}` of {}: {value} ({})",
                told.key,
                told.owner,
                other.key,
                other.owner,
                other.place(),
            );
            let remedy = format!("{remedy}; both are on {host}");
            reader.tell(told.set.unwrap_or(told.home), what, remedy);
        }
    }
}

/// What tells two entrances apart: the URL, and the `Host` header where one is sent.
fn asked_at(entry_point: &EntryPoint) -> String {
    match &entry_point.host_header {
        Some(host) => format!("{} for {host}", entry_point.url),
        None => entry_point.url.clone(),
    }
}

impl Claim {
    fn of(owner: &Owner<'_, '_>, key: &'static str) -> Self {
        let mut laid = Some(owner.laid);
        for part in key.split('.') {
            laid = laid.and_then(|laid| laid.field(part)).map(|(_, laid)| laid);
        }
        let source = laid.and_then(Laid::top).filter(|source| source.layer != Layer::BuiltIn);
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
