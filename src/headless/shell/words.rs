//! Quoted words of a script. Text from hosts is data in the script and never shell: every text is one quoted word.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::base::secret_ref::SecretRef;
use crate::base::shell::quote;
use crate::base::text::{clean_words, is_harmless};
use crate::domain::command::{Command, RunAs};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::plan::Plan;
use crate::domain::script::{ScriptCall, zero};

/// Returns one quoted word. What would act on a terminal that shows the script is written as octal numbers.
pub fn word(text: &str) -> String {
    let text = text.replace('\0', "");
    if is_harmless(&text) {
        return quote(&text);
    }
    // The shell removes newlines from the end of a command substitution.
    let body = text.trim_end_matches('\n');
    let newlines = &text[body.len()..];
    let end = if newlines.is_empty() { String::new() } else { quote(newlines) };
    let mut printed = String::new();
    for (index, byte) in body.bytes().enumerate() {
        match byte {
            // As the first one it would begin an option of `printf`.
            b'-' if index == 0 => printed.push_str("\\055"),
            b'\\' => printed.push_str("\\\\"),
            b'%' => printed.push_str("%%"),
            b'\'' => printed.push_str("\\047"),
            b'\n' | b' '..=b'~' => printed.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(printed, "\\{byte:03o}")),
        }
    }
    format!("\"$(printf '{printed}')\"{end}")
}

/// Returns text for a person as one quoted word on one line.
pub fn shown(text: &str) -> String {
    quote(&clean_words(text))
}

/// The secrets that must not be in a script, and the variables that replace them.
#[derive(Debug)]
pub struct Secrets {
    known: KnownSecrets,
    /// By value: the variable, and the value's name where it is stored.
    wanted: BTreeMap<String, (String, String)>,
}

impl Secrets {
    pub fn of(known: &KnownSecrets) -> Self {
        Self { known: known.clone(), wanted: BTreeMap::new() }
    }

    /// Returns the variables that a person must set, and the name of each value.
    pub fn wanted(&self) -> impl Iterator<Item = (&str, &str)> {
        self.wanted.values().map(|(variable, name)| (variable.as_str(), name.as_str()))
    }

    /// Returns one quoted word, with variables in place of secrets.
    pub fn word(&mut self, text: &str) -> String {
        let spans = self.known.spans(text);
        if spans.is_empty() {
            return word(text);
        }
        let (mut made, mut at) = (String::new(), 0);
        for span in spans {
            if at < span.at.start {
                made.push_str(&word(&text[at..span.at.start]));
            }
            let variable = self.variable(&span.name, &text[span.at.clone()]);
            // Writing to a String cannot fail.
            let _ = write!(made, "\"${{{variable}}}\"");
            at = span.at.end;
        }
        if at < text.len() {
            made.push_str(&word(&text[at..]));
        }
        made
    }

    /// Returns a command line for a host's shell, quoted as one word of this shell.
    pub fn line(&mut self, command: &Command) -> String {
        format!("{}{}", sudo(command.run_as), self.host_words(&command.words()))
    }

    /// Returns the same for the call of a script. The variable has its text, quoted for the host's shell.
    pub fn call(&mut self, command: &Command, call: &ScriptCall, variable: &str) -> String {
        let before =
            if call.before.is_empty() { String::new() } else { word(&quote(&call.before)) };
        let mut words = vec![zero(&command.name)];
        words.extend(call.argument_words());
        let (sudo, words) = (sudo(command.run_as), self.host_words(&words));
        format!("{sudo}'sh -c '{before}\"${variable}\"' '{words}")
    }

    /// Returns words of a line for a host's shell. The value of a variable is quoted for that shell when it is known.
    fn host_words(&mut self, words: &[String]) -> String {
        let mut made = String::new();
        let mut plain = String::new();
        for (index, text) in words.iter().enumerate() {
            plain.push_str(if index > 0 { " " } else { "" });
            if self.known.spans(text).is_empty() {
                plain.push_str(&quote(text));
            } else {
                if !plain.is_empty() {
                    made.push_str(&word(&std::mem::take(&mut plain)));
                }
                made.push_str(&format!("\"$(quoted {})\"", self.word(text)));
            }
        }
        if !plain.is_empty() {
            made.push_str(&word(&plain));
        }
        made
    }

