//! Errors of a source as text for a person: which source, what was requested, what to do.

use crate::base::text::clean_line;
use crate::domain::catalog::{SourceError, SourceErrorKind};
use crate::transport::exchange::{Answer, Failure, FailureKind};

/// The length at which a server's own message is cut.
const MAX_MESSAGE: usize = 200;

/// What is being requested of which source.
#[derive(Debug, Clone)]
pub struct About {
    pub source: String,
    /// `the checksum of v1`
    pub asked: String,
}

impl About {
    pub fn error(
        &self,
        kind: SourceErrorKind,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> SourceError {
        SourceError {
            kind,
            source: self.source.clone(),
            asked: self.asked.clone(),
            why: why.into(),
            remedy: remedy.into(),
        }
    }

    /// Returns the error for a missing answer.
    pub fn failed(&self, failure: Failure) -> SourceError {
        use SourceErrorKind::{InvalidAnswer, Unreachable, Untrusted};
        let (kind, remedy) = match failure.kind {
            FailureKind::Name => (Unreachable, "check the address, and this machine's DNS or VPN"),
            FailureKind::Refused => {
                (Unreachable, "check that the server runs, and that its port is right")
            }
            FailureKind::Silent => {
                (Unreachable, "check the network from this machine: VPN, proxy, firewall")
            }
            FailureKind::NotTls => (Untrusted, "if it speaks HTTP without TLS, write `http://`"),
            FailureKind::Tls => (
                Untrusted,
                "make this machine trust the authority of its certificate: the system's store, or SSL_CERT_FILE",
            ),
            FailureKind::TooMuch | FailureKind::Astray => {
                (InvalidAnswer, "check the address; `curl -vL` shows what it answers")
            }
            FailureKind::Other => (Unreachable, "try again, or test it with `curl -v`"),
        };
        self.error(kind, failure.why, remedy)
    }

    /// Returns the answer if it is one of success.
    pub fn judged(&self, answer: Answer, missing: &str) -> Result<Answer, SourceError> {
        use SourceErrorKind::{Denied, InvalidAnswer, LoginRequired, NotFound, RateLimited};
        let status = answer.status;
        let (kind, why, remedy) = match status {
            200..=299 => return Ok(answer),
            401 => (
                LoginRequired,
                "it wants a login, or rejected the one it got",
                "check `login` in the inventory",
            ),
            403 => (Denied, "this login may not read it", "check the rights of the login"),
            404 | 410 => (NotFound, "it does not exist", missing),
            429 => (RateLimited(None), "too many requests", "wait a while"),
            500..=599 => (InvalidAnswer, "the server failed", "try again"),
            _ => (InvalidAnswer, "this answer is not understood", "check the address"),
        };
        let message = message(&answer);
        Err(self.error(kind, format!("{why} ({status}){message}"), remedy))
    }
}

/// Returns the message of a store, which answers errors as XML.
fn message(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let part = |name: &str| super::xml::text(&text, name);
    let (Some(code), Some(message)) = (part("Code"), part("Message")) else {
        return String::new();
    };
    let words = clean_line(format!("{code}: {message}").as_bytes());
    format!(": it says \"{}\"", words.chars().take(MAX_MESSAGE).collect::<String>())
}
