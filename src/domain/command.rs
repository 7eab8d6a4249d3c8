//! A command for a host, as a list of words. [`quote`] is the only place that makes shell words of it.
//!
//! Longer work is a *script*: a named, tested file of a platform that is sent as a whole and run as
//! `sh -c SCRIPT NAME ARGUMENTS…`. One script needs one round trip.

mod stdin;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::base::redact::{self, redact};
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The name on screen and in the journal: that of the script or of the program.
    pub name: String,
    /// The words as the remote program must see them, unquoted.
    #[serde(serialize_with = "written_words")]
    pub words: Vec<String>,
    #[serde(default)]
    pub stdin: Stdin,
    #[serde(default)]
    pub run_as: RunAs,
    /// Whether the command, once started, always runs to its end: no deadline, signal or abort interrupts it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_by_itself: bool,
}

impl Command {
    pub fn new(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let words: Vec<String> = words.into_iter().map(Into::into).collect();
        let name = words.first().cloned().unwrap_or_default();
        Self { name, words, stdin: Stdin::Empty, run_as: RunAs::LoginUser, ends_by_itself: false }
    }

    /// Returns the command that runs a script of a platform. `name` becomes its `$0`, so that `ps` shows it.
    pub fn script(name: &str, text: &str) -> Self {
        let words = ["sh".to_owned(), "-c".to_owned(), text.to_owned(), format!("flipside-{name}")];
        Self { name: name.to_owned(), words: words.into(), ..Self::new([""; 0]) }
    }

    #[must_use]
    pub fn arg(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    #[must_use]
    pub fn args(mut self, words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
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
        let words = self.words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
        match self.run_as {
            RunAs::LoginUser => words,
            RunAs::Root => format!("sudo -n -- {words}"),
        }
    }

    /// Returns the command line for a person, clean and with secrets redacted. A script is shown by its name and arguments,
    /// not by its text.
    pub fn summary(&self) -> String {
        let words = covered(&self.words);
        let shown = words.get(script_words(&self.words)..).unwrap_or_default();
        shown.iter().map(|word| quote(&shortened(&clean_words(word)))).collect::<Vec<_>>().join(" ")
    }
}

/// Shortens certificates, which are long and tell a reader nothing.
fn shortened(word: &str) -> String {
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
    if word.starts_with(CERTIFICATE) { format!("{CERTIFICATE} …") } else { word.to_owned() }
}

/// Returns how many words come before the name of a script.
fn script_words(words: &[String]) -> usize {
    match words {
        [sh, c, _text, _name, ..] if sh == "sh" && c == "-c" => 3,
        _ => 0,
    }
}

/// Returns the words with secrets redacted. The text of a script is part of Flipside and holds none.
fn covered(words: &[String]) -> Vec<String> {
    let own = script_words(words);
    let word = |(index, word): (usize, &String)| {
        let flag = index.checked_sub(1).and_then(|before| words[before].strip_prefix("--"));
        match flag.filter(|flag| redact::is_name_of_secret(flag) && !flag.contains('=')) {
            Some(_) if index > own => redact::REDACTED.to_owned(),
            _ if index < own => word.clone(),
            _ => redact(word),
        }
    };
    words.iter().enumerate().map(word).collect()
}

/// Writes the words down: covered, and a script of ours by the checksum of its text. Texts are long, the same on every
/// host, and of no use to a reader; the checksum says which one it was.
#[allow(clippy::ptr_arg)] // as serde calls it
fn written_words<S: Serializer>(words: &Vec<String>, out: S) -> Result<S::Ok, S::Error> {
    let mut written = covered(words);
    if script_words(words) > 0
        && let [_, _, text, ..] = written.as_mut_slice()
    {
        *text = format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(text.as_bytes())));
    }
    written.serialize(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn summary_shows_the_name_of_a_script() {
        let command = Command::script("switch", "echo \"$1\"").arg("a b");
        assert_eq!(command.summary(), "flipside-switch 'a b'");
        assert_eq!(command.line(), "sh -c 'echo \"$1\"' flipside-switch 'a b'");
    }

    #[test]
    fn secrets_are_in_the_command_line_but_not_in_what_is_recorded() {
        let command = Command::script("migrate", "password=$1")
            .args(["--token", "hunter2", "DB_PASSWORD=hunter2", "a\n\u{1b}[2Jb"])
            .stdin(Stdin::Text("DB_PASSWORD: hunter2\n".to_owned()));
        let recorded = [
            command.summary(),
            serde_json::to_string(&command).unwrap(),
            format!("{:?}", command.stdin),
        ];
        assert!(!recorded.concat().contains("hunter2"), "{recorded:#?}");
        assert_eq!(recorded[0], "flipside-migrate --token '****' 'DB_PASSWORD=****' 'a b'");
        assert!(
            !recorded[1].contains("password=$1"),
            "of a script's text only the checksum is written"
        );
        assert!(recorded[1].contains(r#""sh","-c","sha256:"#), "{}", recorded[1]);
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
