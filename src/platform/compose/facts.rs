//! Facts: the part of an observation that only this platform reads, and plans from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::preflight::Preflight;
use crate::domain::names::{Color, RunId};
use crate::domain::observation::{Detail, Health, Observation, Running};
use crate::domain::release::{Digest, Release, Tag};
use crate::platform::kit::facts::HostFacts;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    #[serde(flatten)]
    pub host: HostFacts,
    /// The compose file that `docker-compose.yml` points to, whatever its name.
    pub link: Option<String>,
    /// Why that file cannot be the deployed one.
    #[serde(default)]
    pub link_fault: Option<LinkFault>,
    pub files: Vec<DatedFile>,
    pub images: Vec<Image>,
    /// Images of the repository whose tags were moved to other images.
    #[serde(default)]
    pub untagged: Vec<Untagged>,
    pub containers: Vec<Container>,
    /// One-off migration containers that still exist. One that succeeded is removed at once.
    #[serde(default)]
    pub migrations: Vec<MigrationContainer>,
    pub pulled: Option<Pulled>,
    /// Releases whose migration finished here.
    pub migrated: Vec<(Tag, Option<Digest>)>,
    /// Why Docker Engine could not be asked.
    #[serde(default)]
    pub engine: Option<String>,
    /// What a server must have before anything can be released to it.
    #[serde(default)]
    #[serde(alias = "ground")]
    pub preflight: Preflight,
}

/// Why the link `docker-compose.yml` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkFault {
    /// Its target does not exist.
    Broken(String),
    /// Its target is in another directory: its path.
    Elsewhere(String),
    /// The name of its target contains white space, which the first line of a later file could not carry.
    OddName(String),
}

/// A compose file. If Flipside wrote it, its first line says for which release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedFile {
    pub name: String,
    pub sha256: String,
    pub head: Option<Head>,
}

/// The first line of a dated compose file: `# flipside release=v2 color=green previous=FILE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub release: Tag,
    pub color: Option<Color>,
    /// The file that was deployed when this one was written.
    pub previous: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: String,
    pub tag: Tag,
    /// The first of `digests`.
    pub digest: Option<Digest>,
    /// Every digest that the registry has for this image.
    #[serde(default)]
    pub digests: Vec<Digest>,
    pub created: DateTime<Utc>,
}

impl Image {
    /// Returns whether this image is the release: by its tag, and by its digest where that is known.
    pub fn is(&self, release: &Release) -> bool {
        let same =
            |digest: &Digest| self.digest.as_ref() == Some(digest) || self.digests.contains(digest);
        self.tag == release.tag && release.digest.as_ref().is_none_or(same)
    }
}

/// Whether the image of a release is on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImagePresence {
    /// It is on the host under its tag.
    Tagged,
    /// It is on the host, but its tag means another image, or none.
    Untagged,
    /// It is not on the host.
    Absent,
}

/// An image whose tag means another image today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untagged {
    pub id: String,
    pub digests: Vec<Digest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    pub id: String,
    pub service: String,
    /// The tag that it was created from, if that is of the app's repository.
    pub tag: Option<Tag>,
    #[serde(default)]
    pub digest: Option<Digest>,
    /// What it was created from, as text, also where that is of another repository.
    #[serde(default)]
    pub created_from: String,
    pub image_id: String,
    pub running: Running,
    pub health: Health,
}

/// The one-off container of a release's migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationContainer {
    pub tag: Tag,
    pub running: bool,
}

/// The last tag that was pulled on this host, and the run that pulled it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    pub tag: Tag,
    pub digest: Digest,
    pub run: RunId,
}

impl Facts {
    /// Returns the facts of an observation. `None`: it is of another platform.
    pub fn of(observation: &Observation) -> Option<Self> {
        serde_json::from_value(observation.detail.0.clone()).ok()
    }

    pub fn into_detail(self) -> Detail {
        Detail(serde_json::to_value(self).unwrap_or_default())
    }

    /// Returns whether the image of this release is on the host, and whether its tag means it.
    pub fn image_presence(&self, release: &Release) -> ImagePresence {
        if self.images.iter().any(|image| image.is(release)) {
            return ImagePresence::Tagged;
        }
        let Some(digest) = &release.digest else { return ImagePresence::Absent };
        let images = self.images.iter().map(|image| &image.digests);
        let mut all = images.chain(self.untagged.iter().map(|image| &image.digests));
        if all.any(|digests| digests.contains(digest)) {
            ImagePresence::Untagged
        } else {
            ImagePresence::Absent
        }
    }

    /// Returns the containers of a service: more than one if it is scaled.
    pub fn replicas<'f>(&'f self, service: &'f str) -> impl Iterator<Item = &'f Container> {
        self.containers.iter().filter(move |container| container.service == service)
    }

