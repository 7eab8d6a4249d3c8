//! Which environment, app and stack a command is about, from the command line and the inventory.

use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::Wrong;
use super::args::Place;
use crate::domain::names::{AppName, EnvName, StackName};
use crate::domain::plan::{Intent, Operator, Selection};
use crate::domain::spec::Environment;
use crate::inventory::{self, Found};

/// The place, found.
#[derive(Debug)]
pub struct Here {
    pub found: Found,
    /// All of the inventory, as it was read at the start.
    pub environments: BTreeMap<EnvName, Environment>,
    pub environment: Environment,
    pub app: AppName,
    pub stack: StackName,
    pub operator: Operator,
    pub journals: PathBuf,
}

/// Where journals are kept: the XDG state directory.
pub fn journals() -> Result<PathBuf, Wrong> {
    let base = etcetera::base_strategy::choose_base_strategy()
        .map_err(|error| Wrong::Usage(format!("the home directory is not known: {error}")))?;
    let state = base.state_dir().unwrap_or_else(|| base.data_dir());
    Ok(state.join("flipside"))
}

/// The inventory file that is meant.
pub fn find_inventory(place: &Place) -> Result<Found, Wrong> {
    let config = etcetera::base_strategy::choose_base_strategy().ok().map(|base| base.config_dir());
    let variable = std::env::var_os(inventory::VARIABLE);
    let cwd = std::env::current_dir()?;
    inventory::find(place.inventory.as_deref(), variable.as_deref(), &cwd, config.as_deref())
        .map_err(|not_found| Wrong::Usage(not_found.to_string()))
}

pub fn here(place: &Place) -> Result<Here, Wrong> {
    let found = find_inventory(place)?;
    let loaded =
        inventory::load(&found.path).map_err(|problems| Wrong::Usage(problems.to_string()))?;
    let environments = loaded.inventory.environments;
    let names: Vec<String> = environments.keys().map(ToString::to_string).collect();
    let name =
        one("environment", "-e", place.environment.as_ref().map(ToString::to_string), &names)?;
    let environment = environments.values().find(|environment| environment.name.as_str() == name);
    let environment = environment
        .cloned()
        .ok_or_else(|| Wrong::Usage(format!("there is no environment {name}")))?;
    let names: Vec<String> = environment.apps.keys().map(ToString::to_string).collect();
    let name = one("app", "-a", place.app.as_ref().map(ToString::to_string), &names)?;
    let app = environment.apps.values().find(|app| app.name.as_str() == name);
    let app = app.ok_or_else(|| Wrong::Usage(format!("there is no app {name}")))?;
    let stacks: Vec<String> = app.stacks().iter().map(ToString::to_string).collect();
    let name = one("stack", "--stack", place.stack.as_ref().map(ToString::to_string), &stacks)?;
    let stack = StackName::new(name).map_err(|bad| Wrong::Usage(bad.to_string()))?;
    for host in &place.only {
        if !environment.hosts.contains_key(host) {
            let names: Vec<&str> = environment
                .hosts
                .keys()
                .map(super::super::domain::names::HostName::as_str)
                .collect();
            return Err(Wrong::Usage(format!(
                "--only names {host}, which is no host of {}: it has {}",
                environment.name,
                names.join(", ")
            )));
        }
    }
    Ok(Here {
        app: app.name.clone(),
        stack,
        found,
        environments,
        environment,
        operator: operator(),
        journals: journals()?,
    })
}

/// The one that was named, or the only one there is.
fn one(kind: &str, option: &str, named: Option<String>, there: &[String]) -> Result<String, Wrong> {
    match (named, there) {
        (Some(named), _) if there.contains(&named) => Ok(named),
        (Some(named), _) => Err(Wrong::Usage(format!(
            "there is no {kind} `{named}`: there is {}",
            there.join(", ")
        ))),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(Wrong::Usage(format!("the inventory names no {kind}"))),
        (None, _) => Err(Wrong::Usage(format!(
            "which {kind}? Name one with `{option}`: {}",
            there.join(", ")
        ))),
    }
}

/// Who is at the keys: `$FLIPSIDE_OPERATOR`, else the login name.
pub fn operator() -> Operator {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = ["FLIPSIDE_OPERATOR", "USER", "LOGNAME"].into_iter().find_map(variable);
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Operator { user: user.unwrap_or_else(|| "somebody".to_owned()), machine }
}

/// The hosts that `--only` names; none named: all.
pub fn selection(place: &Place) -> Selection {
    if place.only.is_empty() { Selection::All } else { Selection::Only(place.only.clone()) }
}

impl Here {
    /// Another place of the same inventory.
    pub fn at(self, place: &crate::console::places::Place) -> Result<Self, Wrong> {
        let environment = self.environments.get(&place.environment).cloned();
        let gone = || Wrong::Usage(format!("there is no environment {}", place.environment));
        let (app, stack) = (place.app.clone(), place.stack.clone());
        Ok(Self { environment: environment.ok_or_else(gone)?, app, stack, ..self })
    }

    /// What the command line asks for.
    pub fn intent(
        &self,
        place: &Place,
        phase: crate::domain::phase::Phase,
        how: &super::args::How,
    ) -> Result<Intent, Wrong> {
        let release = how.release.clone().map(crate::domain::release::Release::of_tag);
        let mut intent = self
            .environment
            .intent(&self.app, &self.stack, phase, release, &self.operator, chrono::Utc::now())
            .map_err(|bad| Wrong::Usage(bad.to_string()))?;
        intent.selection = selection(place);
        intent.policy = how.on_failure.unwrap_or(intent.policy);
        intent.reason.clone_from(&how.reason);
        intent.batches.size = how.batch.unwrap_or(intent.batches.size);
        Ok(intent)
    }
}
