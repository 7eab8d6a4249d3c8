//! Secrets whose values are known: those of the inventory and its templates, and those that were read during a run. They are
//! redacted in addition to values that are recognized by their names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::spec::Environment;
use crate::base::redact::{REDACTED, SecretSpan, is_name_of_secret, spans};

/// The minimum length of a known secret, in bytes. Shorter values occur in too many other places.
const SHORTEST: usize = 6;

/// Values that are known to be secrets. They are redacted wherever they occur, under any name. Clones share the values.
#[derive(Clone, Default)]
pub struct KnownSecrets(Arc<Mutex<BTreeMap<String, String>>>);

impl fmt::Debug for KnownSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownSecrets(****)")
    }
}

impl KnownSecrets {
    /// Returns the secrets in the inventory and its templates.
    pub fn of(environment: &Environment) -> Self {
        let known = Self::default();
        let members = || environment.apps.values().flat_map(|app| &app.members);
        for member in members() {
            for (name, value) in member.vars.iter().filter(|(name, _)| is_name_of_secret(name)) {
                known.add_as(name, value);
            }
            for text in member.platform.texts_with_secrets() {
                known.add_spans(&text);
            }
        }
        for hook in environment.apps.values().flat_map(|app| &app.hooks) {
            for text in hook.texts_with_secrets() {
                known.add_spans(&text);
            }
        }
        // The names of hosts and apps are on every screen, so they cannot be secrets.
        let mut open: Vec<&str> = vec![environment.name.as_str()];
        for member in members() {
            open.extend([member.app.as_str(), member.stack.as_str(), member.target.name()]);
            open.push(&member.address);
            open.extend(member.platform.public_names());
        }
        known.locked().retain(|value, _| !open.iter().any(|name| name.contains(value.as_str())));
        known
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a value, which is redacted from now on. If it has several lines, each line is redacted.
    pub fn add(&self, value: &str) {
        self.add_as("secret", value);
    }

    /// Adds everything in a text that looks like a secret. A placeholder is none.
    fn add_spans(&self, text: &str) {
        for span in spans(text) {
            let value = &text[span.at];
            if !(value.starts_with('{') && value.ends_with('}')) {
                self.add_as(&span.name, value);
            }
        }
    }

    fn add_as(&self, name: &str, value: &str) {
        let mut known = self.locked();
        let parts = value.lines().map(str::trim).filter(|part| part.len() >= SHORTEST);
        for part in parts.filter(|part| !part.contains("{{")) {
            known.entry(part.to_owned()).or_insert_with(|| name.to_owned());
        }
    }

    /// Returns every known secret in the text, and everything that looks like one, in order.
    pub fn spans(&self, text: &str) -> Vec<SecretSpan> {
        let known = self.locked();
        let mut found = spans(text);
        for (value, name) in known.iter() {
            found.extend(
                text.match_indices(value.as_str())
                    .map(|(at, value)| SecretSpan { name: name.clone(), at: at..at + value.len() }),
            );
        }
        // Of two that overlap, the one that starts first is kept, and then the longer one.
        found.sort_by_key(|span| (span.at.start, std::cmp::Reverse(span.at.end)));
        let mut end = 0;
        found.retain(|span| {
            let apart = span.at.start >= end;
            end = if apart { span.at.end } else { end };
            apart
        });
        found
    }

    /// Returns the text with every known secret redacted.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = self.locked();
        let mut shown = Cow::Borrowed(text);
        // The longest first, since one value may be part of another.
        let mut values: Vec<&String> =
            known.keys().filter(|value| text.contains(value.as_str())).collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        for value in values {
            shown = Cow::Owned(shown.replace(value.as_str(), REDACTED));
        }
        shown
    }

    /// Returns whether a known secret occurs in this JSON.
    pub fn appear_in(&self, json: &str) -> bool {
        let known = self.locked();
        known.keys().any(|value| {
            json.contains(value.as_str())
                || value.contains(['"', '\\', '\t'])
                    && serde_json::to_string(value)
                        .is_ok_and(|text| json.contains(text.trim_matches('"')))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_are_redacted_wherever_they_occur() {
        let known = KnownSecrets::default();
        known.add("s3\"cret-of-all\nand-its-second-line\n");
        known.add("short");
        assert_eq!(
            known.redact("x s3\"cret-of-all, short and-its-second-line"),
            "x ****, short ****"
        );
        assert!(known.appear_in(&serde_json::to_string("a s3\"cret-of-all").unwrap()));
        assert_eq!(format!("{known:?}"), "KnownSecrets(****)");
    }
}
