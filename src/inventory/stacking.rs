//! The order of the layers, in one place: built in, defaults, environment, groups in the host's
//! order, host, app, app in the environment, app on the host, stack.

use super::decode::{environment, host};
use super::layer::{Laid, Layer};
use super::outline::{AppPart, EnvPart, HostPart, Outline};
use crate::base::yaml::{Node, Value};
use crate::domain::names::StackName;

/// The settings that are built in, by what they are for.
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
pub struct Stacking<'t> {
    pub outline: Outline<'t>,
    pub built_in: BuiltIn<'t>,
}

impl<'t> Stacking<'t> {
    /// The rules of an environment.
    pub fn rules(&self, env: &EnvPart<'t>) -> Laid<'t> {
        let mut laid = self.built_in.rules.map(|n| Laid::of(n, Layer::BuiltIn)).unwrap_or_default();
        if let Some(defaults) = self.outline.defaults {
            laid.lay_only(defaults, Layer::Defaults, environment::KEYS);
        }
        laid.lay_only(env.part.node, Layer::Environment(env.part.key.text()), environment::KEYS);
        laid
    }

    /// What a host is.
    pub fn host(&self, env: &EnvPart<'t>, host: &HostPart<'t>) -> Laid<'t> {
        let mut laid = self.built_in.host.map(|n| Laid::of(n, Layer::BuiltIn)).unwrap_or_default();
        for (node, layer) in self.below_host(env, host) {
            laid.lay_only(node, layer, host::KEYS);
        }
        laid.lay_only(host.part.node, Layer::Host(host.part.key.text()), host::OWN_KEYS);
        laid
    }

    /// What an app says once for the whole environment.
    pub fn once(&self, env: &EnvPart<'t>, app: &AppPart<'t>) -> Laid<'t> {
        let mut laid = self.app_built_in();
        for (node, layer) in self.below_groups(env) {
            lay_every_app(&mut laid, node, layer);
        }
        lay_app(&mut laid, env, app);
        laid
    }

    /// What an app says of one of its stacks on one host.
    pub fn member(
        &self,
        env: &EnvPart<'t>,
        host: &HostPart<'t>,
        app: &AppPart<'t>,
        stack: &StackName,
    ) -> Laid<'t> {
        let mut laid = self.app_built_in();
        let host_layer = (host.part.node, Layer::Host(host.part.key.text()));
        for (node, layer) in self.below_host(env, host).into_iter().chain([host_layer]) {
            laid.lay_only(node, layer, &["vars"]);
            lay_every_app(&mut laid, node, layer);
        }
        lay_app(&mut laid, env, app);
        if let Some(on_host) = find(&host.apps, app) {
            let (app, host) = (app.part.key.text(), host.part.key.text());
            lay_map(&mut laid, on_host.part.node, Layer::AppOn { app, host });
        }
        for app in app_parts(env, host, app) {
            for part in app.stacks.iter().filter(|part| part.name == *stack) {
                lay_map(&mut laid, part.node, Layer::Stack(part.key.text()));
            }
        }
        laid
    }

    fn app_built_in(&self) -> Laid<'t> {
        self.built_in.app.map(|node| Laid::of(node, Layer::BuiltIn)).unwrap_or_default()
    }

    fn below_groups(&self, env: &EnvPart<'t>) -> Vec<(&'t Node, Layer<'t>)> {
        let defaults = self.outline.defaults.map(|node| (node, Layer::Defaults));
        let env = (env.part.node, Layer::Environment(env.part.key.text()));
        defaults.into_iter().chain([env]).collect()
    }

    /// Every layer below the host, its groups in the order of its own list.
    fn below_host(&self, env: &EnvPart<'t>, host: &HostPart<'t>) -> Vec<(&'t Node, Layer<'t>)> {
        let mut layers = self.below_groups(env);
        for name in words(host.part.node.get("groups")) {
            let group = env.groups.iter().find(|group| group.key.text() == name);
            layers.extend(group.map(|g| (g.node, Layer::Group(g.key.text()))));
        }
        layers
    }
}

/// The stacks of an app on a host: `main`, and those that are named.
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

fn lay_app<'t>(laid: &mut Laid<'t>, env: &EnvPart<'t>, app: &AppPart<'t>) {
    lay_map(laid, app.part.node, Layer::App(app.part.key.text()));
    if let Some(in_env) = find(&env.apps, app) {
        let (app, environment) = (app.part.key.text(), env.part.key.text());
        lay_map(laid, in_env.part.node, Layer::AppIn { app, environment });
    }
}

/// The places that speak of this app by name, the lowest first.
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

/// A name with nothing under it (`shop:`) says nothing; it takes nothing away.
fn lay_map<'t>(laid: &mut Laid<'t>, node: &'t Node, layer: Layer<'t>) {
    if matches!(node.value, Value::Map(_)) {
        laid.lay(node, layer);
    }
}

fn lay_every_app<'t>(laid: &mut Laid<'t>, node: &'t Node, layer: Layer<'t>) {
    if let Some(settings) = node.get("every_app") {
        lay_map(laid, settings, layer);
    }
}

/// The words of a list.
pub fn words(node: Option<&Node>) -> Vec<&str> {
    elements(node).into_iter().map(|(text, _)| text).collect()
}

/// The words of a list, and where each stands.
pub fn elements<'n>(node: Option<&'n Node>) -> Vec<(&'n str, &'n Node)> {
    let Some(Node { value: Value::List(items), .. }) = node else { return Vec::new() };
    let word = |node: &'n Node| match &node.value {
        Value::Scalar(word) => Some((word.text.as_str(), node)),
        _ => None,
    };
    items.iter().filter_map(word).collect()
}
