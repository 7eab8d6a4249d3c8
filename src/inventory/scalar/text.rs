//! Texts and secrets.

use super::{BadScalar, FromScalar};
use crate::base::secret_ref::SecretRef;
use crate::base::yaml::Scalar;

/// One line that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

/// One line in which placeholders are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledText(pub String);

fn line(scalar: &Scalar) -> Result<String, BadScalar> {
    if scalar.text.trim().is_empty() {
        return Err(BadScalar::new("an empty text", "write one, or remove the line"));
    }
    if scalar.text.chars().any(char::is_control) {
        return Err(BadScalar::new("more than one line, or a control character", "write one line"));
    }
    Ok(scalar.text.clone())
}

impl FromScalar for Text {
    const WANTED: &'static str = "a text";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        line(scalar).map(Self)
    }
}

impl FromScalar for FilledText {
    const WANTED: &'static str = "a text";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        line(scalar).map(Self)
    }
}

impl FromScalar for SecretRef {
    const WANTED: &'static str = "where the secret is kept, such as `env:NAME`";
    const SECRET: bool = true;
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        Self::try_from(scalar.text.clone()).map_err(|_| BadScalar {
            what: "a secret must not be in the inventory".to_owned(),
            remedy: "keep it elsewhere and write where: `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS`; change the secret if this file was ever shared".to_owned(),
            secret: true,
        })
    }
}
