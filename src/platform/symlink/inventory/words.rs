//! Single values of this platform.

use crate::base::suggest;
use crate::base::yaml::Scalar;
use crate::inventory::scalar::{BadScalar, FromScalar};
use crate::platform::symlink::spec::ChecksumFrom;

/// What stands for the name of a release.
const RELEASE: &str = "{release}";

/// The address of an archive, with `{release}`.
pub struct ReleaseUrl(pub String);

/// The path of an archive, or the name of an object, with `{release}`.
pub struct ReleasePath(pub String);

/// The name of a directory or link in the directory of an app.
pub struct DirectoryName(pub String);

/// A word of a command of a slot's service, which may name the slot.
pub struct ServiceWord(pub String);

/// Checks a template: without the name of the release, every release would be the same archive.
fn template(text: &str) -> Result<String, BadScalar> {
    if text.chars().any(|c| c.is_control() || c == ' ') {
        return Err(BadScalar::new("a space or a control character", "write it without"));
    }
    if !text.contains(RELEASE) {
        return Err(BadScalar::new(
            format!("`{text}` is the same for every release"),
            format!("write `{RELEASE}` where the name of the release stands"),
        ));
    }
    Ok(text.to_owned())
}

impl FromScalar for ReleaseUrl {
    const WANTED: &'static str = "the address of an archive";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&["release"]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let text = template(&scalar.text)?;
        let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Err(BadScalar::new(
                format!("`{text}` is not an http or https address"),
                "write `https://artifacts.example.org/shop/{release}.tar.gz`",
            ));
        }
        Ok(Self(text))
    }
}

impl FromScalar for ReleasePath {
    const WANTED: &'static str = "the path of an archive";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&["release"]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        template(&scalar.text).map(Self)
    }
}

impl FromScalar for DirectoryName {
    const WANTED: &'static str = "the name of a directory";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let text = &scalar.text;
        let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if text.is_empty() || text.starts_with(['.', '-']) || !text.chars().all(good) {
            return Err(BadScalar::new(
                format!("`{text}` is no name in the directory of the app"),
                "write one name of letters, digits, `.`, `_` and `-`, such as `releases`",
            ));
        }
        Ok(Self(text.clone()))
    }
}

impl FromScalar for ServiceWord {
    const WANTED: &'static str = "a word of a command";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&["color", "port", "dir", "slot"]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        if scalar.text.is_empty() || scalar.text.chars().any(char::is_control) {
            return Err(BadScalar::new("an empty word, or a control character", "write one word"));
        }
        Ok(Self(scalar.text.clone()))
    }
}

impl FromScalar for ChecksumFrom {
    const WANTED: &'static str = "`beside` or `release`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        match scalar.text.as_str() {
            "beside" => Ok(Self::Beside),
            "release" => Ok(Self::Release),
            other => Err(BadScalar::new(
                format!("`{other}` is no source of checksums"),
                suggest::name(other, &["beside", "release"]),
            )),
        }
    }
}
