//! Marked YAML events become a [`Node`] tree. The parser is driven by hand, with its own stack, so that no file can make
//! it recurse without end.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};

use super::node::{Key, Node, Scalar, Value};
use super::scan_error;
use crate::base::problem::{Fault, Span};

/// Deeper than any file needs; shallow enough for recursion over the tree.
const DEEPEST: usize = 40;
/// Aliases may repeat what they point to, but not without end.
const MOST_NODES: usize = 500_000;

/// Returns the only document of the text; of an empty text, `Null`.
///
/// Faults that leave a tree behind (such as a repeated key) come with it, so that the rest can be checked too. Without a
/// tree there is at least one fault. `shape` tells how such a file is written, as a remedy.
pub fn parse(text: &str, shape: &str) -> (Option<Node>, Vec<Fault>) {
    let mut builder = Builder::new(shape);
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, marks) = match event {
            Ok(found) => found,
            Err(error) => {
                builder.faults.extend(scan_error::faults(text, shape, &error));
                return (None, builder.faults);
            }
        };
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                builder.faults.push(Fault::new(
                    span(&marks),
                    "a second document begins here",
                    "write one document: remove the `---` line",
                ));
                return (None, builder.faults);
            }
        }
        if let Err(fault) = builder.take(event, &marks) {
            builder.faults.push(fault);
            return (None, builder.faults);
        }
    }
    let nothing = Node { at: Span::START, value: Value::Null };
    (Some(builder.root.unwrap_or(nothing)), builder.faults)
}

/// Returns the entries of a file that is one flat list of `name: value`; of an empty file, none.
pub fn entries(text: &str, shape: &str) -> Result<Vec<(Key, Node)>, Vec<Fault>> {
    let (root, mut faults) = parse(text, shape);
    let entries = match root {
        None | Some(Node { value: Value::Null, .. }) => Vec::new(),
        Some(Node { value: Value::Map(entries), .. }) => entries,
        Some(node) => {
            faults.push(Fault::new(node.at, "this is no `name: value`", shape));
            Vec::new()
        }
    };
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

/// A list or map that is not closed yet.
struct Open {
    at: Span,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, key: Option<Key>, merged: Vec<Node> },
}

struct Builder<'s> {
    shape: &'s str,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    root: Option<Node>,
    faults: Vec<Fault>,
    nodes: usize,
}

fn span(marks: &Marks) -> Span {
    let one_line = marks.start.line() == marks.end.line();
    let width = if one_line { marks.end.col().saturating_sub(marks.start.col()) } else { 1 };
    Span::new(marks.start.line().max(1), marks.start.col() + 1, width.max(1))
}

impl<'s> Builder<'s> {
    fn new(shape: &'s str) -> Self {
        Self {
            shape,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            faults: Vec::new(),
            nodes: 0,
        }
    }

    fn take(&mut self, event: Event<'_>, marks: &Marks) -> Result<(), Fault> {
        let at = span(marks);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
                    let tag = format!("{}{}", tag.handle, tag.suffix);
                    return Err(Fault::new(
                        at,
                        format!("the YAML tag `{tag}` means nothing here"),
                        "remove the tag; put a value that starts with `!` in quotes",
                    ));
                }
                let plain = style == ScalarStyle::Plain;
                let null = plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let scalar = Scalar { text: text.into_owned(), plain };
                if self.wants_key() {
                    return self.key(Key { at, scalar });
                }
                let value = if null { Value::Null } else { Value::Scalar(scalar) };
                self.done(Node { at, value }, anchor, 1)
            }
            Event::SequenceStart(anchor, _) => self.begin(at, anchor, OpenKind::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let kind = OpenKind::Map { entries: Vec::new(), key: None, merged: Vec::new() };
                self.begin(at, anchor, kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) if !self.wants_key() => {
                    let weight = size(&node);
                    self.done(node, 0, weight)
                }
                Some(_) => Err(complex_key(at)),
                None => Err(Fault::new(
                    at,
                    "this alias stands inside the very value it points to",
                    "write the value out",
                )),
            },
            _ => Ok(()),
        }
    }

    /// Returns whether the innermost open collection is a map that waits for its next key.
    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: OpenKind::Map { key: None, .. }, .. }))
    }

    fn begin(&mut self, at: Span, anchor: usize, kind: OpenKind) -> Result<(), Fault> {
        if self.wants_key() {
            return Err(complex_key(at));
        }
        if self.open.len() >= DEEPEST {
            let what = format!("nested more than {DEEPEST} levels deep");
            return Err(Fault::new(at, what, self.shape));
        }
        self.open.push(Open { at, anchor, kind });
        Ok(())
    }

    fn key(&mut self, found: Key) -> Result<(), Fault> {
        let Some(Open { kind: OpenKind::Map { entries, key, .. }, .. }) = self.open.last_mut()
        else {
            return Ok(());
        };
        if found.text().is_empty() {
            return Err(Fault::new(found.at, "an empty key", "write a name before the `:`"));
        }
        if let Some((first, _)) = entries.iter().find(|(k, _)| k.text() == found.text()) {
            self.faults.push(Fault::new(
                found.at,
                format!(
                    "`{}` stands here a second time; first on line {}",
                    found.text(),
                    first.at.line
                ),
                "keep one of the two, and move what is under the other to it",
            ));
        }
        *key = Some(found);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(Open { at, anchor, kind }) = self.open.pop() else { return Ok(()) };
        let value = match kind {
            OpenKind::List(items) => Value::List(items),
            OpenKind::Map { mut entries, merged, .. } => {
                // The map's own entries win over those that it merges.
                for node in merged {
                    for (key, node) in node.entries() {
                        if !entries.iter().any(|(k, _)| k.text() == key.text()) {
                            entries.push((key.clone(), node.clone()));
                        }
                    }
                }
                Value::Map(entries)
            }
        };
        self.done(Node { at, value }, anchor, 1)
    }

    /// Puts a complete value into the collection that it belongs to. `weight` is how many nodes it consists of.
    fn done(&mut self, node: Node, anchor: usize, weight: usize) -> Result<(), Fault> {
        self.nodes += weight;
        if self.nodes > MOST_NODES {
            return Err(Fault::new(
                node.at,
                "this file holds far too much, counting what its aliases repeat",
                "use fewer aliases",
            ));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Map { entries, key, merged }) => {
                let Some(key) = key.take() else { return Ok(()) };
                if key.text() == "<<" && key.scalar.plain {
                    merged.extend(to_merge(key.at, node)?);
                } else if !entries.iter().any(|(k, _)| k.text() == key.text()) {
                    entries.push((key, node));
                }
            }
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar(_) => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|(_, node)| size(node)).sum::<usize>(),
    }
}

/// Returns the maps of `<<: *one` or `<<: [*one, *two]`; the first named wins.
fn to_merge(at: Span, node: Node) -> Result<Vec<Node>, Fault> {
    match node.value {
        Value::Map(_) => Ok(vec![node]),
        Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Map(_))) => {
            Ok(items)
        }
        _ => Err(Fault::new(at, "`<<` takes in maps only", "write `<<: *name` of an anchored map")),
    }
}

fn complex_key(at: Span) -> Fault {
    Fault::new(at, "a key must be a plain word", "write `name: value`")
}