    fn variable(&mut self, name: &str, value: &str) -> String {
        if let Some((variable, _)) = self.wanted.get(value) {
            return variable.clone();
        }
        let plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        let plain = format!("FLIPSIDE_{}", plain.trim_matches('_'));
        let taken = |variable: &str| self.wanted.values().any(|(taken, _)| taken == variable);
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|variable| !taken(variable));
        let variable = free.unwrap_or(plain);
        self.wanted.insert(value.to_owned(), (variable.clone(), name.to_owned()));
        variable
    }
}

fn sudo(run_as: RunAs) -> &'static str {
    match run_as {
        RunAs::LoginUser => "",
        RunAs::Root => "'sudo -n -- '",
    }
}

/// Returns shell code that prints a secret. The script contains no more of it than the inventory does.
pub fn reveal(secret: &SecretRef) -> String {
    match secret {
        SecretRef::Env(name) if is_variable(name) => {
            format!("printf '%s\\n' \"${{{name}?is not set}}\"")
        }
        SecretRef::Env(name) => format!("printenv -- {}", word(name)),
        SecretRef::File(path) => match path.strip_prefix("~/") {
            Some(rest) => format!("cat -- \"$HOME\"/{}", word(rest)),
            None => format!("cat -- {}", word(path)),
        },
        SecretRef::Command(line) => format!("sh -c {} </dev/null 2>/dev/null", word(line)),
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Returns the first lines of a script: what it does, and when it was planned.
pub fn head(plan: &Plan) -> String {
    let intent = &plan.intent;
    let release = intent.subject();
    format!(
        "#!/bin/sh\n# Flipside: {}{release}, {} in {}.\n# Planned {} by {} from what the hosts shown then (plan {}).\n",
        intent.phase.title(),
        intent.app,
        intent.environment,
        intent.asked_at.format("%Y-%m-%d %H:%M:%S UTC"),
        clean_words(&intent.by.to_string()),
        plan.basis,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sh(script: &str) -> Vec<u8> {
        std::process::Command::new("sh").arg("-c").arg(script).output().unwrap().stdout
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// The real `sh` is the judge of what a word means.
        #[test]
        fn a_word_is_what_it_was_and_shows_nothing_that_acts(text in "[^\0]{0,30}[\n\u{1b}'%\\\\]{0,3}") {
            let made = word(&text);
            prop_assert!(is_harmless(&made), "{made}");
            prop_assert_eq!(sh(&format!("printf %s {made}")), text.into_bytes());
        }
    }

    #[test]
    fn a_variable_stands_for_a_secret_here_and_on_the_host() {
        let mut secrets = Secrets::of(&KnownSecrets::default());
        let made = secrets.word("DB_PASSWORD: hunter2\nX: y\n");
        assert_eq!(made, "'DB_PASSWORD: '\"${FLIPSIDE_DB_PASSWORD}\"'\nX: y\n'");
        assert_eq!(secrets.wanted().collect::<Vec<_>>(), [("FLIPSIDE_DB_PASSWORD", "DB_PASSWORD")]);
        let line = secrets.line(&Command::new(["printf", "%s.", "--token=it's", "a b"]));
        assert!(!line.contains("it's"), "{line}");
        let prelude = include_str!("prelude.sh");
        let quoted = prelude.lines().find(|line| line.starts_with("quoted()")).unwrap();
        let script =
            format!("{quoted}\nFLIPSIDE___TOKEN=\"it's\" FLIPSIDE_TOKEN=\"it's\"\nsh -c {line}");
        assert_eq!(String::from_utf8(sh(&script)).unwrap(), "--token=it's.a b.");
    }
}
