//! Layers laid over each other: maps deep, lists appended, a single value in the place of one of the same type.

use std::collections::BTreeMap;

use super::value::{Scalar, scalar};
use crate::base::problem::{Fault, Span};
use crate::base::secret_ref::SecretRef;
use crate::base::yaml::{Node, Value};

/// A merged value, each part with its origin.
#[derive(Debug, Clone, PartialEq)]
pub enum Config {
    Map(BTreeMap<String, Config>),
    /// Each item with the layer that appended it.
    List(Vec<Config>),
    Leaf(Leaf),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    pub set: Set,
    pub origin: Origin,
    /// The layers that set it before, and what they set: the first one first.
    pub shadowed: Vec<(Set, Origin)>,
}

/// What a layer sets a single value to.
#[derive(Debug, Clone, PartialEq)]
pub enum Set {
    Value(Scalar),
    /// `{$secret: env:NAME}`: read when the configuration is written, never before.
    Secret(SecretRef),
    /// `{$missing: "what is wanted"}`: a later layer has to set it.
    Missing(String),
    EmptyMap,
    EmptyList,
}

/// The layer that set a value, by its index, and where in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub layer: usize,
    pub at: Span,
}

const SECRET: &str = "$secret";
const MISSING: &str = "$missing";
/// `{$deleted: true}`: the value of an earlier layer is taken out.
const DELETED: &str = "$deleted";

/// Mistakes, each with the layer that it is in.
pub type Faults = Vec<(usize, Fault)>;

/// Lays the layers over each other, the last one on top.
pub fn merge<'n>(
    layers: impl IntoIterator<Item = &'n Node>,
) -> Result<BTreeMap<String, Config>, Faults> {
    let (mut merged, mut faults) = (BTreeMap::new(), Faults::new());
    for (layer, root) in layers.into_iter().enumerate() {
        match &root.value {
            Value::Null => {}
            Value::Map(_) => Layer { layer, faults: &mut faults }.map(&mut merged, root, ""),
            _ => faults.push((
                layer,
                Fault::new(
                    root.at,
                    "a layer is a map of names and values",
                    "write `name: value` lines",
                ),
            )),
        }
    }
    if faults.is_empty() { Ok(merged) } else { Err(faults) }
}

struct Layer<'f> {
    layer: usize,
    faults: &'f mut Faults,
}

impl Layer<'_> {
    fn fault(&mut self, at: Span, what: String, remedy: &str) {
        self.faults.push((self.layer, Fault::new(at, what, remedy)));
    }

    fn map(&mut self, into: &mut BTreeMap<String, Config>, node: &Node, path: &str) {
        for (key, node) in node.entries() {
            let name = key.text();
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            if is_marker(node, DELETED) {
                into.remove(name);
                continue;
            }
            if let Some(there) = into.get_mut(name) {
                self.over(there, node, &path);
            } else {
                let value = self.fresh(node, &path);
                into.extend(value.map(|value| (name.to_owned(), value)));
            }
        }
    }

    /// A value that no earlier layer set.
    fn fresh(&mut self, node: &Node, path: &str) -> Option<Config> {
        let origin = Origin { layer: self.layer, at: node.at };
        let leaf = |set| Config::Leaf(Leaf { set, origin, shadowed: Vec::new() });
        if let Some(set) = self.marker(node, path) {
            return set.ok().map(leaf);
        }
        Some(match &node.value {
            Value::Null => leaf(Set::Value(Scalar::Null)),
            Value::Scalar(text) => leaf(Set::Value(scalar(text))),
            Value::List(items) if items.is_empty() => leaf(Set::EmptyList),
            Value::List(items) => {
                Config::List(items.iter().filter_map(|item| self.fresh(item, path)).collect())
            }
            Value::Map(entries) if entries.is_empty() => leaf(Set::EmptyMap),
            Value::Map(_) => {
                let mut map = BTreeMap::new();
                self.map(&mut map, node, path);
                Config::Map(map)
            }
        })
    }

    /// A value over one of an earlier layer.
    fn over(&mut self, there: &mut Config, node: &Node, path: &str) {
        match (&mut *there, &node.value) {
            (Config::Map(map), Value::Map(_)) if marker_name(node).is_none() => {
                self.map(map, node, path);
            }
            (Config::List(list), Value::List(items)) => {
                list.extend(items.iter().filter_map(|item| self.fresh(item, path)));
            }
            (Config::Leaf(leaf), _) => {
                let Some(new) = self.fresh(node, path) else { return };
                if !fits(&leaf.set, &new) {
                    return self.wrong_type(leaf.set.kind(), node, path);
                }
                let mut shadowed = std::mem::take(&mut leaf.shadowed);
                shadowed.push((leaf.set.clone(), leaf.origin));
                *there = match new {
                    Config::Leaf(new) => Config::Leaf(Leaf { shadowed, ..new }),
                    other => other,
                };
            }
            (Config::Map(_), _) => self.wrong_type("a map", node, path),
            (Config::List(_), _) => self.wrong_type("a list", node, path),
        }
    }

    fn wrong_type(&mut self, there: &str, node: &Node, path: &str) {
        let what = format!("`{path}` is {there} in an earlier layer, and {} here", node.kind());
        let remedy = "write a value of the same type, or delete the other first: `{$deleted: true}` in a layer between";
        self.fault(node.at, what, remedy);
    }

    /// What a marker sets, if the node is one.
    fn marker(&mut self, node: &Node, path: &str) -> Option<Result<Set, ()>> {
        let name = marker_name(node)?;
        let text = match node.get(name).map(|value| &value.value) {
            Some(Value::Scalar(scalar)) => scalar.text.clone(),
            _ => String::new(),
        };
        Some(match name {
            SECRET => SecretRef::try_from(text).map(Set::Secret).map_err(|bad| {
                self.fault(
                    node.at,
                    format!("`{path}`: {bad}"),
                    "write where it is kept: `{$secret: env:NAME}`",
                );
            }),
            MISSING => Ok(Set::Missing(text)),
            // An item of a list has nothing that it could delete.
            _ => Err(()),
        })
    }
}

fn marker_name(node: &Node) -> Option<&'static str> {
    [SECRET, MISSING, DELETED].into_iter().find(|name| is_marker(node, name))
}

fn is_marker(node: &Node, name: &str) -> bool {
    matches!(node.entries(), [(key, _)] if key.text() == name)
}

/// Nothing and what is missing may be replaced by anything; every other value by one of its own type.
fn fits(there: &Set, new: &Config) -> bool {
    let Config::Leaf(Leaf { set: new, .. }) = new else {
        let is_map = matches!(new, Config::Map(_));
        return match there {
            Set::EmptyMap => is_map,
            Set::EmptyList => !is_map,
            there => there.is_open(),
        };
    };
    there.is_open() || there.kind() == new.kind()
}

impl Set {
    fn is_open(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Value(Scalar::Null))
    }

    /// Its type, for a sentence. A secret is a text.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Value(scalar) => scalar.kind(),
            Self::Secret(_) => "a text",
            Self::Missing(_) => "missing",
            Self::EmptyMap => "a map",
            Self::EmptyList => "a list",
        }
    }
}
