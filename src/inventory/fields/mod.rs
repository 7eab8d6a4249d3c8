//! Reading the keys of one map: each key is asked for by name and type, mistakes are told and
//! reading goes on. A key nobody asked for is a mistake too.

mod sections;
mod values;

use std::borrow::Cow;
use std::cell::RefCell;

use super::fill::Fill;
use super::layer::{Laid, Layer, Source};
use super::reader::{Reader, Said, Told};
use super::remedy;
use crate::base::problem::Span;
use crate::base::yaml::{Key, Node, Scalar, Value};

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
    Word(&'t Scalar, Source<'t>),
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
        self.wrong(source, what, remedy::shape(key, wanted));
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
                let what = format!("`{}` is no key of {}", key.text(), remedy::place(self.kind));
                self.reader.tell(key.at, what, remedy::key(key.text(), self.kind, &asked));
            }
        }
    }
}
