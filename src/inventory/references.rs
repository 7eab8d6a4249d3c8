//! Checks that names that refer to other parts of the inventory exist there.

use std::collections::{BTreeMap, BTreeSet};

use super::decode::app::AppSettings;
use super::layer::Layer;
use super::layers::{Layers, elements};
use super::outline::{AppPart, EnvPart, Outline, TargetPart};
use super::platforms::WorksOn;
use super::reader::InventoryReader;
use super::remedy;
use super::resolved::{Coverage, ResolvedTarget, TargetSpec};
use crate::base::problem::Span;
use crate::base::suggest;
use crate::base::yaml::{Node, Value};
use crate::domain::names::{AppName, EnvName, HostName, TargetName};
use crate::domain::phase::Phase;
use crate::domain::spec::{AppSpec, Environment, HostSpec, capabilities};
use crate::domain::target::Target;

/// Checks that an environment that freezes go-live after a rollback has an app that can keep a freeze.
pub fn freeze_is_kept(
    reader: &InventoryReader<'_>,
    env: &EnvPart<'_>,
    apps: &BTreeMap<AppName, AppSpec>,
) {
    let Some(node) = env.part.node.get("freeze_after_roll_back") else { return };
    let wanted = matches!(&node.value, Value::Scalar(word) if word.text == "true");
    let keeps = |app: &AppSpec| capabilities(&app.members).has(Phase::Unfreeze);
    if !wanted || apps.is_empty() || apps.values().any(keeps) {
        return;
    }
    let what = "no app of this environment can keep a freeze, so a rollback cannot close go-live";
    let remedy = "describe how the API keeps it (`freeze`, `unfreeze`, `observe.frozen`), or remove this line";
    reader.report(node.at, what, remedy);
}

/// Checks that the groups of a target are groups of its environment.
pub fn groups(reader: &InventoryReader<'_>, env: &EnvPart<'_>, target: &TargetPart<'_>) {
    let known = keys(env.part.node.get("groups"));
    for (group, node) in elements(target.part.node.get("groups")) {
        if !known.contains(&group) {
            let what = format!("`{group}` is no group of environment `{}`", env.part.key.text());
            let add = format!(
                "declare it: `{group}: {{}}` under `environments.{}.groups`",
                env.part.key.text()
            );
            reader.report(node.at, what, remedy::or(&suggest::name(group, &known), &add));
        }
    }
}

/// Returns the names directly under a key, also bad ones, which were reported already.
fn keys(node: Option<&Node>) -> Vec<&str> {
    node.map(Node::entries).unwrap_or_default().iter().map(|(key, _)| key.text()).collect()
}

/// Checks that apps named under environments and targets are apps of the inventory.
pub fn apps(reader: &InventoryReader<'_>, outline: &Outline<'_>, root: &Node) {
    let known = keys(root.get("apps"));
    let mut named: Vec<&AppPart<'_>> = Vec::new();
    for env in &outline.environments {
        named.extend(&env.apps);
        named.extend(env.targets.iter().flat_map(|target| &target.apps));
    }
    for app in named {
        let name = app.part.key.text();
        if !known.contains(&name) {
            let what = format!("`{name}` is no app of this inventory");
            let describe = "describe it under the top-level `apps:`";
            let remedy = remedy::or(&suggest::name(name, &known), describe);
            reader.report(app.part.key.at, what, remedy);
        }
    }
}

/// Reports roles of targets that no app needs: they are misspelled, unless they are declared.
pub fn roles(reader: &InventoryReader<'_>, layers: &Layers<'_>, asked: &BTreeSet<String>) {
    let outline = &layers.outline;
    let mut known: Vec<&str> =
        asked.iter().chain(&outline.other_roles).map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    let mut places = vec![outline.defaults];
    for env in &outline.environments {
        places.push(Some(env.part.node));
        places.extend(env.groups.iter().map(|group| Some(group.node)));
        places.extend(env.targets.iter().map(|target| Some(target.part.node)));
    }
    for place in places.into_iter().flatten() {
        for (role, node) in elements(place.get("roles")) {
            if !known.contains(&role) {
                let what = format!("no app needs the role `{role}`");
                let add = format!("declare it at the top level: `roles: [{role}]`");
                reader.report(node.at, what, remedy::or(&suggest::name(role, &known), &add));
            }
        }
    }
}

/// Checks that every app has targets somewhere, and in every environment that names it.
pub fn app_is_carried(reader: &InventoryReader<'_>, layers: &Layers<'_>, found: &Coverage) {
    let outline = &layers.outline;
    let anywhere = |app: &AppName| found.carried.iter().any(|(_, carried)| carried == app);
    for app in &outline.apps {
        let Some(first) = outline.environments.first() else { continue };
        let name = &app.part.name;
        if !anywhere(name) {
            let (kind, remedy) = missing_target(layers, first, app);
            let what = format!("no {kind} has the role that app `{name}` needs");
            reader.report(app.part.key.at, what, remedy);
        }
    }
    for env in &outline.environments {
        for app in &env.apps {
            let name = &app.part.name;
            if anywhere(name) && !found.carried.contains(&(env.part.name.clone(), name.clone())) {
                let (kind, remedy) = missing_target(layers, env, app);
                let env = &env.part.name;
                let what = format!("no {kind} of `{env}` has the role that app `{name}` needs");
                reader.report(app.part.key.at, what, remedy);
            }
        }
    }
}

