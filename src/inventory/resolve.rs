//! Applies the layers for every target and every stack of every app. The result is the inventory that the rest of
//! Flipside works with.

use std::collections::{BTreeMap, BTreeSet};

use super::conflicts::{Owner, ResourceClaims};
use super::decode::app::{AppSettings, app_settings};
use super::decode::environment::Rules;
use super::decode::{environment, host, stack, target};
use super::fields::Fields;
use super::layer::Layered;
use super::layers::{Layers, stacks};
use super::membership;
use super::outline::{AppPart, EnvPart, TargetPart};
use super::placeholders::Placeholders;
use super::platforms::WorksOn;
use super::reader::InventoryReader;
use super::references::{self, AppInEnvironment};
use super::resolved::{Coverage, ResolvedTarget, TargetSpec};
use super::scalar::Slug;
use crate::base::problem::Span;
use crate::base::yaml::{Node, Value};
use crate::domain::names::{AppName, StackName, TargetName};
use crate::domain::plan::Batches;
use crate::domain::spec::{AppSpec, Environment, Inventory, Member};
use crate::domain::target::{Carries, Target};

/// The members of one app in one environment.
#[derive(Default)]
struct AppMembers {
    members: Vec<Member>,
    carriers: BTreeSet<TargetName>,
    /// The key that sets what runs once, on the primary host, and where it is.
    runs_once: Option<(&'static str, Span)>,
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
            references::app_is_carried(self.reader, self.layers, &found);
            // Where an app has no target, either role may be the misspelled one: report only the app.
            if self.reader.count() == before {
                references::roles(self.reader, self.layers, &found.roles);
            }
        }
        references::environments_are_distinct(self.reader, outline, &environments);
        references::apis_are_distinct(self.reader, outline, &environments);
        Inventory { path: self.reader.file().to_owned(), environments }
    }

    /// Returns the environment. `None`: it has mistakes, which were reported.
    fn environment(&self, env: &EnvPart<'t>, found: &mut Coverage) -> Option<Environment> {
        let rules = self.rules(env);
        let targets: Vec<ResolvedTarget<'_, 't>> =
            env.targets.iter().filter_map(|part| self.resolved_target(env, part)).collect();
        let written = ["hosts", "targets"].map(|key| env.part.node.get(key));
        let entries = written.iter().flatten().map(|part| part.entries().len());
        found.all_read &= targets.len() == entries.sum::<usize>();
        found.all_read &= written.into_iter().all(is_map);
        references::hosts_are_distinct(self.reader, &targets);
        let mut claims = ResourceClaims::default();
        let mut apps = BTreeMap::new();
        for app in &self.layers.outline.apps {
            let Some(settings) = self.app_settings(env, app) else {
                found.all_read = false;
                continue;
            };
            found.ask(&settings);
            if let Some(spec) = self.app_spec(env, app, settings, &targets, &mut claims, found) {
                apps.insert(app.part.name.clone(), spec);
            }
        }
        claims.report(self.reader);
        if found.all_read {
            references::freeze_is_kept(self.reader, env, &apps);
        }
        let rules = rules?;
        let name = env.part.name.clone();
        let (mut hosts, mut with_api) = (BTreeMap::new(), BTreeMap::new());
        for target in targets {
            match target.spec {
                TargetSpec::Host(host) => drop(hosts.insert(host.name.clone(), host)),
                TargetSpec::Api(api) => drop(with_api.insert(api.name.clone(), api)),
            }
        }
        Some(Environment {
            label: rules.label.unwrap_or_else(|| name.as_str().to_uppercase()),
            name,
            protected: rules.protected,
            read_only: rules.read_only,
            verify_required: rules.verify_required,
            rollback_countdown: rules.rollback_countdown,
            after_rollback: rules.after_rollback,
            hosts,
            targets: with_api,
            apps,
        })
    }

    pub fn rules(&self, env: &EnvPart<'t>) -> Option<Rules> {
        let layered = self.layers.rules(env);
        let fields = Fields::of(self.reader, "environment", &layered, env.part.key.at);
        let place = format!("under `environments.{}`", env.part.key.text());
        environment::rules(&fields.complete(place))
    }

    pub fn resolved_target<'s>(
        &self,
        env: &EnvPart<'t>,
        part: &'s TargetPart<'t>,
    ) -> Option<ResolvedTarget<'s, 't>> {
        references::groups(self.reader, env, part);
        let layered = self.layers.target(env, part);
        let (name, at) = (&part.part.name, part.part.key.at);
        let place = format!("under `environments.{}.{}.{name}`", env.part.name, part.section());
        // The apps of a target fill in their own names.
        let app = if name.host().is_some() { "" } else { "{app}" };
        let placeholders = Placeholders::new(app, "main", env.part.name.as_str(), name);
        let fields = |kind| {
            let fields = Fields::of(self.reader, kind, &layered, at).complete(place);
            fields.with_placeholders(&placeholders)
        };
        let spec = match name {
            Target::Host(name) => TargetSpec::Host(host::host(&fields("host"), name)?),
            Target::Api(name) => TargetSpec::Api(target::target(&fields("target"), name)?),
        };
        Some(ResolvedTarget { part, spec })
    }

    pub fn app_settings(&self, env: &EnvPart<'t>, app: &AppPart<'t>) -> Option<AppSettings<'t>> {
        let layered = self.layers.app(env, app);
        let fields = Fields::of(self.reader, "app", &layered, app.part.key.at);
        app_settings(&fields.complete(app_place(env, app)), &self.layers.platforms)
    }

    /// Returns the app. `None`: no target carries it here, or it has mistakes, which were reported.
    fn app_spec(
        &self,
        env: &EnvPart<'t>,
        app: &AppPart<'t>,
        settings: AppSettings<'t>,
        targets: &[ResolvedTarget<'_, 't>],
        claims: &mut ResourceClaims,
        found: &mut Coverage,
    ) -> Option<AppSpec> {
        let mut team = AppMembers::default();
        for target in targets {
            let Some(carries) = self.carries(env, app, &settings, target) else {
                membership::settings_where_nothing_is(
                    self.reader,
                    self.layers,
                    env,
                    app,
                    target.part,
                );
                continue;
            };
            found.carry(&env.part.name, &app.part.name);
            for stack in stacks(env, target.part, app) {
                let layered = self.layers.stack(env, target.part, app, &stack);
                if self.is_skipped(&layered, app) {
                    continue;
                }
                team.carriers.insert(target.target().id());
                let Some(own) = self.stack_settings(&layered, env, target.part, app, &stack) else {
                    found.all_read = false;
                    continue;
                };
                let owner =
                    Owner { target: target.target(), app, stack: &stack, layered: &layered };
                claims.add(&owner, own.platform.spec.claims(carries));
                if let Some(key) = own.platform.runs_once {
                    team.runs_once = layered.field(key).map(|(written, _)| (key, written.at));
                }
                let primary = target.roles().contains(&settings.roles.primary.0);
                let place = (target.target().clone(), target.address());
                team.members.push(own.member(place, &app.part.name, stack, carries, primary));
            }
        }
        let mut canary = Vec::new();
        if found.all_read {
            let place = AppInEnvironment {
                reader: self.reader,
                outline: &self.layers.outline,
                env,
                app,
                targets,
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
        target: &TargetPart<'t>,
        app: &AppPart<'t>,
        stack: &StackName,
    ) -> Option<stack::StackSettings> {
        let name: &AppName = &app.part.name;
        let target_name = &target.part.name;
        let environment = env.part.name.as_str();
        let placeholders =
            Placeholders::new(name.as_str(), stack.as_str(), environment, target_name);
        let fields = Fields::of(self.reader, "app", layered, app.part.key.at);
        let platform = self.layers.platform(env, app)?;
        stack::stack_settings(
            &fields.complete(app_place(env, app)).with_placeholders(&placeholders),
            platform,
        )
    }

    /// Returns what a target carries of an app, by its roles. `None`: nothing, or the app's platform works on another kind
    /// of targets.
    pub fn carries(
        &self,
        env: &EnvPart<'t>,
        app: &AppPart<'t>,
        settings: &AppSettings<'_>,
        target: &ResolvedTarget<'_, 't>,
    ) -> Option<Carries> {
        let works_on = self.layers.works_on(env, app)?;
        let has = |role: &Slug| target.roles().contains(&role.0);
        if !works_on.takes(target.target()) {
            None
        } else if has(&settings.roles.app) {
            Some(Carries::App)
        } else if has(&settings.roles.jobs) && works_on == WorksOn::Hosts {
            Some(Carries::JobsOnly)
        } else {
            None
        }
    }
}

fn app_place(env: &EnvPart<'_>, app: &AppPart<'_>) -> String {
    let (env, app) = (&env.part.name, &app.part.name);
    format!("under `apps.{app}`, or only for {env} under `environments.{env}.apps.{app}`")
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
