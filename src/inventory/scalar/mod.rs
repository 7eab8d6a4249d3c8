//! Single values: what each kind may look like, and what to say when it does not.

mod choice;
mod name;
mod net;
mod number;
mod path;
mod text;

pub use choice::PlatformWord;
pub use name::{ProjectName, ServiceName, ServicePattern, Slug, UpstreamName, VarName};
pub use net::{Address, HeaderName, Image, Jump, Listens, PublicUrl, Url};
pub use number::{AtLeastOne, DiskSize, Limit, Port, Status};
pub use path::{LocalPath, RemotePath, SafeWord};
pub use text::{FilledText, Text};

use crate::base::yaml::Scalar;

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadScalar {
    pub what: String,
    pub remedy: String,
    /// What was written may be a secret: it is not to be shown.
    pub secret: bool,
}

impl BadScalar {
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into(), secret: false }
    }
}

pub trait FromScalar: Sized {
    /// For the sentence "`key` wants …; a list is given".
    const WANTED: &'static str;
    /// `Some`: placeholders are filled in before it is read, but for these.
    const PLACEHOLDERS: Option<&'static [&'static str]> = None;

    /// Whatever is written in its stead is not to be shown.
    const SECRET: bool = false;

    fn read(word: &Scalar) -> Result<Self, BadScalar>;
}
