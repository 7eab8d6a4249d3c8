//! Releases. A release is one immutable version. A registry can move a tag but not a digest, so a release has both, and two
//! hosts have the same release only if both agree.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An image tag, or the version of an artifact. It is safe in a file name: `[A-Za-z0-9_][A-Za-z0-9._-]*`, at most 128
/// characters, as in the OCI distribution specification.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a tag: a tag has 1 to 128 letters, digits, `_`, `.` or `-`, and does not start with `.` or `-`"
)]
pub struct BadTag(pub String);

impl Tag {
    pub fn new(text: impl Into<String>) -> Result<Self, BadTag> {
        let text = text.into();
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let good = (1..=128).contains(&text.len())
            && text.starts_with(word)
            && text.chars().all(|c| word(c) || c == '.' || c == '-');
        if good { Ok(Self(text)) } else { Err(BadTag(text)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Tag {
    type Error = BadTag;
    fn try_from(text: String) -> Result<Self, BadTag> {
        Self::new(text)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> String {
        tag.0
    }
}

impl std::str::FromStr for Tag {
    type Err = BadTag;
    fn from_str(text: &str) -> Result<Self, BadTag> {
        Self::new(text)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The digest of an image, `sha256:…`, as registries and engines write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest: a digest is `sha256:` and 64 hexadecimal digits")]
pub struct BadDigest(pub String);

impl Digest {
    pub fn new(text: impl Into<String>) -> Result<Self, BadDigest> {
        let text = text.into();
        let good = text
            .strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        // The same digest is written with capital digits, too.
        if good { Ok(Self(text.to_ascii_lowercase())) } else { Err(BadDigest(text)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first eight hexadecimal digits, for screens.
    pub fn short(&self) -> &str {
        &self.0[7..15]
    }
}

impl TryFrom<String> for Digest {
    type Error = BadDigest;
    fn try_from(text: String) -> Result<Self, BadDigest> {
        Self::new(text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One immutable version. `digest` is `None` until a host or a registry reports it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Release {
    pub tag: Tag,
    pub digest: Option<Digest>,
}

impl Release {
    pub fn of_tag(tag: Tag) -> Self {
        Self { tag, digest: None }
    }

    /// Returns whether the tags are equal and the digests do not contradict each other.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.tag == other.tag
            && match (&self.digest, &other.digest) {
                (Some(mine), Some(theirs)) => mine == theirs,
                _ => true,
            }
    }
}

/// Why a text names no release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRelease {
    #[error(transparent)]
    Tag(#[from] BadTag),
    #[error(transparent)]
    Digest(#[from] BadDigest),
}

/// Reads `v1`, or `v1@sha256:…` where the digest is given with it.
impl std::str::FromStr for Release {
    type Err = BadRelease;
    fn from_str(text: &str) -> Result<Self, BadRelease> {
        let (tag, digest) = text.split_once('@').map_or((text, None), |(tag, it)| (tag, Some(it)));
        Ok(Self { tag: Tag::new(tag)?, digest: digest.map(Digest::new).transpose()? })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.tag.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_may_be_named_with_its_digest() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let read = |text: &str| text.parse::<Release>().map_err(|bad| bad.to_string());
        assert_eq!(read("v1"), Ok(Release::of_tag(Tag::new("v1").unwrap())));
        let named = read(&format!("v1@{digest}")).unwrap();
        assert_eq!(named.digest.unwrap().as_str(), digest);
        assert!(read("v1@sha256:12").unwrap_err().contains("is not a digest"));
        assert!(read("@").unwrap_err().contains("is not a tag"));
    }

    #[test]
    fn a_digest_with_capital_digits_is_the_same_digest() {
        let digits = "ab12".repeat(16);
        let digest = |digits: &str| Digest::new(format!("sha256:{digits}")).unwrap();
        assert_eq!(digest(&digits.to_uppercase()), digest(&digits));
        assert!(Digest::new("sha256:ab12").is_err());
    }
}
