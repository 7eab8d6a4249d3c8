//! The platforms that an inventory may name. Each reads its own part of a stack's settings, so that no key of a platform is
//! known here.

use std::fmt;

use super::fields::Fields;
use super::layer::{Layer, Layered};
use super::platform_keys::PlatformKeys;
use super::reader::InventoryReader;
use super::scalar::Text;
use crate::base::problem::Span;
use crate::base::suggest;
use crate::base::yaml::{self, Node, Value};
use crate::domain::color::ColorPair;
use crate::domain::spec::{EntryPoint, PlatformSpec};
use crate::domain::target::Target;

/// How a platform's settings are read.
pub trait PlatformDecoder: fmt::Debug + Sync {
    /// Returns the name that `platform:` has in an inventory.
    fn name(&self) -> &'static str;

    /// Returns the kind of targets that an app of this platform works on. `is_set` says whether the app sets a key.
    fn works_on(&self, _is_set: &dyn Fn(&str) -> bool) -> WorksOn {
        WorksOn::Hosts
    }

    /// Returns the values that hold where an inventory sets none, as YAML: the keys of an app.
    fn built_in(&self) -> &'static str;

    /// Returns the keys of a stack, and the keys of its sections, each with its section. Remedies name them where a key was
    /// written at the wrong level.
    fn keys(&self) -> PlatformKeys;

    /// Reads the settings of one stack on one host. `None`: there are mistakes, which were reported.
    fn decode(&self, fields: &Fields<'_, '_>) -> Option<StackPlatform>;
}

/// The kind of targets that a platform works on: where an app of it has its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorksOn {
    /// Servers, under `hosts`.
    Hosts,
    /// APIs, under `targets`.
    Targets,
}

impl WorksOn {
    pub fn takes(self, target: &Target) -> bool {
        (self == Self::Hosts) == target.host().is_some()
    }
}

/// The settings of a platform for one stack on one host, and what other parts of an inventory are checked against.
#[derive(Debug, Clone, PartialEq)]
pub struct StackPlatform {
    pub colors: ColorPair,
    pub spec: PlatformSpec,
    /// The entry point of the passive side, where checks from the console are sent.
    pub passive: Option<EntryPoint>,
    /// The key that sets what must run once, on the primary host.
    pub runs_once: Option<&'static str>,
}

/// Every platform. The first one holds where an inventory names none.
pub type Decoders = &'static [&'static dyn PlatformDecoder];

/// The built-in values of every platform.
#[derive(Debug)]
pub struct BuiltInPlatforms(Vec<(&'static dyn PlatformDecoder, Node)>);

impl BuiltInPlatforms {
    pub fn of(decoders: Decoders) -> Self {
        let values = |decoder: &'static dyn PlatformDecoder| {
            let nothing = || Node { at: Span::START, value: Value::Null };
            (decoder, yaml::parse(decoder.built_in(), "").0.unwrap_or_else(nothing))
        };
        Self(decoders.iter().copied().map(values).collect())
    }

    pub fn as_platforms(&self) -> Platforms<'_> {
        Platforms(self.0.iter().map(|(decoder, node)| (*decoder, node)).collect())
    }
}

/// The platforms, each with its built-in values.
#[derive(Debug, Clone)]
pub struct Platforms<'t>(Vec<(&'static dyn PlatformDecoder, &'t Node)>);

impl<'t> Platforms<'t> {
    fn named(&self, name: &str) -> Option<&'static dyn PlatformDecoder> {
        self.0.iter().map(|(decoder, _)| *decoder).find(|decoder| decoder.name() == name)
    }

    /// Returns the platform that these layers name; the first one if they name none, or one that does not exist.
    pub fn of(&self, layered: &Layered<'_>) -> Option<&'static dyn PlatformDecoder> {
        let source = layered.field("platform").and_then(|(_, layered)| layered.top());
        let named = source.and_then(|source| self.written(source.node));
        named.or_else(|| self.0.first().map(|(decoder, _)| *decoder))
    }

    /// Returns the platform that this value names.
    pub fn written(&self, node: &Node) -> Option<&'static dyn PlatformDecoder> {
        match &node.value {
            Value::Scalar(word) => self.named(&word.text),
            _ => None,
        }
    }

    /// Adds the built-in values of a platform on top.
    pub fn add_built_in(&self, layered: &mut Layered<'t>, platform: &dyn PlatformDecoder) {
        let known = self.0.iter().find(|(decoder, _)| decoder.name() == platform.name());
        if let Some((_, node)) = known.filter(|(_, node)| matches!(node.value, Value::Map(_))) {
            layered.add(node, Layer::BuiltIn);
        }
    }

    /// Reads the key `platform`. `None`: there is no platform of that name, which is reported.
    pub fn read(&self, fields: &Fields<'_, '_>) -> Option<&'static dyn PlatformDecoder> {
        let names: Vec<&str> = self.0.iter().map(|(decoder, _)| decoder.name()).collect();
        let word = fields.need::<Text>("platform", names.first().copied().unwrap_or_default())?;
        let found = self.named(&word.0);
        if let (None, Some(source)) = (found, fields.source("platform")) {
            let what = format!("`platform`: `{}` is not a platform of this version", word.0);
            fields.reject(source, what, suggest::name(&word.0, &names));
        }
        found
    }

    /// Returns the platforms that a layer may be written for: those that the file names anywhere, and the first one.
    fn possible(&self, root: &Node) -> Vec<&'static dyn PlatformDecoder> {
        let mut names = Vec::new();
        platform_names(root, &mut names);
        let all = self.0.iter().map(|(decoder, _)| *decoder).enumerate();
        all.filter(|(index, decoder)| *index == 0 || names.contains(&decoder.name()))
            .map(|(_, decoder)| decoder)
            .collect()
    }

    /// Returns the platform that a layer is checked as: the `written` one, else the possible one for which it has the fewest
    /// mistakes.
    pub fn best_for(
        &self,
        reader: &InventoryReader<'t>,
        root: &Node,
        written: Option<&Node>,
        check: impl Fn(&dyn PlatformDecoder),
    ) -> Option<&'static dyn PlatformDecoder> {
        if let Some(platform) = written.and_then(|node| self.written(node)) {
            return Some(platform);
        }
        let possible = self.possible(root);
        match possible.as_slice() {
            [only] => Some(*only),
            _ => possible.into_iter().min_by_key(|platform| reader.trial(|| check(*platform))),
        }
    }
}

/// Collects the values of every key `platform`.
fn platform_names<'n>(node: &'n Node, names: &mut Vec<&'n str>) {
    for (key, value) in node.entries() {
        match &value.value {
            Value::Scalar(word) if key.text() == "platform" => names.push(&word.text),
            _ => platform_names(value, names),
        }
    }
}
