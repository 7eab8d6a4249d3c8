//! Logins that a person types: passwords, and whatever a server asks. Nothing of it is written down.
//! A password that was taken is kept in memory, so that a connection that was lost comes back by
//! itself.

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

/// Questions of a server in one login. One that asks more keeps us for its own sake.
const ROUNDS: usize = 16;
/// Longer words of a server are cut: they must fit a card.
const LONGEST: usize = 300;

/// What was typed for one login, over as many connections as it takes.
pub struct Typed<'a> {
    pub asker: &'a Asker,
    pub host: HostName,
    /// `user@address:port`.
    pub account: String,
    /// What was tried with keys, once the server has refused them all: they need no second try.
    pub keys_refused: Option<Vec<String>>,
    /// To be tried next.
    pub password: Option<SecretString>,
    /// So many passwords were wrong.
    pub wrong: usize,
    /// The server wants to talk: the next connection is made when it is this host's turn.
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

    /// Waits while another host's connection logs in to the same account, and learns from it.
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
    /// Waits for the server, not for a person, so there is a limit.
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

    /// One password a connection: the person is asked while none is open.
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

    /// The server's own questions. It waits for the answers, so the person's turn came first.
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
            // Kept if it was the only thing that was asked: a code is good once only.
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
                // After the right answer PAM asks once more, and nothing: that says nothing of the answer.
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
            // Where it asks nothing, asking it again is no use.
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
    /// `None`: the person does not answer.
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

/// PAM's own question, where nothing else is asked.
fn asks_for_password(prompts: &[client::Prompt]) -> bool {
    match prompts {
        [one] => !one.echo && one.prompt.trim_end().to_ascii_lowercase().ends_with("password:"),
        _ => false,
    }
}

/// A server's words, clean and on one line.
fn words<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let lines = parts.into_iter().flat_map(str::lines).map(|line| clean_line(line.as_bytes()));
    let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
    lines.join(" ").trim().chars().take(LONGEST).collect()
}
