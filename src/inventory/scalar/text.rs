//! Texts and secrets.

use super::{BadScalar, FromScalar};
use crate::base::secret_ref::SecretRef;
use crate::base::yaml::Scalar;

/// One line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

/// The same; placeholders are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledText(pub String);

fn line(word: &Scalar) -> Result<String, BadScalar> {
    if word.text.trim().is_empty() {
        return Err(BadScalar::new("an empty text", "write one, or remove the line"));
    }
    if word.text.chars().any(char::is_control) {
        return Err(BadScalar::new("more than one line, or a control character", "write one line"));
    }
    Ok(word.text.clone())
}

impl FromScalar for Text {
    const WANTED: &'static str = "a text";
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        line(word).map(Self)
    }
}

impl FromScalar for FilledText {
    const WANTED: &'static str = "a text";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        line(word).map(Self)
    }
}

impl FromScalar for SecretRef {
    const WANTED: &'static str = "where the secret is kept, such as `env:NAME`";
    const SECRET: bool = true;
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        Self::try_from(word.text.clone()).map_err(|_| BadScalar {
            what: "a secret must not stand in the inventory".to_owned(),
            remedy: "keep it elsewhere and write where: `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS`; change the secret if this file was ever shared".to_owned(),
            secret: true,
        })
    }
}
