//! Reads single values and lists of them.

use std::borrow::Cow;

use super::Fields;
use crate::base::yaml::{Node, Scalar, Value};
use crate::inventory::layer::{Layer, LayerValue};
use crate::inventory::reader::LedgerValue;
use crate::inventory::remedy::Wanted;
use crate::inventory::scalar::FromScalar;

impl<'t> Fields<'_, 't> {
    /// Returns one value. `None`: it is not set, or it is wrong, which is reported.
    pub fn get<T: FromScalar>(&self, key: &'static str) -> Option<T> {
        self.ask(key);
        let source = self.source(key);
        let Some(source) = source else {
            self.note(key, None);
            return None;
        };
        let Value::Scalar(word) = &source.node.value else {
            self.note(key, Some(LedgerValue::of(source)));
            if T::SECRET {
                let what = format!("`{key}` wants {}", T::WANTED);
                self.reader.report_masked(source.node.at, what, "write it on one line");
            } else {
                self.report_wrong_kind(key, Wanted::Value(T::WANTED), source);
            }
            return None;
        };
        let word = self.fill::<T>(key, word, source)?;
        self.note(key, Some(Self::ledger_value(&word, source)));
        self.read(key, &word, source)
    }

    /// Returns one value, or `default` if no layer sets it. `shown` is the default as an inventory would write it.
    pub fn or<T: FromScalar>(&self, key: &'static str, default: T, shown: &str) -> T {
        if self.source(key).is_some() {
            return self.get(key).unwrap_or(default);
        }
        self.ask(key);
        let value = Value::Scalar(Scalar { text: shown.to_owned(), plain: true });
        let node = Node { at: self.home, value };
        self.note(key, Some(LedgerValue { node, layer: Layer::BuiltIn.to_string(), line: None }));
        default
    }

    /// Returns a required value. `example` is a value for the remedy if it is missing.
    pub fn need<T: FromScalar>(&self, key: &'static str, example: &str) -> Option<T> {
        if self.source(key).is_none() {
            self.report_missing(key, example);
        }
        self.get(key)
    }

    pub fn report_missing(&self, key: &str, example: &str) {
        if let Some(place) = &self.complete {
            let what = format!("`{}{key}` is missing", self.prefix);
            self.reader.report(self.home, what, format!("write `{key}: {example}` {place}"));
        }
    }

    fn ledger_value(word: &Scalar, source: LayerValue<'_>) -> LedgerValue {
        let mut value = LedgerValue::of(source);
        value.node.value = Value::Scalar(word.clone());
        value
    }

    fn fill<T: FromScalar>(
        &self,
        key: &str,
        word: &'t Scalar,
        source: LayerValue<'t>,
    ) -> Option<Cow<'t, Scalar>> {
        let (Some(placeholders), Some(kept)) = (self.placeholders, T::PLACEHOLDERS) else {
            return Some(Cow::Borrowed(word));
        };
        match placeholders.apply(&word.text, kept) {
            Ok(text) => Some(Cow::Owned(Scalar { text, plain: word.plain })),
            Err(wrong) => {
                self.reject(source, format!("`{key}`: {}", wrong.what), wrong.remedy);
                None
            }
        }
    }

    fn read<T: FromScalar>(&self, key: &str, word: &Scalar, source: LayerValue<'_>) -> Option<T> {
        match T::read(word) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let what = format!("`{key}`: {}", wrong.what);
                if wrong.secret && source.layer != Layer::BuiltIn {
                    self.reader.report_masked(source.node.at, what, wrong.remedy);
                } else if source.layer == Layer::BuiltIn {
                    let remedy = format!("{}; or write another `{key}` here", wrong.remedy);
                    self.reject(source, what, remedy);
                } else {
                    self.reject(source, what, wrong.remedy);
                }
                None
            }
        }
    }

    /// Returns a list of values. One wrong element makes the list wrong.
    pub fn list<T: FromScalar>(&self, key: &'static str) -> Option<Vec<T>> {
        let source = self.value(key)?;
        let Value::List(items) = &source.node.value else {
            self.report_wrong_kind(key, Wanted::List, source);
            return None;
        };
        self.elements(key, items, source)
    }

    /// Returns a required list of at least one value.
    pub fn need_list<T: FromScalar>(&self, key: &'static str, example: &str) -> Option<Vec<T>> {
        if self.source(key).is_none() {
            self.report_missing(key, example);
        }
        let list = self.list(key)?;
        if list.is_empty() {
            if let Some(source) = self.source(key) {
                self.reject(
                    source,
                    format!("`{key}` is an empty list"),
                    format!("write e.g. `{key}: {example}`"),
                );
            }
            return None;
        }
        Some(list)
    }

    /// Returns a list of values; a single value may be written without brackets.
    pub fn one_or_more<T: FromScalar>(&self, key: &'static str) -> Option<Vec<T>> {
        let source = self.value(key)?;
        match &source.node.value {
            Value::List(items) => self.elements(key, items, source),
            _ => self.elements(key, std::slice::from_ref(source.node), source),
        }
    }

    fn elements<T: FromScalar>(
        &self,
        key: &str,
        items: &'t [Node],
        source: LayerValue<'t>,
    ) -> Option<Vec<T>> {
        let mut all = Some(Vec::new());
        for node in items {
            let source = LayerValue { node, ..source };
            let value = if let Value::Scalar(word) = &node.value {
                self.fill::<T>(key, word, source).and_then(|word| self.read(key, &word, source))
            } else {
                self.report_wrong_kind(key, Wanted::Value(T::WANTED), source);
                None
            };
            all = all.zip(value).map(|(mut all, value): (Vec<T>, T)| {
                all.push(value);
                all
            });
        }
        all
    }
}
