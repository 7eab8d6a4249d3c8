//! A stack that is an unpacked archive, a link and hooks.

mod service;
mod settings;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::config::Config;
use crate::base::secret_ref::SecretRef;
use crate::domain::color::ColorPair;
use crate::domain::names::Color;
use crate::domain::release::Tag;
use crate::domain::spec::EntryPoint;
use crate::platform::kit::spec::{ProxySpec, StackSpec};
use crate::platform::kit::steps::health_at;

pub use crate::base::s3::S3Object as S3Source;
pub use service::Service;

/// The name of this platform in an inventory.
pub const NAME: &str = "symlink";

/// One stack on one host.
#[derive(Debug, Clone, PartialEq)]
pub struct SymlinkSpec {
    pub stack: StackSpec,
    /// The name of the stack, for the files that setup writes.
    pub name: String,
    pub colors: ColorPair,
    /// `None`: what serves users reads the live link, which switches them.
    pub pair: Option<Pair>,
    /// The entry point of users where there is no pair of services. `None`: nothing answers by HTTP.
    pub served_at: Option<EntryPoint>,
    pub source: Source,
    pub checksum: ChecksumFrom,
    /// What lists the releases. `None`: the source itself, where it is a directory.
    pub releases: Option<ReleasesFrom>,
    pub layout: Layout,
    pub hooks: Hooks,
    pub limits: Limits,
    /// `None`: a release brings its configuration with it, or its `prepare` hook makes it.
    pub config: Option<ConfigSpec>,
}

/// A service for each slot, behind nginx.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub service: Service,
    pub proxy: ProxySpec,
}

/// Where the archive of a release comes from. In each text, `{release}` stands for the release's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Each host fetches `url`.
    Http { url: String, login: Option<HttpLogin> },
    /// Each host fetches an object by an address that is signed on this machine and valid for a while. The object's key is
    /// a template.
    S3(S3Source),
    /// A file of this machine, which is uploaded to each host once.
    Upload { path: String },
    /// A file that is on each host already.
    OnHost { path: String },
}

/// What lists the releases, as `releases` in the inventory says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleasesFrom {
    /// A directory of this machine, in which an archive has the same name as at its source.
    Directory(PathBuf),
    /// A page of a web server that lists a directory.
    Index(String),
    /// The bucket of the source.
    Store,
    /// A command of this machine that prints one release a line. `directory`: where it runs.
    Command { words: Vec<String>, directory: Option<PathBuf> },
}

/// Credentials of a web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpLogin {
    Bearer(SecretRef),
    Basic {
        user: String,
        password: SecretRef,
    },
    /// A header of the server's own, such as `PRIVATE-TOKEN`. No redirection is followed with it.
    Header {
        name: String,
        value: SecretRef,
    },
}

/// Where the sha256 of an archive comes from. Without one nothing is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumFrom {
    /// It is given with the release: `v1@sha256:…`.
    Release,
    /// It is in a file beside the archive, whose name has `.sha256` at the end, as `sha256sum` writes it.
    Beside,
}

/// The names in the directory of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The directory of the versions: `versions`, or `releases` with Capistrano and Deployer.
    pub versions: String,
    /// The link to the live version: `live`, or `current` with Capistrano and Deployer.
    pub link: String,
}

impl Default for Layout {
    fn default() -> Self {
        Self { versions: "versions".to_owned(), link: "live".to_owned() }
    }
}

/// A hook, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookName {
    /// What cannot be done at build time, before users reach the version.
    Prepare,
    /// What must be done once the link names the version.
    Deployed,
}

impl HookName {
    pub fn word(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Deployed => "deployed",
        }
    }
}

/// What is run for each version on its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hooks {
    Commands {
        prepare: Option<HookCommand>,
        deployed: Option<HookCommand>,
    },
    /// `deploy/hooks.py` in each version, run by yodeploy itself.
    Yodeploy(YodeployHooks),
}

/// A command that runs in the directory of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookCommand {
    /// Program and arguments; no shell reads it.
    pub command: Vec<String>,
    /// Added to its environment, besides `APP_DIR`, `RELEASE`, `RELEASE_DIR`, `PREVIOUS_RELEASE` and `HOOK`.
    pub environment: BTreeMap<String, String>,
    pub timeout: Duration,
}

