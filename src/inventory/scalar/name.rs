//! Names of things on a host, and of roles and groups.

use super::{BadScalar, FromScalar};
use crate::base::yaml::Scalar;
use crate::domain::names::{AppName, BadName, Color, EnvName, HostName, StackName, TargetName};

/// The name of a role or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(pub String);

/// A compose project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName(pub String);

/// A compose service; `{color}` in it stands for each color of the pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePattern(pub String);

/// A compose service that has no color.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName(pub String);

/// A variable that a template can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VarName(pub String);

/// An nginx upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamName(pub String);

/// Reads a name by the rule of its type.
///
/// `no`, `on` and the like are texts in YAML 1.2 and booleans to older tools. As names they must be in quotes, so that
/// every tool reads the same.
fn check_name<T>(
    scalar: &Scalar,
    new: impl Fn(String) -> Result<T, BadName>,
) -> Result<T, BadScalar> {
    let boolean = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if scalar.plain && boolean.contains(&scalar.text.to_ascii_lowercase().as_str()) {
        return Err(BadScalar::new(
            format!("`{}` is a boolean to some YAML tools and a word to others", scalar.text),
            format!("put the name in quotes: '{}'", scalar.text),
        ));
    }
    new(scalar.text.clone()).map_err(|bad| {
        BadScalar::new(bad.to_string(), format!("`{}` needs another name", scalar.text))
    })
}

fn named<T>(scalar: &Scalar, new: fn(String) -> Result<T, BadName>) -> Result<T, BadScalar> {
    check_name(scalar, new)
}

impl FromScalar for EnvName {
    const WANTED: &'static str = "the name of an environment";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        named(scalar, Self::new)
    }
}

impl FromScalar for HostName {
    const WANTED: &'static str = "the name of a host";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        named(scalar, Self::new)
    }
}

impl FromScalar for TargetName {
    const WANTED: &'static str = "the name of a target";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        named(scalar, Self::new)
    }
}

impl FromScalar for AppName {
    const WANTED: &'static str = "the name of an app";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        named(scalar, Self::new)
    }
}

impl FromScalar for StackName {
    const WANTED: &'static str = "the name of a stack";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        named(scalar, Self::new)
    }
}

impl FromScalar for Color {
    const WANTED: &'static str = "the name of a color";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        named(scalar, Self::new)
    }
}

fn only(scalar: &Scalar, what: &str, also: &str, upper: bool) -> Result<String, BadScalar> {
    let letter = |c: char| c.is_ascii_lowercase() || (upper && c.is_ascii_uppercase());
    let good = |c: char| letter(c) || c.is_ascii_digit() || also.contains(c);
    let letters = if upper { "letters" } else { "lower-case letters" };
    if scalar.text.starts_with(|c: char| letter(c) || c.is_ascii_digit())
        && scalar.text.chars().all(good)
    {
        return Ok(scalar.text.clone());
    }
    let also: Vec<String> = also.chars().map(|c| format!("`{c}`")).collect();
    Err(BadScalar::new(
        format!("`{}` is not the name of {what}", scalar.text),
        format!("use {letters}, digits and {}; begin with a letter or a digit", also.join(" ")),
    ))
}

impl FromScalar for Slug {
    const WANTED: &'static str = "a name";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        // Only for the check on booleans.
        check_name(scalar, Ok)?;
        only(scalar, "a role or a group", "._-", true).map(Self)
    }
}

impl FromScalar for ProjectName {
    const WANTED: &'static str = "the name of a compose project";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        only(scalar, "a compose project", "_-", false).map(Self)
    }
}

impl FromScalar for ServicePattern {
    const WANTED: &'static str = "the name of a service";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&["color"]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let sample = Scalar { text: scalar.text.replace("{color}", "c"), plain: scalar.plain };
        only(&sample, "a service", "._-", true)?;
        Ok(Self(scalar.text.clone()))
    }
}

impl FromScalar for ServiceName {
    const WANTED: &'static str = "the name of a service";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        only(scalar, "a service", "._-", true).map(Self)
    }
}

impl FromScalar for VarName {
    const WANTED: &'static str = "the name of a variable";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let text = &scalar.text;
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(good) {
            return Err(BadScalar::new(
                format!("`{text}` is not the name of a variable"),
                "use letters, digits and `_`: a template could not name it otherwise",
            ));
        }
        Ok(Self(text.clone()))
    }
}

impl FromScalar for UpstreamName {
    const WANTED: &'static str = "the name of an upstream";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        only(scalar, "an upstream", "._-", true).map(Self)
    }
}
