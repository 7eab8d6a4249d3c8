//! Addresses, URLs, headers and images.

use std::net::Ipv6Addr;

use super::{BadScalar, FromScalar};
use crate::base::yaml::Scalar;

/// The address of a host: a DNS name, an IP address, or an alias of the SSH configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(pub String);

/// A jump host as `ssh -J` takes it: an address with optional user and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump(pub String);

/// The address at which a color listens on its host, without the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listens(pub String);

/// A URL that is requested on the host itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url(pub String);

/// A URL that is requested from elsewhere: `{host}` in it stands for the host's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(pub String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderName(pub String);

/// A JSON pointer (RFC 6901) to one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPointer(pub String);

/// The repository of an image, without a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image(pub String);

impl FromScalar for Address {
    const WANTED: &'static str = "an address";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let place = AddressParts::of(scalar)?;
        place.is_bare(&scalar.text, |host| format!("write `address: {host}`"), "under `ssh:`")?;
        Ok(Self(place.host.to_owned()))
    }
}

impl FromScalar for Jump {
    const WANTED: &'static str = "a jump host";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let place = AddressParts::of(scalar)?;
        let good = place.user != Some("") && place.port.is_none_or(is_port);
        if good {
            return Ok(Self(scalar.text.clone()));
        }
        Err(BadScalar::new(
            format!("`{}` is not a jump host", scalar.text),
            "write `host`, `user@host` or `user@host:port`, with a port from 1 to 65535",
        ))
    }
}

impl FromScalar for Listens {
    const WANTED: &'static str = "an address";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let place = AddressParts::of(scalar)?;
        let beside = "beside `address`";
        if !(place.bracketed && place.port.is_none()) {
            place.is_bare(&scalar.text, |host| format!("write `address: {host}`"), beside)?;
        }
        let host = place.host;
        Ok(Self(if host.contains(':') { format!("[{host}]") } else { host.to_owned() }))
    }
}

/// The parts of `user@host:port`.
struct AddressParts<'a> {
    user: Option<&'a str>,
    host: &'a str,
    bracketed: bool,
    port: Option<&'a str>,
}

impl<'a> AddressParts<'a> {
    fn of(scalar: &'a Scalar) -> Result<Self, BadScalar> {
        let text = scalar.text.as_str();
        if text.contains("://") {
            return Err(BadScalar::new(
                format!("`{text}` is a URL"),
                "write the name or the address alone; the port goes under `ssh:`",
            ));
        }
        let (user, rest) = match text.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, text),
        };
        let inside = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, bracketed, port) = match inside {
            Some((host, after)) => {
                let odd = !after.is_empty() && !after.starts_with(':');
                (if odd { "" } else { host }, true, after.strip_prefix(':'))
            }
            // More than one colon is an IPv6 address without a port.
            None => match rest.split_once(':') {
                Some((host, port)) if !port.contains(':') => (host, false, Some(port)),
                _ => (rest, false, None),
            },
        };
        let good = |c: char| c.is_ascii_alphanumeric() || "._-:%".contains(c);
        let (bare, zone) = host.split_once('%').unwrap_or((host, "x"));
        let v6 = !bare.contains(':') || (bare.parse::<Ipv6Addr>().is_ok() && !zone.is_empty());
        let user_is = user.is_none_or(|user| user.chars().all(|c| good(c) || c == '@'));
        if host.is_empty() || text.starts_with('-') || !host.chars().all(good) || !v6 || !user_is {
            return Err(BadScalar::new(
                format!("`{}` is not an address", text.escape_debug()),
                "write a DNS name, an IP address, or an alias of your SSH configuration",
            ));
        }
        Ok(Self { user, host, bracketed, port })
    }

    /// Checks that there is only an address; otherwise the remedy names the keys for the rest, which are `where_else`.
    fn is_bare(
        &self,
        text: &str,
        address: impl Fn(&str) -> String,
        where_else: &str,
    ) -> Result<(), BadScalar> {
        let user = self.user.map(|user| format!("`user: {user}`"));
        let port = self.port.map(|port| format!("`port: {port}`"));
        let parts = user.iter().map(|_| "a user").chain(port.iter().map(|_| "a port"));
        let parts = parts.chain(self.bracketed.then_some("brackets")).collect::<Vec<_>>();
        if parts.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = user.into_iter().chain(port).collect();
        let mut remedy = address(self.host);
        if !keys.is_empty() {
            remedy.push_str(&format!(", and {} {where_else}", keys.join(" and ")));
        }
        Err(BadScalar::new(format!("`{text}` is an address with {}", parts.join(" and ")), remedy))
    }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn url(text: &str) -> Result<String, BadScalar> {
    let wrong = |what: &str, remedy: &str| Err(BadScalar::new(format!("`{text}` {what}"), remedy));
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let Some(rest) = rest else {
        return wrong("is not a URL", "begin it with `http://` or `https://`");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(BadScalar {
            what: "a URL with a user or a password in it".to_owned(),
            remedy: "remove the part before the `@`".to_owned(),
            secret: true,
        });
    }
    if authority.is_empty() || authority.starts_with(':') {
        return wrong("names no host", "write e.g. `http://127.0.0.1/`");
    }
    let port = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
    if port.is_some_and(|(_, port)| !is_port(port)) {
        return wrong(
            "has no port from 1 to 65535 after its `:`",
            "write e.g. `http://127.0.0.1:8080/`",
        );
    }
    if text.chars().any(|c| !c.is_ascii_graphic() || "\"'<>\\^`|".contains(c)) {
        return wrong("holds a character that no URL has", "write it as `%` and two digits");
    }
    Ok(text.to_owned())
}

