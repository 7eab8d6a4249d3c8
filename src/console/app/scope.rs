//! The scopes of a console: an environment, an app in it, and a stack of the app.

use std::collections::BTreeMap;

use crate::base::suggest::nearest;
use crate::domain::names::{AppName, EnvName, StackName};
use crate::domain::spec::Environment;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleScope {
    pub environment: EnvName,
    pub app: AppName,
    pub stack: StackName,
}

/// A scope in the inventory, with its texts for choosing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedScope {
    pub scope: ConsoleScope,
    /// As short as it can be: `production`, `production/shop`, `production/shop/red`.
    pub name: String,
    /// `3 servers, protected`
    pub words: String,
}

/// Returns all scopes, in the order of the inventory.
pub fn scopes(environments: &BTreeMap<EnvName, Environment>) -> Vec<ListedScope> {
    environments.values().flat_map(of_environment).collect()
}

fn of_environment(environment: &Environment) -> Vec<ListedScope> {
    let many = environment.apps.len() > 1;
    let mut listed = Vec::new();
    for app in environment.apps.values() {
        let stacks = app.stacks();
        for stack in &stacks {
            let mut name = environment.name.to_string();
            if many || stacks.len() > 1 {
                name = format!("{name}/{}", app.name);
            }
            if stacks.len() > 1 {
                name = format!("{name}/{stack}");
            }
            listed.push(ListedScope {
                scope: ConsoleScope {
                    environment: environment.name.clone(),
                    app: app.name.clone(),
                    stack: (*stack).clone(),
                },
                name,
                words: words(environment, app.stack(stack).len()),
            });
        }
    }
    listed
}

fn words(environment: &Environment, servers: usize) -> String {
    let mut words = vec![match servers {
        1 => "1 server".to_owned(),
        many => format!("{many} servers"),
    }];
    if environment.protected {
        words.push("protected".to_owned());
    }
    if environment.read_only {
        words.push("read-only".to_owned());
    }
    words.join(", ")
}

/// Returns the scope with this name. An environment's name alone is enough if it has only one scope.
///
/// # Errors
/// Why there is no such scope.
pub fn named<'a>(listed: &'a [ListedScope], name: &str) -> Result<&'a ListedScope, String> {
    if let Some(found) = listed.iter().find(|it| it.name == name) {
        return Ok(found);
    }
    let within: Vec<&str> = listed
        .iter()
        .filter(|it| it.name.split('/').next() == Some(name))
        .map(|it| it.name.as_str())
        .collect();
    if !within.is_empty() {
        return Err(format!("{name} has several: {}", within.join(", ")));
    }
    let near = nearest(name, listed.iter().map(|it| it.name.as_str()));
    let near = near.map_or(String::new(), |near| format!(": did you mean {near:?}?"));
    Err(format!("there is no environment {name:?}{near}"))
}
