//! Layers: a setting may be made at several levels, and the later layer wins. Maps merge key by key; lists and single
//! values replace.

use std::fmt;

use crate::base::yaml::{Key, Node, Value};

/// The layer that set a value, from the lowest to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer<'t> {
    BuiltIn,
    Defaults,
    Environment(&'t str),
    Group(&'t str),
    Host(&'t str),
    Target(&'t str),
    App(&'t str),
    AppIn { app: &'t str, environment: &'t str },
    AppOn { app: &'t str, target: &'t str },
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
            Self::Target(name) => write!(f, "target {name}"),
            Self::App(name) => write!(f, "app {name}"),
            Self::AppIn { app, environment } => write!(f, "app {app} in {environment}"),
            Self::AppOn { app, target } => write!(f, "app {app} on {target}"),
            Self::Stack(name) => write!(f, "stack {name}"),
        }
    }
}

/// One value and the layer that set it.
#[derive(Debug, Clone, Copy)]
pub struct LayerValue<'t> {
    pub node: &'t Node,
    pub layer: Layer<'t>,
}

/// One value of the inventory with all layers applied.
#[derive(Debug, Clone, Default)]
pub struct Layered<'t> {
    /// Every layer that set it; the last one wins.
    sources: Vec<LayerValue<'t>>,
    /// If the last one is a map: its keys, merged with those of the maps directly below it.
    fields: Vec<(&'t Key, Layered<'t>)>,
}

impl<'t> Layered<'t> {
    pub fn of(node: &'t Node, layer: Layer<'t>) -> Self {
        let mut layered = Self::default();
        layered.add(node, layer);
        layered
    }

    /// Adds one more layer on top.
    pub fn add(&mut self, node: &'t Node, layer: Layer<'t>) {
        match &node.value {
            Value::Map(entries) => {
                for (key, node) in entries {
                    self.add_field(key, node, layer);
                }
            }
            _ => self.fields.clear(),
        }
        self.sources.push(LayerValue { node, layer });
    }

    /// Adds only some keys of a map.
    pub fn add_keys(&mut self, node: &'t Node, layer: Layer<'t>, keys: &[&str]) {
        for (key, node) in node.entries() {
            if keys.contains(&key.text()) {
                self.add_field(key, node, layer);
            }
        }
        self.sources.push(LayerValue { node, layer });
    }

    fn add_field(&mut self, key: &'t Key, node: &'t Node, layer: Layer<'t>) {
        if let Some((last, layered)) = self.fields.iter_mut().find(|(k, _)| k.text() == key.text())
        {
            *last = key;
            layered.add(node, layer);
        } else {
            self.fields.push((key, Self::of(node, layer)));
        }
    }

    pub fn top(&self) -> Option<LayerValue<'t>> {
        self.sources.last().copied()
    }

    /// Returns the values that the top one hides, the nearest layer first.
    pub fn shadowed(&self) -> impl Iterator<Item = LayerValue<'t>> {
        self.sources.iter().rev().skip(1).copied()
    }

    pub fn fields(&self) -> &[(&'t Key, Self)] {
        &self.fields
    }

    pub fn field(&self, key: &str) -> Option<(&'t Key, &Self)> {
        self.fields.iter().find(|(k, _)| k.text() == key).map(|(k, layered)| (*k, layered))
    }
}
