//! Reading the keys of one map: each key is asked for by name and type, mistakes are told and
//! reading goes on. A key nobody asked for is a mistake too.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use super::fill::Fill;
use super::layer::{Laid, Layer, Source};
use super::node::{Key, Node, Value, Word};
use super::problem::Span;
use super::reader::{Reader, Said, Told};
use super::scalar::Scalar;
use super::suggest;

/// The keys of one map, several layers laid over each other.
#[derive(Debug)]
pub struct Fields<'a, 't> {
    reader: &'a Reader<'t>,
    laid: Cow<'a, Laid<'t>>,
    kind: &'static str,
    prefix: String,
    /// Where to point for what is missing.
    home: Span,
    /// Where a missing key could be written, in words. `None`: nothing is missing here, because
    /// this is one layer of several.
    complete: Option<String>,
    fill: Option<&'a Fill>,
    asked: RefCell<Vec<&'static str>>,
}

/// One element of a list that may hold maps.
#[derive(Debug)]
pub enum Item<'a, 't> {
    Word(&'t Word, Source<'t>),
    Map(Fields<'a, 't>),
}

impl<'a, 't> Fields<'a, 't> {
    /// Several layers laid over each other.
    pub fn of(reader: &'a Reader<'t>, kind: &'static str, laid: &'a Laid<'t>, home: Span) -> Self {
        Self::new(reader, kind, Cow::Borrowed(laid), home)
    }

    fn new(
        reader: &'a Reader<'t>,
        kind: &'static str,
        laid: Cow<'a, Laid<'t>>,
        home: Span,
    ) -> Self {
        Self {
            reader,
            laid,
            kind,
            prefix: String::new(),
            home,
            complete: None,
            fill: None,
            asked: RefCell::default(),
        }
    }

    /// One layer by itself: what is written must be right, but nothing is missing yet.
    pub fn of_layer(
        reader: &'a Reader<'t>,
        kind: &'static str,
        node: &'t Node,
        layer: Layer<'t>,
        home: Span,
    ) -> Self {
        Self::new(reader, kind, Cow::Owned(Laid::of(node, layer)), home)
    }

    /// All layers are here: what is missing is a mistake. `place` says where it could be written.
    #[must_use]
    pub fn complete(mut self, place: impl Into<String>) -> Self {
        self.complete = Some(place.into());
        self
    }

    /// One layer of several after all.
    #[must_use]
    pub fn partial(mut self) -> Self {
        self.complete = None;
        self
    }

    /// What placeholders stand for.
    #[must_use]
    pub fn filled(mut self, fill: &'a Fill) -> Self {
        self.fill = Some(fill);
        self
    }

    pub fn reader(&self) -> &'a Reader<'t> {
        self.reader
    }

    fn ask(&self, key: &'static str) -> Option<(&'t Key, &Laid<'t>)> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.laid.field(key)
    }

