//! The methods to log in, and the order that the configuration wants.

use super::config_values::{ConfigValues, yes};

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
