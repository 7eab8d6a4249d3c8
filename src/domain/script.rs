//! The call of a script: a named, tested file of a platform that is sent whole and run as `sh -c TEXT NAME ARGUMENT…`.
//! One script needs one round trip.
//!
//! A script is recorded by the checksum of its text, which is long and the same on every host, and by its arguments, each
//! with the name that the script gives it.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::base::redact;

/// The names that a script gives its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameters {
    /// One after the other. Of a name that ends with `…` there may be many; the word `--` ends them.
    Positions(&'static [&'static str]),
    /// Each argument is `NAME=VALUE`, in any order.
    Settings(&'static [&'static str]),
}

impl Default for Parameters {
    fn default() -> Self {
        Self::Positions(&[])
    }
}

/// Part of one call of a script. What journals of earlier versions have is without names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    pub value: String,
}

/// The text of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptText {
    /// Its files: functions, and last the script itself.
    Parts(&'static [&'static str]),
    /// Only its checksum, read from a journal. Empty where the journal has none.
    Recorded(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Recorded")]
pub struct ScriptCall {
    /// What is put before the text when it is sent, such as the fence. It is not recorded.
    pub before: String,
    pub text: ScriptText,
    pub arguments: Vec<Argument>,
    parameters: Parameters,
    /// The position of the next argument among the names.
    next: usize,
}

/// The end of a list of arguments of the same name.
const END_OF_LIST: &str = "--";

/// What a script of a journal would run, since its text is not known. Nothing runs the commands of a journal.
const UNKNOWN_TEXT: &str = "echo 'the text of this script is not recorded' >&2; exit 70";

impl ScriptCall {
    pub fn new(parameters: Parameters, parts: &'static [&'static str]) -> Self {
        let text = ScriptText::Parts(parts);
        Self { before: String::new(), text, arguments: Vec::new(), parameters, next: 0 }
    }

    /// Reads the words of a script as journals of earlier versions have them. `None`: they are no script of ours.
    pub fn of_words(words: &[String]) -> Option<Self> {
        let [sh, c, text, name, arguments @ ..] = words else { return None };
        if sh != "sh" || c != "-c" || !name.starts_with("flipside-") {
            return None;
        }
        let sha256 = text.strip_prefix("sha256:").unwrap_or_default().to_owned();
        let unnamed = |value: &String| Argument { name: String::new(), value: value.clone() };
        Some(Recorded { sha256, arguments: arguments.iter().map(unnamed).collect() }.into())
    }

    /// Adds an argument as the script must see it. Its name follows from its position or is part of it.
    pub fn push(&mut self, word: String) {
        let argument = match self.parameters {
            Parameters::Settings(_) => match word.split_once('=') {
                Some((name, value)) => Argument { name: name.to_owned(), value: value.to_owned() },
                None => Argument { name: String::new(), value: word },
            },
            Parameters::Positions(names) => {
                Argument { name: self.position(names, &word), value: word }
            }
        };
        self.arguments.push(argument);
    }

    fn position(&mut self, names: &[&str], word: &str) -> String {
        if word == END_OF_LIST
            && let Some(end) = names.iter().skip(self.next).position(|name| *name == END_OF_LIST)
        {
            self.next += end + 1;
            return String::new();
        }
        let name = names.get(self.next).copied().unwrap_or_default();
        if let Some(many) = name.strip_suffix('…') {
            return many.to_owned();
        }
        self.next += 1;
        name.to_owned()
    }

    /// Returns the text of the script, without what is put before it.
    pub fn text(&self) -> String {
        match &self.text {
            ScriptText::Parts(parts) => parts.concat(),
            ScriptText::Recorded(_) => UNKNOWN_TEXT.to_owned(),
        }
    }

    pub fn sha256(&self) -> String {
        match &self.text {
            ScriptText::Recorded(sha256) => sha256.clone(),
            ScriptText::Parts(parts) => {
                let mut hash = Sha256::new();
                parts.iter().for_each(|part| hash.update(part));
                HEXLOWER.encode(&hash.finalize())
            }
        }
    }

    /// Returns the arguments as the script must see them.
    pub fn argument_words(&self) -> Vec<String> {
        let word = |argument: &Argument| match self.parameters {
            Parameters::Settings(_) if !argument.name.is_empty() => {
                format!("{}={}", argument.name, argument.value)
            }
            _ => argument.value.clone(),
        };
        self.arguments.iter().map(word).collect()
    }

    /// Returns the words of the command. The name becomes the script's `$0`, so that `ps` shows it.
    pub fn words(&self, name: &str) -> Vec<String> {
        let text = format!("{}{}", self.before, self.text());
        let mut words = vec!["sh".to_owned(), "-c".to_owned(), text, zero(name)];
        words.extend(self.argument_words());
        words
    }

    /// Returns the call for a person: name and arguments, with secrets redacted. Of arguments with the same name only the
    /// first one shows it.
    pub fn summary(&self, name: &str) -> Vec<String> {
        let mut words = vec![zero(name)];
        let mut last = String::new();
        for Argument { name, value } in self.redacted() {
            let value = shortened(&value);
            words.push(if name.is_empty() || name == last {
                value
            } else {
                format!("{name}={value}")
            });
            last = name;
        }
        words
    }

    fn redacted(&self) -> Vec<Argument> {
        let values: Vec<String> = self.arguments.iter().map(|it| it.value.clone()).collect();
        let names = self.arguments.iter().map(|it| it.name.clone());
        names.zip(redact::words(&values)).map(|(name, value)| Argument { name, value }).collect()
    }
}

