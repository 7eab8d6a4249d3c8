//! Image references as Docker reads them: different texts can name the same repository.
//!
//! The grammar is that of the distribution project's `reference` package. A short name implies `docker.io/`
//! (or `index.docker.io/`) and `library/`; a `:` after the last `/` begins a tag, a `@` a digest.

use crate::domain::release::{Digest, Tag};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The full name of the repository: `docker.io/library/nginx`.
    repository: String,
    pub tag: Option<Tag>,
    pub digest: Option<Digest>,
}

const HUB: &str = "docker.io";

impl Reference {
    /// Parses a reference. Without tag and digest it means `latest`. `None`: an image id, or no valid name.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(Digest::new(digest).ok()?)),
            None => (text, None),
        };
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match name[last..].split_once(':') {
            Some((short, tag)) => (&name[..last + short.len()], Some(Tag::new(tag).ok()?)),
            None => (name, None),
        };
        let is_hex = |text: &str| text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit());
        // `sha256:…` would read as the tag of a repository of that name.
        if name.is_empty() || is_hex(name) || tag.as_ref().is_some_and(|tag| is_hex(tag.as_str())) {
            return None;
        }
        let tag = if digest.is_none() { tag.or_else(|| Tag::new("latest").ok()) } else { tag };
        Some(Self { repository: full_name(name), tag, digest })
    }

    pub fn is_of(&self, image: &str) -> bool {
        self.repository == full_name(image)
    }
}

/// Returns the full name of a repository.
fn full_name(name: &str) -> String {
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if is_registry(first) => (first, rest),
        _ => (HUB, name),
    };
    let registry = if registry == "index.docker.io" { HUB } else { registry };
    let library = if registry == HUB && !path.contains('/') { "library/" } else { "" };
    format!("{registry}/{library}{path}")
}

fn is_registry(first: &str) -> bool {
    first == "localhost"
        || first.contains(['.', ':'])
        || first.chars().any(|c| c.is_ascii_uppercase())
}

/// Returns the shortest name of the same repository, which is how the engine writes it and compares it with
/// a filter.
pub fn familiar(image: &str) -> String {
    let full = full_name(image);
    let short = full.strip_prefix("docker.io/library/").filter(|rest| !rest.contains('/'));
    short.or_else(|| full.strip_prefix("docker.io/")).unwrap_or(&full).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn all_names_of_one_repository_are_equal() {
        for (image, text, tag) in [
            ("team/shop", "docker.io/team/shop:v1", Some("v1")),
            ("docker.io/team/shop", "team/shop:v1", Some("v1")),
            ("index.docker.io/team/shop", "team/shop:v1", Some("v1")),
            ("nginx", "docker.io/library/nginx:v1", Some("v1")),
            ("library/nginx", "nginx", Some("latest")),
            ("r.example.org:5000/shop", "r.example.org:5000/shop:v1", Some("v1")),
            ("r.example.org:5000/shop", "r.example.org:5000/shop", Some("latest")),
            ("localhost/shop", "localhost/shop:v1", Some("v1")),
        ] {
            let reference = Reference::parse(text).unwrap();
            assert!(reference.is_of(image), "{image} {text}: {reference:?}");
            assert_eq!(reference.tag.as_ref().map(Tag::as_str), tag, "{text}");
        }
    }

    #[test]
    fn different_repositories_are_not_equal() {
        for (image, text) in [
            ("shop", "shopping:v1"),
            ("team/shop", "other/shop:v1"),
            ("r.example.org/shop", "r.example.org:5000/shop:v1"),
            ("r.example.org/shop", "shop:v1"),
        ] {
            assert!(!Reference::parse(text).unwrap().is_of(image), "{image} {text}");
        }
    }

    #[test]
    fn a_reference_may_have_tag_and_digest_or_only_a_digest() {
        let both = Reference::parse(&format!("r.example.org:5000/shop:v1@{SHA}")).unwrap();
        assert_eq!(both.tag.as_ref().map(Tag::as_str), Some("v1"));
        assert_eq!(both.digest.as_ref().map(Digest::as_str), Some(SHA));
        let digest = Reference::parse(&format!("shop@{SHA}")).unwrap();
        assert!(digest.tag.is_none() && digest.digest.is_some() && digest.is_of("shop"));
        for id in [SHA, &SHA[7..], ""] {
            assert_eq!(Reference::parse(id), None, "{id}");
        }
    }

    #[test]
    fn the_familiar_name_is_the_shortest() {
        for (image, wanted) in [
            ("docker.io/library/nginx", "nginx"),
            ("index.docker.io/team/shop", "team/shop"),
            ("library/nginx", "nginx"),
            ("r.example.org:5000/library/shop", "r.example.org:5000/library/shop"),
            ("localhost/shop", "localhost/shop"),
        ] {
            assert_eq!(familiar(image), wanted);
        }
    }
}
