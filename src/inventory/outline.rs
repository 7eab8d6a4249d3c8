//! The outline of a file: which environments, groups, targets, apps and stacks it names, and the node of each layer.
//! Reading the outline checks every layer by itself, so that a mistake is reported even where a later layer hides it, and
//! only once however many hosts it reaches.

use super::decode::{app, environment, host, stack, target};
use super::fields::Fields;
use super::layer::Layer;
use super::placeholders::Placeholders;
use super::platforms::{PlatformDecoder, Platforms};
use super::reader::InventoryReader;
use super::scalar::{FromScalar, Slug};
use crate::base::problem::Span;
use crate::base::yaml::{Key, Node, Scalar, Value};
use crate::domain::names::{AppName, EnvName, HostName, StackName, TargetName};
use crate::domain::target::Target;

/// A named part of the file.
#[derive(Debug, Clone)]
pub struct NamedPart<'t, N> {
    pub name: N,
    pub key: &'t Key,
    pub node: &'t Node,
}

#[derive(Debug, Default)]
pub struct Outline<'t> {
    pub defaults: Option<&'t Node>,
    /// Roles that hosts may have although no app needs them.
    pub other_roles: Vec<String>,
    pub environments: Vec<EnvPart<'t>>,
    pub apps: Vec<AppPart<'t>>,
}

#[derive(Debug)]
pub struct EnvPart<'t> {
    pub part: NamedPart<'t, EnvName>,
    pub groups: Vec<NamedPart<'t, Slug>>,
    /// Hosts, then APIs.
    pub targets: Vec<TargetPart<'t>>,
    pub apps: Vec<AppPart<'t>>,
}

#[derive(Debug)]
pub struct TargetPart<'t> {
    pub part: NamedPart<'t, Target>,
    pub apps: Vec<AppPart<'t>>,
}

impl<'t> TargetPart<'t> {
    /// Returns the layer of what the target itself sets.
    pub fn layer(&self) -> Layer<'t> {
        let name = self.part.key.text();
        match self.part.name {
            Target::Host(_) => Layer::Host(name),
            Target::Api(_) => Layer::Target(name),
        }
    }

    /// Returns the key of an environment that holds such targets.
    pub fn section(&self) -> &'static str {
        match self.part.name {
            Target::Host(_) => "hosts",
            Target::Api(_) => "targets",
        }
    }
}

#[derive(Debug)]
pub struct AppPart<'t> {
    pub part: NamedPart<'t, AppName>,
    pub stacks: Vec<NamedPart<'t, StackName>>,
}

impl<'t> Outline<'t> {
    pub fn read(reader: &InventoryReader<'t>, root: &'t Node, platforms: &Platforms<'t>) -> Self {
        let layer = Layer::Defaults;
        let start = Span::START;
        if !matches!(root.value, Value::Map(_)) {
            let what = match root.value {
                Value::Null => "the file is empty".to_owned(),
                _ => format!("an inventory is made of keys; {} is given", root.kind()),
            };
            reader.report(root.at, what, "begin with a copy of inventory.example.yaml");
            return Self::default();
        }
        let fields = Fields::of_layer(reader, "inventory", root, layer, start)
            .complete("at the beginning of the line");
        if !version(&fields) {
            // The rest may be correct by the rules of that version.
            return Self::default();
        }
        let check = LayerCheck { reader, root, platforms };
        let other_roles = fields.list::<Slug>("roles").unwrap_or_default();
        let defaults = fields.layer("defaults").map(Fields::partial).map(|defaults| {
            environment::rules(&defaults);
            check.common(&defaults, Layer::Defaults);
            defaults.finish();
        });
        if fields.source("apps").is_none() {
            fields.report_missing("apps", "{shop: {image: …, template: …}}");
        }
        let apps = check.app_parts(&fields, Layer::App, true);
        if fields.source("environments").is_none() {
            fields.report_missing("environments", "{production: {hosts: {web-01: {}}}}");
        }
        let environments = parts::<EnvName>(&fields, "environments");
        let environments = environments.into_iter().map(|part| check.env_part(part)).collect();
        fields.finish();
        Self {
            defaults: defaults.and(root.get("defaults")),
            other_roles: other_roles.into_iter().map(|role| role.0).collect(),
            environments,
            apps,
        }
    }
}

/// Returns whether the file has the version that this Flipside reads.
fn version(fields: &Fields<'_, '_>) -> bool {
    let version = fields.need::<u32>("version", "1");
    if let (Some(version), Some(source)) = (version, fields.source("version"))
        && version != 1
    {
        let what =
            format!("this is an inventory of version {version}; this Flipside reads version 1");
        fields.reject(source, what, "write `version: 1`, or use the Flipside it was written for");
        return false;
    }
    true
}

/// Which settings of an app a layer may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AppScope {
    /// Those of one stack on one host.
    Stack,
    /// Those of the app as a whole, too.
    App,
}

/// Checks layers by themselves.
struct LayerCheck<'a, 't> {
    reader: &'a InventoryReader<'t>,
    root: &'t Node,
    platforms: &'a Platforms<'t>,
}

