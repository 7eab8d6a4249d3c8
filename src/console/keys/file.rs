//! A person's own keys, from the text of their file. All mistakes are told at once.

use std::fmt;

use super::yaml::{Entry, Word, entries};
use super::{Bindings, rules};
use crate::console::actions::{ACTIONS, Action, Verb, of_verb};
use crate::console::key::Key;
use crate::console::nearest::nearest;

/// One mistake, and what puts it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub line: usize,
    pub what: String,
    pub remedy: String,
}

impl Mistake {
    pub fn new(line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { line, what: what.into(), remedy: remedy.into() }
    }
}

/// To stand after the file's name and a colon.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The file is the person's own, but what is in it may have come from anywhere.
        let clean = |text: &str| crate::domain::text::clean_line(text.as_bytes());
        write!(f, "{}: {}\n  remedy: {}", self.line, clean(&self.what), clean(&self.remedy))
    }
}

/// An action of the file, and where.
struct Given {
    line: usize,
    action: &'static Action,
    keys: Vec<Key>,
}

/// The keys of this file over those of the table.
pub fn read(text: &str) -> Result<Bindings, Vec<Mistake>> {
    let entries = entries(text).map_err(|mistake| vec![mistake])?;
    let mut mistakes = Vec::new();
    let mut given: Vec<Given> = Vec::new();
    for entry in entries {
        match one(&entry, &given) {
            Ok(one) => given.push(one),
            Err(wrong) => mistakes.extend(wrong),
        }
    }
    let mut bindings = Bindings::default();
    for one in &given {
        bindings.bind(one.action.verb, one.keys.clone());
    }
    // Half a file says nothing sure of what clashes in the whole of it.
    if mistakes.is_empty() {
        mistakes = clashes(&bindings, &given);
    }
    if mistakes.is_empty() { Ok(bindings) } else { Err(mistakes) }
}

fn one(entry: &Entry, before: &[Given]) -> Result<Given, Vec<Mistake>> {
    let Word { line, text } = &entry.name;
    let action = action(*line, text).map_err(|mistake| vec![mistake])?;
    let mut wrong = Vec::new();
    if let Some(first) = before.iter().find(|given| given.action.verb == action.verb) {
        let what = format!("`{text}` was given its keys on line {} already", first.line);
        wrong.push(Mistake::new(*line, what, format!("write one line: `{text}: [key, key]`")));
    }
    if entry.keys.is_empty() {
        let what = format!("`{text}` is left without a key");
        wrong.push(Mistake::new(*line, what, "give it one, or leave the line out"));
    }
    let mut keys = Vec::new();
    for word in &entry.keys {
        match key(action, word) {
            Ok(key) if keys.contains(&key) => {
                let what = format!("`{}` is given to `{text}` twice", word.text);
                wrong.push(Mistake::new(word.line, what, "once is enough"));
            }
            Ok(key) => keys.push(key),
            Err(mistake) => wrong.push(mistake),
        }
    }
    if wrong.is_empty() { Ok(Given { line: *line, action, keys }) } else { Err(wrong) }
}

fn action(line: usize, name: &str) -> Result<&'static Action, Mistake> {
    ACTIONS.iter().find(|action| action.name == name).ok_or_else(|| {
        let remedy = match nearest(name, ACTIONS.iter().map(|action| action.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the console's help (`?`) has all names".to_owned(),
        };
        Mistake::new(line, format!("there is no action `{name}`"), remedy)
    })
}

fn key(action: &Action, word: &Word) -> Result<Key, Mistake> {
    let Some(key) = Key::named(&word.text) else {
        let words = Key::words();
        let remedy = match nearest(&word.text, words.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "a key is one letter or sign, or a word such as Ctrl-R, F5, Space or PgUp"
                .to_owned(),
        };
        return Err(Mistake::new(word.line, format!("there is no key `{}`", word.text), remedy));
    };
    match rules::why_not(action, key) {
        Some((what, remedy)) => Err(Mistake::new(word.line, what, remedy)),
        None => Ok(key),
    }
}

/// Keys with two meanings: both are told, with where each comes from.
fn clashes(bindings: &Bindings, given: &[Given]) -> Vec<Mistake> {
    let line_of =
        |verb: Verb| given.iter().find(|given| given.action.verb == verb).map(|given| given.line);
    let mut mistakes = Vec::new();
    let all: Vec<(Verb, &[Key])> = bindings.all().collect();
    for (index, (verb, keys)) in all.iter().enumerate() {
        for (other, others) in all.iter().skip(index + 1) {
            for key in keys.iter().filter(|key| others.contains(key)) {
                let line = line_of(*verb).max(line_of(*other)).unwrap_or(1);
                mistakes.push(clash(
                    *key,
                    line,
                    (*verb, line_of(*verb)),
                    (*other, line_of(*other)),
                ));
            }
        }
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    mistakes
}

fn clash(
    key: Key,
    line: usize,
    one: (Verb, Option<usize>),
    other: (Verb, Option<usize>),
) -> Mistake {
    let told = |(verb, line): (Verb, Option<usize>)| {
        let name = of_verb(verb).map_or("", |action| action.name);
        match line {
            Some(line) => format!("`{name}` (line {line})"),
            None => format!("`{name}` (its own key)"),
        }
    };
    let what = format!("`{}` is given to both {} and {}", key.word(), told(one), told(other));
    Mistake::new(line, what, "give one of the two another key, in a line of its own")
}