/// Returns the `$0` of a script.
pub fn zero(name: &str) -> String {
    format!("flipside-{name}")
}

/// Shortens certificates, which are long and tell a reader nothing.
fn shortened(word: &str) -> String {
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
    if word.starts_with(CERTIFICATE) { format!("{CERTIFICATE} …") } else { word.to_owned() }
}

/// A call as journals have it.
#[derive(Serialize, Deserialize)]
struct Recorded {
    sha256: String,
    arguments: Vec<Argument>,
}

impl From<Recorded> for ScriptCall {
    fn from(recorded: Recorded) -> Self {
        Self {
            before: String::new(),
            text: ScriptText::Recorded(recorded.sha256),
            arguments: recorded.arguments,
            parameters: Parameters::default(),
            next: 0,
        }
    }
}

impl Serialize for ScriptCall {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        Recorded { sha256: self.sha256(), arguments: self.redacted() }.serialize(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::{Command, Invocation};

    const TEXT: &str = "echo \"$1\"; password=$2";

    fn migrate() -> Command {
        let names = Parameters::Positions(&["dir", "empty", "command…", "--", "file…"]);
        Command::script("migrate", names, &[TEXT]).args([
            "/srv/a b",
            "",
            "run",
            "--token",
            "hunter2",
            "--",
            "A_PASSWORD=hunter2",
        ])
    }

    #[test]
    fn a_script_is_recorded_by_its_checksum_and_named_arguments() {
        let recorded = serde_json::to_string(&migrate()).unwrap();
        assert!(!recorded.contains("hunter2") && !recorded.contains("echo"), "{recorded}");
        let sha256 = HEXLOWER.encode(&Sha256::digest(TEXT));
        let begins = format!(
            r#"{{"name":"migrate","script":{{"sha256":"{sha256}","arguments":[{{"name":"dir","value":"/srv/a b"}},"#
        );
        assert!(recorded.starts_with(&begins), "{recorded}");
        assert_eq!(
            migrate().summary(),
            "flipside-migrate 'dir=/srv/a b' empty= command=run --token '****' -- 'file=A_PASSWORD=****'"
        );
        let read: Command = serde_json::from_str(&recorded).unwrap();
        assert_eq!(read.summary(), migrate().summary());
        assert_eq!(serde_json::to_string(&read).unwrap(), recorded);
        assert!(!read.line().contains("hunter2"));
    }

    #[test]
    fn a_script_runs_as_it_is_called() {
        let line = format!(
            "sudo -n -- sh -c 'before\n{TEXT}' flipside-migrate '/srv/a b' '' run --token hunter2 -- A_PASSWORD=hunter2"
        );
        let command = migrate().after("before\n").run_as(crate::domain::command::RunAs::Root);
        assert_eq!(command.line(), line);
        let settings = Command::script("slot", Parameters::Settings(&["dir", "log"]), &["true"]);
        let settings = settings.args(["log=tail -f a=b", "dir="]);
        assert_eq!(settings.line(), "sh -c true flipside-slot 'log=tail -f a=b' dir=");
        let Invocation::Script(call) = settings.invocation else { panic!() };
        assert_eq!(call.arguments[0], Argument { name: "log".into(), value: "tail -f a=b".into() });
    }

    #[test]
    fn scripts_in_journals_of_earlier_versions_are_read() {
        for (text, sha256) in [("sha256:abc", "abc"), ("unset A\n# Put before…", "")] {
            let words = ["sh", "-c", text, "flipside-switch", "live", "/srv/shop"];
            let old = serde_json::json!({ "name": "switch", "words": words, "run_as": "root" });
            let read: Command = serde_json::from_value(old).unwrap();
            assert_eq!(read.summary(), "flipside-switch live /srv/shop");
            let Invocation::Script(call) = read.invocation else { panic!() };
            assert_eq!(call.sha256(), sha256);
        }
        let own = serde_json::json!({ "name": "sh", "words": ["sh", "-c", "true", "x"] });
        let read: Command = serde_json::from_value(own).unwrap();
        assert_eq!(read.line(), "sh -c true x");
    }
}
