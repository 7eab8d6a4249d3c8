//! Every layer laid over the one below it, for every host and every stack of every app: the
//! inventory as the rest of Flipside sees it.

use std::collections::{BTreeMap, BTreeSet};

use super::clash::{Claims, Owner};
use super::decode::environment::Rules;
use super::decode::once::{Once, Roles, once};
use super::decode::{app, environment, host};
use super::fields::Fields;
use super::fill::Fill;
use super::layer::Laid;
use super::outline::{AppPart, EnvPart, HostPart};
use super::reader::Reader;
use super::references::{self, Place};
use super::stacking::{Stacking, stacks};
use crate::base::problem::Span;
use crate::base::yaml::{Node, Value};
use crate::domain::names::{AppName, EnvName, HostName, StackName};
use crate::domain::plan::Batches;
use crate::domain::spec::{AppSpec, Environment, HostSpec, Inventory, Member, PlatformSpec};
use crate::domain::target::Carries;

/// A host of an environment whose own settings were read.
#[derive(Debug)]
pub struct Placed<'s, 't> {
    pub part: &'s HostPart<'t>,
    pub spec: HostSpec,
}

/// Those who carry one app in one environment.
#[derive(Default)]
struct Team {
    members: Vec<Member>,
    carriers: BTreeSet<HostName>,
    migration: Option<Span>,
}

/// What was found out over all environments.
#[derive(Debug)]
pub struct Found {
    /// Everything could be read: what is missing now is missing, not misspelled.
    pub all_read: bool,
    /// Roles that some app asks for.
    pub roles: BTreeSet<String>,
    /// Which app has a host with its role in which environment.
    pub carried: BTreeSet<(EnvName, AppName)>,
}

impl Default for Found {
    fn default() -> Self {
        Self { all_read: true, roles: BTreeSet::new(), carried: BTreeSet::new() }
    }
}

impl Found {
    fn ask(&mut self, once: &Once<'_>) {
        let Roles { app, jobs, primary } = &once.roles;
        self.roles.extend([app, jobs, primary].map(|role| role.0.clone()));
    }

    fn carry(&mut self, env: &EnvName, app: &AppName) {
        self.carried.insert((env.clone(), app.clone()));
    }
}

#[derive(Debug)]
pub struct Resolver<'a, 't> {
    pub reader: &'a Reader<'t>,
    pub stacking: &'a Stacking<'t>,
}

