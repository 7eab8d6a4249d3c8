//! The order of the layers: built in, defaults, environment, groups in the target's order, host or other target, app, app
//! in the environment, app on the target, stack.

use super::decode::{environment, host, target};
use super::layer::{Layer, Layered};
use super::outline::{AppPart, EnvPart, Outline, TargetPart};
use super::platforms::{PlatformDecoder, Platforms, WorksOn};
use crate::base::yaml::{Node, Value};
use crate::domain::names::StackName;
use crate::domain::target::Target;

/// The built-in settings, by what they belong to.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn<'t> {
    rules: Option<&'t Node>,
    host: Option<&'t Node>,
    target: Option<&'t Node>,
    app: Option<&'t Node>,
}

impl<'t> BuiltIn<'t> {
    pub fn of(root: &'t Node) -> Self {
        Self {
            rules: root.get("rules"),
            host: root.get("host"),
            target: root.get("target"),
            app: root.get("app"),
        }
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

    /// Returns the settings of a host or another target.
    pub fn target(&self, env: &EnvPart<'t>, part: &TargetPart<'t>) -> Layered<'t> {
        let (built_in, below, own) = match part.part.name {
            Target::Host(_) => (self.built_in.host, host::KEYS, host::OWN_KEYS),
            Target::Api(_) => (self.built_in.target, target::KEYS, target::OWN_KEYS),
        };
        let mut layered = built_in.map(|n| Layered::of(n, Layer::BuiltIn)).unwrap_or_default();
        for (node, layer) in self.below_target(env, part) {
            layered.add_keys(node, layer, below);
        }
        layered.add_keys(part.part.node, part.layer(), own);
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

    /// Returns the kind of targets that an app has its members among.
    pub fn works_on(&self, env: &EnvPart<'t>, app: &AppPart<'t>) -> Option<WorksOn> {
        let layered = self.app(env, app);
        let is_set = |key: &str| {
            let source = layered.field(key).and_then(|(_, layered)| layered.top());
            source.is_some_and(|source| !source.node.is_null())
        };
        Some(self.platforms.of(&layered)?.works_on(&is_set))
    }

    /// Returns the settings of one stack of an app on one target.
    pub fn stack(
        &self,
        env: &EnvPart<'t>,
        target: &TargetPart<'t>,
        app: &AppPart<'t>,
        stack: &StackName,
    ) -> Layered<'t> {
        let mut layered = self.app_built_in();
        if let Some(platform) = self.platform(env, app) {
            self.platforms.add_built_in(&mut layered, platform);
        }
        for (node, layer) in self.below_target(env, target) {
            layered.add_keys(node, layer, &["vars"]);
            add_every_app(&mut layered, node, layer);
        }
        let own: &[&str] = match target.part.name {
            Target::Host(_) => &["vars"],
            Target::Api(_) => target::SHARED_WITH_APPS,
        };
        layered.add_keys(target.part.node, target.layer(), own);
        add_every_app(&mut layered, target.part.node, target.layer());
        add_app(&mut layered, env, app);
        if let Some(on_target) = find(&target.apps, app) {
            let (app, target) = (app.part.key.text(), target.part.key.text());
            add_map(&mut layered, on_target.part.node, Layer::AppOn { app, target });
        }
        for app in app_parts(env, target, app) {
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

    /// Returns every layer below the target; its groups are in the order of its own list.
    fn below_target(
        &self,
        env: &EnvPart<'t>,
        target: &TargetPart<'t>,
    ) -> Vec<(&'t Node, Layer<'t>)> {
        let mut layers = self.below_groups(env);
        for name in words(target.part.node.get("groups")) {
            let group = env.groups.iter().find(|group| group.key.text() == name);
            layers.extend(group.map(|g| (g.node, Layer::Group(g.key.text()))));
        }
        layers
    }
}

/// Returns the stacks of an app on a target: `main` and the named ones.
pub fn stacks(env: &EnvPart<'_>, target: &TargetPart<'_>, app: &AppPart<'_>) -> Vec<StackName> {
    let mut stacks = vec![StackName::main()];
    for app in app_parts(env, target, app) {
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
    target: &'s TargetPart<'t>,
    app: &'s AppPart<'t>,
) -> Vec<&'s AppPart<'t>> {
    let above = [find(&env.apps, app), find(&target.apps, app)];
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
