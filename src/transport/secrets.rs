//! Secrets are read where they are kept, at the moment of use. An error names the reference and
//! never what was found there.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use thiserror::Error;
use tokio::process::Command;

use crate::base::secret_ref::SecretRef;

/// A command that asks a password manager may ask a person in turn, but not for ever.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// A secret that could not be read. Neither part holds any of it.
#[derive(Debug, Error)]
#[error("the secret `{reference}` could not be read: {why}")]
pub struct SecretError {
    pub reference: SecretRef,
    #[source]
    pub why: Unreadable,
}

#[derive(Debug, Error)]
pub enum Unreadable {
    #[error("this environment variable is not set")]
    NotSet,
    #[error("it is not UTF-8 text")]
    NotText,
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the command did not end within {} s", COMMAND_LIMIT.as_secs())]
    Late,
    #[error("the command failed ({0}); try it in a shell")]
    Failed(ExitStatus),
}

/// Returns the secret itself.
pub async fn resolve(secret: &SecretRef) -> Result<SecretString, SecretError> {
    let text = match secret {
        SecretRef::Env(name) => from_env(name),
        SecretRef::File(path) => from_file(path).await,
        SecretRef::Command(line) => from_command(line).await,
    }
    .map_err(|why| SecretError { reference: secret.clone(), why })?;
    Ok(SecretString::from(without_newline(text)))
}

fn from_env(name: &str) -> Result<String, Unreadable> {
    match std::env::var(name) {
        Ok(text) => Ok(text),
        Err(std::env::VarError::NotPresent) => Err(Unreadable::NotSet),
        Err(std::env::VarError::NotUnicode(_)) => Err(Unreadable::NotText),
    }
}

async fn from_file(path: &str) -> Result<String, Unreadable> {
    let path = match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    };
    text_of(tokio::fs::read(path).await?)
}

async fn from_command(line: &str) -> Result<String, Unreadable> {
    // Its own words on standard error could hold the secret too, so they are not shown.
    let running = Command::new("sh")
        .arg("-c")
        .arg(line)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output =
        tokio::time::timeout(COMMAND_LIMIT, running).await.map_err(|_| Unreadable::Late)??;
    if !output.status.success() {
        return Err(Unreadable::Failed(output.status));
    }
    text_of(output.stdout)
}

fn text_of(bytes: Vec<u8>) -> Result<String, Unreadable> {
    String::from_utf8(bytes).map_err(|_| Unreadable::NotText)
}

fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    async fn read(reference: &str) -> Result<String, String> {
        let reference = SecretRef::try_from(reference.to_owned()).unwrap();
        let read = resolve(&reference).await.map(|secret| secret.expose_secret().to_owned());
        read.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn one_newline_at_the_end_is_not_part_of_it() {
        assert_eq!(read("command:printf 'a\\n\\n'").await.unwrap(), "a\n");
        assert_eq!(read("command:printf 'a\\r\\n'").await.unwrap(), "a");
        assert_eq!(read("command:printf ' a '").await.unwrap(), " a ");
    }

    #[tokio::test]
    async fn a_file_is_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        assert_eq!(read(&format!("file:{}", path.display())).await.unwrap(), "s3cret");
    }

    #[tokio::test]
    async fn an_error_names_the_reference_and_never_the_content() {
        let why = read("command:echo hunter2; echo hunter2 >&2; exit 3").await.unwrap_err();
        assert!(why.contains("`command:echo"), "{why}");
        assert!(why.contains("exit status: 3"), "{why}");
        let why = read("command:printf 'hunter2\\377'").await.unwrap_err();
        assert!(!why.replace("command:printf 'hunter2", "").contains("hunter2"), "{why}");
        let why = read("env:FLIPSIDE_NO_SUCH_VARIABLE").await.unwrap_err();
        assert!(why.contains("env:FLIPSIDE_NO_SUCH_VARIABLE"), "{why}");
    }
}
