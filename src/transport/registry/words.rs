//! Errors of a registry as text for a person: which registry, what was requested, what to do.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::reference::Reference;
use crate::base::text::clean_line;
use crate::domain::catalog::{SourceError, SourceErrorKind};
use crate::transport::exchange::{Answer, Failure, FailureKind};

/// The length at which a registry's own message is cut.
const MAX_MESSAGE: usize = 200;

/// What is being requested, for error texts.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub reference: &'a Reference,
    /// For example `the tags of shop`.
    pub asked: &'a str,
}

impl About<'_> {
    pub fn trouble(
        &self,
        kind: SourceErrorKind,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> SourceError {
        SourceError {
            kind,
            source: self.reference.registry.clone(),
            asked: self.asked.to_owned(),
            why: why.into(),
            remedy: remedy.into(),
        }
    }

    /// Returns the error for an invalid answer.
    pub fn broken(&self, why: impl Into<String>) -> SourceError {
        self.trouble(
            SourceErrorKind::InvalidAnswer,
            why,
            "check that a registry runs at that address, and not something else",
        )
    }

    /// Returns the error for a missing answer.
    pub fn failed(&self, failure: Failure) -> SourceError {
        let (kind, remedy) = match failure.kind {
            FailureKind::Name => (
                SourceErrorKind::Unreachable,
                "check the name in `image`, and this machine's DNS or VPN".to_owned(),
            ),
            FailureKind::Refused => {
                (SourceErrorKind::Unreachable, "check that the registry runs, and that its port is right".to_owned())
            }
            FailureKind::Silent => (
                SourceErrorKind::Unreachable,
                "check the network from this machine: VPN, proxy, firewall".to_owned(),
            ),
            FailureKind::NotTls => (
                SourceErrorKind::Untrusted,
                "if it speaks HTTP without TLS, set `plain_http_registry: true` in the inventory".to_owned(),
            ),
            FailureKind::Tls => (
                SourceErrorKind::Untrusted,
                "make this machine trust the authority of its certificate: the system's store, or SSL_CERT_FILE".to_owned(),
            ),
            FailureKind::TooMuch | FailureKind::Astray => {
                (SourceErrorKind::InvalidAnswer, "ask the registry's administrator".to_owned())
            }
            FailureKind::Other => (SourceErrorKind::Unreachable, "try again, or test it with `curl -v`".to_owned()),
        };
        self.trouble(kind, failure.why, remedy)
    }

    /// Returns the error for an answer with an error status. A 401 is handled by the session, which knows the login.
    pub fn refused(&self, answer: &Answer) -> SourceError {
        let registry = &self.reference.registry;
        let message = message(answer);
        match answer.status {
            403 => self.trouble(
                SourceErrorKind::Denied,
                format!("this login may not read it (403){message}"),
                format!("ask for the right to pull {}, or run `docker login {registry}` with another account", self.reference.repository),
            ),
            404 => self.trouble(
                SourceErrorKind::NotFound,
                format!("it does not exist, or is hidden from this login (404){message}"),
                "check the name in `image`",
            ),
            429 => {
                let wait = answer.header("retry-after").and_then(pause);
                let (why, remedy) = match wait {
                    Some(wait) => (format!("too many requests (429){message}"), format!("wait {} s", wait.as_secs())),
                    None => (format!("too many requests (429){message}"), "wait a while; a login often allows more".to_owned()),
                };
                self.trouble(SourceErrorKind::RateLimited(wait), why, remedy)
            }
            status @ 500..=599 => self.trouble(
                SourceErrorKind::InvalidAnswer,
                format!("it failed ({status}){message}"),
                "try again; if that does not help, ask the registry's administrator",
            ),
            status => self.broken(format!("it answered {status}{message}")),
        }
    }
}

/// Returns the wait of a `Retry-After` header: seconds, or a date.
fn pause(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc);
    Some((until - Utc::now()).to_std().unwrap_or_default())
}

/// Returns the registry's own message, from the error body of the distribution specification.
fn message(answer: &Answer) -> String {
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
        clean_line(words.unwrap_or_default().as_bytes()).chars().take(MAX_MESSAGE).collect();
    if words.is_empty() { String::new() } else { format!(": it says \"{words}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(pause(" 30 "), Some(Duration::from_secs(30)));
        assert_eq!(pause("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(pause("soon"), None);
    }
}
