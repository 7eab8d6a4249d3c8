//! Placeholders of requests, such as `{release}`, each escaped as its place demands. Which names exist depends on what the
//! request is for: see [`Values`].

use std::fmt::Write as _;

/// The name of a placeholder whose value is not known.
pub type Missing = &'static str;

/// What placeholders stand for: each name, and its value if it is known.
#[derive(Debug, Clone, Default)]
pub struct Values(Vec<(&'static str, Option<String>)>);

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
    pub fn new(values: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Self {
        Self(values.into_iter().collect())
    }

    /// Returns a value for every name, for checking a text before the real ones are known.
    pub fn sample(names: &[&'static str]) -> Self {
        Self::new(names.iter().map(|name| (*name, Some("v1".to_owned()))))
    }

    /// Returns the text with its placeholders filled in. A value is never read for placeholders itself. `Err`: the
    /// placeholder whose value is not known.
    pub fn fill(&self, text: &str, place: Place) -> Result<String, Missing> {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((at, name, value)) = self.next(rest) {
            filled.push_str(&rest[..at]);
            escape(value.ok_or(name)?, place, &mut filled);
            rest = &rest[at + name.len() + 2..];
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// Returns the first placeholder: its position, its name and its value.
    fn next(&self, text: &str) -> Option<(usize, &'static str, Option<&str>)> {
        let places = self.0.iter().filter_map(|(name, value)| {
            Some((text.find(&format!("{{{name}}}"))?, *name, value.as_deref()))
        });
        places.min_by_key(|(at, ..)| *at)
    }
}

/// Returns the first name in braces that is none of these placeholders.
pub fn unknown<'t>(text: &'t str, names: &[&str]) -> Option<&'t str> {
    text.split('{').skip(1).find_map(|rest| {
        let name = rest.split_once('}')?.0;
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        (is_name && !names.contains(&name)).then_some(name)
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

    const OPERATOR: &str = "Zoë \"z\"/{app}\r\n@desk";

    fn values() -> Values {
        let known = [("release", "v2"), ("app", "shop"), ("run", "r1"), ("operator", OPERATOR)];
        let known = known.map(|(name, value)| (name, Some(value.to_owned())));
        Values::new(known.into_iter().chain([("previous", None)]))
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
        assert_eq!(body["by"], OPERATOR);
        assert_eq!(body["run"], "r1");
    }

    #[test]
    fn value_that_is_not_known_is_named() {
        assert_eq!(values().fill("/{app}/{previous}", Place::Url), Err("previous"));
        assert_eq!(values().fill("/{app}/{x}", Place::Url).unwrap(), "/shop/{x}");
        assert_eq!(unknown("/{app}/{relase}", &["app", "release"]), Some("relase"));
        assert_eq!(unknown(r#"{"run": "{run}"}"#, &["run"]), None);
    }
}
