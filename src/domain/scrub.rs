//! The last pass over whatever is said: events, plans and errors leave the engine without anything that
//! acts on a terminal, and without a secret that is known.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::change::{Before, FileChange};
use super::known_secrets::KnownSecrets;
use super::plan::{Action, Plan, StepState};
use crate::base::text::{clean_text, clean_words, is_harmless};

/// The same, clean. What is clean already, as nearly everything is, is returned as it came.
pub fn scrub<T: Serialize + DeserializeOwned>(value: T, secrets: &KnownSecrets) -> T {
    let Ok(json) = serde_json::to_string(&value) else { return value };
    let (acts, tells) = (acts(&json), secrets.appear_in(&json));
    if !acts && !tells {
        return value;
    }
    let Ok(tree) = serde_json::from_str::<Value>(&json) else { return value };
    let with = |secrets: &KnownSecrets| {
        let mut tree = tree.clone();
        scrub_value(&mut tree, secrets);
        serde_json::from_value(tree).ok()
    };
    // A secret that is also a host's name, say, cannot be covered there: then it is none.
    with(secrets).or_else(|| with(&KnownSecrets::default())).unwrap_or(value)
}

/// The same for a plan that is shown. What it would have hosts do stays as it is, to the byte: a script
/// is made from it.
pub fn plan(mut plan: Plan, secrets: &KnownSecrets) -> Plan {
    let say = |text: &mut String| *text = clean_words(&secrets.redact(text));
    plan.warnings.iter_mut().for_each(say);
    plan.left_out.iter_mut().for_each(|left| say(&mut left.why));
    for stage in &mut plan.stages {
        say(&mut stage.name);
        for step in stage.tracks.iter_mut().flat_map(|track| &mut track.steps) {
            say(&mut step.title);
            step.announce.iter_mut().for_each(say);
            step.changes.iter_mut().for_each(|change| file(change, secrets));
            if let StepState::AlreadyDone(why) = &mut step.state {
                say(why);
            }
            if let Action::Ask(question) = &mut step.action {
                say(&mut question.text);
                question.hints.iter_mut().for_each(say);
            }
        }
    }
    plan
}

fn file(change: &mut FileChange, secrets: &KnownSecrets) {
    let cover = |text: &mut String| *text = secrets.redact(text).into_owned();
    change.path = clean_words(&change.path);
    change.after.iter_mut().for_each(cover);
    match &mut change.before {
        Before::Says(text) | Before::Beside { text, .. } => cover(text),
        Before::Absent | Before::NotRead => {}
    }
}

/// The same for JSON that is written out.
pub fn scrub_value(value: &mut Value, secrets: &KnownSecrets) {
    match value {
        Value::String(text) => *text = words(text, secrets),
        Value::Array(values) => values.iter_mut().for_each(|value| scrub_value(value, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|value| scrub_value(value, secrets)),
        _ => {}
    }
}

/// The same for words.
pub fn words(text: &str, secrets: &KnownSecrets) -> String {
    clean_text(&secrets.redact(text)).into_owned()
}

/// Returns whether words in this JSON act on a terminal; those below U+0020 stand in it as escapes.
pub fn acts(json: &str) -> bool {
    ["\\u", "\\r", "\\b", "\\f"].iter().any(|escape| json.contains(escape)) || !is_harmless(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::Outcome;

    #[test]
    fn an_outcome_keeps_its_words_and_nothing_else() {
        let secrets = KnownSecrets::default();
        secrets.learn("hunter2-and-more");
        let why =
            "exit 1: \u{1b}]52;c;aGFjaw==\u{7}no\u{202e}\rsuch \u{9b}2Jimage, hunter2-and-more";
        let wanted = Outcome::failed("exit 1: nosuch image, ****");
        assert_eq!(scrub(Outcome::failed(why), &secrets), wanted);
    }

    #[test]
    fn a_name_that_is_called_a_secret_stays_and_is_clean_beside() {
        use crate::domain::names::HostName;
        let secrets = KnownSecrets::default();
        secrets.learn("production");
        let value = (HostName::new("production").unwrap(), "a\u{1b}[2Jb".to_owned());
        let (name, words) = scrub(value, &secrets);
        assert_eq!((name.as_str(), words.as_str()), ("production", "ab"));
    }
}
