//! Texts with the name of a release in them, such as the address of its archive.

use crate::domain::release::Tag;

/// A text in which `{release}` stands for the name of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

/// The part of a template up to the end of the path segment that names the release: what a list of releases shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedName<'t> {
    /// The directory, with its last `/`; empty if there is none.
    pub directory: &'t str,
    /// The segment, with the gap.
    pub segment: &'t str,
    /// Whether the segment is a directory, which holds the archive.
    pub is_directory: bool,
}

impl Template {
    /// What stands for the name of a release.
    pub const GAP: &'static str = "{release}";

    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn filled(&self, release: &Tag) -> String {
        self.0.replace(Self::GAP, release.as_str())
    }

    /// Returns whether the text names the release. Without that, every release would be the same archive.
    pub fn names_release(&self) -> bool {
        self.0.contains(Self::GAP)
    }

    /// Returns what a list of releases shows of this template. `None`: it does not name the release.
    pub fn listed_name(&self) -> Option<ListedName<'_>> {
        let gap = self.0.find(Self::GAP)?;
        let start = self.0[..gap].rfind('/').map_or(0, |slash| slash + 1);
        let end = self.0[gap..].find(['/', '?', '#']).map(|at| gap + at);
        Some(ListedName {
            directory: &self.0[..start],
            segment: &self.0[start..end.unwrap_or(self.0.len())],
            is_directory: end.is_some_and(|at| self.0[at..].starts_with('/')),
        })
    }
}

impl ListedName<'_> {
    /// Returns the release that has this name in the list, without a `/` at its end.
    pub fn release(&self, name: &str) -> Option<Tag> {
        let (before, after) = self.segment.split_once(Template::GAP)?;
        let (after, _) = after.split_once(Template::GAP).unwrap_or((after, ""));
        let rest = name.strip_prefix(before)?;
        // The last place where the text after the gap can stand; where the gap comes twice, the whole name decides.
        let candidates = rest.match_indices(after).map(|(at, _)| at).chain([rest.len()]);
        candidates
            .filter_map(|at| Tag::new(&rest[..at]).ok())
            .filter(|tag| self.segment.replace(Template::GAP, tag.as_str()) == name)
            .last()
            // A checksum file is no release of its own.
            .filter(|tag| self.is_directory || !tag.as_str().ends_with(".sha256"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(template: &str, name: &str) -> Option<String> {
        let template = Template::new(template);
        template.listed_name()?.release(name).map(|tag| tag.to_string())
    }

    #[test]
    fn list_shows_the_segment_that_names_the_release() {
        let of = |text: &'static str| {
            let template = Template::new(text);
            let listed = template.listed_name()?;
            Some((listed.directory.to_owned(), listed.segment.to_owned(), listed.is_directory))
        };
        let parts = |directory: &str, segment: &str, is_directory| {
            Some((directory.to_owned(), segment.to_owned(), is_directory))
        };
        assert_eq!(
            of("https://example.org/shop-{release}.tgz"),
            parts("https://example.org/", "shop-{release}.tgz", false)
        );
        assert_eq!(of("shop/{release}/shop-{release}.tgz"), parts("shop/", "{release}", true));
        assert_eq!(of("{release}.tgz?x={release}"), parts("", "{release}.tgz", false));
        assert_eq!(of("shop.tgz"), None);
    }

    #[test]
    fn releases_are_found_by_their_name_in_the_list() {
        assert_eq!(release("a/shop-{release}.tar.gz", "shop-v1.2.tar.gz").as_deref(), Some("v1.2"));
        assert_eq!(release("a/{release}.gz", "v1.gz.gz").as_deref(), Some("v1.gz"));
        assert_eq!(release("{release}/{release}.tgz", "v1").as_deref(), Some("v1"));
        assert_eq!(release("{release}-{release}.tgz", "v1-v1.tgz").as_deref(), Some("v1"));
        assert_eq!(release("{release}", "v1").as_deref(), Some("v1"));
        for (template, name) in [
            ("shop-{release}.tgz", "shop-.tgz"),
            ("shop-{release}.tgz", "shop-v1.tgz.sha256"),
            ("shop-{release}.tgz", "other-v1.tgz"),
            ("shop-{release}.tgz", "shop-a b.tgz"),
            ("{release}-{release}.tgz", "v1-v2.tgz"),
            ("{release}", "v1.sha256"),
            ("{release}", ".."),
        ] {
            assert_eq!(release(template, name), None, "{template} {name}");
        }
    }
}
