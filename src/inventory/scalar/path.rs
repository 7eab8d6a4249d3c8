//! Paths, and words that a shell on a host reads.

use super::{BadScalar, FromScalar};
use crate::base::yaml::Scalar;

/// A word that every shell reads literally, quoted or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeWord(pub String);

/// An absolute path on a host, of the same characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePath(pub String);

/// A path on the console's machine, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(pub String);

const ALSO: &str = "_./:=@%+,-";

fn safe(text: &str) -> Result<(), BadScalar> {
    if text.is_empty() {
        return Err(BadScalar::new("an empty word", "write it, or remove it"));
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || ALSO.contains(*c))) {
        None => Ok(()),
        Some(c) => Err(BadScalar::new(
            format!(
                "`{}` holds {c:?}, which a shell on the host could interpret",
                text.escape_debug()
            ),
            format!(
                "use letters, digits and `{ALSO}` only; put anything longer into a script on the host and name that"
            ),
        )),
    }
}

impl FromScalar for SafeWord {
    const WANTED: &'static str = "a word";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        safe(&scalar.text)?;
        Ok(Self(scalar.text.clone()))
    }
}

impl FromScalar for RemotePath {
    const WANTED: &'static str = "an absolute path";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let text = scalar.text.as_str();
        safe(text)?;
        if !text.starts_with('/') {
            return Err(BadScalar::new(
                format!("`{text}` is a relative path"),
                "write the whole path on the host, from `/` on",
            ));
        }
        let odd = |part: &str| matches!(part, "" | "." | "..");
        if text.split('/').skip(1).any(odd) {
            return Err(BadScalar::new(
                format!("`{text}` is not a plain path"),
                "write it without `.`, `..`, `//` and a `/` at its end",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromScalar for LocalPath {
    const WANTED: &'static str = "a path";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        if scalar.text.trim().is_empty() || scalar.text.chars().any(char::is_control) {
            return Err(BadScalar::new(
                "not the path of a file",
                "write a path on this machine; a relative path starts at the directory of the inventory",
            ));
        }
        Ok(Self(scalar.text.clone()))
    }
}