/// Returns the kind of targets that an app needs, and what to do if none has its role.
fn missing_target<'t>(
    layers: &Layers<'t>,
    env: &EnvPart<'t>,
    app: &AppPart<'t>,
) -> (&'static str, String) {
    // An app that an environment names may be described elsewhere, with its platform.
    let described = layers.outline.apps.iter().find(|other| other.part.name == app.part.name);
    let app = described.unwrap_or(app);
    let platform = layers.platform(env, app).zip(layers.works_on(env, app));
    let Some((platform, works_on)) = platform else { return ("host", CARRY.to_owned()) };
    let only_apis = env.targets.iter().all(|target| target.part.name.host().is_none());
    let name = platform.name();
    match works_on {
        WorksOn::Targets => (
            "target",
            format!(
                "platform `{name}` works on APIs: write one with the role under `targets:` of an environment (`shop-api: {{url: https://api.example.org, roles: [app]}}`), or name a role that targets have under the app (`roles: {{app: api}}`)"
            ),
        ),
        WorksOn::Hosts if only_apis && !env.targets.is_empty() => (
            "host",
            format!(
                "platform `{name}` works on hosts, and `{}` has only targets: write hosts under `hosts:`, or the platform of an API under the app (`platform: http`)",
                env.part.key.text()
            ),
        ),
        WorksOn::Hosts => ("host", CARRY.to_owned()),
    }
}

const CARRY: &str = "write the role under a host (`roles: [app]`), or name a role that hosts have under the app (`roles: {app: web}`)";

/// One app in one environment, in which names are looked up.
#[derive(Debug)]
pub struct AppInEnvironment<'s, 't> {
    pub reader: &'s InventoryReader<'t>,
    pub outline: &'s Outline<'t>,
    pub env: &'s EnvPart<'t>,
    pub app: &'s AppPart<'t>,
    pub targets: &'s [ResolvedTarget<'s, 't>],
    pub carriers: &'s BTreeSet<TargetName>,
}

impl AppInEnvironment<'_, '_> {
    fn carriers(&self) -> impl Iterator<Item = &ResolvedTarget<'_, '_>> {
        self.targets.iter().filter(|target| self.carriers.contains(&target.target().id()))
    }

    /// Checks that what runs once has exactly one primary host. It is known by its key and where that is written.
    pub fn primary(&self, settings: &AppSettings<'_>, once: Option<(&str, Span)>) {
        let Some((key, at)) = once else { return };
        let (env, app, role) =
            (self.env.part.key.text(), &self.app.part.name, &settings.roles.primary.0);
        let all: Vec<&str> = self.carriers().map(|target| target.target().name()).collect();
        let primaries: Vec<&str> = self
            .carriers()
            .filter(|target| target.roles().contains(role))
            .map(|target| target.target().name())
            .collect();
        match primaries.as_slice() {
            [_] => {}
            [] => {
                let what = format!(
                    "app `{app}` has a `{key}`, and none of its hosts in `{env}` has the role `{role}`"
                );
                self.reader.report(at, what, format!("give `{role}` to one of {}", some(&all)));
            }
            many => {
                let what = format!(
                    "app `{app}` has a `{key}`, and {} of its hosts in `{env}` have the role `{role}`: {}",
                    many.len(),
                    some(many)
                );
                self.reader.report(
                    at,
                    what,
                    format!("`{key}` runs once: leave the role to one of them"),
                );
            }
        }
    }

    /// Returns the targets that go live first. A group means those of its hosts that carry the app.
    pub fn canary(&self, settings: &AppSettings<'_>) -> Vec<TargetName> {
        let mut canary: Vec<TargetName> = Vec::new();
        for (name, node) in elements(settings.canary.map(|source| source.node)) {
            let is = |it: &&ResolvedTarget<'_, '_>| {
                it.target().name() == name || it.groups().iter().any(|group| group == name)
            };
            let named: Vec<TargetName> =
                self.carriers().filter(is).map(|target| target.target().id()).collect();
            if named.is_empty() && !self.is_for_another_environment(name, settings) {
                self.report_unknown_canary(name, node);
            }
            for name in named {
                if !canary.contains(&name) {
                    canary.push(name);
                }
            }
        }
        canary
    }

