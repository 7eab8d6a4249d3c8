//! The configuration of an app on a host: layers in the order of yoconfigurator, merged by its rules, and explained value
//! by value. Pure: the files are read, and secrets resolved, elsewhere.

mod file;
mod layers;
mod merge;
mod value;

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub use file::file;
pub use layers::{Folder, For, names};
pub use merge::{Config, Leaf, Origin, Set, merge};

use crate::base::redact::{REDACTED, is_name_of_secret};
use crate::base::secret_ref::SecretRef;

/// Returns the names of the values that a layer left to be set and no other layer set, with what is wanted.
pub fn missing(config: &BTreeMap<String, Config>) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    walk(config, &mut |path, leaf| {
        if let Set::Missing(wanted) = &leaf.set {
            missing.push((path.to_owned(), wanted.clone()));
        }
    });
    missing
}

/// Returns the file that a release gets. `reveal` returns the text of a secret, or what stands in its place where the
/// file is only shown.
pub fn json(config: &BTreeMap<String, Config>, reveal: &impl Fn(&SecretRef) -> String) -> Json {
    Json::Object(config.iter().map(|(key, value)| (key.clone(), value.json(reveal))).collect())
}

/// Calls `see` with every single value and its path: `db.hosts[0]`.
fn walk(config: &BTreeMap<String, Config>, see: &mut impl FnMut(&str, &Leaf)) {
    for (key, value) in config {
        value.walk(key, see);
    }
}

impl Config {
    fn walk(&self, path: &str, see: &mut impl FnMut(&str, &Leaf)) {
        match self {
            Self::Leaf(leaf) => see(path, leaf),
            Self::Map(map) => {
                for (key, value) in map {
                    value.walk(&format!("{path}.{key}"), see);
                }
            }
            Self::List(items) => {
                for (index, value) in items.iter().enumerate() {
                    value.walk(&format!("{path}[{index}]"), see);
                }
            }
        }
    }

    fn json(&self, reveal: &impl Fn(&SecretRef) -> String) -> Json {
        match self {
            Self::Map(map) => json(map, reveal),
            Self::List(items) => Json::Array(items.iter().map(|item| item.json(reveal)).collect()),
            Self::Leaf(leaf) => match &leaf.set {
                Set::Value(scalar) => scalar.json(),
                Set::Secret(secret) => Json::String(reveal(secret)),
                Set::Missing(_) => Json::Null,
                Set::EmptyMap => Json::Object(serde_json::Map::new()),
                Set::EmptyList => Json::Array(Vec::new()),
            },
        }
    }
}

/// A value with the layer that set it, and what earlier layers had set: for `flipside config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub path: String,
    pub value: String,
    pub origin: Origin,
    pub shadowed: Vec<(String, Origin)>,
}

/// Explains every value. One whose name is that of a secret is covered.
pub fn explain(config: &BTreeMap<String, Config>) -> Vec<Explained> {
    let mut explained = Vec::new();
    walk(config, &mut |path, leaf| {
        let shadowed = leaf.shadowed.iter().map(|(set, origin)| (shown(path, set), *origin));
        explained.push(Explained {
            path: path.to_owned(),
            value: shown(path, &leaf.set),
            origin: leaf.origin,
            shadowed: shadowed.collect(),
        });
    });
    explained
}

fn shown(path: &str, set: &Set) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    match set {
        Set::Secret(secret) => secret.to_string(),
        Set::Missing(wanted) => format!("missing: {wanted}"),
        Set::EmptyMap => "{}".to_owned(),
        Set::EmptyList => "[]".to_owned(),
        Set::Value(_) if is_name_of_secret(name) => REDACTED.to_owned(),
        Set::Value(scalar) => scalar.json().to_string(),
    }
}

#[cfg(test)]
mod tests;
