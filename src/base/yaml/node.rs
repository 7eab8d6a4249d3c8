//! The nodes of the tree.

use crate::base::problem::Span;
use crate::base::redact::{REDACTED, is_name_of_secret, redact};
use crate::base::secret_ref::SecretRef;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub at: Span,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No value, `~` or `null`.
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order of the file; no key twice.
    Map(Vec<(Key, Node)>),
}

/// A single value, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    pub text: String,
    /// Written without quotes, so that YAML may read more into it than text.
    pub plain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub at: Span,
    pub scalar: Scalar,
}

impl Key {
    pub fn text(&self) -> &str {
        &self.scalar.text
    }
}

impl Node {
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Returns the entries of a map; of any other value, none.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(k, _)| k.text() == key).map(|(_, node)| node)
    }

    /// Returns what kind of value it is, for a sentence such as "… is given".
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Scalar(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// Returns the node with everything redacted that looks like a secret. `name` is the key of this value.
    #[must_use]
    pub fn redacted(&self, name: &str) -> Self {
        let value = match &self.value {
            Value::Null => Value::Null,
            Value::Scalar(scalar) => {
                Value::Scalar(Scalar { text: redact_value(name, &scalar.text), ..scalar.clone() })
            }
            Value::List(items) => Value::List(items.iter().map(|it| it.redacted(name)).collect()),
            Value::Map(entries) => {
                let entry = |(key, node): &(Key, Self)| (key.clone(), node.redacted(key.text()));
                Value::Map(entries.iter().map(entry).collect())
            }
        };
        Self { value, ..self.clone() }
    }

    /// Returns the value on one line, as YAML would write it.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Null => "none".to_owned(),
            Value::Scalar(scalar) if scalar.text.is_empty() => "\"\"".to_owned(),
            Value::Scalar(scalar) => scalar.text.escape_debug().to_string().replace("\\'", "'"),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(Self::shown).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Map(entries) => {
                let pair = |(key, node): &(Key, Self)| format!("{}: {}", key.text(), node.shown());
                let pairs: Vec<String> = entries.iter().map(pair).collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }
}

/// Redacts a secret, but not a reference to one.
fn redact_value(name: &str, text: &str) -> String {
    let is_reference = SecretRef::try_from(text.to_owned()).is_ok();
    if !is_reference && is_name_of_secret(name) {
        let line = format!("{name}: {text}");
        let whole = text.is_empty() || (!text.contains('\n') && redact(&line) == line);
        return if whole { text.to_owned() } else { REDACTED.to_owned() };
    }
    redact(text)
}
