//! Single values: the form that each kind must have, and the message if it does not.

mod choice;
mod name;
mod net;
mod number;
mod path;
mod text;

pub use name::{ProjectName, ServiceName, ServicePattern, Slug, UpstreamName, VarName};
pub use net::{Address, HeaderName, Image, JsonPointer, Jump, Listens, PublicUrl, Url};
pub use number::{AtLeastOne, DiskSize, Limit, Port, Status};
pub use path::{LocalPath, RemotePath, SafeWord};
pub use text::{FilledText, Text};

use crate::base::yaml::Scalar;

/// Why a value was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadScalar {
    pub what: String,
    pub remedy: String,
    /// The value may be a secret and must not be shown.
    pub secret: bool,
}

impl BadScalar {
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into(), secret: false }
    }
}

/// A type that is read from a single value.
pub trait FromScalar: Sized {
    /// For the sentence "`key` wants …; a list is given".
    const WANTED: &'static str;
    /// `Some`: placeholders are filled in before it is read, except these.
    const PLACEHOLDERS: Option<&'static [&'static str]> = None;
    /// The value must never be shown, even if it is of another kind.
    const SECRET: bool = false;

    fn read(scalar: &Scalar) -> Result<Self, BadScalar>;
}