/// How yodeploy runs the hooks of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YodeployHooks {
    /// The Python of yodeploy's virtual environment on the host.
    pub python: String,
    /// Its configuration file on the host.
    pub config: String,
    /// The app's name. yodeploy takes it from the last part of the directory; this is for its messages.
    pub app: String,
    /// The branch that was built: `master`.
    pub target: Option<String>,
    pub timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes an archive may unpack to.
    pub max_bytes: u64,
    pub max_files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 4 << 30, max_files: 200_000 }
    }
}

/// The configuration that a release gets.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigSpec {
    /// The file in a version's directory that it is written to: `configuration.json`.
    pub file: String,
    /// The files that it was merged from, the first one at the bottom.
    pub layers: Vec<PathBuf>,
    pub values: BTreeMap<String, Config>,
}

impl SymlinkSpec {
    pub fn proxy(&self) -> Option<&ProxySpec> {
        self.pair.as_ref().map(|pair| &pair.proxy)
    }

    /// Returns the entry point of users.
    pub fn live(&self) -> Option<&EntryPoint> {
        self.proxy().map(|proxy| &proxy.live).or(self.served_at.as_ref())
    }

    /// Returns the address of a slot's service as nginx reaches it; empty if it has none.
    pub fn address(&self, color: &Color) -> &str {
        let color = self.proxy().and_then(|proxy| proxy.colors.get(color));
        color.map_or("", |color| color.address.as_str())
    }

    /// Returns the name of a slot's systemd unit.
    fn unit(&self, color: &Color) -> &str {
        let color = self.proxy().and_then(|proxy| proxy.colors.get(color));
        color.map_or("", |color| color.service.as_str())
    }

    /// Returns the URL and the `Host` header at which a slot is asked whether it is well: directly, past nginx.
    pub fn health(&self, color: &Color) -> [String; 2] {
        health_at(self.address(color), self.live())
    }

    /// Returns how an observation asks for a slot's service. Both are empty if it has none.
    pub fn asked(&self, color: &Color) -> [String; 2] {
        self.pair.as_ref().map(|pair| pair.service.asked(self, color)).unwrap_or_default()
    }

    /// Returns the words and the deadline of a hook, if there is one.
    pub fn hook(&self, hook: HookName, version: &Tag) -> Option<(Vec<String>, Duration)> {
        let dir = self.stack.dir.as_str();
        match &self.hooks {
            Hooks::Commands { prepare, deployed } => {
                let command = match hook {
                    HookName::Prepare => prepare.as_ref(),
                    HookName::Deployed => deployed.as_ref(),
                }?;
                Some((command.words(), command.timeout))
            }
            Hooks::Yodeploy(yodeploy) => {
                Some((yodeploy.words(hook, dir, version), yodeploy.timeout))
            }
        }
    }
}

impl Hooks {
    pub fn none() -> Self {
        Self::Commands { prepare: None, deployed: None }
    }

    /// Returns whether there is such a hook. With yodeploy each version decides, so there may be one.
    pub fn has(&self, hook: HookName) -> bool {
        match (self, hook) {
            (Self::Commands { prepare, .. }, HookName::Prepare) => prepare.is_some(),
            (Self::Commands { deployed, .. }, HookName::Deployed) => deployed.is_some(),
            (Self::Yodeploy(_), _) => true,
        }
    }
}

impl HookCommand {
    fn words(&self) -> Vec<String> {
        let set = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let env = (!self.environment.is_empty()).then(|| "env".to_owned());
        env.into_iter().chain(set).chain(self.command.iter().cloned()).collect()
    }
}

impl YodeployHooks {
    /// Returns yodeploy's own call of a hook. It gets `PATH` and nothing else. Its log are pickled records, which are
    /// discarded; what a hook prints is shown.
    fn words(&self, hook: HookName, dir: &str, version: &Tag) -> Vec<String> {
        const CALL: &str = r#"exec env -i PATH="$PATH" "$@" 3>/dev/null"#;
        let mut words = vec!["sh", "-c", CALL, "yodeploy-hook", &self.python, "-m", "yodeploy"];
        words.extend(["--config", &self.config, "--app", &self.app, "--hook", hook.word()]);
        words.extend(["--log-fd", "3"]);
        if let Some(target) = &self.target {
            words.extend(["--target", target]);
        }
        words.extend([dir, version.as_str()]);
        words.into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests;
