//! Placeholders of requests: `{release}`, `{previous}`, `{app}`, `{run}`, `{operator}`, each escaped as its place demands.

use std::fmt::Write as _;

/// The placeholders, in the order of their documentation.
pub const NAMES: [&str; 5] = ["release", "previous", "app", "run", "operator"];

/// What placeholders stand for in one run on one target.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// The release that the phase is about: that is prepared, goes live, is abandoned, or that users are rolled back to.
    pub release: Option<String>,
    /// The release that users are on before the phase.
    pub previous: Option<String>,
    pub app: String,
    pub run: String,
    pub operator: String,
}

/// The type of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Placeholders stand inside of strings.
    Json,
    Form,
    Text,
}

impl Content {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// Where a placeholder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A path, a query or a form: everything but unreserved characters is percent-encoded.
    Url,
    /// Inside of a JSON string.
    Json,
    /// A header: visible ASCII stays, everything else is percent-encoded.
    Header,
    /// An expected value, or plain text.
    Text,
}

impl From<Content> for Place {
    fn from(content: Content) -> Self {
        match content {
            Content::Json => Self::Json,
            Content::Form => Self::Url,
            Content::Text => Self::Text,
        }
    }
}

impl Values {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "release" => self.release.as_deref(),
            "previous" => self.previous.as_deref(),
            "app" => Some(&self.app),
            "run" => Some(&self.run),
            "operator" => Some(&self.operator),
            _ => None,
        }
    }

    /// Returns the text with its placeholders filled in. A value is never read for placeholders itself. `Err`: the
    /// placeholder whose value is not known.
    pub fn fill(&self, text: &str, place: Place) -> Result<String, &'static str> {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, name, after)) = next(rest) {
            filled.push_str(before);
            escape(self.get(name).ok_or(name)?, place, &mut filled);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// Returns the text before the first placeholder, its name, and the text after it.
fn next(text: &str) -> Option<(&str, &'static str, &str)> {
    let found = |name: &'static str| Some((text.find(&format!("{{{name}}}"))?, name));
    let (at, name) = NAMES.into_iter().filter_map(found).min()?;
    Some((&text[..at], name, &text[at + name.len() + 2..]))
}

/// Returns the first name in braces that is not a placeholder.
pub fn unknown(text: &str) -> Option<&str> {
    text.split('{').skip(1).find_map(|rest| {
        let name = rest.split_once('}')?.0;
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        (is_name && !NAMES.contains(&name)).then_some(name)
    })
}

fn escape(value: &str, place: Place, to: &mut String) {
    match place {
        Place::Text => to.push_str(value),
        Place::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            to.push_str(&quoted[1..quoted.len() - 1]);
        }
        Place::Url => percent(value, to, |b| {
            b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~')
        }),
        Place::Header => percent(value, to, |b| matches!(b, b' '..=b'~') && b != b'%'),
    }
}

fn percent(value: &str, to: &mut String, stays: impl Fn(u8) -> bool) {
    for byte in value.bytes() {
        if stays(byte) {
            to.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            release: Some("v2".to_owned()),
            previous: None,
            app: "shop".to_owned(),
            run: "r1".to_owned(),
            operator: "Zoë \"z\"/{app}\r\n@desk".to_owned(),
        }
    }

    #[test]
    fn each_place_has_its_own_escapes() {
        let fill = |place| values().fill("a={operator}&{release}", place).unwrap();
        assert_eq!(fill(Place::Url), "a=Zo%C3%AB%20%22z%22%2F%7Bapp%7D%0D%0A%40desk&v2");
        assert_eq!(fill(Place::Json), "a=Zoë \\\"z\\\"/{app}\\r\\n@desk&v2");
        assert_eq!(fill(Place::Header), "a=Zo%C3%AB \"z\"/{app}%0D%0A@desk&v2");
        assert_eq!(fill(Place::Text), "a=Zoë \"z\"/{app}\r\n@desk&v2");
    }

    #[test]
    fn body_in_json_stays_json() {
        let text = values().fill(r#"{"run": "{run}", "by": "{operator}"}"#, Place::Json).unwrap();
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(body["by"], values().operator);
        assert_eq!(body["run"], "r1");
    }

    #[test]
    fn value_that_is_not_known_is_named() {
        assert_eq!(values().fill("/{app}/{previous}", Place::Url), Err("previous"));
        assert_eq!(values().fill("/{app}/{x}", Place::Url).unwrap(), "/shop/{x}");
        assert_eq!(unknown("/{app}/{relase}"), Some("relase"));
        assert_eq!(unknown(r#"{"run": "{run}"}"#), None);
    }
}
