//! Single values of a request.

use crate::base::secret_ref::SecretRef;
use crate::base::suggest;
use crate::base::yaml::Scalar;
use crate::domain::http::{Method, Replay, Url};
use crate::inventory::scalar::{self, BadScalar, FromScalar};

pub struct MethodWord(pub Method);

impl Default for MethodWord {
    fn default() -> Self {
        Self(Method::Get)
    }
}

/// Whether a request can be repeated.
pub struct ReplayWord(pub Replay);

/// A path, which is added to the URL of the API, or a whole URL.
pub struct RequestPath(pub String);

/// A whole URL, or where it is kept: some addresses are secrets.
pub struct RequestUrl(pub Url);

/// A text of one or more lines, with placeholders of a request.
pub struct BodyText(pub String);

fn one_of<T: Copy>(scalar: &Scalar, what: &str, known: &[(&str, T)]) -> Result<T, BadScalar> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let found = known.iter().find(|(name, _)| *name == scalar.text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        BadScalar::new(
            format!("`{}` is not {what}", scalar.text),
            suggest::name(&scalar.text, &names),
        )
    })
}

impl FromScalar for MethodWord {
    const WANTED: &'static str = "a method";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        use Method::{Delete, Get, Head, Patch, Post, Put};
        let known = [
            ("GET", Get),
            ("HEAD", Head),
            ("POST", Post),
            ("PUT", Put),
            ("PATCH", Patch),
            ("DELETE", Delete),
        ];
        one_of(scalar, "a method", &known).map(Self)
    }
}

impl FromScalar for ReplayWord {
    const WANTED: &'static str = "`safe`, `conditional` or `unsafe`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let known = [
            ("safe", Replay::Safe),
            ("conditional", Replay::Conditional),
            ("unsafe", Replay::Unsafe),
        ];
        one_of(scalar, "a way to repeat a request", &known).map(Self)
    }
}

impl FromScalar for RequestPath {
    const WANTED: &'static str = "a path";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let text = &scalar.text;
        let starts = ["/", "http://", "https://"].iter().any(|start| text.starts_with(start));
        let good = |c: char| c.is_ascii_graphic();
        if !starts || !text.chars().all(good) {
            let what = format!("`{}` is neither a path nor a URL", text.escape_debug());
            return Err(BadScalar::new(what, "write a path that begins with `/`, without spaces"));
        }
        Ok(Self(text.clone()))
    }
}

impl FromScalar for RequestUrl {
    const WANTED: &'static str = "a URL, or where it is kept, such as `env:NAME`";
    const SECRET: bool = true;
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        if let Ok(reference) = SecretRef::try_from(scalar.text.clone()) {
            return Ok(Self(Url::Secret(reference)));
        }
        scalar::Url::read(scalar).map(|url| Self(Url::Plain(url.0)))
    }
}

impl FromScalar for BodyText {
    const WANTED: &'static str = "a text";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        if scalar.text.trim().is_empty() {
            return Err(BadScalar::new("an empty text", "write one, or remove the line"));
        }
        Ok(Self(scalar.text.clone()))
    }
}
