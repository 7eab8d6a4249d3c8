//! Applies the layers for every host and every stack of every app. The result is the inventory that the rest of
//! Flipside works with.

use std::collections::{BTreeMap, BTreeSet};

use super::conflicts::{Owner, ResourceClaims};
use super::decode::app::{AppSettings, Roles, app_settings};
use super::decode::environment::Rules;
use super::decode::{environment, host, stack};
use super::fields::Fields;
use super::layer::Layered;
use super::layers::{Layers, stacks};
use super::outline::{AppPart, EnvPart, HostPart};
use super::placeholders::Placeholders;
use super::reader::InventoryReader;
use super::references::{self, AppInEnvironment};
use crate::base::problem::Span;
use crate::base::yaml::{Node, Value};
use crate::domain::names::{AppName, EnvName, HostName, StackName};
use crate::domain::plan::Batches;
use crate::domain::spec::{AppSpec, Environment, HostSpec, Inventory, Member};
use crate::domain::target::Carries;

/// A host of an environment with its settings.
#[derive(Debug)]
pub struct ResolvedHost<'s, 't> {
    pub part: &'s HostPart<'t>,
    pub spec: HostSpec,
}

/// The members of one app in one environment.
#[derive(Default)]
struct AppMembers {
    members: Vec<Member>,
    carriers: BTreeSet<HostName>,
    /// The key that sets what runs once, on the primary host, and where it is.
    runs_once: Option<(&'static str, Span)>,
}

/// What is known after all environments were read.
#[derive(Debug)]
pub struct Coverage {
    /// Everything could be read, so that what is missing is not merely misspelled.
    pub all_read: bool,
    /// The roles that apps need.
    pub roles: BTreeSet<String>,
    /// The apps that have a host with their role, by environment.
    pub app_has_hosts: BTreeSet<(EnvName, AppName)>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { all_read: true, roles: BTreeSet::new(), app_has_hosts: BTreeSet::new() }
    }
}

impl Coverage {
    fn ask(&mut self, settings: &AppSettings<'_>) {
        let Roles { app, jobs, primary } = &settings.roles;
        self.roles.extend([app, jobs, primary].map(|role| role.0.clone()));
    }

    fn carry(&mut self, env: &EnvName, app: &AppName) {
        self.app_has_hosts.insert((env.clone(), app.clone()));
    }
}

#[derive(Debug)]
pub struct Resolver<'a, 't> {
    pub reader: &'a InventoryReader<'t>,
    pub layers: &'a Layers<'t>,
}