impl<'t> Resolver<'_, 't> {
    pub fn inventory(&self, root: &'t Node) -> Inventory {
        let outline = &self.stacking.outline;
        references::apps(self.reader, outline, root);
        let mut environments = BTreeMap::new();
        let mut found = Found::default();
        for env in &outline.environments {
            if let Some(environment) = self.environment(env, &mut found) {
                environments.insert(env.part.name.clone(), environment);
            }
        }
        if found.all_read {
            let before = self.reader.count();
            references::carried(self.reader, outline, &found);
            // Where an app finds no host, which word is the slip is not to be known.
            if self.reader.count() == before {
                references::roles(self.reader, self.stacking, &found.roles);
            }
        }
        references::across_environments(self.reader, outline, &environments);
        Inventory { path: self.reader.file().to_owned(), environments }
    }

    /// `None`: something is wrong with it, and was told.
    fn environment(&self, env: &EnvPart<'t>, found: &mut Found) -> Option<Environment> {
        let rules = self.rules(env);
        let hosts: Vec<Placed<'_, 't>> =
            env.hosts.iter().filter_map(|part| self.placed(env, part)).collect();
        let written = env.part.node.get("hosts");
        found.all_read &= hosts.len() == written.map_or(0, |hosts| hosts.entries().len());
        found.all_read &= is_map(written);
        references::same_address(self.reader, &hosts);
        let mut claims = Claims::default();
        let mut apps = BTreeMap::new();
        for app in &self.stacking.outline.apps {
            let Some(once) = self.once(env, app) else {
                found.all_read = false;
                continue;
            };
            found.ask(&once);
            if let Some(spec) = self.app(env, app, once, &hosts, &mut claims, found) {
                apps.insert(app.part.name.clone(), spec);
            }
        }
        claims.tell(self.reader);
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
        let laid = self.stacking.rules(env);
        let fields = Fields::of(self.reader, "environment", &laid, env.part.key.at);
        let place = format!("under `environments.{}`", env.part.key.text());
        environment::rules(&fields.complete(place))
    }

    pub fn placed<'s>(&self, env: &EnvPart<'t>, part: &'s HostPart<'t>) -> Option<Placed<'s, 't>> {
        references::groups(self.reader, env, part);
        let laid = self.stacking.host(env, part);
        let name = &part.part.name;
        let fill = Fill::new("", "main", env.part.name.as_str(), name.as_str());
        let place = format!("under `environments.{}.hosts.{name}`", env.part.name);
        let fields = Fields::of(self.reader, "host", &laid, part.part.key.at);
        let spec = host::host(&fields.complete(place).filled(&fill), name)?;
        Some(Placed { part, spec })
    }

    pub fn once(&self, env: &EnvPart<'t>, app: &AppPart<'t>) -> Option<Once<'t>> {
        let laid = self.stacking.once(env, app);
        let fields = Fields::of(self.reader, "app", &laid, app.part.key.at);
        once(&fields.complete(app_place(env, app)))
    }

    /// `None`: nobody carries it here, or something is wrong with it.
    fn app(
        &self,
        env: &EnvPart<'t>,
        app: &AppPart<'t>,
        once: Once<'t>,
        hosts: &[Placed<'_, 't>],
        claims: &mut Claims,
        found: &mut Found,
    ) -> Option<AppSpec> {
        let mut team = Team::default();
        for host in hosts {
            let Some(carries) = carries(&once, &host.spec) else { continue };
            found.carry(&env.part.name, &app.part.name);
            for stack in stacks(env, host.part, app) {
                let laid = self.stacking.member(env, host.part, app, &stack);
                if self.skipped(&laid, app) {
                    continue;
                }
                team.carriers.insert(host.spec.name.clone());
                let Some(own) = self.member(&laid, env, &host.spec.name, app, &stack) else {
                    found.all_read = false;
                    continue;
                };
                let PlatformSpec::Compose(compose) = &own.platform;
                let owner = Owner { host: &host.spec.name, app, stack: &stack, laid: &laid };
                claims.add(&owner, carries, compose);
                if compose.migration.is_some() {
                    team.migration = laid.field("migration").map(|(key, _)| key.at);
                }
                let primary = host.spec.roles.contains(&once.roles.primary.0);
                team.members.push(own.member(&host.spec, &app.part.name, stack, carries, primary));
            }
        }
        let mut canary = Vec::new();
        if found.all_read {
            let place = Place {
                reader: self.reader,
                outline: &self.stacking.outline,
                env,
                app,
                hosts,
                carriers: &team.carriers,
            };
            place.primary(&once, team.migration);
            canary = place.canary(&once);
        }
        order(&mut team.members);
        (!team.members.is_empty()).then(|| AppSpec {
            name: app.part.name.clone(),
            members: team.members,
            batches: Batches { canary, size: once.size, pause: once.pause },
            on_failure: once.on_failure,
            hooks: once.hooks,
            notifications: once.notifications,
        })
    }

    pub fn skipped(&self, laid: &Laid<'t>, app: &AppPart<'t>) -> bool {
        app::skip(&Fields::of(self.reader, "app", laid, app.part.key.at))
    }

    pub fn member(
        &self,
        laid: &Laid<'t>,
        env: &EnvPart<'t>,
        host: &HostName,
        app: &AppPart<'t>,
        stack: &StackName,
    ) -> Option<app::Own> {
        let name: &AppName = &app.part.name;
        let fill = Fill::new(name.as_str(), stack.as_str(), env.part.name.as_str(), host.as_str());
        let fields = Fields::of(self.reader, "app", laid, app.part.key.at);
        app::own(&fields.complete(app_place(env, app)).filled(&fill))
    }
}

fn app_place(env: &EnvPart<'_>, app: &AppPart<'_>) -> String {
    let (env, app) = (&env.part.name, &app.part.name);
    format!("under `apps.{app}`, or only for {env} under `environments.{env}.apps.{app}`")
}

/// What a host carries of an app, by its roles.
pub fn carries(once: &Once<'_>, host: &HostSpec) -> Option<Carries> {
    if host.roles.contains(&once.roles.app.0) {
        Some(Carries::App)
    } else if host.roles.contains(&once.roles.jobs.0) {
        Some(Carries::JobsOnly)
    } else {
        None
    }
}

/// Nothing at all is a map without keys.
fn is_map(node: Option<&Node>) -> bool {
    node.is_none_or(|node| matches!(node.value, Value::Map(_) | Value::Null))
}

/// By stack, `main` first, then by target.
fn order(members: &mut [Member]) {
    let main = StackName::main();
    let key = |member: &Member| (member.stack != main, member.stack.clone(), member.target.clone());
    members.sort_by_cached_key(key);
}
