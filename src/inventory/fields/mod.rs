//! Reads the keys of one map. Each key is read by name and type; mistakes are reported and reading goes on. A key that
//! nothing reads is a mistake, too.

mod sections;
mod values;

use std::borrow::Cow;
use std::cell::RefCell;

use super::layer::{Layer, LayerValue, Layered};
use super::placeholders::Placeholders;
use super::reader::{InventoryReader, LedgerEntry, LedgerValue};
use super::remedy::{self, Wanted};
use crate::base::problem::Span;
use crate::base::yaml::{Key, Node, Scalar, Value};

/// The keys of one map with all layers applied.
#[derive(Debug)]
pub struct Fields<'a, 't> {
    reader: &'a InventoryReader<'t>,
    layered: Cow<'a, Layered<'t>>,
    kind: &'static str,
    prefix: String,
    /// The position for reports about missing keys.
    home: Span,
    /// Where a missing key could be written, in words. `None`: this is one layer of several, so nothing is missing.
    complete: Option<String>,
    placeholders: Option<&'a Placeholders>,
    asked: RefCell<Vec<&'static str>>,
}

/// One element of a list that may hold maps and single values.
#[derive(Debug)]
pub enum ListItem<'a, 't> {
    Scalar(&'t Scalar, LayerValue<'t>),
    Map(Fields<'a, 't>),
}

impl<'a, 't> Fields<'a, 't> {
    /// Reads a map with all layers applied.
    pub fn of(
        reader: &'a InventoryReader<'t>,
        kind: &'static str,
        layered: &'a Layered<'t>,
        home: Span,
    ) -> Self {
        Self::new(reader, kind, Cow::Borrowed(layered), home)
    }

    fn new(
        reader: &'a InventoryReader<'t>,
        kind: &'static str,
        layered: Cow<'a, Layered<'t>>,
        home: Span,
    ) -> Self {
        Self {
            reader,
            layered,
            kind,
            prefix: String::new(),
            home,
            complete: None,
            placeholders: None,
            asked: RefCell::default(),
        }
    }

    /// Reads one layer by itself: what is written must be right, but nothing is missing yet.
    pub fn of_layer(
        reader: &'a InventoryReader<'t>,
        kind: &'static str,
        node: &'t Node,
        layer: Layer<'t>,
        home: Span,
    ) -> Self {
        Self::new(reader, kind, Cow::Owned(Layered::of(node, layer)), home)
    }

    /// Treats missing keys as mistakes, since all layers are here. `place` says where they could be written.
    #[must_use]
    pub fn complete(mut self, place: impl Into<String>) -> Self {
        self.complete = Some(place.into());
        self
    }

    /// Allows missing keys: this is one layer of several after all.
    #[must_use]
    pub fn partial(mut self) -> Self {
        self.complete = None;
        self
    }

    /// Fills in placeholders with these values.
    #[must_use]
    pub fn with_placeholders(mut self, placeholders: &'a Placeholders) -> Self {
        self.placeholders = Some(placeholders);
        self
    }

    /// Returns whether all layers are here, so that what is missing is a mistake.
    pub fn is_complete(&self) -> bool {
        self.complete.is_some()
    }

    pub fn reader(&self) -> &'a InventoryReader<'t> {
        self.reader
    }

    fn ask(&self, key: &'static str) -> Option<(&'t Key, &Layered<'t>)> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.layered.field(key)
    }

    /// Returns the value of a key and the layer that set it; an explicit `null` counts as not set.
    pub fn source(&self, key: &str) -> Option<LayerValue<'t>> {
        let source = self.layered.field(key)?.1.top()?;
        (!source.node.is_null()).then_some(source)
    }

    /// Returns the value of a key, unchecked, and notes in the ledger that it was read.
    pub fn value(&self, key: &'static str) -> Option<LayerValue<'t>> {
        self.ask(key);
        let source = self.source(key);
        self.note(key, source.map(LedgerValue::of));
        source
    }

    fn note(&self, key: &'static str, value: Option<LedgerValue>) {
        self.reader.note(|| {
            let layered = self.layered.field(key).map(|(_, layered)| layered);
            let shadowed = layered.map(|layered| layered.shadowed().map(LedgerValue::of).collect());
            let path = format!("{}{key}", self.prefix);
            let shadowed = shadowed.unwrap_or_default();
            LedgerEntry { kind: self.kind, key, path, value, shadowed }
        });
    }

    /// Reports a mistake in a value. A built-in value has no line: the report points at the map instead.
    pub fn reject(
        &self,
        source: LayerValue<'_>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let at = if source.layer == Layer::BuiltIn { self.home } else { source.node.at };
        self.reader.report(at, what, remedy);
    }

    /// Returns whether the inventory itself sets this key, and not only a built-in value.
    pub fn is_written(&self, key: &str) -> bool {
        self.source(key).is_some_and(|source| source.layer != Layer::BuiltIn)
    }

    /// Returns a text with its placeholders filled in. `None`: it names one that does not exist here.
    pub fn with_placeholders_filled(&self, text: &str) -> Option<String> {
        self.placeholders?.apply(text, &[]).ok()
    }

    /// Returns whether the key holds a map.
    pub fn is_map_at(&self, key: &str) -> bool {
        self.source(key).is_some_and(|source| matches!(source.node.value, Value::Map(_)))
    }

    fn report_wrong_kind(&self, key: &str, wanted: Wanted, source: LayerValue<'_>) {
        let what = format!("`{key}` wants {wanted}; {} is given", source.node.kind());
        self.reject(source, what, remedy::shape(key, wanted));
    }

    /// Allows a key that is read elsewhere.
    pub fn expect(&self, key: &'static str) {
        self.ask(key);
    }

    fn remedy(&self, key: &str, known: &[&str]) -> String {
        remedy::key(key, self.kind, known, self.reader.platforms())
    }

    /// Reports every key that was not read.
    pub fn finish(self) {
        let asked = self.asked.take();
        for (key, _) in self.layered.fields() {
            if !asked.contains(&key.text()) {
                let what = format!("`{}` is no key of {}", key.text(), remedy::section(self.kind));
                self.reader.report(key.at, what, self.remedy(key.text(), &asked));
            }
        }
    }
}
