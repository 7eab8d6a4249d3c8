//! The methods to log in, and the order in which they are tried.

use std::collections::VecDeque;

use super::ask::Talk;
use super::config_values::ConfigValues;
use super::login::{Attempt, Login};
use super::settings::yes;
use super::typed::Typed;

/// How many methods a server may require in a row.
const MOST_FACTORS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Keys,
    /// The server asks its own questions: a password through PAM, a one-time code.
    Dialogue,
    Password,
}

/// The order of ssh(1). What it has besides (GSSAPI, host-based) is not done here.
const ALL: [Method; 3] = [Method::Keys, Method::Dialogue, Method::Password];

impl Method {
    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keys => "publickey",
            Self::Dialogue => "keyboard-interactive",
            Self::Password => "password",
        }
    }

    pub fn is_typed(self) -> bool {
        self != Self::Keys
    }
}

/// What the configuration allows, in the order it prefers.
pub fn settle(found: &ConfigValues) -> Vec<Method> {
    let mut methods: Vec<Method> = match &found.preferred {
        None => ALL.into(),
        Some(names) => names
            .split(',')
            .filter_map(|name| ALL.into_iter().find(|method| method.name() == name.trim()))
            .collect(),
    };
    methods.retain(|method| {
        let word = match method {
            Method::Keys => &found.public_keys,
            Method::Dialogue => &found.keyboard,
            Method::Password => &found.password,
        };
        !word.as_ref().is_some_and(|word| word == "no" || word == "false")
    });
    if yes(found.batch.as_ref()) {
        methods.retain(|method| !method.is_typed());
    }
    methods
}

impl Attempt<'_> {
    /// `Err` says what was tried and what the server would take.
    pub async fn login(
        mut self,
        typed: &mut Typed<'_>,
        mut talk: Option<Talk<'_>>,
    ) -> Result<Login, String> {
        let mut left: VecDeque<Method> = self.settings.methods.iter().copied().collect();
        if let Some(tried) = &typed.keys_refused {
            self.tried.clone_from(tried);
            left.retain(|method| method.is_typed());
        }
        let mut factors = 0;
        while let Some(method) = left.pop_front() {
            if method.is_typed()
                && self.remaining.is_none()
                && let Some(login) = self.methods().await?
            {
                return Ok(login);
            }
            if !self.offers(method) {
                continue;
            }
            self.partial = false;
            let login = match method {
                Method::Keys => self.keys().await?,
                Method::Dialogue => self.dialogue(typed, talk.as_mut()).await?,
                Method::Password => self.password(typed).await?,
            };
            if let Some(login) = login {
                return Ok(login);
            }
            if self.partial && factors < MOST_FACTORS {
                factors += 1;
                left = self.settings.methods.iter().copied().collect();
            } else if method == Method::Keys && self.offers(method) {
                typed.keys_refused = Some(self.tried.clone());
            }
        }
        Err(self.refused())
    }
}
