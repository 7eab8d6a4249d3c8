//! What only this platform knows of a host: the part of an observation that it plans from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::preflight::Preflight;
use crate::domain::names::{Color, RunId};
use crate::domain::observation::{Detail, Health, HttpAnswer, Observation, Running};
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::spec::ComposeSpec;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The stack's directory is not there: this host was never set up.
    pub missing: bool,
    /// The compose file that `docker-compose.yml` points to, whatever its name.
    pub link: Option<String>,
    /// Why that file cannot be the one in use.
    #[serde(default)]
    pub link_fault: Option<LinkFault>,
    pub files: Vec<DatedFile>,
    pub live_include: Option<IncludeFile>,
    pub passive_include: Option<IncludeFile>,
    pub images: Vec<Image>,
    /// Images of the repository whose tags were given to others.
    #[serde(default)]
    pub untagged: Vec<Untagged>,
    pub containers: Vec<Container>,
    /// One-off migration containers that are still here. One that succeeded is removed at once.
    #[serde(default)]
    pub migrations: Vec<MigrationContainer>,
    pub pulled: Option<Pulled>,
    /// Releases whose migration finished here.
    pub migrated: Vec<(Tag, Option<Digest>)>,
    /// Workers of earlier nginx configurations that still finish their requests.
    pub draining: Option<u32>,
    /// What the passive side answered.
    #[serde(default)]
    pub passive_answer: Option<HttpAnswer>,
    /// Why no answer came by TLS through users' port, and on the passive side.
    #[serde(default)]
    pub live_tls: Option<String>,
    #[serde(default)]
    pub passive_tls: Option<String>,
    /// Why the Docker Engine could not be asked, in its words.
    #[serde(default)]
    pub engine: Option<String>,
    /// What a server must have before a release can come to it.
    #[serde(default)]
    #[serde(alias = "ground")]
    pub preflight: Preflight,
    /// What could not be read or does not hold, in words. A change is refused while one is here.
    pub troubles: Vec<String>,
}

/// An nginx include as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludeFile {
    pub text: String,
    pub sha256: String,
}

/// Where `docker-compose.yml` points to in place of a file beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkFault {
    /// Nothing is there.
    Broken(String),
    /// In another directory: its path.
    Elsewhere(String),
    /// Its name holds white space, which the first line of a later file could not carry.
    OddName(String),
}

/// A compose file. If Flipside wrote it, its first line says what for.
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
    /// The file that was in use when this one was written.
    pub previous: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: String,
    pub tag: Tag,
    /// The first of `digests`.
    pub digest: Option<Digest>,
    /// Every digest that the registry knows these bytes by.
    #[serde(default)]
    pub digests: Vec<Digest>,
    pub created: DateTime<Utc>,
}

impl Image {
    /// It is this release: its tag, and its bytes where those are known.
    pub fn is(&self, release: &Release) -> bool {
        let same =
            |digest: &Digest| self.digest.as_ref() == Some(digest) || self.digests.contains(digest);
        self.tag == release.tag && release.digest.as_ref().is_none_or(same)
    }
}

/// Where the bytes of a release are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImagePresence {
    /// On the host, and its tag means them.
    Tagged,
    /// On the host, and its tag means others, or nothing.
    Untagged,
    /// Not on the host.
    Absent,
}

/// An image whose tag means other bytes today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untagged {
    pub id: String,
    pub digests: Vec<Digest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    pub id: String,
    pub service: String,
    /// What it was created from, where that is of the app's repository.
    pub tag: Option<Tag>,
    #[serde(default)]
    pub digest: Option<Digest>,
    /// The same as text, whatever it is.
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

/// The last tag that was pulled here, by which run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    pub tag: Tag,
    pub digest: Digest,
    pub run: RunId,
}

impl Facts {
    /// Of an observation that this platform made. `None`: it was made by another.
    pub fn of(observation: &Observation) -> Option<Self> {
        serde_json::from_value(observation.detail.0.clone()).ok()
    }

    pub fn into_detail(self) -> Detail {
        Detail(serde_json::to_value(self).unwrap_or_default())
    }

    /// Did the passive side answer as this color? A status alone is no proof where answers name their color.
    pub fn passive_answers_as(&self, color: &Color, spec: &ComposeSpec) -> bool {
        let Some(answer) = self.passive_answer.as_ref() else { return false };
        match &answer.color {
            Some(answered) => answered == color,
            None => answer.status.is_some() && spec.passive.color_header.is_none(),
        }
    }

    /// Where the bytes of this release are on the host, and whether its tag means them.
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

    /// The containers of a service: more than one where it is scaled.
    pub fn replicas<'f>(&'f self, service: &'f str) -> impl Iterator<Item = &'f Container> {
        self.containers.iter().filter(move |container| container.service == service)
    }

    pub fn file(&self, name: &str) -> Option<&DatedFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The file that `docker-compose.yml` points to, if it is there, beside it.
    pub fn linked(&self) -> Option<&DatedFile> {
        if self.link_fault.is_some() { None } else { self.file(self.link.as_deref()?) }
    }

    /// Why there is no compose file in use, and what puts it right; `None`: setup does.
    pub fn no_compose_file(&self, dir: &str) -> (String, Option<String>) {
        let link = format!("{dir}/docker-compose.yml");
        match (&self.link_fault, &self.link) {
            (Some(LinkFault::Broken(to)), _) => {
                (format!("{link} points to {to}, which is not there"), None)
            }
            (Some(LinkFault::Elsewhere(to)), _) => {
                let name = to.rsplit('/').next().unwrap_or_default();
                let what = format!("{link} points to {to}; it must point to a file beside it");
                let how = format!("`cd {dir} && cp {to} . && ln -sfn {name} docker-compose.yml`");
                (what, Some(how))
            }
            (Some(LinkFault::OddName(name)), _) => {
                let what = format!("{link} points to {name:?}, a name with white space in it");
                (what, Some("give that file a name without, and point the link at it".to_owned()))
            }
            (None, Some(name)) => {
                let what = format!("{dir}/{name}, the compose file in use, may not be read");
                (
                    what,
                    Some(format!("let the login user read it: `chmod a+r {dir}/{name}`, as root")),
                )
            }
            (None, None) => (format!("{link} is not a link to a compose file"), None),
        }
    }

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