    pub fn file(&self, name: &str) -> Option<&DatedFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Returns the deployed compose file: the target of the link `docker-compose.yml`, if it exists beside it.
    pub fn linked(&self) -> Option<&DatedFile> {
        if self.link_fault.is_some() { None } else { self.file(self.link.as_deref()?) }
    }

    /// Returns why no compose file is deployed, and the remedy. A remedy of `None` means setup.
    pub fn no_compose_file(&self, dir: &str) -> (String, Option<String>) {
        let link = format!("{dir}/docker-compose.yml");
        match (&self.link_fault, &self.link) {
            (Some(LinkFault::Broken(to)), _) => {
                (format!("{link} points to {to}, which does not exist"), None)
            }
            (Some(LinkFault::Elsewhere(to)), _) => {
                let name = to.rsplit('/').next().unwrap_or_default();
                let what = format!("{link} points to {to}; it must point to a file beside it");
                let how =
                    format!("Run `cd {dir} && cp {to} . && ln -sfn {name} docker-compose.yml`.");
                (what, Some(how))
            }
            (Some(LinkFault::OddName(name)), _) => {
                let what = format!("{link} points to {name:?}, whose name contains white space");
                let how = "Rename that file without white space, and point the link at it.";
                (what, Some(how.to_owned()))
            }
            (None, Some(name)) => {
                let what = format!("{dir}/{name}, the deployed compose file, is not readable");
                let how = format!(
                    "Make it readable for the login user: run `chmod a+r {dir}/{name}` as root."
                );
                (what, Some(how))
            }
            (None, None) => (format!("{link} is not a link to a compose file"), None),
        }
    }

    /// Returns whether the migration of a release finished here.
    pub fn has_migrated(&self, tag: &Tag, digest: Option<&Digest>) -> bool {
        self.migrated
            .iter()
            .any(|(done, of)| done == tag && (digest.is_none() || of.as_ref() == digest))
    }
}

impl Head {
    pub fn parse(line: &str) -> Option<Self> {
        let words = line.strip_prefix("# flipside ")?;
        let value =
            |key: &str| words.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        Some(Self {
            release: Tag::new(value("release")?).ok()?,
            color: value("color").and_then(|color| Color::new(color).ok()),
            previous: value("previous").map(str::to_owned),
        })
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "# flipside release={}", self.release)?;
        if let Some(color) = &self.color {
            write!(f, " color={color}")?;
        }
        if let Some(previous) = &self.previous {
            write!(f, " previous={previous}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::kit::preflight::DirectoryState;

    /// The names of fields are those of observations that are stored.
    #[test]
    fn facts_of_an_earlier_version_can_be_read() {
        let stored = serde_json::json!({
            "missing": false,
            "link": "docker-compose.1.yml",
            "files": [],
            "live_include": {"text": "upstream shop_live {}", "sha256": "0"},
            "passive_include": null,
            "draining": 2,
            "images": [],
            "containers": [],
            "pulled": null,
            "migrated": [],
            "passive_answer": {"status": 200, "took": 12, "color": "green", "release": null},
            "live_tls": "a wrong name",
            "ground": {
                "places": [{"path": "/srv/shop", "standing": "ours"}],
                "plain_compose_file": true,
                "override_file": "docker-compose.override.yml",
                "proxy": {
                    "complaint": {"broken": "unknown directive"},
                    "sum": "abc",
                    "upstreams": [], "passes": ["shop_live"], "sites": [], "includes": [],
                },
                "setup_facts": {"user": "deploy", "group": "deploy", "may": [], "packaged_page": false},
            },
            "troubles": ["it does not hold"],
        });
        let facts: Facts = serde_json::from_value(stored).unwrap();
        let HostFacts { missing, includes, passive_answer, live_tls, problems, .. } = &facts.host;
        assert!(!missing);
        assert_eq!(problems, &["it does not hold"]);
        assert_eq!((includes.draining, includes.live_include.is_some()), (Some(2), true));
        assert_eq!(passive_answer.as_ref().unwrap().status, Some(200));
        assert_eq!(live_tls.as_deref(), Some("a wrong name"));
        let Preflight { host, plain_compose_file, override_file, .. } = &facts.preflight;
        assert!(plain_compose_file, "{override_file:?}");
        assert_eq!(host.directories[0].state, DirectoryState::Writable);
        assert_eq!(host.setup_facts.as_ref().unwrap().user, "deploy");
        assert_eq!(host.proxy.sum.as_deref(), Some("abc"));
        assert_eq!(host.proxy.dump_error.as_ref().unwrap().message(), "unknown directive");
        assert!(host.proxy.served.passes.contains("shop_live"));
        // What is written is read again, under the names that earlier versions know.
        let written = serde_json::to_value(&facts).unwrap();
        for (at, name) in [("", "problems"), ("", "live_include"), ("/preflight", "directories")] {
            assert!(written.pointer(&format!("{at}/{name}")).is_some(), "{name} in {written}");
        }
        assert_eq!(serde_json::from_value::<Facts>(written).unwrap(), facts);
    }
}