impl<'t> Resolver<'_, 't> {
    pub fn inventory(&self, root: &'t Node) -> Inventory {
        let outline = &self.layers.outline;
        references::apps(self.reader, outline, root);
        let mut environments = BTreeMap::new();
        let mut found = Coverage::default();
        for env in &outline.environments {
            if let Some(environment) = self.environment(env, &mut found) {
                environments.insert(env.part.name.clone(), environment);
            }
        }
        if found.all_read {
            let before = self.reader.count();
            references::app_has_hosts(self.reader, outline, &found);
            // Where an app has no host, either role may be the misspelled one: report only the app.
            if self.reader.count() == before {
                references::roles(self.reader, self.layers, &found.roles);
            }
        }
        references::environments_are_distinct(self.reader, outline, &environments);
        Inventory { path: self.reader.file().to_owned(), environments }
    }

    /// Returns the environment. `None`: it has mistakes, which were reported.
    fn environment(&self, env: &EnvPart<'t>, found: &mut Coverage) -> Option<Environment> {
        let rules = self.rules(env);
        let hosts: Vec<ResolvedHost<'_, 't>> =
            env.hosts.iter().filter_map(|part| self.resolved_host(env, part)).collect();
        let written = env.part.node.get("hosts");
        found.all_read &= hosts.len() == written.map_or(0, |hosts| hosts.entries().len());
        found.all_read &= is_map(written);
        references::hosts_are_distinct(self.reader, &hosts);
        let mut claims = ResourceClaims::default();
        let mut apps = BTreeMap::new();
        for app in &self.layers.outline.apps {
            let Some(settings) = self.app_settings(env, app) else {
                found.all_read = false;
                continue;
            };
            found.ask(&settings);
            if let Some(spec) = self.app_spec(env, app, settings, &hosts, &mut claims, found) {
                apps.insert(app.part.name.clone(), spec);
            }
        }
        claims.report(self.reader);
        let rules = rules?;
        let name = env.part.name.clone();
        Some(Environment {
            label: rules.label.unwrap_or_else(|| name.as_str().to_uppercase()),
            name,
            protected: rules.protected,
            read_only: rules.read_only,
            verify_required: rules.verify_required,
            rollback_countdown: rules.rollback_countdown,
            after_rollback: rules.after_rollback,
            hosts: hosts.into_iter().map(|host| (host.spec.name.clone(), host.spec)).collect(),
            apps,
        })
    }

    pub fn rules(&self, env: &EnvPart<'t>) -> Option<Rules> {
        let layered = self.layers.rules(env);
        let fields = Fields::of(self.reader, "environment", &layered, env.part.key.at);
        let place = format!("under `environments.{}`", env.part.key.text());
        environment::rules(&fields.complete(place))
    }

    pub fn resolved_host<'s>(
        &self,
        env: &EnvPart<'t>,
        part: &'s HostPart<'t>,
    ) -> Option<ResolvedHost<'s, 't>> {
        references::groups(self.reader, env, part);
        let layered = self.layers.host(env, part);
        let name = &part.part.name;
        let placeholders = Placeholders::new("", "main", env.part.name.as_str(), name.as_str());
        let place = format!("under `environments.{}.hosts.{name}`", env.part.name);
        let fields = Fields::of(self.reader, "host", &layered, part.part.key.at);
        let spec = host::host(&fields.complete(place).with_placeholders(&placeholders), name)?;
        Some(ResolvedHost { part, spec })
    }

    pub fn app_settings(&self, env: &EnvPart<'t>, app: &AppPart<'t>) -> Option<AppSettings<'t>> {
        let layered = self.layers.app(env, app);
        let fields = Fields::of(self.reader, "app", &layered, app.part.key.at);
        app_settings(&fields.complete(app_place(env, app)), &self.layers.platforms)
    }

    /// Returns the app. `None`: no host carries it here, or it has mistakes, which were reported.
    fn app_spec(
        &self,
        env: &EnvPart<'t>,
        app: &AppPart<'t>,
        settings: AppSettings<'t>,
        hosts: &[ResolvedHost<'_, 't>],
        claims: &mut ResourceClaims,
        found: &mut Coverage,
    ) -> Option<AppSpec> {
        let mut team = AppMembers::default();
        for host in hosts {
            let Some(carries) = carries(&settings, &host.spec) else { continue };
            found.carry(&env.part.name, &app.part.name);
            for stack in stacks(env, host.part, app) {
                let layered = self.layers.stack(env, host.part, app, &stack);
                if self.is_skipped(&layered, app) {
                    continue;
                }
                team.carriers.insert(host.spec.name.clone());
                let Some(own) = self.stack_settings(&layered, env, &host.spec.name, app, &stack)
                else {
                    found.all_read = false;
                    continue;
                };
                let owner = Owner { host: &host.spec.name, app, stack: &stack, layered: &layered };
                claims.add(&owner, own.platform.spec.claims(carries));
                if let Some(key) = own.platform.runs_once {
                    team.runs_once = layered.field(key).map(|(written, _)| (key, written.at));
                }
                let primary = host.spec.roles.contains(&settings.roles.primary.0);
                team.members.push(own.member(&host.spec, &app.part.name, stack, carries, primary));
            }
        }
        let mut canary = Vec::new();
        if found.all_read {
            let place = AppInEnvironment {
                reader: self.reader,
                outline: &self.layers.outline,
                env,
                app,
                hosts,
                carriers: &team.carriers,
            };
            place.primary(&settings, team.runs_once);
            canary = place.canary(&settings);
        }
        order(&mut team.members);
        (!team.members.is_empty()).then(|| AppSpec {
            name: app.part.name.clone(),
            members: team.members,
            batches: Batches { canary, size: settings.size, pause: settings.pause },
            on_failure: settings.on_failure,
            hooks: settings.hooks,
            notifications: settings.notifications,
        })
    }

    pub fn is_skipped(&self, layered: &Layered<'t>, app: &AppPart<'t>) -> bool {
        stack::skip(&Fields::of(self.reader, "app", layered, app.part.key.at))
    }

    pub fn stack_settings(
        &self,
        layered: &Layered<'t>,
        env: &EnvPart<'t>,
        host: &HostName,
        app: &AppPart<'t>,
        stack: &StackName,
    ) -> Option<stack::StackSettings> {
        let name: &AppName = &app.part.name;
        let placeholders =
            Placeholders::new(name.as_str(), stack.as_str(), env.part.name.as_str(), host.as_str());
        let fields = Fields::of(self.reader, "app", layered, app.part.key.at);
        let platform = self.layers.platform(env, app)?;
        stack::stack_settings(
            &fields.complete(app_place(env, app)).with_placeholders(&placeholders),
            platform,
        )
    }
}

fn app_place(env: &EnvPart<'_>, app: &AppPart<'_>) -> String {
    let (env, app) = (&env.part.name, &app.part.name);
    format!("under `apps.{app}`, or only for {env} under `environments.{env}.apps.{app}`")
}

/// Returns what a host carries of an app, by its roles.
pub fn carries(settings: &AppSettings<'_>, host: &HostSpec) -> Option<Carries> {
    if host.roles.contains(&settings.roles.app.0) {
        Some(Carries::App)
    } else if host.roles.contains(&settings.roles.jobs.0) {
        Some(Carries::JobsOnly)
    } else {
        None
    }
}

/// Returns whether the node is a map; no value counts as an empty one.
fn is_map(node: Option<&Node>) -> bool {
    node.is_none_or(|node| matches!(node.value, Value::Map(_) | Value::Null))
}

/// Sorts by stack, `main` first, then by target.
fn order(members: &mut [Member]) {
    let main = StackName::main();
    let key = |member: &Member| (member.stack != main, member.stack.clone(), member.target.clone());
    members.sort_by_cached_key(key);
}
