//! The inventory as a list of targets, as a summary, and as YAML with all layers applied.

use std::fmt;

use serde_yaml::{Mapping, Value as Yaml};

use super::explain::{Explanation, Subject};
use crate::base::columns;
use crate::base::yaml::{Node, Value};
use crate::domain::names::{AppName, EnvName, StackName};
use crate::domain::spec::{Environment, Inventory, Member};
use crate::domain::target::{Carries, Target};

/// One target and what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRow {
    pub environment: EnvName,
    pub target: Target,
    pub address: String,
    pub roles: Vec<String>,
    pub groups: Vec<String>,
    pub carries: Vec<(AppName, StackName, Carries)>,
}

/// Every target, by environment: hosts, then APIs, each by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetList(pub Vec<TargetRow>);

impl TargetList {
    pub fn of(inventory: &Inventory) -> Self {
        Self(inventory.environments.values().flat_map(rows).collect())
    }
}

fn rows(env: &Environment) -> Vec<TargetRow> {
    let hosts = env.hosts.values().map(|host| {
        let target = Target::Host(host.name.clone());
        row(env, target, &host.ssh.address, &host.roles, &host.groups)
    });
    let apis = env.targets.values().map(|api| {
        let url = api.url.as_deref().unwrap_or_default();
        row(env, Target::Api(api.name.clone()), url, &api.roles, &api.groups)
    });
    hosts.chain(apis).collect()
}

fn row(
    environment: &Environment,
    target: Target,
    address: &str,
    roles: &[String],
    groups: &[String],
) -> TargetRow {
    let members = environment.apps.values().flat_map(|app| &app.members);
    let here: Vec<&Member> = members.filter(|member| member.target == target).collect();
    // Apps may have a URL of their own on an API, or complete that of the target.
    let address = here.first().map_or(address, |member| &member.address);
    TargetRow {
        environment: environment.name.clone(),
        target,
        address: address.to_owned(),
        roles: roles.to_vec(),
        groups: groups.to_vec(),
        carries: here
            .into_iter()
            .map(|member| (member.app.clone(), member.stack.clone(), member.carries))
            .collect(),
    }
}

impl fmt::Display for TargetList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let only_hosts = self.0.iter().all(|row| row.target.host().is_some());
        let name = if only_hosts { "HOST" } else { "TARGET" };
        let head = ["ENVIRONMENT", name, "ADDRESS", "ROLES", "GROUPS", "CARRIES"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(|row| {
            let carries: Vec<String> = row.carries.iter().map(app_and_stack).collect();
            vec![
                row.environment.to_string(),
                row.target.to_string(),
                or_dash(row.address.clone()),
                or_dash(row.roles.join(",")),
                or_dash(row.groups.join(",")),
                or_dash(carries.join(", ")),
            ]
        }));
        for row in columns::align(&rows) {
            writeln!(f, "{row}")?;
        }
        Ok(())
    }
}

fn app_and_stack((app, stack, carries): &(AppName, StackName, Carries)) -> String {
    let stack = if *stack == StackName::main() { String::new() } else { format!("/{stack}") };
    let jobs = if *carries == Carries::JobsOnly { " (jobs)" } else { "" };
    format!("{app}{stack}{jobs}")
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

/// How much an inventory without mistakes holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub environments: usize,
    pub hosts: usize,
    /// Targets that are APIs.
    pub targets: usize,
    pub apps: usize,
}

impl Summary {
    pub fn of(inventory: &Inventory) -> Self {
        let mut apps: Vec<&AppName> =
            inventory.environments.values().flat_map(|env| env.apps.keys()).collect();
        apps.sort();
        apps.dedup();
        Self {
            environments: inventory.environments.len(),
            hosts: inventory.environments.values().map(|env| env.hosts.len()).sum(),
            targets: inventory.environments.values().map(|env| env.targets.len()).sum(),
            apps: apps.len(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        write!(f, "valid: {}, ", many(self.environments, "environment"))?;
        if self.hosts > 0 || self.targets == 0 {
            write!(f, "{}, ", many(self.hosts, "host"))?;
        }
        if self.targets > 0 {
            write!(f, "{}, ", many(self.targets, "target"))?;
        }
        write!(f, "{}", many(self.apps, "app"))
    }
}

/// Returns the values of each explained target as YAML, without their layers.
pub fn effective(explanations: &[Explanation]) -> Result<String, serde_yaml::Error> {
    let mut root = Yaml::Mapping(Mapping::new());
    for value in explanations.iter().flat_map(|explanation| &explanation.values) {
        let Some(setting) = &value.value else { continue };
        let environment = value.environment.as_str();
        let mut path = vec!["environments", environment];
        match &value.of {
            Subject::Environment => {}
            Subject::Target(target) => path.extend([section(target), target.name()]),
            Subject::App(app) => path.extend(["apps", app.as_str()]),
            Subject::Stack(app, stack, target) => {
                path.extend([
                    section(target),
                    target.name(),
                    "apps",
                    app.as_str(),
                    "stacks",
                    stack.as_str(),
                ]);
            }
        }
        path.extend(value.key.split('.'));
        set(&mut root, &path, yaml(setting.node()));
    }
    serde_yaml::to_string(&root)
}

/// Returns the key of an environment under which such targets are.
fn section(target: &Target) -> &'static str {
    if target.host().is_some() { "hosts" } else { "targets" }
}

fn set(at: &mut Yaml, path: &[&str], value: Yaml) {
    let Some((first, rest)) = path.split_first() else {
        *at = value;
        return;
    };
    if !at.is_mapping() {
        *at = Yaml::Mapping(Mapping::new());
    }
    if let Some(mapping) = at.as_mapping_mut() {
        let key = Yaml::String((*first).to_owned());
        set(mapping.entry(key).or_insert(Yaml::Null), rest, value);
    }
}

fn yaml(node: &Node) -> Yaml {
    match &node.value {
        Value::Null => Yaml::Null,
        Value::Scalar(word) if !word.plain => Yaml::String(word.text.clone()),
        Value::Scalar(word) => scalar(&word.text),
        Value::List(items) => Yaml::Sequence(items.iter().map(yaml).collect()),
        Value::Map(entries) => {
            let entry = |(key, node): &(crate::base::yaml::Key, Node)| {
                (Yaml::String(key.text().to_owned()), yaml(node))
            };
            Yaml::Mapping(entries.iter().map(entry).collect())
        }
    }
}

/// Keeps a number only if it would be written the same: `1.10` is a version, not 1.1.
fn scalar(text: &str) -> Yaml {
    match serde_yaml::from_str::<Yaml>(text) {
        Ok(Yaml::Bool(value)) => Yaml::Bool(value),
        Ok(Yaml::Number(number)) if number.to_string() == text => Yaml::Number(number),
        _ => Yaml::String(text.to_owned()),
    }
}
