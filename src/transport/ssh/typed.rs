//! Logins that a person types: passwords, and answers to a server's questions. Nothing of them is stored on disk. An
//! accepted password stays in memory, so that a lost connection can be made again without asking.

use std::time::Duration;

use russh::client::KeyboardInteractiveAuthResponse as KeyboardResponse;
use russh::{MethodSet, client};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OwnedMutexGuard;

use super::ask::{Asker, Talk};
use super::handler::in_words;
use super::login::{Attempt, Login};
use super::methods::Method;
use crate::base::text::clean_line;
use crate::domain::names::HostName;
use crate::transport::AuthPrompt;

/// The most questions of a server in one login.
const ROUNDS: usize = 16;
/// The length at which a server's text is cut, so that it fits a card.
const LONGEST: usize = 300;

/// The state of one typed login, which may take several connections.
pub struct Typed<'a> {
    pub asker: &'a Asker,
    pub host: HostName,
    /// `user@address:port`.
    pub account: String,
    /// The keys that were tried, once the server has refused them all: they are not tried again.
    pub keys_refused: Option<Vec<String>>,
    /// The password to try next.
    pub password: Option<SecretString>,
    /// The number of wrong passwords.
    pub wrong: usize,
    /// The server has questions: the next connection is made when it is this host's turn.
    pub talks: bool,
    turn: Option<OwnedMutexGuard<()>>,
}

impl<'a> Typed<'a> {
    pub fn new(asker: &'a Asker, host: HostName, account: String) -> Self {
        let password = asker.known_password(&account);
        Self {
            asker,
            host,
            account,
            keys_refused: None,
            password,
            wrong: 0,
            talks: false,
            turn: None,
        }
    }

    /// Waits while another host's connection logs in to the same account, and uses its result.
    pub async fn take_turn(&mut self) {
        if self.turn.is_none() {
            self.turn = Some(self.asker.account(&self.account).await);
            self.password = self.asker.known_password(&self.account);
        }
    }

    fn forget(&mut self) {
        self.wrong += 1;
        self.asker.forget_password(&self.account);
    }
}

