//! The user's own SSH configuration, for one server. Our own [`reader`] reads it; where that meets
//! anything it does not know for certain, `ssh -G` is asked, since only ssh(1) reads it exactly.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::{Mutex, OnceCell, Semaphore};

use super::config_values::{ConfigValues, FromSsh};
use super::expand::home;
use super::reader::{self, Read};
use super::settings::{Settings, settle};
use super::surroundings::Surroundings;
use crate::domain::spec::SshSpec;

/// `ssh -G` takes some 7 ms of one core each.
const AT_ONCE: usize = 8;
/// A `Match exec` in the configuration may run anything.
const LIMIT: Duration = Duration::from_secs(10);

/// What a question to the configuration depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    address: String,
    user: Option<String>,
    port: Option<u16>,
    config: Option<PathBuf>,
}

type SharedConfig = Arc<OnceCell<ConfigValues>>;

/// Settings by server, each looked up once.
#[derive(Debug)]
pub struct Configs {
    around: Surroundings,
    answers: Mutex<Vec<(Question, SharedConfig)>>,
    running: Semaphore,
}

impl Configs {
    pub fn new(around: Surroundings) -> Self {
        Self { around, answers: Mutex::default(), running: Semaphore::new(AT_ONCE) }
    }

    pub async fn settings(&self, spec: &SshSpec) -> Result<Settings, String> {
        let question = Question {
            address: spec.address.clone(),
            user: spec.user.clone(),
            port: spec.port,
            config: spec.config.clone().map(|config| self.there(config)),
        };
        let answer = self.answer(&question).await;
        let found = answer.get_or_try_init(|| self.ask(&question)).await?;
        settle(spec, found, &self.around)
    }

    /// A person's own configuration may be named and not be there: that is one without a word in it.
    fn there(&self, config: PathBuf) -> PathBuf {
        let path = home(&config, &self.around);
        let is_their_own = path == self.around.home.join(".ssh/config");
        if is_their_own && !path.exists() { PathBuf::from("none") } else { config }
    }

    async fn answer(&self, question: &Question) -> SharedConfig {
        let mut answers = self.answers.lock().await;
        if let Some((_, answer)) = answers.iter().find(|(asked, _)| asked == question) {
            return answer.clone();
        }
        let answer = SharedConfig::default();
        answers.push((question.clone(), answer.clone()));
        answer
    }

    async fn ask(&self, question: &Question) -> Result<ConfigValues, String> {
        if !is_word(&question.address) {
            return Err(format!("{:?} is no address", question.address));
        }
        if let Some(user) = question.user.as_ref().filter(|user| !is_word(user)) {
            return Err(format!("{user:?} is no user name"));
        }
        let ours = reader::read(&question.address, question.config.as_deref(), &self.around);
        match (&self.around.ssh, ours) {
            (None, Ok(Read { beyond: Some(what), .. })) => Err(format!(
                "{what} can only be understood by ssh itself; install the OpenSSH client, or name \
                 another file with `config:`"
            )),
            (None, ours) => ours.map(|read| read.found),
            // Most configurations are, and two hundred questions would cost a second of CPU.
            (Some(_), Ok(read)) if read.plain => Ok(read.found),
            (Some(ssh), _) => self.ask_ssh(ssh, question).await,
        }
    }

    async fn ask_ssh(&self, ssh: &Path, question: &Question) -> Result<ConfigValues, String> {
        let _turn = self.running.acquire().await.map_err(|error| error.to_string())?;
        let mut command = Command::new(ssh);
        if let Some(config) = &question.config {
            command.arg("-F").arg(home(config, &self.around));
        }
        if let Some(user) = &question.user {
            command.arg("-l").arg(user);
        }
        if let Some(port) = question.port {
            command.arg("-p").arg(port.to_string());
        }
        // What the token stands for comes back as the path of a socket that is never made.
        command.args(["-o", "ControlPath=/%C"]);
        // Without `-T` it remarks on the missing terminal.
        command.args(["-T", "-G", "--"]).arg(&question.address);
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(LIMIT, command.output())
            .await
            .map_err(|_| format!("`ssh -G` did not answer within {} s", LIMIT.as_secs()))?
            .map_err(|error| format!("`{} -G` could not be run: {error}", ssh.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`ssh -G {}` refused: {}", question.address, said.trim()));
        }
        Ok(printed(&String::from_utf8_lossy(&output.stdout)))
    }
}

/// Whether a name may stand on a command line: `ssh -G`'s, and that of a `ProxyCommand`, which a shell
/// reads. A leading dash would make it an option.
fn is_word(name: &str) -> bool {
    let harmless = |c: char| c.is_alphanumeric() || "-._:@%+~[]/".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(harmless)
}

/// Reads what `ssh -G` prints: a keyword in lower case, a space, the value to the end of the line.
fn printed(text: &str) -> ConfigValues {
    let mut found = ConfigValues { from_ssh: Some(FromSsh::default()), ..ConfigValues::default() };
    for line in text.lines() {
        let Some((keyword, value)) = line.split_once(' ') else { continue };
        let words = match keyword {
            "controlpath" => {
                let connection = value.strip_prefix('/').filter(|hash| !hash.contains('%'));
                found.from_ssh = Some(FromSsh { connection: connection.map(str::to_owned) });
                continue;
            }
            "userknownhostsfile" | "globalknownhostsfile" | "revokedhostkeys" => files(value),
            _ => vec![value.to_owned()],
        };
        found.set(keyword, words);
    }
    found
}

/// Several files stand on one line, and a space inside a name is not marked. Each name starts with
/// `/` or `~`, or is `none`; whatever does not belongs to the name before it.
fn files(value: &str) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for word in value.split(' ') {
        let starts = word.starts_with(['/', '~']) || word == "none";
        match files.last_mut() {
            Some(last) if !starts => {
                last.push(' ');
                last.push_str(word);
            }
            _ => files.push(word.to_owned()),
        }
    }
    files
}

#[cfg(test)]
mod tests;
