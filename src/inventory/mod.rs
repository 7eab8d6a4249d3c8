//! The inventory room: from a YAML file to a checked [`Inventory`]. Every value is known with its
//! place and its layer, and all mistakes of a file are told at once.

mod clash;
mod decode;
mod explain;
mod fields;
mod fill;
mod find;
mod layer;
mod list;
mod outline;
mod reader;
mod references;
mod remedy;
mod resolve;
mod scalar;
mod stacking;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use outline::Outline;
use reader::Reader;
use resolve::Resolver;
use stacking::{BuiltIn, Stacking};

pub use explain::{Explained, Explanation, Of, Setting, Unexplained};
pub use find::{By, Found, NotFound, VARIABLE, find};
pub use list::{Checked, Listed, Listing};

use crate::base::problem::{Problem, Problems, Span};
use crate::base::yaml::{self, Node, Value};
use crate::domain::spec::Inventory;

/// An inventory that was read and found right.
#[derive(Debug)]
pub struct Loaded {
    pub inventory: Inventory,
    text: String,
    root: Node,
}

/// The remedy for a file that is not built like an inventory.
const SHAPE: &str = "see inventory.example.yaml for the shape";

/// What holds where an inventory says nothing.
const BUILT_IN: &str = include_str!("builtin.yaml");

/// Every option of it, each with its reason.
const EXAMPLE: &str = include_str!("../../inventory.example.yaml");
/// The example as it stands beside its template.
pub fn example() -> String {
    EXAMPLE.replacen("docs/docker-compose.template.yml", EXAMPLE_TEMPLATE_NAME, 1)
}

/// Where the example that is printed names its template.
pub const EXAMPLE_TEMPLATE_NAME: &str = "docker-compose.template.yml";
/// The compose template that the example names.
pub const EXAMPLE_TEMPLATE: &str = include_str!("../../docs/docker-compose.template.yml");

/// Read and check the inventory at `path`.
pub fn load(path: &Path) -> Result<Loaded, Problems> {
    let bytes = std::fs::read(path).map_err(|error| {
        let what = format!("cannot be read: {error}");
        Problems::one(Problem::in_file(path, what, "name the inventory with `-i FILE`"))
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => from_text(path, text),
        Err(error) => Err(Problems::one(not_utf8(path, &error))),
    }
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Problem {
    let good = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes());
    let before = error.as_bytes().get(..good).unwrap_or_default();
    let before = String::from_utf8_lossy(before);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Problem::in_file(path, "not UTF-8 text", "save the file as UTF-8")
        .at(Span::new(line, column, 1), &text)
}

/// The same, of a text that was read already. Other files are seen from the directory of `path`.
pub fn from_text(path: &Path, text: String) -> Result<Loaded, Problems> {
    let (root, faults) = yaml::parse(&text, SHAPE);
    let reader = Reader::new(path, &text);
    for fault in faults {
        reader.tell(fault.at, fault.what, fault.remedy);
    }
    let Some(root) = root else { return Err(Problems::new(reader.problems())) };
    let inventory = resolve(&reader, &root);
    match reader.problems() {
        none if none.is_empty() => Ok(Loaded { inventory, text, root }),
        problems => Err(Problems::new(problems)),
    }
}

fn resolve(reader: &Reader<'_>, root: &Node) -> Inventory {
    let built_in = built_in();
    with_stacking(reader, root, &built_in, |stacking| Resolver { reader, stacking }.inventory(root))
}

/// Read the outline, and do something with the layers.
fn with_stacking<'t, T>(
    reader: &Reader<'t>,
    root: &'t Node,
    built_in: &'t Node,
    then: impl FnOnce(&Stacking<'t>) -> T,
) -> T {
    let outline = Outline::read(reader, root);
    then(&Stacking { outline, built_in: BuiltIn::of(built_in) })
}

impl Loaded {
    /// Where each value of a host came from. With a key: only those values, and what they hide.
    pub fn explain(&self, host: &str, key: Option<&str>) -> Result<Explanation, Unexplained> {
        let built_in = built_in();
        let reader = Reader::new(&self.inventory.path, &self.text).with_ledger();
        with_stacking(&reader, &self.root, &built_in, |stacking| {
            explain::explain(&reader, stacking, host, key)
        })
    }

    /// The whole inventory as YAML, every layer laid over the one below it.
    pub fn effective(&self) -> Result<String, serde_yaml::Error> {
        let built_in = built_in();
        let reader = Reader::new(&self.inventory.path, &self.text).with_ledger();
        with_stacking(&reader, &self.root, &built_in, |stacking| {
            let hosts = stacking.outline.environments.iter().flat_map(|env| &env.hosts);
            let mut names: Vec<&str> = hosts.map(|host| host.part.key.text()).collect();
            names.sort_unstable();
            names.dedup();
            let explain = |name| explain::explain(&reader, stacking, name, None).ok();
            let all: Vec<Explanation> = names.into_iter().filter_map(explain).collect();
            list::effective(&all)
        })
    }

    /// The hosts, and what each carries.
    pub fn list(&self) -> Listing {
        Listing::of(&self.inventory)
    }

    /// How much there is, all of it right.
    pub fn checked(&self) -> Checked {
        Checked::of(&self.inventory)
    }

    /// Every key that can be written, and whether this inventory does: `nginx.pid_file`.
    pub fn keys(&self) -> BTreeMap<String, bool> {
        let built_in = built_in();
        let reader = Reader::new(&self.inventory.path, &self.text).with_ledger();
        with_stacking(&reader, &self.root, &built_in, |stacking| {
            Resolver { reader: &reader, stacking }.inventory(&self.root);
        });
        let mut keys = BTreeMap::new();
        let ledger = reader.take_ledger();
        let sections: BTreeSet<&str> = ledger.iter().map(|told| told.kind).collect();
        for told in &ledger {
            // A section is written where any of its own keys is.
            if !sections.contains(told.key) {
                let written = told.value.as_ref().is_some_and(|said| said.line.is_some());
                *keys.entry(format!("{}.{}", told.kind, told.key)).or_default() |= written;
            }
        }
        keys
    }
}

fn built_in() -> Node {
    let nothing = || Node { at: Span::START, value: Value::Null };
    yaml::parse(BUILT_IN, SHAPE).0.unwrap_or_else(nothing)
}

impl Explanation {
    /// The same as YAML, without the layers.
    pub fn effective(&self) -> Result<String, serde_yaml::Error> {
        list::effective(std::slice::from_ref(self))
    }
}
