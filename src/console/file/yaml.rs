//! The little YAML that such a file needs, as a tree that remembers where each value stands.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::problem::{At, Fault};

#[derive(Debug)]
pub struct Node {
    pub at: At,
    pub value: Value,
}

#[derive(Debug)]
pub enum Value {
    /// Nothing at all, or `~`.
    Nothing,
    Word(String),
    List(Vec<Node>),
    Map(Entries),
}

/// In the order of the file; no key twice.
pub type Entries = Vec<(Key, Node)>;

#[derive(Debug, Clone)]
pub struct Key {
    pub at: At,
    pub text: String,
}

/// Deeper than any of these files is.
const DEEPEST: usize = 6;

/// What the file says. One that is empty, or all comments, says nothing. `shape` is how such a file is
/// written, for whoever wrote another.
pub fn entries(text: &str, shape: &str) -> Result<Entries, Fault> {
    match (Tree { text, shape, events: Parser::new_from_str(text) }).grow()? {
        None => Ok(Vec::new()),
        Some(Node { value: Value::Map(entries), .. }) => Ok(entries),
        Some(node) => Err(Fault::new(node.at, "this is no `name: value`", shape)),
    }
}

struct Tree<'t> {
    text: &'t str,
    shape: &'t str,
    events: Parser<'t, StrInput<'t>>,
}

impl<'t> Tree<'t> {
    /// The only document of the text; `None` where there is nothing in it.
    fn grow(mut self) -> Result<Option<Node>, Fault> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(_) if root.is_some() => {
                    let remedy = "write one document: remove the `---` line";
                    return Err(Fault::new(at(&span), "a second document begins here", remedy));
                }
                Event::Scalar(..)
                | Event::Alias(_)
                | Event::SequenceStart(..)
                | Event::MappingStart(..) => root = Some(self.node(event, &span, 0)?),
                _ => {}
            }
        }
        Ok(root.filter(|root| !matches!(root.value, Value::Nothing)))
    }

    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Fault> {
        self.events.next().transpose().map_err(|error| self.broken(&error))
    }

    /// The next thing in a list or a map, until it is closed.
    fn inner(&mut self) -> Result<Option<(Event<'t>, Span)>, Fault> {
        let next = self.next()?;
        Ok(next.filter(|(event, _)| !matches!(event, Event::SequenceEnd | Event::MappingEnd)))
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Node, Fault> {
        let at = at(span);
        if depth > DEEPEST {
            return Err(Fault::new(at, "nested too deeply", self.shape));
        }
        let value = match event {
            Event::Scalar(word, style, ..) => {
                let nothing =
                    style == ScalarStyle::Plain && matches!(word.as_ref(), "" | "~" | "null");
                if nothing { Value::Nothing } else { Value::Word(word.into_owned()) }
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                while let Some((event, span)) = self.inner()? {
                    items.push(self.node(event, &span, depth + 1)?);
                }
                Value::List(items)
            }
            Event::MappingStart(..) => Value::Map(self.map(depth)?),
            _ => return Err(Fault::new(at, "aliases mean nothing here", "write the value out")),
        };
        Ok(Node { at, value })
    }

    fn map(&mut self, depth: usize) -> Result<Entries, Fault> {
        let mut entries = Entries::new();
        while let Some((event, span)) = self.inner()? {
            let Event::Scalar(word, ..) = event else {
                return Err(Fault::new(at(&span), "a key is a plain word", self.shape));
            };
            let key = Key { at: at(&span), text: word.into_owned() };
            if let Some((first, _)) = entries.iter().find(|(known, _)| known.text == key.text) {
                let line = first.at.line;
                let what =
                    format!("`{}` stands here a second time; first on line {line}", key.text);
                return Err(Fault::new(key.at, what, "keep one of the two"));
            }
            let Some((event, span)) = self.inner()? else { break };
            entries.push((key, self.node(event, &span, depth + 1)?));
        }
        Ok(entries)
    }

    /// The commonest way to break such a file is a bare `#rrggbb`: YAML takes it for a comment, and what
    /// was to close the braces with it.
    fn broken(&self, error: &ScanError) -> Fault {
        let bare = self.text.lines().enumerate().find_map(|(index, line)| {
            let column = line.find(": #")? + 2;
            let open = line.get(..column)?.contains('{');
            let column = line.get(..column)?.chars().count() + 1;
            open.then_some(At { line: index + 1, column, width: 7 })
        });
        if let Some(at) = bare {
            return Fault::new(at, "a `#` without quotes begins a comment", QUOTES);
        }
        let lines = self.text.lines().count().max(1);
        let (line, column) = (error.marker().line().clamp(1, lines), error.marker().col() + 1);
        let what = format!("not YAML: {}", error.info());
        Fault::new(At { line, column, width: 1 }, what, self.shape)
    }
}

fn at(span: &Span) -> At {
    let one_line = span.start.line() == span.end.line();
    let width = if one_line { span.end.col().saturating_sub(span.start.col()) } else { 1 };
    At { line: span.start.line().max(1), column: span.start.col() + 1, width: width.max(1) }
}

pub const QUOTES: &str = "put the color in quotes: \"#ff8800\"";