    /// Who set a key, if anybody did.
    pub fn source(&self, key: &str) -> Option<Source<'t>> {
        let source = self.laid.field(key)?.1.top()?;
        (!source.node.is_null()).then_some(source)
    }

    /// The value a key has, if it has one: nothing is told of it yet but that it was asked for.
    fn value(&self, key: &'static str) -> Option<Source<'t>> {
        self.ask(key);
        let source = self.source(key);
        self.note(key, source.map(Said::of));
        source
    }

    fn note(&self, key: &'static str, value: Option<Said>) {
        self.reader.note(|| {
            let laid = self.laid.field(key).map(|(_, laid)| laid);
            let shadowed = laid.map(|laid| laid.shadowed().map(Said::of).collect());
            let path = format!("{}{key}", self.prefix);
            let shadowed = shadowed.unwrap_or_default();
            Told { kind: self.kind, key, path, value, shadowed }
        });
    }

    /// Tell of a value. What is built in has no line: then the map itself is pointed at.
    pub fn wrong(&self, source: Source<'_>, what: impl Into<String>, remedy: impl Into<String>) {
        let at = if source.layer == Layer::BuiltIn { self.home } else { source.node.at };
        self.reader.tell(at, what, remedy);
    }

    /// Does a map stand under this key?
    pub fn is_map_at(&self, key: &str) -> bool {
        self.source(key).is_some_and(|source| matches!(source.node.value, Value::Map(_)))
    }

    fn tell_wrong_kind(&self, key: &str, wanted: &str, source: Source<'_>) {
        let what = format!("`{key}` wants {wanted}; {} is given", source.node.kind());
        self.wrong(source, what, suggest::shape(key, wanted));
    }

    /// One value, if there is one and it is right.
    pub fn get<T: Scalar>(&self, key: &'static str) -> Option<T> {
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
    pub fn or<T: Scalar>(&self, key: &'static str, default: T, shown: &str) -> T {
        if self.source(key).is_some() {
            return self.get(key).unwrap_or(default);
        }
        self.ask(key);
        let value = Value::Scalar(Word { text: shown.to_owned(), plain: true });
        let node = Node { at: self.home, value };
        self.note(key, Some(Said { node, layer: Layer::BuiltIn.to_string(), line: None }));
        default
    }

    /// The same; without it nothing works. `example` is what a right line could look like.
    pub fn need<T: Scalar>(&self, key: &'static str, example: &str) -> Option<T> {
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

    fn said(word: &Word, source: Source<'_>) -> Said {
        let mut said = Said::of(source);
        said.node.value = Value::Scalar(word.clone());
        said
    }

    fn fill_in<T: Scalar>(
        &self,
        key: &str,
        word: &'t Word,
        source: Source<'t>,
    ) -> Option<Cow<'t, Word>> {
        let (Some(fill), Some(kept)) = (self.fill, T::PLACEHOLDERS) else {
            return Some(Cow::Borrowed(word));
        };
        match fill.apply(&word.text, kept) {
            Ok(text) => Some(Cow::Owned(Word { text, plain: word.plain })),
            Err(wrong) => {
                self.wrong(source, format!("`{key}`: {}", wrong.what), wrong.remedy);
                None
            }
        }
    }

    fn read<T: Scalar>(&self, key: &str, word: &Word, source: Source<'_>) -> Option<T> {
        match T::read(word) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let what = format!("`{key}`: {}", wrong.what);
                if wrong.secret && source.layer != Layer::BuiltIn {
                    self.reader.tell_masked(source.node.at, what, wrong.remedy);
                } else {
                    self.wrong(source, what, wrong.remedy);
                }
                None
            }
        }
    }

    /// A list of values. One wrong element makes the list wrong.
    pub fn list<T: Scalar>(&self, key: &'static str) -> Option<Vec<T>> {
        let source = self.value(key)?;
        let Value::List(items) = &source.node.value else {
            self.tell_wrong_kind(key, "a list", source);
            return None;
        };
        self.elements(key, items, source)
    }

    /// A list of at least one value; without it nothing works.
    pub fn need_list<T: Scalar>(&self, key: &'static str, example: &str) -> Option<Vec<T>> {
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
    pub fn one_or_more<T: Scalar>(&self, key: &'static str) -> Option<Vec<T>> {
        let source = self.value(key)?;
        match &source.node.value {
            Value::List(items) => self.elements(key, items, source),
            _ => self.elements(key, std::slice::from_ref(source.node), source),
        }
    }

    fn elements<T: Scalar>(
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

    /// Names of a kind, and texts: `vars`, `headers`.
    pub fn table<N: Scalar>(&self, key: &'static str) -> BTreeMap<String, String> {
        let mut table = BTreeMap::new();
        let Some((_, laid)) = self.ask(key) else {
            self.note(key, None);
            return table;
        };
        if !self.is_filled_map(key, laid) {
            return table;
        }
        for (name, laid) in laid.fields() {
            if let Err(wrong) = N::read(&name.word) {
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

    /// Somebody else reads this key.
    pub fn expect(&self, key: &'static str) {
        self.ask(key);
    }

    /// Everything was asked for: what is left over is a mistake.
    pub fn finish(self) {
        let asked = self.asked.into_inner();
        for (key, _) in self.laid.fields() {
            if !asked.contains(&key.text()) {
                let what = format!("`{}` is no key of {}", key.text(), suggest::place(self.kind));
                self.reader.tell(key.at, what, suggest::key(key.text(), self.kind, &asked));
            }
        }
    }
}
