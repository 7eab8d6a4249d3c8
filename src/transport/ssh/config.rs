//! The user's own SSH configuration, for one server. `ssh -G` is asked what it means, since only
//! ssh(1) reads it exactly; where there is no `ssh`, [`reader`](super::reader) reads it.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::{Mutex, OnceCell, Semaphore};

use super::reader;
use super::settings::{Found, Settings, settle};
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

type Answer = Arc<OnceCell<Found>>;

/// Settings by server, each looked up once.
#[derive(Debug)]
pub struct Configs {
    around: Surroundings,
    answers: Mutex<Vec<(Question, Answer)>>,
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
            config: spec.config.clone(),
        };
        let answer = self.answer(&question).await;
        let found = answer.get_or_try_init(|| self.ask(&question)).await?;
        settle(spec, found, &self.around)
    }

    async fn answer(&self, question: &Question) -> Answer {
        let mut answers = self.answers.lock().await;
        if let Some((_, answer)) = answers.iter().find(|(asked, _)| asked == question) {
            return answer.clone();
        }
        let answer = Answer::default();
        answers.push((question.clone(), answer.clone()));
        answer
    }

    async fn ask(&self, question: &Question) -> Result<Found, String> {
        // A word that starts with a dash would be an option of `ssh`.
        if question.address.is_empty() || question.address.starts_with('-') {
            return Err(format!("{:?} is no address", question.address));
        }
        let Some(ssh) = &self.around.ssh else {
            return reader::read(&question.address, question.config.as_deref(), &self.around);
        };
        let _turn = self.running.acquire().await.map_err(|error| error.to_string())?;
        let mut command = Command::new(ssh);
        if let Some(config) = &question.config {
            command.arg("-F").arg(config);
        }
        if let Some(user) = &question.user {
            command.arg("-l").arg(user);
        }
        if let Some(port) = question.port {
            command.arg("-p").arg(port.to_string());
        }
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

/// Reads what `ssh -G` prints: a keyword in lower case, a space, the value to the end of the line.
fn printed(text: &str) -> Found {
    let mut found = Found::default();
    for line in text.lines() {
        let Some((keyword, value)) = line.split_once(' ') else { continue };
        let words = match keyword {
            "userknownhostsfile" | "globalknownhostsfile" => files(value),
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
mod tests {
    use super::*;

    #[test]
    fn what_ssh_prints_is_read_word_for_word() {
        let found = printed(
            "host w\nuser deploy\nhostname web.example\nport 2222\nidentityfile ~/.ssh/a\n\
             identityfile /keys/a b\nproxyjump bastion,inner\nstricthostkeychecking accept-new\n\
             userknownhostsfile /home/me/a b /home/me/c\n",
        );
        assert_eq!(found.host.as_deref(), Some("web.example"));
        assert_eq!(found.identities, ["~/.ssh/a", "/keys/a b"]);
        assert_eq!(found.jump.as_deref(), Some("bastion,inner"));
        assert_eq!(found.user_known_hosts.unwrap(), ["/home/me/a b", "/home/me/c"]);
    }
}
