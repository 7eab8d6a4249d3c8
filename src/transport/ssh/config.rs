//! The user's own SSH configuration, for one server. Our own [`reader`] reads it; where that meets
//! anything it does not know for certain, `ssh -G` is asked, since only ssh(1) reads it exactly.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::{Mutex, OnceCell, Semaphore};

use super::expand::home;
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
        if !is_word(&question.address) {
            return Err(format!("{:?} is no address", question.address));
        }
        if let Some(user) = question.user.as_ref().filter(|user| !is_word(user)) {
            return Err(format!("{user:?} is no user name"));
        }
        let ours = reader::read(&question.address, question.config.as_deref(), &self.around);
        match (&self.around.ssh, ours) {
            (None, ours) => ours.map(|read| read.found),
            // Most configurations are, and two hundred questions would cost a second of CPU.
            (Some(_), Ok(read)) if read.plain => Ok(read.found),
            (Some(ssh), _) => self.ask_ssh(ssh, question).await,
        }
    }

    async fn ask_ssh(&self, ssh: &Path, question: &Question) -> Result<Found, String> {
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

    /// `ssh -G` is the judge of what our reader finds.
    #[tokio::test]
    async fn our_reader_and_ssh_settle_on_the_same() {
        let around = Surroundings::of_process();
        let Some(ssh) = around.ssh.clone() else {
            eprintln!("LEFT OUT: ssh is not installed, so our reader was compared with nothing");
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let included = dir.path().join("b.conf");
        std::fs::write(&included, "User included\nHost none\nPort 1\n").unwrap();
        let config = dir.path().join("config");
        for text in [
            "",
            "# only a comment\n",
            "Port 2222\nPort 3333\nUser first\nuser second\n",
            "Host x\n Port 1\nHost we? !web1\n Port 2\nHost w* \"quoted host\"\n\tPort=3\n",
            "Host *\n HostName %h.example\n IdentityFile ~/.ssh/a\n IdentityFile \"/b c/%h\"\n",
            "IdentityFile none\n",
            "ProxyJump a@b:22,c\nProxyCommand nc %h %p\n",
            "ProxyCommand nc %h %p | cat\nProxyJump b\n",
            "ProxyJump none\n",
            "UserKnownHostsFile /a ~/b\nGlobalKnownHostsFile none\n",
            "StrictHostKeyChecking no\nHashKnownHosts yes\nIdentitiesOnly yes\n",
            "IdentityAgent none\nCertificateFile ~/c\nHostKeyAlias Web\nPort 7 # seven\n",
            "BatchMode yes\nPasswordAuthentication no\n",
            "PubkeyAuthentication no\nNumberOfPasswordPrompts 1\n",
            "PreferredAuthentications password,publickey\nKbdInteractiveAuthentication no\n",
            "ChallengeResponseAuthentication no\n",
            "Include b.con?\nUser outer\n",
            "Host nobody\n Include b.conf\nHost *\n User outer\n",
        ] {
            let text = text.replace("Include ", &format!("Include {}/", dir.path().display()));
            std::fs::write(&config, &text).unwrap();
            let spec = spec(&config);
            let read = reader::read("web1", Some(&config), &around).unwrap();
            assert!(read.plain, "{text}");
            let ours = settle(&spec, &read.found, &around).unwrap();
            let configs = Configs::new(around.clone());
            let question = Question {
                address: "web1".to_owned(),
                user: None,
                port: None,
                config: Some(config.clone()),
            };
            let theirs = configs.ask_ssh(&ssh, &question).await.unwrap();
            let theirs = settle(&spec, &theirs, &around).unwrap();
            // The keys that ssh tries by itself are many, and differ between its versions.
            let (mut ours, mut theirs) = (ours, theirs);
            if read.found.identities.is_empty() {
                (ours.identities, theirs.identities) = (Vec::new(), Vec::new());
            }
            assert_eq!(ours, theirs, "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_ssh() {
        let around = Surroundings::of_process();
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config");
        for (text, plain) in [
            ("SendEnv LANG\nHost a\n  Port 1\n", Some(true)),
            ("Host a\n  CanonicalizeHostname yes\n", Some(false)),
            ("Host a\nMatch all\n", None),
        ] {
            std::fs::write(&config, text).unwrap();
            let read = reader::read("web1", Some(&config), &around);
            assert_eq!(read.ok().map(|read| read.plain), plain, "{text}");
        }
    }

    fn spec(config: &Path) -> SshSpec {
        SshSpec {
            address: "web1".to_owned(),
            port: None,
            user: None,
            jump: None,
            identities: Vec::new(),
            passphrase: None,
            known_hosts: None,
            config: Some(config.to_owned()),
            connect_timeout: Duration::from_secs(1),
            keepalive: Duration::from_secs(1),
        }
    }

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
