//! Addresses, URLs, headers and images.

use super::{Scalar, Wrong};
use crate::inventory::node::Word;

/// How a host is reached: a DNS name, an IP address, or an alias. Also `user@host:port` for jumps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(pub String);

/// A URL as asked on the host itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url(pub String);

/// A URL as asked from elsewhere: `{host}` in it stands for the host's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(pub String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderName(pub String);

/// The repository of an image, without a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image(pub String);

impl Scalar for Address {
    const WANTED: &'static str = "an address";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(word: &Word) -> Result<Self, Wrong> {
        let text = &word.text;
        let good = |c: char| c.is_ascii_alphanumeric() || "._-:@[]%".contains(c);
        if text.contains("://") {
            return Err(Wrong::new(
                format!("`{text}` is a URL"),
                "write the name or the address alone; the port goes under `ssh:`",
            ));
        }
        if text.is_empty() || text.starts_with('-') || !text.chars().all(good) {
            return Err(Wrong::new(
                format!("`{}` is not an address", text.escape_debug()),
                "write a DNS name, an IP address, or an alias of your SSH configuration",
            ));
        }
        Ok(Self(text.clone()))
    }
}

fn url(text: &str) -> Result<String, Wrong> {
    let wrong = |what: &str, remedy: &str| Err(Wrong::new(format!("`{text}` {what}"), remedy));
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let Some(rest) = rest else {
        return wrong("is not a URL", "begin it with `http://` or `https://`");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Wrong {
            what: "a URL with a user or a password in it".to_owned(),
            remedy: "remove the part before the `@`".to_owned(),
            secret: true,
        });
    }
    if authority.is_empty() || authority.starts_with(':') {
        return wrong("names no host", "write e.g. `http://127.0.0.1/`");
    }
    let port = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
    if port.is_some_and(|(_, port)| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
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

impl Scalar for Url {
    const WANTED: &'static str = "a URL";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(word: &Word) -> Result<Self, Wrong> {
        url(&word.text).map(Self)
    }
}

impl Scalar for PublicUrl {
    const WANTED: &'static str = "a URL";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&["host"]);
    fn read(word: &Word) -> Result<Self, Wrong> {
        url(&word.text).map(Self)
    }
}

impl Scalar for HeaderName {
    const WANTED: &'static str = "the name of a header";
    fn read(word: &Word) -> Result<Self, Wrong> {
        let good = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if word.text.is_empty() || !word.text.chars().all(good) {
            return Err(Wrong::new(
                format!("`{}` is not the name of a header", word.text.escape_debug()),
                "write e.g. `X-Flipside-Color`, without a `:`",
            ));
        }
        Ok(Self(word.text.clone()))
    }
}

impl Scalar for Image {
    const WANTED: &'static str = "the repository of an image";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(word: &Word) -> Result<Self, Wrong> {
        let text = word.text.as_str();
        if let Some((_, rest)) = text.split_once("://") {
            let what = format!("`{text}` is a URL, not the repository of an image");
            return Err(Wrong::new(what, format!("write `{rest}`")));
        }
        if let Some((repository, _)) = text.split_once('@') {
            let what =
                format!("`{text}` pins a digest; which release is deployed is said at each deploy");
            return Err(Wrong::new(what, format!("write `{repository}`")));
        }
        let (before, last) = text.rsplit_once('/').map_or(("", text), |(b, l)| (b, l));
        if let Some((repository, tag)) = last.split_once(':') {
            let slash = if before.is_empty() { "" } else { "/" };
            return Err(Wrong::new(
                format!(
                    "`{text}` carries the tag `{tag}`; which tag is deployed is said at each deploy"
                ),
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
        Err(Wrong::new(
            format!("`{}` is not the repository of an image", text.escape_debug()),
            "write it in lower case, such as `registry.example.org/shop`",
        ))
    }
}
