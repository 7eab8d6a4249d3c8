//! The names in an inventory. They become parts of file names, project names and lock files, so each is checked once, here,
//! and is safe to use everywhere else.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    #[error("a {0} name may not be empty")]
    Empty(&'static str),
    #[error("a {kind} name may hold letters, digits, `.`, `_` and `-`; {found:?} may not be in it")]
    Character { kind: &'static str, found: char },
    #[error("a {0} name starts with a letter or a digit")]
    Start(&'static str),
    #[error("a {0} name may have at most {MAX} characters")]
    TooLong(&'static str),
}

const MAX: usize = 128;

/// Checks a name: `[A-Za-z0-9][A-Za-z0-9._-]*`, at most 128 characters.
fn check(kind: &'static str, text: &str) -> Result<(), BadName> {
    let first = text.chars().next().ok_or(BadName::Empty(kind))?;
    if !first.is_ascii_alphanumeric() {
        return Err(BadName::Start(kind));
    }
    if text.len() > MAX {
        return Err(BadName::TooLong(kind));
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || "._-".contains(*c))) {
        Some(found) => Err(BadName::Character { kind, found }),
        None => Ok(()),
    }
}

/// Defines one newtype for each kind of name, so that a host cannot be passed where an app is expected.
macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            pub fn new(text: impl Into<String>) -> Result<Self, BadName> {
                let text = text.into();
                check($kind, &text).map(|()| Self(text))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name!(
    /// The name of a set of hosts with its own rules, such as staging or production.
    EnvName,
    "environment"
);
name!(
    /// The name of a server in the inventory.
    HostName,
    "host"
);
name!(
    /// A target: a host, or an API that stands for many. No two targets of an environment share a name.
    TargetName,
    "target"
);
name!(
    /// The name of an app.
    AppName,
    "app"
);
name!(
    /// The name of a stack. Most apps have one, called `main`.
    StackName,
    "stack"
);
name!(
    /// One color of a pair: `blue`, `green`, or any other name.
    Color,
    "color"
);
name!(
    /// The id of one run: the name of its journal and the owner of its locks.
    RunId,
    "run"
);

impl From<HostName> for TargetName {
    fn from(host: HostName) -> Self {
        Self(host.0)
    }
}

impl StackName {
    /// Returns the name of the stack of an app that configures none.
    pub fn main() -> Self {
        Self("main".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_safe_in_a_path_are_accepted() {
        for good in ["web-01", "shop", "a", "web.example.org", "v1_2"] {
            assert!(HostName::new(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn names_that_could_escape_a_directory_or_a_shell_word_are_refused() {
        for bad in ["", "../etc", ".hidden", "-rf", "a b", "a/b", "a;b", "ä", "a\nb"] {
            assert!(HostName::new(bad).is_err(), "{bad:?}");
        }
    }
}
