//! What stands behind a tag: the manifests and indexes of the OCI image specification
//! (<https://github.com/opencontainers/image-spec>) and of Docker's "Image Manifest Version 2, Schema 2",
//! which differ in the names of their media types only.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::catalog::{Facts, Platform};
use crate::domain::release::Digest;

/// Every supported media type. Without this list a registry answers with its oldest form.
pub const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";

const CREATED: &str = "org.opencontainers.image.created";

/// A manifest, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// One image for each of several platforms.
    Index { platforms: Vec<Platform>, made_at: Option<DateTime<Utc>>, first: Option<Digest> },
    /// One image. When it was made and for what is in its configuration.
    Image { config: Option<Digest>, made_at: Option<DateTime<Utc>> },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    manifests: Option<Vec<Child>>,
    config: Option<Descriptor>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: Option<String>,
    digest: Option<String>,
}

#[derive(Deserialize)]
struct Child {
    digest: Option<String>,
    platform: Option<RawPlatform>,
}

#[derive(Deserialize)]
struct RawPlatform {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

impl RawPlatform {
    /// `unknown/unknown` is what build tools call an attestation: it is no image.
    fn known(&self) -> Option<Platform> {
        let word = |text: &Option<String>| text.clone().filter(|text| is_word(text));
        let (os, architecture) = (word(&self.os)?, word(&self.architecture)?);
        let variant = self.variant.as_deref().filter(|variant| is_word(variant));
        (os != "unknown").then(|| Platform::new(&os, &architecture, variant))
    }
}

/// It will be shown: short, and of letters that mean nothing to a terminal.
fn is_word(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

impl Manifest {
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let raw: Raw = serde_json::from_slice(body).map_err(|error| {
            format!(
                "its manifest cannot be read (line {}, column {})",
                error.line(),
                error.column()
            )
        })?;
        let made_at = raw.annotations.as_ref().and_then(|all| time(all.get(CREATED)?));
        match (raw.manifests, raw.config) {
            (Some(children), _) => {
                let images = children.iter().filter_map(|child| {
                    Some((child.platform.as_ref()?.known()?, digest(child.digest.as_ref())))
                });
                let (mut platforms, digests): (Vec<_>, Vec<_>) = images.unzip();
                platforms.sort();
                platforms.dedup();
                // An index may name no platform at all: then its first part is as good as any.
                let all = children.iter().map(|child| digest(child.digest.as_ref()));
                let first = digests.into_iter().chain(all).flatten().next();
                Ok(Self::Index { platforms, made_at, first })
            }
            (None, Some(config)) => {
                // A chart or a signature is kept in a registry too; its configuration is none of an image.
                let of_image = config.media_type.as_ref().is_none_or(|it| it.contains("image"));
                let config = digest(config.digest.as_ref()).filter(|_| of_image);
                Ok(Self::Image { config, made_at })
            }
            (None, None) => Err("its manifest is of a kind that is not known here".to_owned()),
        }
    }
}

/// An image's configuration: its platform, and when it was built.
pub fn config(body: &[u8]) -> Result<Facts, String> {
    #[derive(Deserialize)]
    struct Config {
        created: Option<String>,
        #[serde(flatten)]
        platform: RawPlatform,
    }
    let config: Config = serde_json::from_slice(body).map_err(|error| {
        format!(
            "its configuration cannot be read (line {}, column {})",
            error.line(),
            error.column()
        )
    })?;
    let platforms = config.platform.known().into_iter().collect();
    Ok(Facts { digest: None, platforms, made_at: config.created.as_deref().and_then(time) })
}

fn digest(text: Option<&String>) -> Option<Digest> {
    Digest::new(text?.as_str()).ok()
}

/// Reproducible builds have the epoch as their time, which says nothing.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    (at.timestamp() > 0).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hex(letter: &str) -> String {
        format!("sha256:{}", letter.repeat(64))
    }

    fn read(value: &serde_json::Value) -> Result<Manifest, String> {
        Manifest::read(value.to_string().as_bytes())
    }

    #[test]
    fn index_lists_its_platforms_without_attestations() {
        let index = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {"digest": hex("a"), "platform": {"os": "unknown", "architecture": "unknown"}},
                {"digest": hex("b"), "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}},
                {"digest": hex("c"), "platform": {"os": "linux", "architecture": "amd64"}},
            ],
            "annotations": {CREATED: "2026-08-24T03:00:00Z"},
        });
        let Ok(Manifest::Index { platforms, made_at, first }) = read(&index) else { panic!() };
        let words: Vec<String> = platforms.iter().map(Platform::to_string).collect();
        assert_eq!(words, ["linux/amd64", "linux/arm/v7"]);
        assert_eq!(made_at.unwrap().to_rfc3339(), "2026-08-24T03:00:00+00:00");
        assert_eq!(first.unwrap().as_str(), hex("b"));
    }

    #[test]
    fn an_image_names_its_configuration_and_a_chart_has_none() {
        let of = |media: &str| json!({"schemaVersion": 2, "config": {"mediaType": media, "digest": hex("d")}, "layers": []});
        let docker = read(&of("application/vnd.docker.container.image.v1+json")).unwrap();
        let config = Digest::new(hex("d")).ok();
        assert_eq!(docker, Manifest::Image { config, made_at: None });
        let chart = read(&of("application/vnd.cncf.helm.config.v1+json")).unwrap();
        assert_eq!(chart, Manifest::Image { config: None, made_at: None });
    }

    #[test]
    fn unknown_kinds_are_reported() {
        assert!(read(&json!({"schemaVersion": 1, "history": []})).is_err());
        assert!(Manifest::read(b"<html>").unwrap_err().contains("line 1"));
    }

    #[test]
    fn configuration_contains_time_and_platform() {
        let text = json!({"created": "2026-08-24T03:00:00.123456789Z", "os": "linux", "architecture": "arm64", "config": {}});
        let facts = config(text.to_string().as_bytes()).unwrap();
        assert_eq!(facts.platforms[0].to_string(), "linux/arm64");
        assert_eq!(facts.made_at.unwrap().timestamp(), 1_787_540_400);
        let epoch =
            json!({"created": "1970-01-01T00:00:00Z", "os": "\u{1b}[31m", "architecture": "x"});
        assert_eq!(config(epoch.to_string().as_bytes()).unwrap(), Facts::default());
    }
}
