//! Names that become parts of something on a host, and names of roles and groups.

use super::{BadScalar, FromScalar};
use crate::base::yaml::Scalar;
use crate::domain::names::{AppName, BadName, Color, EnvName, HostName, StackName};

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

/// A variable, as a template can name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VarName(pub String);

/// An upstream of nginx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamName(pub String);

/// A name by the domain's own rule.
///
/// `no`, `on` and their like are words to YAML 1.2 and booleans to older tools. As a name they must
/// be in quotes, so that every tool reads the same.
fn check_name<T>(
    word: &Scalar,
    new: impl Fn(String) -> Result<T, BadName>,
) -> Result<T, BadScalar> {
    let boolean = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if word.plain && boolean.contains(&word.text.to_ascii_lowercase().as_str()) {
        return Err(BadScalar::new(
            format!("`{}` is a boolean to some YAML tools and a word to others", word.text),
            format!("put the name in quotes: '{}'", word.text),
        ));
    }
    new(word.text.clone()).map_err(|bad| {
        BadScalar::new(bad.to_string(), format!("`{}` needs another name", word.text))
    })
}

fn named<T>(word: &Scalar, new: fn(String) -> Result<T, BadName>) -> Result<T, BadScalar> {
    check_name(word, new)
}

impl FromScalar for EnvName {
    const WANTED: &'static str = "the name of an environment";
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        named(word, Self::new)
    }
}

impl FromScalar for HostName {
    const WANTED: &'static str = "the name of a host";
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        named(word, Self::new)
    }
}

impl FromScalar for AppName {
    const WANTED: &'static str = "the name of an app";
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        named(word, Self::new)
    }
}

impl FromScalar for StackName {
    const WANTED: &'static str = "the name of a stack";
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        named(word, Self::new)
    }
}

impl FromScalar for Color {
    const WANTED: &'static str = "the name of a color";
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        named(word, Self::new)
    }
}

fn only(word: &Scalar, what: &str, also: &str, upper: bool) -> Result<String, BadScalar> {
    let letter = |c: char| c.is_ascii_lowercase() || (upper && c.is_ascii_uppercase());
    let good = |c: char| letter(c) || c.is_ascii_digit() || also.contains(c);
    let letters = if upper { "letters" } else { "lower-case letters" };
    if word.text.starts_with(|c: char| letter(c) || c.is_ascii_digit())
        && word.text.chars().all(good)
    {
        return Ok(word.text.clone());
    }
    let also: Vec<String> = also.chars().map(|c| format!("`{c}`")).collect();
    Err(BadScalar::new(
        format!("`{}` is not the name of {what}", word.text),
        format!("use {letters}, digits and {}; begin with a letter or a digit", also.join(" ")),
    ))
}

impl FromScalar for Slug {
    const WANTED: &'static str = "a name";
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        // The rule of hosts' names, without calling it one.
        check_name(word, Ok)?;
        only(word, "a role or a group", "._-", true).map(Self)
    }
}

impl FromScalar for ProjectName {
    const WANTED: &'static str = "the name of a compose project";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        only(word, "a compose project", "_-", false).map(Self)
    }
}

impl FromScalar for ServicePattern {
    const WANTED: &'static str = "the name of a service";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&["color"]);
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        let sample = Scalar { text: word.text.replace("{color}", "c"), plain: word.plain };
        only(&sample, "a service", "._-", true)?;
        Ok(Self(word.text.clone()))
    }
}

impl FromScalar for ServiceName {
    const WANTED: &'static str = "the name of a service";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        only(word, "a service", "._-", true).map(Self)
    }
}

impl FromScalar for VarName {
    const WANTED: &'static str = "the name of a variable";
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        let text = &word.text;
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
    fn read(word: &Scalar) -> Result<Self, BadScalar> {
        only(word, "an upstream", "._-", true).map(Self)
    }
}
