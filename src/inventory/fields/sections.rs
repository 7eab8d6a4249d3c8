//! Reads maps under a key, and lists of maps.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Fields, ListItem};
use crate::base::yaml::{Key, Node, Value};
use crate::inventory::layer::{Layer, LayerValue, Layered};
use crate::inventory::reader::{LedgerEntry, LedgerValue};
use crate::inventory::remedy::Wanted;
use crate::inventory::scalar::FromScalar;

impl<'t> Fields<'_, 't> {
    /// Returns a map of names to texts: `vars`, `headers`.
    pub fn table<N: FromScalar>(&self, key: &'static str) -> BTreeMap<String, String> {
        let single = self.named_texts::<N>(key, false).into_iter();
        single.filter_map(|(name, texts)| Some((name, texts.into_iter().next()?))).collect()
    }

    /// Returns a map of names to one text or a list of them.
    pub fn texts<N: FromScalar>(&self, key: &'static str) -> BTreeMap<String, Vec<String>> {
        self.named_texts::<N>(key, true)
    }

    fn named_texts<N: FromScalar>(
        &self,
        key: &'static str,
        lists: bool,
    ) -> BTreeMap<String, Vec<String>> {
        let mut table = BTreeMap::new();
        let Some((_, layered)) = self.ask(key) else {
            self.note(key, None);
            return table;
        };
        if !self.is_filled_map(key, layered) {
            return table;
        }
        for (name, layered) in layered.fields() {
            if let Err(wrong) = N::read(&name.scalar) {
                self.reader.report(name.at, wrong.what, wrong.remedy);
                continue;
            }
            let Some(source) = layered.top().filter(|source| !source.node.is_null()) else {
                continue;
            };
            if let Some(texts) = texts_of(source.node, lists) {
                table.insert(name.text().to_owned(), texts);
            } else {
                let wanted = if lists { "a value, or a list of values" } else { "a single value" };
                self.report_wrong_kind(name.text(), Wanted::Value(wanted), source);
            }
            self.reader.note(|| LedgerEntry {
                kind: self.kind,
                key,
                path: format!("{}{key}.{}", self.prefix, name.text()),
                value: Some(LedgerValue::of(source)),
                shadowed: layered.shadowed().map(LedgerValue::of).collect(),
            });
        }
        table
    }

    /// Returns whether the key holds a map; without reporting an empty one.
    fn is_filled_map(&self, key: &str, layered: &Layered<'t>) -> bool {
        !layered.top().is_some_and(|source| source.node.is_null()) && self.is_map(key, layered)
    }

    fn is_map(&self, key: &str, layered: &Layered<'t>) -> bool {
        match layered.top() {
            Some(LayerValue { node: Node { value: Value::Map(_), .. }, .. }) => true,
            Some(source) if source.node.is_null() => {
                let remedy = format!("write its keys indented under it, or remove `{key}:`");
                let at = self.layered.field(key).map_or(self.home, |(key, _)| key.at);
                self.reader.report(at, format!("`{key}` is empty"), remedy);
                false
            }
            Some(source) => {
                self.report_wrong_kind(key, Wanted::Section, source);
                false
            }
            None => false,
        }
    }

    /// Returns the map under a key. `None`: there is none, or it is not a map, which is reported.
    pub fn section(&self, key: &'static str) -> Option<Fields<'_, 't>> {
        let Some((at, layered)) = self.ask(key) else {
            self.note(key, None);
            return None;
        };
        let home = if layered.top().is_some_and(|s| s.layer == Layer::BuiltIn) {
            self.home
        } else {
            at.at
        };
        self.is_map(key, layered).then(|| Fields {
            reader: self.reader,
            layered: Cow::Borrowed(layered),
            kind: key,
            prefix: format!("{}{key}.", self.prefix),
            home,
            complete: self.complete.as_ref().map(|_| format!("under `{}{key}`", self.prefix)),
            placeholders: self.placeholders,
            asked: RefCell::default(),
        })
    }

    /// Returns the map under a key that may be switched off with `key: ~`.
    pub fn optional_section(&self, key: &'static str) -> Option<Fields<'_, 't>> {
        if self.ask(key).is_some_and(|(_, layered)| layered.top().is_some_and(|s| s.node.is_null()))
        {
            self.note(key, None);
            return None;
        }
        self.section(key)
    }

    /// Returns a map that is a whole layer. It may be empty.
    pub fn layer(&self, key: &'static str) -> Option<Fields<'_, 't>> {
        let (_, layered) = self.ask(key)?;
        if layered.top().is_some_and(|source| source.node.is_null()) {
            None
        } else {
            self.section(key)
        }
    }

    /// Returns a list of maps and single values. Lists replace, so each map is complete.
    pub fn items(&self, key: &'static str) -> Vec<ListItem<'_, 't>> {
        let Some(source) = self.value(key) else { return Vec::new() };
        let Value::List(items) = &source.node.value else {
            self.report_wrong_kind(key, Wanted::List, source);
            return Vec::new();
        };
        let item = |(index, node): (usize, &'t Node)| match &node.value {
            Value::Scalar(word) => Some(ListItem::Scalar(word, LayerValue { node, ..source })),
            Value::Map(entries) => Some(ListItem::Map(Fields {
                reader: self.reader,
                layered: Cow::Owned(Layered::of(node, source.layer)),
                kind: key,
                prefix: format!("{}{key}.{}.", self.prefix, index + 1),
                home: entries.first().map_or(node.at, |(key, _)| key.at),
                complete: Some(format!("in this item of `{}{key}`", self.prefix)),
                placeholders: self.placeholders,
                asked: RefCell::default(),
            })),
            _ => {
                self.report_wrong_kind(key, Wanted::Sections, LayerValue { node, ..source });
                None
            }
        };
        items.iter().enumerate().filter_map(item).collect()
    }

    /// Returns a list of maps.
    pub fn maps(&self, key: &'static str) -> Vec<Fields<'_, 't>> {
        let map = |item| match item {
            ListItem::Map(fields) => Some(fields),
            ListItem::Scalar(_, source) => {
                self.report_wrong_kind(key, Wanted::Sections, source);
                None
            }
        };
        self.items(key).into_iter().filter_map(map).collect()
    }

    /// Returns a map whose keys are names that the inventory chooses: hosts, groups, apps.
    pub fn named(&self, key: &'static str) -> Vec<(&'t Key, &'t Node)> {
        let Some((_, layered)) = self.ask(key) else {
            self.note(key, None);
            return Vec::new();
        };
        self.note(key, layered.top().map(LedgerValue::of));
        if !self.is_filled_map(key, layered) {
            return Vec::new();
        }
        let mut named = Vec::new();
        for (name, layered) in layered.fields() {
            let Some(source) = layered.top() else { continue };
            match source.node.value {
                Value::Map(_) | Value::Null => named.push((*name, source.node)),
                _ => self.report_wrong_kind(name.text(), Wanted::Section, source),
            }
        }
        named
    }

    /// Returns a map that is read elsewhere.
    pub fn map_node(&self, key: &'static str) -> Option<(&'t Key, &'t Node)> {
        let (at, layered) = self.ask(key)?;
        self.note(key, layered.top().map(LedgerValue::of));
        self.is_filled_map(key, layered)
            .then(|| layered.top())
            .flatten()
            .map(|source| (at, source.node))
    }
}

/// Returns the text of a value, or those of a list where one is allowed.
fn texts_of(node: &Node, lists: bool) -> Option<Vec<String>> {
    match &node.value {
        Value::Scalar(word) => Some(vec![word.text.clone()]),
        Value::List(items) if lists && !items.is_empty() => {
            let texts = items.iter().map(|item| texts_of(item, false));
            Some(texts.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
        }
        _ => None,
    }
}
