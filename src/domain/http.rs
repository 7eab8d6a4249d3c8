//! An HTTP request that a step sends from the operator's machine, and the expected answer.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::secret_ref::SecretRef;
use crate::base::text::clean_words;

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
}

/// How a server is authenticated by TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tls {
    /// The server name (SNI) that the certificate must contain. The connection goes to the host of the URL.
    pub name: Option<String>,
    /// A PEM file of certificate authorities that are trusted in addition to those of the machine.
    pub ca_file: Option<PathBuf>,
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
    Basic { user: String, password: SecretRef },
}

/// The expected answer. Every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Expect {
    /// Any of these. An empty list means any of 200 to 299.
    pub status: Vec<u16>,
    /// Header names are compared without regard to case, values exactly.
    pub headers: Vec<(String, String)>,
    /// Texts that the body must contain.
    pub body: Vec<String>,
    /// Values that a JSON body holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub json: Vec<JsonCondition>,
}

/// A condition on one value of a JSON body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonCondition {
    /// Names the value (RFC 6901): `/status`, `/workers/0/state`.
    pub pointer: String,
    /// The value is one of these: a text itself, everything else as JSON writes it.
    pub is: Vec<String>,
}

impl JsonCondition {
    fn check(&self, body: &serde_json::Value) -> Result<(), String> {
        let wanted = self.is.join(" or ");
        let Some(found) = body.pointer(&self.pointer) else {
            return Err(format!("the body has no {}, wanted {wanted}", self.pointer));
        };
        let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        if self.is.contains(&text) {
            return Ok(());
        }
        Err(format!("the body says {}: {}, wanted {wanted}", self.pointer, clean_words(&text)))
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
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

impl Request {
    /// Whether a server that receives it may change something (RFC 9110, 9.2.1: safe methods).
    pub fn changes_something(&self) -> bool {
        !matches!(self.method, Method::Get | Method::Head)
    }

    /// Whether what it asks for may have happened although this was answered. A gateway answers 502 and 504 when
    /// it lost the server behind it, which may have received the request (RFC 9110, 15.6.3 and 15.6.5).
    pub fn may_have_effect_despite(&self, status: u16) -> bool {
        self.changes_something() && matches!(status, 502 | 504)
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: Url::Plain(url.into()),
            headers: Vec::new(),
            body: None,
            auth: None,
            expect: Expect::default(),
            tls: Tls::default(),
        }
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Expect {
    /// Checks an answer. `Err`: the first condition that does not hold.
    pub fn check(&self, response: &Response) -> Result<(), String> {
        let status = response.status;
        if self.status.is_empty() && !(200..300).contains(&status) {
            return Err(format!("answered {status}, expected 200 to 299"));
        }
        if !self.status.is_empty() && !self.status.contains(&status) {
            let wanted: Vec<String> = self.status.iter().map(u16::to_string).collect();
            return Err(format!("answered {status}, expected {}", wanted.join(" or ")));
        }
        for (name, wanted) in &self.headers {
            match response.header(name) {
                None => return Err(format!("answered without {name}, expected {name}: {wanted}")),
                Some(found) if found != wanted => {
                    return Err(format!("answered {name}: {found}, expected {wanted}"));
                }
                Some(_) => {}
            }
        }
        if let Some(wanted) =
            self.body.iter().find(|wanted| !response.body.contains(wanted.as_str()))
        {
            return Err(format!("the body does not contain {wanted:?}"));
        }
        if self.json.is_empty() {
            return Ok(());
        }
        let body = serde_json::from_str(&response.body)
            .map_err(|error| format!("the body is not JSON: {error}"))?;
        self.json.iter().try_for_each(|condition| condition.check(&body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_conditions_name_what_differs() {
        let condition = |pointer: &str, is: &[&str]| JsonCondition {
            pointer: pointer.to_owned(),
            is: is.iter().map(|&text| text.to_owned()).collect(),
        };
        let check = |body: &str, json: JsonCondition| {
            let expect = Expect { json: vec![json], ..Expect::default() };
            let response = Response { status: 200, headers: Vec::new(), body: body.to_owned() };
            expect.check(&response)
        };
        let body = r#"{"status":"ok","workers":[{"up":true}],"count":3}"#;
        assert_eq!(check(body, condition("/status", &["done", "ok"])), Ok(()));
        assert_eq!(check(body, condition("/workers/0/up", &["true"])), Ok(()));
        assert_eq!(check(body, condition("/count", &["3"])), Ok(()));
        let why = |json| check(body, json).unwrap_err();
        assert_eq!(why(condition("/status", &["done"])), "the body says /status: ok, wanted done");
        assert_eq!(why(condition("/gone", &["1"])), "the body has no /gone, wanted 1");
        let html = check("<html>", condition("/status", &["ok"])).unwrap_err();
        assert!(html.starts_with("the body is not JSON"), "{html}");
    }
}
