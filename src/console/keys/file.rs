//! A person's own keys, from the text of their file. All mistakes are reported at once.

use std::path::Path;

use super::key::Key;
use super::{Bindings, rules};
use crate::base::problem::{Fault, Problems, Span};
use crate::base::suggest::did_you_mean;
use crate::base::yaml;
use crate::base::yaml::{Node, Value};
use crate::console::actions::{ACTIONS, Action, ActionId, find_action};

const SHAPE: &str = "write `action: key`, or `action: [key, key]`; a sign in quotes: `help: \"?\"`";

/// Former names of actions, which still work in a file.
const FORMER_NAMES: [(&str, &str); 3] =
    [("retry/look", "retry/observe"), ("look again", "observe"), ("message read", "dismiss")];

/// An action of the file, and where.
struct Given {
    at: Span,
    action: &'static Action,
    keys: Vec<Key>,
}

/// The keys of this file over those of the table.
pub fn read(path: &Path, text: &str) -> Result<Bindings, Problems> {
    let problems = |faults| Problems::in_file(faults, path, text);
    let mut faults = Vec::new();
    let mut given: Vec<Given> = Vec::new();
    for (name, node) in yaml::entries(text, SHAPE).map_err(problems)? {
        match one(&name, &node) {
            Ok(one) => given.push(one),
            Err(wrong) => faults.extend(wrong),
        }
    }
    let mut bindings = Bindings::default();
    for one in &given {
        bindings.bind(one.action.id, one.keys.clone());
    }
    // Conflicts can only be found in a file without other mistakes.
    if faults.is_empty() {
        faults = conflicts(&bindings, &given);
    }
    if faults.is_empty() { Ok(bindings) } else { Err(problems(faults)) }
}

fn one(name: &yaml::Key, node: &Node) -> Result<Given, Vec<Fault>> {
    let action = action(name).map_err(|fault| vec![fault])?;
    let text = name.text();
    let words = match &node.value {
        Value::List(items) => items.as_slice(),
        Value::Scalar(_) => std::slice::from_ref(node),
        Value::Null => &[],
        Value::Map(_) => return Err(vec![Fault::new(node.at, "this is no key", SHAPE)]),
    };
    let mut wrong = Vec::new();
    if words.is_empty() {
        let what = format!("`{text}` is left without a key");
        wrong.push(Fault::new(name.at, what, "give it one, or leave the line out"));
    }
    let mut keys = Vec::new();
    for word in words {
        match key(action, word) {
            Ok(key) if keys.contains(&key) => {
                let what = format!("`{}` is given to `{text}` twice", key.word());
                wrong.push(Fault::new(word.at, what, "once is enough"));
            }
            Ok(key) => keys.push(key),
            Err(fault) => wrong.push(fault),
        }
    }
    if wrong.is_empty() { Ok(Given { at: name.at, action, keys }) } else { Err(wrong) }
}

fn action(name: &yaml::Key) -> Result<&'static Action, Fault> {
    let text = name.text();
    let former = FORMER_NAMES.iter().find(|(old, _)| *old == text).map(|(_, now)| *now);
    let current = former.unwrap_or(text);
    ACTIONS.iter().find(|action| action.name == current).ok_or_else(|| {
        let remedy = did_you_mean(text, ACTIONS.iter().map(|action| action.name))
            .unwrap_or_else(|| "the console's help (`?`) has all names".to_owned());
        Fault::new(name.at, format!("there is no action `{text}`"), remedy)
    })
}

fn key(action: &Action, word: &Node) -> Result<Key, Fault> {
    let Value::Scalar(scalar) = &word.value else {
        return Err(Fault::new(word.at, "this is no key", SHAPE));
    };
    let text = &scalar.text;
    let Some(key) = Key::named(text) else {
        let words = Key::words();
        let remedy = did_you_mean(text, words.iter().map(String::as_str)).unwrap_or_else(|| {
            "a key is one letter or sign, or a word such as Ctrl-R, F5, Space or PgUp".to_owned()
        });
        return Err(Fault::new(word.at, format!("there is no key `{text}`"), remedy));
    };
    match rules::why_not(action, key) {
        Some((what, remedy)) => Err(Fault::new(word.at, what, remedy)),
        None => Ok(key),
    }
}

/// Returns a fault for each key with two meanings, with the positions of both.
fn conflicts(bindings: &Bindings, given: &[Given]) -> Vec<Fault> {
    let place_of =
        |id: ActionId| given.iter().find(|given| given.action.id == id).map(|given| given.at);
    let mut faults = Vec::new();
    let all: Vec<(ActionId, &[Key])> = bindings.all().collect();
    for (index, (id, keys)) in all.iter().enumerate() {
        for (other, others) in all.iter().skip(index + 1) {
            let (one, two) = (place_of(*id), place_of(*other));
            let later = one.into_iter().chain(two).max_by_key(|at| at.line);
            for key in keys.iter().filter(|key| others.contains(key)) {
                let at = later.unwrap_or(Span::START);
                faults.push(conflict(*key, at, (*id, one), (*other, two)));
            }
        }
    }
    faults.sort_by_key(|fault| fault.at.line);
    faults
}

fn conflict(
    key: Key,
    at: Span,
    one: (ActionId, Option<Span>),
    other: (ActionId, Option<Span>),
) -> Fault {
    let named = |(id, at): (ActionId, Option<Span>)| {
        let name = find_action(id).map_or("", |action| action.name);
        match at {
            Some(at) => format!("`{name}` (line {})", at.line),
            None => format!("`{name}` (its own key)"),
        }
    };
    let what = format!("`{}` is given to both {} and {}", key.word(), named(one), named(other));
    Fault::new(at, what, "give one of the two another key, in a line of its own")
}
