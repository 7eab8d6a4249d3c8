//! The little YAML that a theme needs, as a tree that remembers where each value stands.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

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
    /// In the order of the file; no key twice.
    Map(Vec<(Key, Node)>),
}

#[derive(Debug, Clone)]
pub struct Key {
    pub at: At,
    pub text: String,
}

/// Deeper than any theme is.
const DEEPEST: usize = 6;

type Found<'t> = Result<(Event<'t>, Span), ScanError>;

/// The only document of the text; `None` where there is nothing in it.
pub fn parse(text: &str) -> Result<Option<Node>, Fault> {
    let mut events = Parser::new_from_str(text);
    let mut root = None;
    while let Some(found) = events.next() {
        let (event, span) = found.map_err(|error| broken(text, &error))?;
        match event {
            Event::DocumentStart(_) if root.is_some() => {
                let remedy = "write one document: remove the `---` line";
                return Err(Fault::new(at(&span), "a second document begins here", remedy));
            }
            Event::Scalar(..)
            | Event::Alias(_)
            | Event::SequenceStart(..)
            | Event::MappingStart(..) => {
                root = Some(node(text, &mut events, event, &span, 0)?);
            }
            _ => {}
        }
    }
    Ok(root.filter(|root| !matches!(root.value, Value::Nothing)))
}

fn node<'t>(
    text: &str,
    events: &mut impl Iterator<Item = Found<'t>>,
    event: Event<'t>,
    span: &Span,
    depth: usize,
) -> Result<Node, Fault> {
    let at = at(span);
    if depth > DEEPEST {
        return Err(Fault::new(at, "nested too deeply", "see docs/console.md for the shape"));
    }
    let value = match event {
        Event::Scalar(word, style, ..) => {
            let nothing = style == ScalarStyle::Plain && matches!(word.as_ref(), "" | "~" | "null");
            if nothing { Value::Nothing } else { Value::Word(word.into_owned()) }
        }
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            while let Some((event, span)) = inner(text, events)? {
                items.push(node(text, events, event, &span, depth + 1)?);
            }
            Value::List(items)
        }
        Event::MappingStart(..) => Value::Map(entries(text, events, depth)?),
        _ => return Err(Fault::new(at, "aliases mean nothing here", "write the value out")),
    };
    Ok(Node { at, value })
}

fn entries<'t>(
    text: &str,
    events: &mut impl Iterator<Item = Found<'t>>,
    depth: usize,
) -> Result<Vec<(Key, Node)>, Fault> {
    let mut entries: Vec<(Key, Node)> = Vec::new();
    while let Some((event, span)) = inner(text, events)? {
        let Event::Scalar(word, ..) = event else {
            return Err(Fault::new(at(&span), "a key is a plain word", "write `name: value`"));
        };
        let key = Key { at: at(&span), text: word.into_owned() };
        if let Some((first, _)) = entries.iter().find(|(known, _)| known.text == key.text) {
            let line = first.at.line;
            let what = format!("`{}` stands here a second time; first on line {line}", key.text);
            return Err(Fault::new(key.at, what, "keep one of the two"));
        }
        let Some((event, span)) = inner(text, events)? else { break };
        entries.push((key, node(text, events, event, &span, depth + 1)?));
    }
    Ok(entries)
}

/// The next thing in a list or a map, until it is closed.
fn inner<'t>(
    text: &str,
    events: &mut impl Iterator<Item = Found<'t>>,
) -> Result<Option<(Event<'t>, Span)>, Fault> {
    match events.next() {
        None | Some(Ok((Event::SequenceEnd | Event::MappingEnd, _))) => Ok(None),
        Some(Ok(found)) => Ok(Some(found)),
        Some(Err(error)) => Err(broken(text, &error)),
    }
}

fn at(span: &Span) -> At {
    let one_line = span.start.line() == span.end.line();
    let width = if one_line { span.end.col().saturating_sub(span.start.col()) } else { 1 };
    At { line: span.start.line().max(1), column: span.start.col() + 1, width: width.max(1) }
}

/// The commonest way to break such a file is a bare `#rrggbb`: YAML takes it for a comment, and what
/// was to close the braces with it.
fn broken(text: &str, error: &ScanError) -> Fault {
    let bare = text.lines().enumerate().find_map(|(index, line)| {
        let column = line.find(": #")? + 2;
        let open = line.get(..column)?.contains('{');
        let column = line.get(..column)?.chars().count() + 1;
        open.then_some(At { line: index + 1, column, width: 7 })
    });
    if let Some(at) = bare {
        return Fault::new(at, "a `#` without quotes begins a comment", QUOTES);
    }
    let lines = text.lines().count().max(1);
    let (line, column) = (error.marker().line().clamp(1, lines), error.marker().col() + 1);
    let remedy = "compare the line and the one above it with docs/console.md";
    Fault::new(At { line, column, width: 1 }, format!("not YAML: {}", error.info()), remedy)
}

pub const QUOTES: &str = "put the color in quotes: \"#ff8800\"";
