//! What went wrong with a registry, in words for a person: which host, what it was asked for, what to do.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::reference::Reference;
use super::wire::{Answer, Failure, FailureKind};
use crate::base::text::clean_line;
use crate::domain::catalog::{RegistryError, RegistryErrorKind};

/// A registry's own words are cut after so many letters.
const SAID: usize = 200;

/// One thing that is asked for, for the words of whatever goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a Reference,
    /// `the tags of shop`
    pub asked: &'a str,
}

impl About<'_> {
    pub fn trouble(
        &self,
        kind: RegistryErrorKind,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> RegistryError {
        RegistryError {
            kind,
            registry: self.reference.registry.clone(),
            asked: self.asked.to_owned(),
            why: why.into(),
            remedy: remedy.into(),
        }
    }

    /// It answered, and with nonsense.
    pub fn broken(&self, why: impl Into<String>) -> RegistryError {
        self.trouble(
            RegistryErrorKind::InvalidAnswer,
            why,
            "is there a registry at that address, and not something else?",
        )
    }

    /// It did not answer.
    pub fn failed(&self, failure: Failure) -> RegistryError {
        let (kind, remedy) = match failure.kind {
            FailureKind::Name => (
                RegistryErrorKind::Unreachable,
                "check the name in `image`, and this machine's DNS or VPN".to_owned(),
            ),
            FailureKind::Refused => {
                (RegistryErrorKind::Unreachable, "does the registry run, and is its port the right one?".to_owned())
            }
            FailureKind::Silent => (
                RegistryErrorKind::Unreachable,
                "check the way there from this machine: VPN, proxy, firewall".to_owned(),
            ),
            FailureKind::NotTls => (
                RegistryErrorKind::Untrusted,
                "if it speaks HTTP without TLS, say `plain_http_registry: true` in the inventory".to_owned(),
            ),
            FailureKind::Tls => (
                RegistryErrorKind::Untrusted,
                "let this machine trust the authority of its certificate: the system's store, or SSL_CERT_FILE".to_owned(),
            ),
            FailureKind::TooMuch | FailureKind::Astray => {
                (RegistryErrorKind::InvalidAnswer, "ask whoever runs the registry".to_owned())
            }
            FailureKind::Other => (RegistryErrorKind::Unreachable, "try it again, or ask with `curl -v`".to_owned()),
        };
        self.trouble(kind, failure.why, remedy)
    }

    /// It answered, and not with what it was asked for. A 401 is told by whoever knows the login.
    pub fn refused(&self, answer: &Answer) -> RegistryError {
        let registry = &self.reference.registry;
        let said = said(answer);
        match answer.status {
            403 => self.trouble(
                RegistryErrorKind::Denied,
                format!("this login may not read it (403){said}"),
                format!("ask for the right to pull {}, or `docker login {registry}` as somebody who may", self.reference.repository),
            ),
            404 => self.trouble(
                RegistryErrorKind::NotFound,
                format!("it has no such thing, or hides it from this login (404){said}"),
                "check the name in `image`",
            ),
            429 => {
                let wait = answer.header("retry-after").and_then(pause);
                let (why, remedy) = match wait {
                    Some(wait) => (format!("it has been asked too often (429){said}"), format!("it wants to be left alone for {} s", wait.as_secs())),
                    None => (format!("it has been asked too often (429){said}"), "wait a while; a login often allows more".to_owned()),
                };
                self.trouble(RegistryErrorKind::RateLimited(wait), why, remedy)
            }
            status @ 500..=599 => self.trouble(
                RegistryErrorKind::InvalidAnswer,
                format!("it failed ({status}){said}"),
                "try it again; if that does not help, ask whoever runs it",
            ),
            status => self.broken(format!("it answered {status}{said}")),
        }
    }
}

/// `Retry-After`: seconds, or a date.
fn pause(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc);
    Some((until - Utc::now()).to_std().unwrap_or_default())
}

/// What the registry itself says of it: the error body of the distribution specification.
fn said(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Body {
        errors: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        code: Option<String>,
        message: Option<String>,
    }
    let body = serde_json::from_slice::<Body>(&answer.body).ok();
    let Some(first) = body.and_then(|body| body.errors.into_iter().next()) else {
        return String::new();
    };
    let words = first.message.filter(|message| !message.is_empty()).or(first.code);
    let words: String =
        clean_line(words.unwrap_or_default().as_bytes()).chars().take(SAID).collect();
    if words.is_empty() { String::new() } else { format!(": it says \"{words}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_told_in_seconds_or_as_a_date() {
        assert_eq!(pause(" 30 "), Some(Duration::from_secs(30)));
        assert_eq!(pause("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(pause("soon"), None);
    }
}
