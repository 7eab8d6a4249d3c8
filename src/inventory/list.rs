//! The inventory as a list of hosts, as a summary, and as YAML with all layers applied.

use std::fmt;

use serde_yaml::{Mapping, Value as Yaml};

use super::explain::{Explanation, Subject};
use crate::base::columns;
use crate::base::yaml::{Node, Value};
use crate::domain::names::{AppName, EnvName, HostName, StackName};
use crate::domain::spec::{Environment, Inventory};
use crate::domain::target::Carries;

/// One host and what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRow {
    pub environment: EnvName,
    pub host: HostName,
    pub address: String,
    pub roles: Vec<String>,
    pub groups: Vec<String>,
    pub carries: Vec<(AppName, StackName, Carries)>,
}

/// Every host, by environment and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostList(pub Vec<HostRow>);

impl HostList {
    pub fn of(inventory: &Inventory) -> Self {
        let hosts = |env: &Environment| -> Vec<HostRow> {
            env.hosts.keys().filter_map(|host| listed(env, host)).collect()
        };
        Self(inventory.environments.values().flat_map(hosts).collect())
    }
}

fn listed(env: &Environment, name: &HostName) -> Option<HostRow> {
    let host = env.hosts.get(name)?;
    let members = env.apps.values().flat_map(|app| &app.members);
    let here = members.filter(|member| member.target.host() == Some(name));
    Some(HostRow {
        environment: env.name.clone(),
        host: name.clone(),
        address: host.ssh.address.clone(),
        roles: host.roles.clone(),
        groups: host.groups.clone(),
        carries: here
            .map(|member| (member.app.clone(), member.stack.clone(), member.carries))
            .collect(),
    })
}

impl fmt::Display for HostList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["ENVIRONMENT", "HOST", "ADDRESS", "ROLES", "GROUPS", "CARRIES"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(|host| {
            let carries: Vec<String> = host.carries.iter().map(app_has_hosts).collect();
            vec![
                host.environment.to_string(),
                host.host.to_string(),
                host.address.clone(),
                or_dash(host.roles.join(",")),
                or_dash(host.groups.join(",")),
                or_dash(carries.join(", ")),
            ]
        }));
        for row in columns::align(&rows) {
            writeln!(f, "{row}")?;
        }
        Ok(())
    }
}

fn app_has_hosts((app, stack, carries): &(AppName, StackName, Carries)) -> String {
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
            apps: apps.len(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let (environments, hosts) =
            (many(self.environments, "environment"), many(self.hosts, "host"));
        write!(f, "valid: {environments}, {hosts}, {}", many(self.apps, "app"))
    }
}

/// Returns the values of each explained host as YAML, without their layers.
pub fn effective(explanations: &[Explanation]) -> Result<String, serde_yaml::Error> {
    let mut root = Yaml::Mapping(Mapping::new());
    for value in explanations.iter().flat_map(|explanation| &explanation.values) {
        let Some(setting) = &value.value else { continue };
        let environment = value.environment.as_str();
        let mut path = vec!["environments", environment];
        match &value.of {
            Subject::Environment => {}
            Subject::Host(host) => path.extend(["hosts", host.as_str()]),
            Subject::App(app) => path.extend(["apps", app.as_str()]),
            Subject::Stack(app, stack, host) => {
                path.extend([
                    "hosts",
                    host.as_str(),
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
