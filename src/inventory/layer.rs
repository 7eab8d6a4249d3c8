//! Layers: the same setting may be made in several places, and the later layer wins.
//! Maps merge key by key; lists and single values replace.

use std::fmt;

use crate::base::yaml::{Key, Node, Value};

/// Where in the order of layers a value was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer<'t> {
    BuiltIn,
    Defaults,
    Environment(&'t str),
    Group(&'t str),
    Host(&'t str),
    App(&'t str),
    AppIn { app: &'t str, environment: &'t str },
    AppOn { app: &'t str, host: &'t str },
    Stack(&'t str),
}

impl fmt::Display for Layer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => write!(f, "built in"),
            Self::Defaults => write!(f, "defaults"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Host(name) => write!(f, "host {name}"),
            Self::App(name) => write!(f, "app {name}"),
            Self::AppIn { app, environment } => write!(f, "app {app} in {environment}"),
            Self::AppOn { app, host } => write!(f, "app {app} on {host}"),
            Self::Stack(name) => write!(f, "stack {name}"),
        }
    }
}

/// One value, and the layer that set it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    pub node: &'t Node,
    pub layer: Layer<'t>,
}

/// Several layers laid over each other.
#[derive(Debug, Clone, Default)]
pub struct Laid<'t> {
    /// Every layer that set it; the last one counts.
    sources: Vec<Source<'t>>,
    /// Where the last one is a map: its keys, and those of the maps right below it.
    fields: Vec<(&'t Key, Laid<'t>)>,
}

impl<'t> Laid<'t> {
    pub fn of(node: &'t Node, layer: Layer<'t>) -> Self {
        let mut laid = Self::default();
        laid.lay(node, layer);
        laid
    }

    /// Put one more layer on top.
    pub fn lay(&mut self, node: &'t Node, layer: Layer<'t>) {
        match &node.value {
            Value::Map(entries) => {
                for (key, node) in entries {
                    self.lay_field(key, node, layer);
                }
            }
            _ => self.fields.clear(),
        }
        self.sources.push(Source { node, layer });
    }

    /// The same, of some keys of a map only.
    pub fn lay_only(&mut self, node: &'t Node, layer: Layer<'t>, keys: &[&str]) {
        for (key, node) in node.entries() {
            if keys.contains(&key.text()) {
                self.lay_field(key, node, layer);
            }
        }
        self.sources.push(Source { node, layer });
    }

    fn lay_field(&mut self, key: &'t Key, node: &'t Node, layer: Layer<'t>) {
        if let Some((last, laid)) = self.fields.iter_mut().find(|(k, _)| k.text() == key.text()) {
            *last = key;
            laid.lay(node, layer);
        } else {
            self.fields.push((key, Self::of(node, layer)));
        }
    }

    pub fn top(&self) -> Option<Source<'t>> {
        self.sources.last().copied()
    }

    /// What the top hides, the nearest first.
    pub fn shadowed(&self) -> impl Iterator<Item = Source<'t>> {
        self.sources.iter().rev().skip(1).copied()
    }

    pub fn fields(&self) -> &[(&'t Key, Self)] {
        &self.fields
    }

    pub fn field(&self, key: &str) -> Option<(&'t Key, &Self)> {
        self.fields.iter().find(|(k, _)| k.text() == key).map(|(k, laid)| (*k, laid))
    }
}
