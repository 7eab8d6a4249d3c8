//! Why a request has no answer, in words.

use rustls::AlertDescription as Alert;

use crate::transport::Unanswered;

/// Why there is no answer, from the last layer of an error, which is the one that tells something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::transport) enum Cause {
    Refused,
    Reset,
    Nonsense(String),
    UnknownName(String),
    Tls(String),
    Other(String),
}

impl Cause {
    pub(in crate::transport) fn of(error: &reqwest::Error) -> Self {
        let mut last: &dyn std::error::Error = error;
        let (mut io, mut tls) = (None, false);
        while let Some(source) = last.source() {
            last = source;
            if let Some(error) = last.downcast_ref::<std::io::Error>() {
                io = Some(error.kind());
                tls |= tls_of(error).is_some();
            }
            tls |= last.is::<rustls::Error>();
        }
        let cause = last.to_string();
        match io {
            Some(std::io::ErrorKind::ConnectionRefused) => Self::Refused,
            Some(std::io::ErrorKind::ConnectionReset) => Self::Reset,
            _ if error.is_builder() => Self::Nonsense(cause),
            _ if cause.contains("dns error") || cause.contains("lookup address") => {
                Self::UnknownName(cause)
            }
            _ if tls => Self::Tls(tls_in_words(cause)),
            _ => Self::Other(cause),
        }
    }

    pub(in crate::transport) fn in_words(&self, error: &reqwest::Error) -> String {
        let what = match self {
            Self::Refused => "the connection was refused".to_owned(),
            Self::Reset => "the connection was reset".to_owned(),
            Self::Nonsense(cause) => format!("the request makes no sense: {cause}"),
            Self::UnknownName(cause) => format!("the name is not known: {cause}"),
            Self::Tls(cause) => format!("TLS: {cause}"),
            Self::Other(cause) => cause.clone(),
        };
        at(error, &what)
    }
}

/// The commonest of rustls's errors, with what to do.
fn tls_in_words(cause: String) -> String {
    let hint = if cause.contains("UnknownIssuer") {
        "its certificate is signed by an authority that is not trusted here"
    } else if cause.contains("UnrecognisedName") {
        "the server has no certificate for the name that it was asked by"
    } else if cause.contains("alert: CertificateRequired") {
        "the server requires a client certificate"
    } else if REFUSALS.iter().any(|alert| cause.ends_with(&format!("alert: {alert:?}"))) {
        "the server refuses the client certificate"
    } else {
        return cause;
    };
    format!("{hint} ({cause})")
}

/// An error before the connection stood had no effect: nothing was sent over it.
pub(super) fn no_answer(error: &reqwest::Error) -> Unanswered {
    let why = in_words(error);
    let not_sent = error.is_connect() || error.is_builder() || refuses_identity(error);
    if not_sent { Unanswered::NotSent(why) } else { Unanswered::Lost(why) }
}

pub(super) fn in_words(error: &reqwest::Error) -> String {
    Cause::of(error).in_words(error)
}

/// Neither a user nor a query of the URL: either may hold a secret.
pub(in crate::transport) fn at(error: &reqwest::Error, what: &str) -> String {
    let place = error.url().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    place.map_or(what.to_owned(), |(host, port)| format!("{host}:{port}: {what}"))
}

/// The alerts of a server about the client's certificate.
const REFUSALS: [Alert; 8] = [
    Alert::CertificateRequired,
    Alert::BadCertificate,
    Alert::UnsupportedCertificate,
    Alert::CertificateRevoked,
    Alert::CertificateExpired,
    Alert::CertificateUnknown,
    Alert::UnknownCA,
    Alert::AccessDenied,
];

/// Whether the server refused the client's certificate, or wants one. With TLS 1.3 the client has sent its request by
/// then, but a server whose handshake failed hands no request on (RFC 8446, 4.4.2.4 and 6.2).
fn refuses_identity(error: &reqwest::Error) -> bool {
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::AlertReceived(alert)) =
            error.downcast_ref::<std::io::Error>().and_then(tls_of)
        {
            return REFUSALS.contains(alert);
        }
        next = error.source();
    }
    false
}

/// Errors of TLS hide inside those of input and output, which do not give them as their source.
fn tls_of(error: &std::io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<rustls::Error>().or_else(|| inner.downcast_ref().and_then(tls_of))
}
