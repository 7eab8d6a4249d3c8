//! An HTTP request that a step sends from the operator's machine, and the expected answer.

mod delivery;
mod expect;
pub mod placeholders;
mod response;
mod template;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::secret_ref::SecretRef;

pub use self::delivery::{Delivery, Replay};
pub use self::expect::{Expect, JsonCondition, Meaning, Unexpected};
pub use self::response::Response;
pub use self::template::{BodyTemplate, Call, PollTemplate, RequestTemplate};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
    pub auth: Option<Auth>,
    pub expect: Expect,
    /// How the server is authenticated, where this is not the usual way.
    #[serde(default, skip_serializing_if = "Tls::is_usual")]
    pub tls: Tls,
    #[serde(default, skip_serializing_if = "Delivery::is_usual")]
    pub delivery: Delivery,
    /// A GET that is sent right before. If its answer is as expected, its `ETag` becomes the `If-Match` of this request
    /// (RFC 9110, 13.1.1): the server refuses it if somebody changed the resource in between. Otherwise it is not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<Box<Request>>,
}

/// How server and client authenticate each other by TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tls {
    /// The server name (SNI) that the certificate must contain. The connection goes to the host of the URL.
    pub name: Option<String>,
    /// A PEM file of certificate authorities that are trusted in addition to those of the machine.
    pub ca_file: Option<PathBuf>,
    /// What the client proves its own identity with, if the server asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientIdentity>,
}

/// A client certificate and its private key, in PEM. Both are references: plans and journals hold neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientIdentity {
    /// The certificate, followed by those of the authorities between it and the one that the server trusts.
    pub certificate: SecretRef,
    /// The key, without a passphrase.
    pub key: SecretRef,
}

impl Tls {
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Returns the URL and the `--connect-to` argument for `curl`, which takes the server name from the URL: the URL with this
/// name in it, and the address that the name stands for. `None`: the URL needs neither.
pub fn by_name(url: &str, name: Option<&str>) -> Option<(String, String)> {
    let (name, rest) = (name?, url.strip_prefix("https://")?);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // The last `:` of `[::1]` does not begin a port.
    let port = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
    let (host, port) = port.unwrap_or((authority, "443"));
    let url = format!("https://{name}:{port}{path}");
    (name != host).then(|| (url, format!("{name}:{port}:{host}:{port}")))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub content_type: String,
    pub text: String,
}

/// The address of a request. Some addresses are secrets: anyone who knows one may post there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Url {
    Plain(String),
    Secret(SecretRef),
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(url) => f.write_str(url),
            Self::Secret(reference) => write!(f, "{reference}"),
        }
    }
}

/// The credentials of a request, as references to secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    Bearer(SecretRef),
    Basic {
        user: String,
        password: SecretRef,
    },
    /// A header of the server's own, such as `PRIVATE-TOKEN`.
    Header {
        name: String,
        value: SecretRef,
    },
}

impl Auth {
    pub fn secret(&self) -> &SecretRef {
        match self {
            Self::Bearer(secret)
            | Self::Basic { password: secret, .. }
            | Self::Header { value: secret, .. } => secret,
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        })
    }
}

impl Method {
    /// Whether a server that receives it may change something (RFC 9110, 9.2.1: safe methods).
    pub fn changes_something(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }
}

impl Request {
    /// Whether a server that receives it may change something.
    pub fn changes_something(&self) -> bool {
        self.method.changes_something()
    }

    /// Whether what it asks for may have happened although this was answered. A gateway answers 502 and 504 when
    /// it lost the server behind it, which may have received the request (RFC 9110, 15.6.3 and 15.6.5).
    pub fn may_have_effect_despite(&self, status: u16) -> bool {
        self.changes_something() && matches!(status, 502 | 504)
    }

    /// Returns whether it can be sent again after one that may have arrived.
    pub fn replay(&self) -> Replay {
        match (self.delivery.replay, &self.if_match) {
            (None, Some(_)) => Replay::Conditional,
            _ => self.delivery.replay(self.method),
        }
    }

    /// Returns a GET that expects any of 200 to 299.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: Url::Plain(url.into()),
            headers: Vec::new(),
            body: None,
            auth: None,
            expect: Expect::default(),
            tls: Tls::default(),
            delivery: Delivery::default(),
            if_match: None,
        }
    }
}