impl Attempt<'_> {
    /// Sends a password. This waits for the server, not for a person, so it has a limit.
    async fn answered<T>(
        limit: Duration,
        asked: impl Future<Output = Result<T, russh::Error>>,
    ) -> Result<T, String> {
        match tokio::time::timeout(limit, asked).await {
            Ok(answer) => answer.map_err(|error| in_words(&error)),
            Err(_) => Err("no answer".to_owned()),
        }
    }

    /// The methods that the server accepts, where no attempt has shown them.
    pub(super) async fn methods(&mut self) -> Result<Option<Login>, String> {
        let asked = self.handle.authenticate_none(&self.settings.user);
        let result = Self::answered(self.settings.connect_timeout, asked).await?;
        Ok(self.took(result))
    }

    /// Tries one password per connection. The person is asked while no connection is open.
    pub(super) async fn password(
        &mut self,
        typed: &mut Typed<'_>,
    ) -> Result<Option<Login>, String> {
        let limit = self.settings.connect_timeout;
        if let Some(password) = typed.password.take() {
            let user = self.settings.user.clone();
            let asked = self.handle.authenticate_password(user, password.expose_secret());
            let result = Self::answered(limit, asked).await?;
            self.tried.push("a password".to_owned());
            let login = self.took(result);
            if login.is_some() || self.partial {
                typed.asker.keep_password(&typed.account, password);
                return Ok(login);
            }
            typed.forget();
        }
        if typed.wrong >= self.settings.password_prompts {
            typed.asker.give_up(&typed.account);
        }
        if typed.asker.gave_up(&typed.account) {
            return Ok(None);
        }
        Ok(Some(Login::WantsPassword { otherwise: self.refused() }))
    }

    /// Answers the server's own questions. The server waits for the answers, so the person's turn was reserved before.
    pub(super) async fn dialogue(
        &mut self,
        typed: &mut Typed<'_>,
        talk: Option<&mut Talk<'_>>,
    ) -> Result<Option<Login>, String> {
        if typed.asker.gave_up(&typed.account) {
            return Ok(None);
        }
        let Some(talk) = talk else { return Ok(Some(Login::WantsTalk)) };
        let limit = self.settings.connect_timeout;
        for _ in 0..self.settings.password_prompts {
            let user = self.settings.user.clone();
            let asked = self.handle.authenticate_keyboard_interactive_start(user, None);
            let mut reply = Self::answered(limit, asked).await?;
            // Retained only if it was the only question: a one-time code is valid once.
            let mut only: Option<SecretString> = None;
            let mut rounds = 0;
            while let KeyboardResponse::InfoRequest { name, instructions, prompts } = reply {
                rounds += 1;
                if rounds > ROUNDS {
                    return Err("the server asks without end".to_owned());
                }
                let about = words([name.as_str(), instructions.as_str()]);
                let plain = rounds == 1 && asks_for_password(&prompts);
                let known = typed.password.take_if(|_| plain);
                let answers = match known {
                    Some(password) => vec![password],
                    None => match talk.answers(typed, &about, &prompts).await {
                        Some(answers) => answers,
                        None => return Err(self.refused_after(typed)),
                    },
                };
                // After the right answer PAM sends an empty request, which says nothing about the answer.
                if !prompts.is_empty() {
                    only = answers.first().filter(|_| plain).cloned();
                }
                let said = answers.iter().map(|answer| answer.expose_secret().to_owned());
                let asked = self.handle.authenticate_keyboard_interactive_respond(said.collect());
                reply = Self::answered(limit, asked).await?;
            }
            match reply {
                KeyboardResponse::Failure { ref remaining_methods, partial_success } => {
                    if rounds > 0 {
                        self.tried.push("answers to its questions".to_owned());
                    }
                    self.failed(remaining_methods, partial_success);
                }
                _ => self.partial = true,
            }
            if let Some(password) = only.filter(|_| self.partial) {
                typed.asker.keep_password(&typed.account, password);
            } else if rounds > 0 && !self.partial {
                typed.forget();
            }
            if matches!(reply, KeyboardResponse::Success) {
                return Ok(Some(Login::In));
            }
            // A server without questions is not asked again.
            if rounds == 0 || self.partial || !self.offers(Method::Dialogue) {
                return Ok(None);
            }
        }
        typed.asker.give_up(&typed.account);
        Ok(None)
    }

    pub(super) fn failed(&mut self, remaining: &MethodSet, partial: bool) {
        self.remaining = Some(remaining.iter().map(Into::into).collect());
        self.partial = partial;
        if partial && let Some(last) = self.tried.last_mut() {
            last.push_str(" (accepted, and the server wants more)");
        }
    }

    pub(super) fn offers(&self, method: Method) -> bool {
        self.remaining.as_ref().is_none_or(|names| names.contains(&method.name()))
    }

    fn refused_after(&self, typed: &Typed<'_>) -> String {
        typed.asker.give_up(&typed.account);
        self.refused()
    }
}

impl Talk<'_> {
    /// Asks the person. `None`: no answer.
    async fn answers(
        &mut self,
        typed: &Typed<'_>,
        about: &str,
        prompts: &[client::Prompt],
    ) -> Option<Vec<SecretString>> {
        let mut answers = Vec::new();
        for prompt in prompts {
            let asks = AuthPrompt::Answer {
                host: typed.host.clone(),
                account: typed.account.clone(),
                about: about.to_owned(),
                text: words([prompt.prompt.as_str()]),
                shown: prompt.echo,
            };
            answers.push(self.ask(asks).await?);
        }
        Some(answers)
    }
}

/// Returns whether this is PAM's own password question, and the only one.
fn asks_for_password(prompts: &[client::Prompt]) -> bool {
    match prompts {
        [one] => !one.echo && one.prompt.trim_end().to_ascii_lowercase().ends_with("password:"),
        _ => false,
    }
}

/// Returns a server's text, sanitized and on one line.
fn words<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let lines = parts.into_iter().flat_map(str::lines).map(|line| clean_line(line.as_bytes()));
    let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
    lines.join(" ").trim().chars().take(LONGEST).collect()
}
