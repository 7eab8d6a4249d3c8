//! Maps under a key, and lists of maps.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Fields, Item};
use crate::base::yaml::{Key, Node, Value};
use crate::inventory::layer::{Laid, Layer, Source};
use crate::inventory::reader::{Said, Told};
use crate::inventory::scalar::FromScalar;

impl<'t> Fields<'_, 't> {
    /// Names of a kind, and texts: `vars`, `headers`.
    pub fn table<N: FromScalar>(&self, key: &'static str) -> BTreeMap<String, String> {
        let mut table = BTreeMap::new();
        let Some((_, laid)) = self.ask(key) else {
            self.note(key, None);
            return table;
        };
        if !self.is_filled_map(key, laid) {
            return table;
        }
        for (name, laid) in laid.fields() {
            if let Err(wrong) = N::read(&name.scalar) {
                self.reader.tell(name.at, wrong.what, wrong.remedy);
                continue;
            }
            let Some(source) = laid.top().filter(|source| !source.node.is_null()) else { continue };
            if let Value::Scalar(word) = &source.node.value {
                table.insert(name.text().to_owned(), word.text.clone());
            } else {
                self.tell_wrong_kind(name.text(), "a single value", source);
            }
            self.reader.note(|| Told {
                kind: self.kind,
                key,
                path: format!("{}{key}.{}", self.prefix, name.text()),
                value: Some(Said::of(source)),
                shadowed: laid.shadowed().map(Said::of).collect(),
            });
        }
        table
    }

    /// Nothing under a key is no mistake where nothing may be said.
    fn is_filled_map(&self, key: &str, laid: &Laid<'t>) -> bool {
        !laid.top().is_some_and(|source| source.node.is_null()) && self.is_map(key, laid)
    }

    fn is_map(&self, key: &str, laid: &Laid<'t>) -> bool {
        match laid.top() {
            Some(Source { node: Node { value: Value::Map(_), .. }, .. }) => true,
            Some(source) if source.node.is_null() => {
                let remedy = format!("write its keys indented under it, or remove `{key}:`");
                let at = self.laid.field(key).map_or(self.home, |(key, _)| key.at);
                self.reader.tell(at, format!("`{key}` is empty"), remedy);
                false
            }
            Some(source) => {
                self.tell_wrong_kind(key, "keys of its own under it", source);
                false
            }
            None => false,
        }
    }

    /// A map under a key. `None` where there is none, or none that can be read.
    pub fn section(&self, key: &'static str) -> Option<Fields<'_, 't>> {
        let Some((at, laid)) = self.ask(key) else {
            self.note(key, None);
            return None;
        };
        let home =
            if laid.top().is_some_and(|s| s.layer == Layer::BuiltIn) { self.home } else { at.at };
        self.is_map(key, laid).then(|| Fields {
            reader: self.reader,
            laid: Cow::Borrowed(laid),
            kind: key,
            prefix: format!("{}{key}.", self.prefix),
            home,
            complete: self.complete.as_ref().map(|_| format!("under `{}{key}`", self.prefix)),
            fill: self.fill,
            asked: RefCell::default(),
        })
    }

    /// The same, where `key: ~` says that there is none.
    pub fn optional_section(&self, key: &'static str) -> Option<Fields<'_, 't>> {
        if self.ask(key).is_some_and(|(_, laid)| laid.top().is_some_and(|s| s.node.is_null())) {
            self.note(key, None);
            return None;
        }
        self.section(key)
    }

    /// A map that is one whole layer. It may be empty.
    pub fn layer(&self, key: &'static str) -> Option<Fields<'_, 't>> {
        let (_, laid) = self.ask(key)?;
        if laid.top().is_some_and(|source| source.node.is_null()) {
            None
        } else {
            self.section(key)
        }
    }

    /// A list of maps, or of maps and words. Lists replace, so each map is whole.
    pub fn items(&self, key: &'static str) -> Vec<Item<'_, 't>> {
        let Some(source) = self.value(key) else { return Vec::new() };
        let Value::List(items) = &source.node.value else {
            self.tell_wrong_kind(key, "a list", source);
            return Vec::new();
        };
        let item = |(index, node): (usize, &'t Node)| match &node.value {
            Value::Scalar(word) => Some(Item::Word(word, Source { node, ..source })),
            Value::Map(entries) => Some(Item::Map(Fields {
                reader: self.reader,
                laid: Cow::Owned(Laid::of(node, source.layer)),
                kind: key,
                prefix: format!("{}{key}.{}.", self.prefix, index + 1),
                home: entries.first().map_or(node.at, |(key, _)| key.at),
                complete: Some(format!("in this item of `{}{key}`", self.prefix)),
                fill: self.fill,
                asked: RefCell::default(),
            })),
            _ => {
                self.tell_wrong_kind(
                    key,
                    "items with keys of their own",
                    Source { node, ..source },
                );
                None
            }
        };
        items.iter().enumerate().filter_map(item).collect()
    }

    /// A list of maps alone.
    pub fn maps(&self, key: &'static str) -> Vec<Fields<'_, 't>> {
        let map = |item| match item {
            Item::Map(fields) => Some(fields),
            Item::Word(_, source) => {
                self.tell_wrong_kind(key, "items with keys of their own", source);
                None
            }
        };
        self.items(key).into_iter().filter_map(map).collect()
    }

    /// A map whose keys are names that the inventory gives: hosts, groups, apps.
    pub fn named(&self, key: &'static str) -> Vec<(&'t Key, &'t Node)> {
        let Some((_, laid)) = self.ask(key) else {
            self.note(key, None);
            return Vec::new();
        };
        self.note(key, laid.top().map(Said::of));
        if !self.is_filled_map(key, laid) {
            return Vec::new();
        }
        let mut named = Vec::new();
        for (name, laid) in laid.fields() {
            let Some(source) = laid.top() else { continue };
            match source.node.value {
                Value::Map(_) | Value::Null => named.push((*name, source.node)),
                _ => self.tell_wrong_kind(name.text(), "keys of its own under it", source),
            }
        }
        named
    }

    /// A map that somebody else reads.
    pub fn map_node(&self, key: &'static str) -> Option<(&'t Key, &'t Node)> {
        let (at, laid) = self.ask(key)?;
        self.note(key, laid.top().map(Said::of));
        self.is_filled_map(key, laid).then(|| laid.top()).flatten().map(|source| (at, source.node))
    }
}
