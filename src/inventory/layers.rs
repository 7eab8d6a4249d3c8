//! The order of the layers: built in, defaults, environment, groups in the host's order, host, app, app in the
//! environment, app on the host, stack.

use super::decode::{environment, host};
use super::layer::{Layer, Layered};
use super::outline::{AppPart, EnvPart, HostPart, Outline};
use super::platforms::{PlatformDecoder, Platforms};
use crate::base::yaml::{Node, Value};
use crate::domain::names::StackName;

/// The built-in settings, by what they belong to.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn<'t> {
    rules: Option<&'t Node>,
    host: Option<&'t Node>,
    app: Option<&'t Node>,
}

impl<'t> BuiltIn<'t> {
    pub fn of(root: &'t Node) -> Self {
        Self { rules: root.get("rules"), host: root.get("host"), app: root.get("app") }
    }
}

#[derive(Debug)]
pub struct Layers<'t> {
    pub outline: Outline<'t>,
    pub built_in: BuiltIn<'t>,
    pub platforms: Platforms<'t>,
}

impl<'t> Layers<'t> {
    /// Returns the rules of an environment.
    pub fn rules(&self, env: &EnvPart<'t>) -> Layered<'t> {
        let mut layered =
            self.built_in.rules.map(|n| Layered::of(n, Layer::BuiltIn)).unwrap_or_default();
        if let Some(defaults) = self.outline.defaults {
            layered.add_keys(defaults, Layer::Defaults, environment::KEYS);
        }
        layered.add_keys(env.part.node, Layer::Environment(env.part.key.text()), environment::KEYS);
        layered
    }

    /// Returns the settings of a host.
    pub fn host(&self, env: &EnvPart<'t>, host: &HostPart<'t>) -> Layered<'t> {
        let mut layered =
            self.built_in.host.map(|n| Layered::of(n, Layer::BuiltIn)).unwrap_or_default();
        for (node, layer) in self.below_host(env, host) {
            layered.add_keys(node, layer, host::KEYS);
        }
        layered.add_keys(host.part.node, Layer::Host(host.part.key.text()), host::OWN_KEYS);
        layered
    }

    /// Returns the settings of an app that hold for a whole environment.
    pub fn app(&self, env: &EnvPart<'t>, app: &AppPart<'t>) -> Layered<'t> {
        let mut layered = self.app_built_in();
        for (node, layer) in self.below_groups(env) {
            add_every_app(&mut layered, node, layer);
        }
        add_app(&mut layered, env, app);
        layered
    }

    /// Returns the platform of an app, as its layers name it.
    pub fn platform(
        &self,
        env: &EnvPart<'t>,
        app: &AppPart<'t>,
    ) -> Option<&'static dyn PlatformDecoder> {
        self.platforms.of(&self.app(env, app))
    }

    /// Returns the settings of one stack of an app on one host.
    pub fn stack(
        &self,
        env: &EnvPart<'t>,
        host: &HostPart<'t>,
        app: &AppPart<'t>,
        stack: &StackName,
    ) -> Layered<'t> {
        let mut layered = self.app_built_in();
        if let Some(platform) = self.platform(env, app) {
            self.platforms.add_built_in(&mut layered, platform);
        }
        let host_layer = (host.part.node, Layer::Host(host.part.key.text()));
        for (node, layer) in self.below_host(env, host).into_iter().chain([host_layer]) {
            layered.add_keys(node, layer, &["vars"]);
            add_every_app(&mut layered, node, layer);
        }
        add_app(&mut layered, env, app);
        if let Some(on_host) = find(&host.apps, app) {
            let (app, host) = (app.part.key.text(), host.part.key.text());
            add_map(&mut layered, on_host.part.node, Layer::AppOn { app, host });
        }
        for app in app_parts(env, host, app) {
            for part in app.stacks.iter().filter(|part| part.name == *stack) {
                add_map(&mut layered, part.node, Layer::Stack(part.key.text()));
            }
        }
        layered
    }

    fn app_built_in(&self) -> Layered<'t> {
        self.built_in.app.map(|node| Layered::of(node, Layer::BuiltIn)).unwrap_or_default()
    }

    fn below_groups(&self, env: &EnvPart<'t>) -> Vec<(&'t Node, Layer<'t>)> {
        let defaults = self.outline.defaults.map(|node| (node, Layer::Defaults));
        let env = (env.part.node, Layer::Environment(env.part.key.text()));
        defaults.into_iter().chain([env]).collect()
    }

    /// Returns every layer below the host; its groups are in the order of the host's list.
    fn below_host(&self, env: &EnvPart<'t>, host: &HostPart<'t>) -> Vec<(&'t Node, Layer<'t>)> {
        let mut layers = self.below_groups(env);
        for name in words(host.part.node.get("groups")) {
            let group = env.groups.iter().find(|group| group.key.text() == name);
            layers.extend(group.map(|g| (g.node, Layer::Group(g.key.text()))));
        }
        layers
    }
}

/// Returns the stacks of an app on a host: `main` and the named ones.
pub fn stacks(env: &EnvPart<'_>, host: &HostPart<'_>, app: &AppPart<'_>) -> Vec<StackName> {
    let mut stacks = vec![StackName::main()];
    for app in app_parts(env, host, app) {
        for stack in &app.stacks {
            if !stacks.contains(&stack.name) {
                stacks.push(stack.name.clone());
            }
        }
    }
    stacks
}

fn add_app<'t>(layered: &mut Layered<'t>, env: &EnvPart<'t>, app: &AppPart<'t>) {
    add_map(layered, app.part.node, Layer::App(app.part.key.text()));
    if let Some(in_env) = find(&env.apps, app) {
        let (app, environment) = (app.part.key.text(), env.part.key.text());
        add_map(layered, in_env.part.node, Layer::AppIn { app, environment });
    }
}

/// Returns the parts that set something for this app by name, the lowest layer first.
fn app_parts<'s, 't>(
    env: &'s EnvPart<'t>,
    host: &'s HostPart<'t>,
    app: &'s AppPart<'t>,
) -> Vec<&'s AppPart<'t>> {
    let above = [find(&env.apps, app), find(&host.apps, app)];
    std::iter::once(app).chain(above.into_iter().flatten()).collect()
}

fn find<'s, 't>(apps: &'s [AppPart<'t>], app: &AppPart<'t>) -> Option<&'s AppPart<'t>> {
    apps.iter().find(|other| other.part.name == app.part.name)
}

/// Ignores a name with nothing under it (`shop:`): it sets nothing and removes nothing.
fn add_map<'t>(layered: &mut Layered<'t>, node: &'t Node, layer: Layer<'t>) {
    if matches!(node.value, Value::Map(_)) {
        layered.add(node, layer);
    }
}

fn add_every_app<'t>(layered: &mut Layered<'t>, node: &'t Node, layer: Layer<'t>) {
    if let Some(settings) = node.get("every_app") {
        add_map(layered, settings, layer);
    }
}

/// Returns the texts of a list.
pub fn words(node: Option<&Node>) -> Vec<&str> {
    elements(node).into_iter().map(|(text, _)| text).collect()
}

/// Returns the texts of a list with their nodes.
pub fn elements<'n>(node: Option<&'n Node>) -> Vec<(&'n str, &'n Node)> {
    let Some(Node { value: Value::List(items), .. }) = node else { return Vec::new() };
    let word = |node: &'n Node| match &node.value {
        Value::Scalar(word) => Some((word.text.as_str(), node)),
        _ => None,
    };
    items.iter().filter_map(word).collect()
}
