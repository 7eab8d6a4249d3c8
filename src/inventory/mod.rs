//! Reads a YAML file into a checked [`Inventory`]. Every value is known with its position and its layer, and all mistakes
//! of a file are reported at once.

mod conflicts;
mod decode;
mod explain;
pub mod fields;
mod find;
mod layer;
mod layers;
mod list;
mod membership;
mod outline;
mod placeholders;
mod platform_keys;
mod platforms;
mod reader;
mod references;
mod remedy;
pub mod request;
mod resolve;
mod resolved;
pub mod scalar;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use layers::{BuiltIn, Layers};
use outline::Outline;
use platforms::BuiltInPlatforms;
use reader::InventoryReader;
use resolve::Resolver;

pub use decode::check::entry_point;
pub use explain::{ExplainError, Explained, Explanation, Setting, Subject};
pub use find::{FoundBy, InventoryFile, NotFound, VARIABLE, find};
pub use list::{Summary, TargetList, TargetRow};
pub use platform_keys::PlatformKeys;
pub use platforms::{Decoders, PlatformDecoder, StackPlatform, WorksOn};

use crate::base::problem::{Problem, Problems, Span};
use crate::base::yaml::{self, Node, Value};
use crate::domain::spec::Inventory;

/// An inventory that was read and has no mistakes.
#[derive(Debug)]
pub struct Loaded {
    pub inventory: Inventory,
    text: String,
    root: Node,
    decoders: Decoders,
}

/// The remedy for a file that is not built like an inventory.
const SHAPE: &str = "see inventory.example.yaml for the shape";

/// The values that hold where an inventory sets none.
const BUILT_IN: &str = include_str!("builtin.yaml");

/// Every option, each with its reason.
const EXAMPLE: &str = include_str!("../../inventory.example.yaml");

/// Returns the example inventory, which names a template beside it.
pub fn example() -> String {
    EXAMPLE.replacen("docs/docker-compose.template.yml", EXAMPLE_TEMPLATE_NAME, 1)
}

/// The file name of the template in the example that is printed.
pub const EXAMPLE_TEMPLATE_NAME: &str = "docker-compose.template.yml";
/// The text of the compose template that the example names.
pub const EXAMPLE_TEMPLATE: &str = include_str!("../../docs/docker-compose.template.yml");

/// Reads and checks the inventory at `path`.
pub fn load(path: &Path, decoders: Decoders) -> Result<Loaded, Problems> {
    let bytes = std::fs::read(path).map_err(|error| {
        let what = format!("cannot be read: {error}");
        Problems::one(Problem::in_file(path, what, "name the inventory with `-i FILE`"))
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => from_text(path, text, decoders),
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

/// Checks an inventory that was read already. Relative paths in it start at the directory of `path`.
pub fn from_text(path: &Path, text: String, decoders: Decoders) -> Result<Loaded, Problems> {
    let (root, faults) = yaml::parse(&text, SHAPE);
    let reader = InventoryReader::new(path, &text, keys_of(decoders));
    for fault in faults {
        reader.report(fault.at, fault.what, fault.remedy);
    }
    let Some(root) = root else { return Err(Problems::new(reader.problems())) };
    let inventory = resolve(&reader, &root, decoders);
    match reader.problems() {
        none if none.is_empty() => Ok(Loaded { inventory, text, root, decoders }),
        problems => Err(Problems::new(problems)),
    }
}

fn keys_of(decoders: Decoders) -> Vec<PlatformKeys> {
    decoders.iter().map(|decoder| decoder.keys()).collect()
}

fn resolve(reader: &InventoryReader<'_>, root: &Node, decoders: Decoders) -> Inventory {
    let built_in = BuiltInValues::of(decoders);
    with_layers(reader, root, &built_in, |layers| Resolver { reader, layers }.inventory(root))
}

/// The values that hold where an inventory sets none: those of every platform, and those that belong to no platform.
#[derive(Debug)]
struct BuiltInValues {
    common: Node,
    platforms: BuiltInPlatforms,
}

impl BuiltInValues {
    fn of(decoders: Decoders) -> Self {
        let nothing = || Node { at: Span::START, value: Value::Null };
        Self {
            common: yaml::parse(BUILT_IN, SHAPE).0.unwrap_or_else(nothing),
            platforms: BuiltInPlatforms::of(decoders),
        }
    }
}

/// Reads the outline and calls `then` with the layers.
fn with_layers<'t, T>(
    reader: &InventoryReader<'t>,
    root: &'t Node,
    built_in: &'t BuiltInValues,
    then: impl FnOnce(&Layers<'t>) -> T,
) -> T {
    let platforms = built_in.platforms.as_platforms();
    let outline = Outline::read(reader, root, &platforms);
    then(&Layers { outline, built_in: BuiltIn::of(&built_in.common), platforms })
}

impl Loaded {
    fn reader(&self) -> InventoryReader<'_> {
        InventoryReader::new(&self.inventory.path, &self.text, keys_of(self.decoders)).with_ledger()
    }

    /// Returns where each value of a host or another target came from. With a key: only the values it matches, and what they hide.
    pub fn explain(&self, target: &str, key: Option<&str>) -> Result<Explanation, ExplainError> {
        let built_in = BuiltInValues::of(self.decoders);
        let reader = self.reader();
        with_layers(&reader, &self.root, &built_in, |layers| {
            explain::explain(&reader, layers, target, key)
        })
    }

    /// Returns the whole inventory as YAML with all layers applied.
    pub fn effective(&self) -> Result<String, serde_yaml::Error> {
        let built_in = BuiltInValues::of(self.decoders);
        let reader = self.reader();
        with_layers(&reader, &self.root, &built_in, |layers| {
            let targets = layers.outline.environments.iter().flat_map(|env| &env.targets);
            let mut names: Vec<&str> = targets.map(|target| target.part.key.text()).collect();
            names.sort_unstable();
            names.dedup();
            let explain = |name| explain::explain(&reader, layers, name, None).ok();
            let all: Vec<Explanation> = names.into_iter().filter_map(explain).collect();
            list::effective(&all)
        })
    }

    /// Returns the hosts and other targets, and what each carries.
    pub fn list(&self) -> TargetList {
        TargetList::of(&self.inventory)
    }

    /// Returns how much the inventory holds.
    pub fn checked(&self) -> Summary {
        Summary::of(&self.inventory)
    }

    /// Returns every key that can be written, such as `nginx.pid_file`, and whether this inventory writes it.
    pub fn keys(&self) -> BTreeMap<String, bool> {
        let built_in = BuiltInValues::of(self.decoders);
        let reader = self.reader();
        with_layers(&reader, &self.root, &built_in, |layers| {
            Resolver { reader: &reader, layers }.inventory(&self.root);
        });
        let mut keys = BTreeMap::new();
        let ledger = reader.take_ledger();
        let sections: BTreeSet<&str> = ledger.iter().map(|entry| entry.kind).collect();
        for entry in &ledger {
            // A section counts as written where any of its keys is.
            if !sections.contains(entry.key) {
                let written = entry.value.as_ref().is_some_and(|said| said.line.is_some());
                *keys.entry(format!("{}.{}", entry.kind, entry.key)).or_default() |= written;
            }
        }
        keys
    }
}

impl Explanation {
    /// Returns the same values as YAML, without their layers.
    pub fn effective(&self) -> Result<String, serde_yaml::Error> {
        list::effective(std::slice::from_ref(self))
    }
}
