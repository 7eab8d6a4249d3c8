//! Single values, and lists of them.

use std::borrow::Cow;

use super::Fields;
use crate::base::yaml::{Node, Scalar, Value};
use crate::inventory::layer::{Layer, Source};
use crate::inventory::reader::Said;
use crate::inventory::scalar::FromScalar;

impl<'t> Fields<'_, 't> {
    /// One value, if there is one and it is right.
    pub fn get<T: FromScalar>(&self, key: &'static str) -> Option<T> {
        self.ask(key);
        let source = self.source(key);
        let Some(source) = source else {
            self.note(key, None);
            return None;
        };
        let Value::Scalar(word) = &source.node.value else {
            self.note(key, Some(Said::of(source)));
            if T::SECRET {
                let what = format!("`{key}` wants {}", T::WANTED);
                self.reader.tell_masked(source.node.at, what, "write it on one line");
            } else {
                self.tell_wrong_kind(key, T::WANTED, source);
            }
            return None;
        };
        let word = self.fill_in::<T>(key, word, source)?;
        self.note(key, Some(Self::said(&word, source)));
        self.read(key, &word, source)
    }

    /// The same, or what it is when nobody says.
    pub fn or<T: FromScalar>(&self, key: &'static str, default: T, shown: &str) -> T {
        if self.source(key).is_some() {
            return self.get(key).unwrap_or(default);
        }
        self.ask(key);
        let value = Value::Scalar(Scalar { text: shown.to_owned(), plain: true });
        let node = Node { at: self.home, value };
        self.note(key, Some(Said { node, layer: Layer::BuiltIn.to_string(), line: None }));
        default
    }

    /// The same; without it nothing works. `example` is what a right line could look like.
    pub fn need<T: FromScalar>(&self, key: &'static str, example: &str) -> Option<T> {
        if self.source(key).is_none() {
            self.tell_missing(key, example);
        }
        self.get(key)
    }

    pub fn tell_missing(&self, key: &str, example: &str) {
        if let Some(place) = &self.complete {
            let what = format!("`{}{key}` is missing", self.prefix);
            self.reader.tell(self.home, what, format!("write `{key}: {example}` {place}"));
        }
    }

    fn said(word: &Scalar, source: Source<'_>) -> Said {
        let mut said = Said::of(source);
        said.node.value = Value::Scalar(word.clone());
        said
    }

    fn fill_in<T: FromScalar>(
        &self,
        key: &str,
        word: &'t Scalar,
        source: Source<'t>,
    ) -> Option<Cow<'t, Scalar>> {
        let (Some(fill), Some(kept)) = (self.fill, T::PLACEHOLDERS) else {
            return Some(Cow::Borrowed(word));
        };
        match fill.apply(&word.text, kept) {
            Ok(text) => Some(Cow::Owned(Scalar { text, plain: word.plain })),
            Err(wrong) => {
                self.wrong(source, format!("`{key}`: {}", wrong.what), wrong.remedy);
                None
            }
        }
    }

    fn read<T: FromScalar>(&self, key: &str, word: &Scalar, source: Source<'_>) -> Option<T> {
        match T::read(word) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let what = format!("`{key}`: {}", wrong.what);
                if wrong.secret && source.layer != Layer::BuiltIn {
                    self.reader.tell_masked(source.node.at, what, wrong.remedy);
                } else if source.layer == Layer::BuiltIn {
                    let remedy = format!("{}; or write another `{key}` here", wrong.remedy);
                    self.wrong(source, what, remedy);
                } else {
                    self.wrong(source, what, wrong.remedy);
                }
                None
            }
        }
    }

    /// A list of values. One wrong element makes the list wrong.
    pub fn list<T: FromScalar>(&self, key: &'static str) -> Option<Vec<T>> {
        let source = self.value(key)?;
        let Value::List(items) = &source.node.value else {
            self.tell_wrong_kind(key, "a list", source);
            return None;
        };
        self.elements(key, items, source)
    }

    /// A list of at least one value; without it nothing works.
    pub fn need_list<T: FromScalar>(&self, key: &'static str, example: &str) -> Option<Vec<T>> {
        if self.source(key).is_none() {
            self.tell_missing(key, example);
        }
        let list = self.list(key)?;
        if list.is_empty() {
            if let Some(source) = self.source(key) {
                self.wrong(
                    source,
                    format!("`{key}` is an empty list"),
                    format!("write e.g. `{key}: {example}`"),
                );
            }
            return None;
        }
        Some(list)
    }

    /// A list of values; a single one may stand without the brackets.
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
        source: Source<'t>,
    ) -> Option<Vec<T>> {
        let mut all = Some(Vec::new());
        for node in items {
            let source = Source { node, ..source };
            let value = if let Value::Scalar(word) = &node.value {
                self.fill_in::<T>(key, word, source).and_then(|word| self.read(key, &word, source))
            } else {
                self.tell_wrong_kind(key, T::WANTED, source);
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
