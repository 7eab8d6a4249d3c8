//! `name: key` and `name: [key, key]` lines, with the line of every word. Nothing else is one.

use saphyr_parser::{Event, Parser, ScanError};

use super::Mistake;

/// A word of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub line: usize,
    pub text: String,
}

/// One name, and what was given to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: Word,
    pub keys: Vec<Word>,
}

/// Where in the file one is.
enum Place {
    Outside,
    /// Between two entries.
    Map,
    /// After a name.
    Named(Word),
    /// In the list of a name.
    List(Entry),
}

pub fn entries(text: &str) -> Result<Vec<Entry>, Mistake> {
    let mut entries = Vec::new();
    let mut place = Place::Outside;
    for event in Parser::new_from_str(text) {
        let (event, marks) = event.map_err(|error| not_yaml(text, &error))?;
        let line = marks.start.line().max(1);
        let shape = || {
            let remedy = "write `action: key`, or `action: [key, key]`";
            Mistake::new(line, "the file holds actions and their keys, and nothing else", remedy)
        };
        place = match (place, event) {
            (
                place,
                Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Nothing,
            ) => place,
            (Place::Outside, Event::MappingStart(..)) if entries.is_empty() => Place::Map,
            // A file of comments is one empty value.
            (Place::Outside, Event::Scalar(text, ..)) if text.is_empty() => Place::Outside,
            (Place::Map, Event::MappingEnd) => Place::Outside,
            (Place::Map, Event::Scalar(text, ..)) => {
                Place::Named(Word { line, text: text.into_owned() })
            }
            (Place::Named(name), Event::Scalar(text, ..)) => {
                let key = Word { line, text: text.into_owned() };
                entries.push(Entry { name, keys: vec![key] });
                Place::Map
            }
            (Place::Named(name), Event::SequenceStart(..)) => {
                Place::List(Entry { name, keys: Vec::new() })
            }
            (Place::List(mut entry), Event::Scalar(text, ..)) => {
                entry.keys.push(Word { line, text: text.into_owned() });
                Place::List(entry)
            }
            (Place::List(entry), Event::SequenceEnd) => {
                entries.push(entry);
                Place::Map
            }
            _ => return Err(shape()),
        };
    }
    Ok(entries)
}

fn not_yaml(text: &str, error: &ScanError) -> Mistake {
    let line = error.marker().line().clamp(1, text.lines().count().max(1));
    let what = format!("this cannot be read as YAML: {}", error.info());
    Mistake::new(line, what, "put a key that is a sign in quotes: `help: \"?\"`")
}
