//! A command for a host: words, or the call of a script. [`quote`] is the only place that makes shell words of it.

mod stdin;

use serde::{Deserialize, Serialize, Serializer};

use super::script::{Parameters, ScriptCall};
use crate::base::redact;
use crate::base::shell::quote;
use crate::base::text::clean_words;

pub use stdin::{FilePart, SignedAddress, Stdin};

/// The user that a command runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunAs {
    #[default]
    LoginUser,
    /// Root, by `sudo -n`, which fails where it would have to ask for a password.
    Root,
}

/// What a command runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Invocation {
    /// The words as the remote program must see them, unquoted.
    Words(#[serde(serialize_with = "redacted")] Vec<String>),
    Script(ScriptCall),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Recorded")]
pub struct Command {
    /// The name on screen and in the journal: that of the script or of the program.
    pub name: String,
    #[serde(flatten)]
    pub invocation: Invocation,
    pub stdin: Stdin,
    pub run_as: RunAs,
    /// Whether the command, once started, always runs to its end: no deadline, signal or abort interrupts it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ends_by_itself: bool,
}

impl Command {
    pub fn new(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let words: Vec<String> = words.into_iter().map(Into::into).collect();
        let name = words.first().cloned().unwrap_or_default();
        Self::of(name, Invocation::Words(words))
    }

    /// Returns the command that runs a script, made of these parts.
    pub fn script(name: &str, parameters: Parameters, parts: &'static [&'static str]) -> Self {
        Self::of(name.to_owned(), Invocation::Script(ScriptCall::new(parameters, parts)))
    }

    fn of(name: String, invocation: Invocation) -> Self {
        let (stdin, run_as) = (Stdin::Empty, RunAs::LoginUser);
        Self { name, invocation, stdin, run_as, ends_by_itself: false }
    }

    #[must_use]
    pub fn arg(mut self, word: impl Into<String>) -> Self {
        match &mut self.invocation {
            Invocation::Words(words) => words.push(word.into()),
            Invocation::Script(call) => call.push(word.into()),
        }
        self
    }

    #[must_use]
    pub fn args(self, words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        words.into_iter().fold(self, Self::arg)
    }

    /// Puts a text before that of a script when it is sent. It is not recorded. Words stay as they are.
    #[must_use]
    pub fn after(mut self, text: &str) -> Self {
        if let Invocation::Script(call) = &mut self.invocation {
            call.before.insert_str(0, text);
        }
        self
    }

    /// Returns the words as the remote program must see them, unquoted.
    pub fn words(&self) -> Vec<String> {
        match &self.invocation {
            Invocation::Words(words) => words.clone(),
            Invocation::Script(call) => call.words(&self.name),
        }
    }

    #[must_use]
    pub fn stdin(mut self, stdin: Stdin) -> Self {
        self.stdin = stdin;
        self
    }

    #[must_use]
    pub fn run_as(mut self, run_as: RunAs) -> Self {
        self.run_as = run_as;
        self
    }

    /// Marks the command as one that runs to its end once it has started.
    #[must_use]
    pub fn ending_by_itself(mut self) -> Self {
        self.ends_by_itself = true;
        self
    }

    /// Returns the line that a POSIX shell reads back as exactly these words.
    pub fn line(&self) -> String {
        let words = self.words().iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
        match self.run_as {
            RunAs::LoginUser => words,
            RunAs::Root => format!("sudo -n -- {words}"),
        }
    }

    /// Returns the command line for a person, clean and with secrets redacted. A script is shown by its name and named
    /// arguments, not by its text.
    pub fn summary(&self) -> String {
        let words = match &self.invocation {
            Invocation::Words(words) => redact::words(words),
            Invocation::Script(call) => call.summary(&self.name),
        };
        words.iter().map(|word| quote(&clean_words(word))).collect::<Vec<_>>().join(" ")
    }
}

/// A command as journals have it. Those of earlier versions have a script as words, with or without its text.
#[derive(Deserialize)]
struct Recorded {
    name: String,
    #[serde(default)]
    words: Vec<String>,
    script: Option<ScriptCall>,
    #[serde(default)]
    stdin: Stdin,
    #[serde(default)]
    run_as: RunAs,
    #[serde(default)]
    ends_by_itself: bool,
}

impl From<Recorded> for Command {
    fn from(recorded: Recorded) -> Self {
        let Recorded { name, words, script, stdin, run_as, ends_by_itself } = recorded;
        let invocation = script
            .or_else(|| ScriptCall::of_words(&words))
            .map_or(Invocation::Words(words), Invocation::Script);
        Self { name, invocation, stdin, run_as, ends_by_itself }
    }
}

#[allow(clippy::ptr_arg)] // as serde calls it
fn redacted<S: Serializer>(words: &Vec<String>, out: S) -> Result<S::Ok, S::Error> {
    redact::words(words).serialize(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_in_the_command_line_but_not_in_what_is_recorded() {
        let command =
            Command::new(["migrate", "--token", "hunter2", "DB_PASSWORD=hunter2", "a\n\u{1b}[2Jb"])
                .stdin(Stdin::Text("DB_PASSWORD: hunter2\n".to_owned()));
        let recorded = [
            command.summary(),
            serde_json::to_string(&command).unwrap(),
            format!("{:?}", command.stdin),
        ];
        assert!(!recorded.concat().contains("hunter2"), "{recorded:#?}");
        assert_eq!(recorded[0], "migrate --token '****' 'DB_PASSWORD=****' 'a b'");
        assert!(recorded[1].contains(r#""words":["migrate","--token","****","#), "{}", recorded[1]);
        assert!(command.line().contains("hunter2"));
    }

    #[test]
    fn root_uses_sudo_without_a_password_prompt() {
        let command = Command::new(["nginx", "-t"]).run_as(RunAs::Root);
        assert_eq!(command.line(), "sudo -n -- nginx -t");
    }

    proptest! {
        /// Uses the real `sh` to read the quoted word back.
        #[test]
        fn sh_reads_back_every_word(word in "[^\0]{0,40}") {
            let line = Command::new(["printf", "%s", &word]).line();
            let out = std::process::Command::new("sh").arg("-c").arg(line).output().unwrap();
            prop_assert_eq!(String::from_utf8(out.stdout).unwrap(), word);
        }
    }
}
