//! The last pass over everything that leaves the engine. It removes what controls a terminal, and every known secret, from
//! events, plans and errors.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::change::{Before, FileChange};
use super::known_secrets::KnownSecrets;
use super::plan::{Action, Plan, StepState};
use crate::base::text::{clean_text, clean_words, is_harmless};

/// Returns the value with clean text. A value that is clean already, as nearly all are, is returned unchanged.
pub fn scrub<T: Serialize + DeserializeOwned>(value: T, secrets: &KnownSecrets) -> T {
    let Ok(json) = serde_json::to_string(&value) else { return value };
    if !controls_terminal(&json) && !secrets.appear_in(&json) {
        return value;
    }
    let Ok(tree) = serde_json::from_str::<Value>(&json) else { return value };
    let with = |secrets: &KnownSecrets| {
        let mut tree = tree.clone();
        scrub_value(&mut tree, secrets);
        serde_json::from_value(tree).ok()
    };
    // A known secret may also be the name of a host, which cannot be redacted: the value would not parse any more. Then
    // only control characters are removed.
    with(secrets).or_else(|| with(&KnownSecrets::default())).unwrap_or(value)
}

/// Returns a plan with clean text for readers. Its commands stay unchanged to the byte, since scripts are made from them.
pub fn plan(mut plan: Plan, secrets: &KnownSecrets) -> Plan {
    let clean = |text: &mut String| *text = clean_words(&secrets.redact(text));
    plan.warnings.iter_mut().for_each(clean);
    plan.hooks.iter_mut().for_each(|hook| clean(&mut hook.title));
    plan.left_out.iter_mut().for_each(|left| clean(&mut left.why));
    for stage in &mut plan.stages {
        clean(&mut stage.name);
        for step in stage.tracks.iter_mut().flat_map(|track| &mut track.steps) {
            clean(&mut step.title);
            step.announce.iter_mut().for_each(clean);
            step.changes.iter_mut().for_each(|change| file(change, secrets));
            if let StepState::AlreadyDone(why) = &mut step.state {
                clean(why);
            }
            if let Action::Ask(question) = &mut step.action {
                clean(&mut question.text);
                question.hints.iter_mut().for_each(clean);
            }
        }
    }
    plan
}

fn file(change: &mut FileChange, secrets: &KnownSecrets) {
    let redact = |text: &mut String| *text = secrets.redact(text).into_owned();
    change.path = clean_words(&change.path);
    change.after.iter_mut().for_each(redact);
    match &mut change.before {
        Before::Says(text) | Before::Beside { text, .. } => redact(text),
        Before::Absent | Before::NotRead => {}
    }
}

/// Cleans every string of a JSON value.
pub fn scrub_value(value: &mut Value, secrets: &KnownSecrets) {
    match value {
        Value::String(text) => *text = words(text, secrets),
        Value::Array(values) => values.iter_mut().for_each(|value| scrub_value(value, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|value| scrub_value(value, secrets)),
        _ => {}
    }
}

/// Returns clean text.
pub fn words(text: &str, secrets: &KnownSecrets) -> String {
    clean_text(&secrets.redact(text)).into_owned()
}

/// Returns whether a string in this JSON controls a terminal. Characters below U+0020 appear in JSON as escapes.
pub fn controls_terminal(json: &str) -> bool {
    ["\\u", "\\r", "\\b", "\\f"].iter().any(|escape| json.contains(escape)) || !is_harmless(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::Outcome;

    #[test]
    fn scrub_removes_control_sequences_and_secrets_from_an_outcome() {
        let secrets = KnownSecrets::default();
        secrets.add("hunter2-and-more");
        let why =
            "exit 1: \u{1b}]52;c;aGFjaw==\u{7}no\u{202e}\rsuch \u{9b}2Jimage, hunter2-and-more";
        let wanted = Outcome::failed("exit 1: nosuch image, ****");
        assert_eq!(scrub(Outcome::failed(why), &secrets), wanted);
    }

    #[test]
    fn scrub_keeps_a_name_that_is_also_a_known_secret() {
        use crate::domain::names::HostName;
        let secrets = KnownSecrets::default();
        secrets.add("production");
        let value = (HostName::new("production").unwrap(), "a\u{1b}[2Jb".to_owned());
        let (name, words) = scrub(value, &secrets);
        assert_eq!((name.as_str(), words.as_str()), ("production", "ab"));
    }
}