impl<'t> LayerCheck<'_, 't> {
    /// Checks the keys that defaults, environments and groups share.
    fn common(&self, fields: &Fields<'_, 't>, layer: Layer<'t>) {
        host::shared(fields);
        self.every_app(fields, layer);
    }

    fn every_app(&self, fields: &Fields<'_, 't>, layer: Layer<'t>) {
        if let Some((key, node)) = fields.map_node("every_app") {
            let scope = match layer {
                Layer::Defaults | Layer::Environment(_) => AppScope::App,
                _ => AppScope::Stack,
            };
            let fields = Fields::of_layer(self.reader, "app", node, layer, key.at);
            self.app_layer(fields, scope, node.get("platform"));
        }
    }

    fn env_part(&self, part: NamedPart<'t, EnvName>) -> EnvPart<'t> {
        let layer = Layer::Environment(part.key.text());
        let fields = Fields::of_layer(self.reader, "environment", part.node, layer, part.key.at);
        environment::rules(&fields);
        self.common(&fields, layer);
        let groups = parts::<Slug>(&fields, "groups");
        for group in &groups {
            let layer = Layer::Group(group.key.text());
            let fields = Fields::of_layer(self.reader, "group", group.node, layer, group.key.at);
            self.common(&fields, layer);
            fields.finish();
        }
        let mut targets: Vec<TargetPart<'t>> = Vec::new();
        for part in targets_of(&fields) {
            let same = |other: &&TargetPart<'t>| other.part.name.name() == part.name.name();
            if let Some(first) = targets.iter().find(same).filter(|it| it.part.name != part.name) {
                let line = first.part.key.at.line;
                let what = format!("`{}` is the name of a host, too (line {line})", part.name);
                self.reader.report(part.key.at, what, "give one of them another name");
                continue;
            }
            targets.push(self.target_part(part));
        }
        let name = part.key.text();
        let apps = self.app_parts(&fields, |app| Layer::AppIn { app, environment: name }, true);
        fields.finish();
        EnvPart { part, groups, targets, apps }
    }

    fn target_part(&self, part: NamedPart<'t, Target>) -> TargetPart<'t> {
        let mut target = TargetPart { part, apps: Vec::new() };
        let (part, layer) = (&target.part, target.layer());
        let kind = if part.name.host().is_some() { "host" } else { "target" };
        let fields = Fields::of_layer(self.reader, kind, part.node, layer, part.key.at);
        match part.name {
            Target::Host(_) => {
                host::host_only(&fields);
                host::shared(&fields);
            }
            Target::Api(_) => {
                target::target_only(&fields);
            }
        }
        self.every_app(&fields, layer);
        let name = part.key.text();
        let apps = self.app_parts(&fields, |app| Layer::AppOn { app, target: name }, false);
        fields.finish();
        target.apps = apps;
        target
    }

    /// Returns the apps under `apps:`, each with its stacks. `whole`: settings of the app as a whole are allowed.
    fn app_parts(
        &self,
        fields: &Fields<'_, 't>,
        layer: impl Fn(&'t str) -> Layer<'t>,
        whole: bool,
    ) -> Vec<AppPart<'t>> {
        let scope = if whole { AppScope::App } else { AppScope::Stack };
        let mut apps = Vec::new();
        for part in parts::<AppName>(fields, "apps") {
            let layer = layer(part.key.text());
            let own = || Fields::of_layer(self.reader, "app", part.node, layer, part.key.at);
            let platform = self.platform_of(&part);
            let stacks = parts::<StackName>(&own(), "stacks");
            for stack in &stacks {
                let layer = Layer::Stack(stack.key.text());
                let fields = Fields::of_layer(self.reader, "app", stack.node, layer, stack.key.at);
                self.app_layer(fields, AppScope::Stack, platform);
            }
            let fields = own();
            fields.expect("stacks");
            self.app_layer(fields, scope, platform);
            apps.push(AppPart { part, stacks });
        }
        apps
    }

    /// Returns the value of `platform` that is written for an app: here, or where the app is described.
    fn platform_of(&self, part: &NamedPart<'t, AppName>) -> Option<&'t Node> {
        let described = || self.root.get("apps")?.get(part.key.text())?.get("platform");
        part.node.get("platform").or_else(described)
    }

    fn app_layer(&self, fields: Fields<'_, 't>, scope: AppScope, platform: Option<&Node>) {
        let placeholders = Placeholders::sample();
        let fields = fields.with_placeholders(&placeholders);
        let check = |platform: &dyn PlatformDecoder| {
            stack::stack_settings(&fields, platform);
        };
        let platform = self.platforms.best_for(self.reader, self.root, platform, check);
        if let Some(platform) = platform {
            check(platform);
        }
        if scope == AppScope::App {
            app::app_settings(&fields, self.platforms);
        }
        fields.finish();
    }
}

/// Returns the hosts of an environment, then its APIs.
fn targets_of<'t>(fields: &Fields<'_, 't>) -> Vec<NamedPart<'t, Target>> {
    let mut all: Vec<NamedPart<'t, Target>> = Vec::new();
    for NamedPart { name, key, node } in parts::<HostName>(fields, "hosts") {
        all.push(NamedPart { name: Target::Host(name), key, node });
    }
    // Few inventories have targets; they are a key only of those.
    if fields.source("targets").is_none() {
        fields.expect("targets");
        return all;
    }
    for NamedPart { name, key, node } in parts::<TargetName>(fields, "targets") {
        all.push(NamedPart { name: Target::Api(name), key, node });
    }
    all
}

/// Returns the named parts under a key. A part with a bad name is reported and then read under another name, so that the
/// mistakes inside it are reported too.
fn parts<'t, N: FromScalar>(fields: &Fields<'_, 't>, key: &'static str) -> Vec<NamedPart<'t, N>> {
    let mut parts = Vec::new();
    for (key, node) in fields.named(key) {
        let name = N::read(&key.scalar).or_else(|wrong| {
            fields.reader().report(key.at, wrong.what, wrong.remedy);
            N::read(&Scalar { text: "unnamed".to_owned(), plain: false })
        });
        parts.extend(name.ok().map(|name| NamedPart { name, key, node }));
    }
    parts
}