impl FromScalar for Url {
    const WANTED: &'static str = "a URL";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        url(&scalar.text).map(Self)
    }
}

impl FromScalar for PublicUrl {
    const WANTED: &'static str = "a URL";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&["host"]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        url(&scalar.text).map(Self)
    }
}

impl FromScalar for JsonPointer {
    const WANTED: &'static str = "a JSON pointer";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        if scalar.text.starts_with('/') {
            return Ok(Self(scalar.text.clone()));
        }
        Err(BadScalar::new(
            format!("`{}` is not a JSON pointer", scalar.text),
            format!("write `/{}`", scalar.text.replace('.', "/")),
        ))
    }
}

impl FromScalar for HeaderName {
    const WANTED: &'static str = "the name of a header";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let good = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if scalar.text.is_empty() || !scalar.text.chars().all(good) {
            return Err(BadScalar::new(
                format!("`{}` is not the name of a header", scalar.text.escape_debug()),
                "write e.g. `X-Flipside-Color`, without a `:`",
            ));
        }
        Ok(Self(scalar.text.clone()))
    }
}

impl FromScalar for Image {
    const WANTED: &'static str = "the repository of an image";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let text = scalar.text.as_str();
        if let Some((_, rest)) = text.split_once("://") {
            let what = format!("`{text}` is a URL, not the repository of an image");
            return Err(BadScalar::new(what, format!("write `{rest}`")));
        }
        if let Some((repository, _)) = text.split_once('@') {
            let what = format!("`{text}` pins a digest; the release is chosen at each deploy");
            return Err(BadScalar::new(what, format!("write `{repository}`")));
        }
        let (before, last) = text.rsplit_once('/').map_or(("", text), |(b, l)| (b, l));
        if let Some((repository, tag)) = last.split_once(':') {
            let slash = if before.is_empty() { "" } else { "/" };
            return Err(BadScalar::new(
                format!("`{text}` has the tag `{tag}`; the tag is chosen at each deploy"),
                format!("write `{before}{slash}{repository}`"),
            ));
        }
        let path = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
        };
        let server = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-:".contains(c))
        };
        let good = match text.split_once('/') {
            Some((first, rest)) => server(first) && rest.split('/').all(path),
            None => path(text),
        };
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(BadScalar::new(
            format!("`{}` is not the repository of an image", text.escape_debug()),
            "write it in lower case, such as `registry.example.org/shop`",
        ))
    }
}