    /// Returns whether a name that was set for all environments exists in another one.
    fn is_for_another_environment(&self, name: &str, settings: &AppSettings<'_>) -> bool {
        let layer = settings.canary.map(|source| source.layer);
        let here = matches!(layer, Some(Layer::AppIn { .. } | Layer::Environment(_)));
        let others = self.outline.environments.iter().map(|env| env.part.node);
        let has = |env: &Node| NAMED.iter().any(|key| keys(env.get(key)).contains(&name));
        !here && !has(self.env.part.node) && others.into_iter().any(has)
    }

    fn report_unknown_canary(&self, name: &str, node: &Node) {
        let (env, app) = (self.env.part.key.text(), &self.app.part.name);
        let known: Vec<&str> =
            NAMED.iter().flat_map(|key| keys(self.env.part.node.get(key))).collect();
        if known.contains(&name) {
            let what = format!("`{name}` carries nothing of app `{app}`, so it cannot go first");
            let remedy = "name hosts, or groups of hosts, that carry the app";
            self.reader.report(node.at, what, remedy);
        } else {
            let what = format!("`{name}` is neither a host nor a group of environment `{env}`");
            let only = format!(
                "write it for one environment alone, under `environments.ENVIRONMENT.apps.{app}`"
            );
            self.reader.report(node.at, what, remedy::or(&suggest::name(name, &known), &only));
        }
    }
}

/// The keys of an environment whose names a canary can be.
const NAMED: [&str; 3] = ["hosts", "targets", "groups"];

/// Returns the first of many names.
fn some(names: &[&str]) -> String {
    match names.get(..5) {
        Some(few) if names.len() > 6 => {
            format!("{} and {} more", few.join(", "), names.len() - few.len())
        }
        _ => names.join(", "),
    }
}

/// Checks that no server has two names: it would be changed twice at once. Behind another jump host, the same address
/// is another server.
pub fn hosts_are_distinct(reader: &InventoryReader<'_>, targets: &[ResolvedTarget<'_, '_>]) {
    let mut seen: BTreeMap<_, &HostSpec> = BTreeMap::new();
    for target in targets {
        let TargetSpec::Host(host) = &target.spec else { continue };
        let ssh = &host.ssh;
        if let Some(first) = seen.insert((&ssh.address, ssh.port, &ssh.jump), host) {
            let (name, first) = (&host.name, &first.name);
            let what = format!("`{name}` is the same server as `{first}`: {}", ssh.address);
            let part = &target.part.part;
            let at = part.node.get("address").map_or(part.key.at, |node| node.at);
            reader.report(at, what, "give each its own address and port, or remove one of them");
        }
    }
}

/// Checks that no two environments have an app in the same directory of the same server: they would undo each other's
/// work, and the rules of neither would hold.
pub fn environments_are_distinct(
    reader: &InventoryReader<'_>,
    outline: &Outline<'_>,
    environments: &BTreeMap<EnvName, Environment>,
) {
    let mut seen: BTreeMap<_, (&EnvName, &HostName)> = BTreeMap::new();
    for part in &outline.environments {
        let Some(environment) = environments.get(&part.part.name) else { continue };
        for member in environment.apps.values().flat_map(|app| &app.members) {
            let Some(host) = member.target.host().and_then(|name| environment.hosts.get(name))
            else {
                continue;
            };
            let Some(directory) = member.platform.directory() else { continue };
            let place = (&host.ssh.address, host.ssh.port, &host.ssh.jump, directory);
            let (env, first) = *seen.entry(place).or_insert((&environment.name, &host.name));
            if *env == environment.name {
                continue;
            }
            let what = format!(
                "`{}` is the same server as `{first}` of {env}, and both have an app in {}",
                host.name, directory
            );
            let written = part.targets.iter().find(|it| it.part.name == member.target);
            let at = written.map_or(part.part.key.at, |it| it.part.key.at);
            reader.report(at, what, "give one of them another server, or another `dir`");
        }
    }
}

/// Checks that no two environments work on the same API. It is named by what its apps claim, whatever the targets are called.
pub fn apis_are_distinct(
    reader: &InventoryReader<'_>,
    outline: &Outline<'_>,
    environments: &BTreeMap<EnvName, Environment>,
) {
    let mut seen: BTreeMap<_, (&EnvName, &Target)> = BTreeMap::new();
    for part in &outline.environments {
        let Some(environment) = environments.get(&part.part.name) else { continue };
        for member in environment.apps.values().flat_map(|app| &app.members) {
            if member.target.host().is_some() {
                continue;
            }
            for claim in member.platform.claims(member.carries) {
                let resource = (claim.kind, claim.value.clone().into_owned());
                let (env, first) =
                    *seen.entry(resource).or_insert((&environment.name, &member.target));
                if *env == environment.name {
                    continue;
                }
                let what = format!(
                    "`{}` is the same {} as `{first}` of {env}: {}",
                    member.target, claim.kind, claim.value
                );
                let written = part.targets.iter().find(|it| it.part.name == member.target);
                let at = written.map_or(part.part.key.at, |it| it.part.key.at);
                reader.report(at, what, claim.remedy);
            }
        }
    }
}
