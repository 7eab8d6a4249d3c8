//! Which environment, app and stack a command is about, from the command line and the inventory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::args::Place;
use super::{Wrong, first};
use crate::console::scope::Place as ConsolePlace;
use crate::domain::names::{AppName, EnvName, StackName, TargetName};
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Operator, RunRequest, Selection};
use crate::domain::release::Release;
use crate::domain::rollback::RollbackGoal;
use crate::domain::spec::Environment;
use crate::inventory::{self, InventoryFile, NotFound};

/// The place, found.
#[derive(Debug)]
pub struct Here {
    pub found: InventoryFile,
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
pub fn find_inventory(place: &Place) -> Result<InventoryFile, Lacking> {
    let config = etcetera::base_strategy::choose_base_strategy().ok().map(|base| base.config_dir());
    let variable = std::env::var_os(inventory::VARIABLE);
    let cwd = std::env::current_dir().map_err(Wrong::Io)?;
    inventory::find(place.inventory.as_deref(), variable.as_deref(), &cwd, config.as_deref())
        .map_err(Lacking::Inventory)
}

pub fn here(place: &Place) -> Result<Here, Lacking> {
    let found = find_inventory(place)?;
    let loaded =
        inventory::load(&found.path).map_err(|problems| Wrong::Usage(problems.report()))?;
    let environments = loaded.inventory.environments;
    let which = Which { found: &found, environments: &environments };
    let there: Vec<String> = environments.keys().map(ToString::to_string).collect();
    let named = place.environment.as_ref().map(ToString::to_string);
    let name = which.one("environment", "-e", named, &there)?;
    let environment = environments.values().find(|environment| environment.name.as_str() == name);
    let environment = environment
        .cloned()
        .ok_or_else(|| Wrong::Usage(format!("there is no environment {name}")))?;
    let there: Vec<String> = environment.apps.keys().map(ToString::to_string).collect();
    let named = place.app.as_ref().map(ToString::to_string);
    let name = which.one("app", "-a", named, &there)?;
    let app = environment.apps.values().find(|app| app.name.as_str() == name);
    let app = app.ok_or_else(|| Wrong::Usage(format!("there is no app {name}")))?;
    let stacks: Vec<String> = app.stacks().iter().map(ToString::to_string).collect();
    if stacks.is_empty() {
        return Err(Lacking::Empty(which.carried_by_nobody(&environment, &app.name)));
    }
    let named = place.stack.as_ref().map(ToString::to_string);
    let name = which.one("stack", "--stack", named, &stacks)?;
    let stack = StackName::new(name).map_err(|bad| Wrong::Usage(bad.to_string()))?;
    let hosts = environment.hosts.keys().cloned().map(TargetName::from);
    let targets: BTreeSet<TargetName> =
        hosts.chain(app.members.iter().map(|member| member.target.id())).collect();
    if let Some(unknown) = place.only.iter().find(|name| !targets.contains(name)) {
        let targets: Vec<&str> = targets.iter().map(TargetName::as_str).collect();
        return Err(Lacking::Wrong(Wrong::Usage(format!(
            "--only names {unknown}, which is no host of {}: it has {}",
            environment.name,
            targets.join(", ")
        ))));
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

/// Why it is not known what a command is about.
#[derive(Debug)]
pub enum Lacking {
    Inventory(NotFound),
    /// There is more than one, and none was named.
    Several(Box<Several>),
    /// There is none, and what to do about it.
    Empty(String),
    Wrong(Wrong),
}

#[derive(Debug)]
pub struct Several {
    pub found: InventoryFile,
    pub environments: BTreeMap<EnvName, Environment>,
    words: String,
}

impl From<Wrong> for Lacking {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<Lacking> for Wrong {
    fn from(lacking: Lacking) -> Self {
        match lacking {
            Lacking::Inventory(not_found) => Self::Usage(first::what_next(&not_found).join("\n")),
            Lacking::Several(several) => Self::Usage(several.words),
            Lacking::Empty(words) => Self::Usage(words),
            Lacking::Wrong(wrong) => wrong,
        }
    }
}

/// What is chosen from.
struct Which<'a> {
    found: &'a InventoryFile,
    environments: &'a BTreeMap<EnvName, Environment>,
}

impl Which<'_> {
    /// The one that was named, or the only one there is.
    fn one(
        &self,
        kind: &str,
        option: &str,
        named: Option<String>,
        there: &[String],
    ) -> Result<String, Lacking> {
        let all = there.join(", ");
        match (named, there) {
            (_, []) => Err(Lacking::Empty(self.none(kind))),
            (Some(named), _) if there.contains(&named) => Ok(named),
            (Some(named), _) => {
                let words = format!("there is no {kind} `{named}`: there is {all}");
                Err(Wrong::Usage(words).into())
            }
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(Lacking::Several(Box::new(Several {
                found: self.found.clone(),
                environments: self.environments.clone(),
                words: format!("which {kind}? Name one with `{option}`: {all}"),
            }))),
        }
    }

    fn none(&self, kind: &str) -> String {
        let file = self.found.path.display();
        format!(
            "{file} names no {kind}: there is nothing to show and nothing to release.\n\
             Write one into it, then `flipside inventory check` says what is wrong with it.\n\
             `flipside inventory example` shows how, and `flipside demo` what it is for."
        )
    }

    fn carried_by_nobody(&self, environment: &Environment, app: &AppName) -> String {
        let (file, name) = (self.found.path.display(), &environment.name);
        let hosts = environment.hosts.len();
        let hosts = if hosts == 1 { "1 host".to_owned() } else { format!("{hosts} hosts") };
        format!(
            "no host of {name} carries {app}: {file} has {hosts} there.\n\
             A host carries an app by its role: `roles: [app]`, or what `roles` of the app says.\n\
             `flipside inventory list` shows what each host carries."
        )
    }
}

/// Who is at the keys: `$FLIPSIDE_OPERATOR`, else the login name.
pub fn operator() -> Operator {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = ["FLIPSIDE_OPERATOR", "USER", "LOGNAME"].into_iter().find_map(variable);
    // Cron, containers and CI set none of them.
    let user = user.or_else(login_name);
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Operator { user: user.unwrap_or_else(|| "somebody".to_owned()), machine }
}

fn login_name() -> Option<String> {
    let told = std::process::Command::new("id").arg("-un").output().ok()?;
    let name = String::from_utf8(told.stdout).ok()?.trim().to_owned();
    (told.status.success() && !name.is_empty()).then_some(name)
}

/// The hosts that `--only` names; none named: all.
pub fn selection(place: &Place) -> Selection {
    if place.only.is_empty() {
        Selection::All
    } else {
        Selection::Only(place.only.iter().cloned().collect())
    }
}

impl Here {
    /// Another place of the same inventory.
    pub fn at(self, place: &ConsolePlace) -> Result<Self, Wrong> {
        let environment = self.environments.get(&place.environment).cloned();
        let gone = || Wrong::Usage(format!("there is no environment {}", place.environment));
        let (app, stack) = (place.app.clone(), place.stack.clone());
        Ok(Self { environment: environment.ok_or_else(gone)?, app, stack, ..self })
    }

    /// What the command line asks for.
    pub fn intent(
        &self,
        place: &Place,
        phase: Phase,
        how: &super::args::How,
    ) -> Result<Intent, Wrong> {
        let wanted = match phase {
            Phase::Prepare if how.release.is_none() => Some("--release TAG"),
            Phase::Unfreeze if how.reason.is_none() => Some("--reason \"…\""),
            _ => None,
        };
        if let Some(wanted) = wanted {
            return Err(Wrong::Usage(format!("{phase} wants `{wanted}`; nothing was tried")));
        }
        let request = RunRequest {
            phase,
            release: how.release.clone().map(Release::of_tag),
            goal: goal(phase, how)?,
            selection: selection(place),
            policy: how.on_failure,
            width: how.batch,
            reason: how.reason.clone(),
        };
        self.environment
            .intent(&self.app, &self.stack, &self.operator, chrono::Utc::now(), request)
            .map_err(|bad| Wrong::Usage(bad.to_string()))
    }
}

/// The release that a rollback goes to, where it was named.
fn goal(phase: Phase, how: &super::args::How) -> Result<Option<RollbackGoal>, Wrong> {
    match (phase, &how.release, &how.to) {
        (Phase::Rollback, Some(tag), None) => Err(Wrong::Usage(format!(
            "a rollback takes `--to`, not `--release`: `flipside rollback --to {tag}` sends users to {tag}, and \
             `flipside rollback` sends them to the release they came from; nothing was tried"
        ))),
        (Phase::Rollback, Some(_), Some(_)) => Err(Wrong::Usage(
            "a rollback takes `--to`, not `--release`; nothing was tried".to_owned(),
        )),
        (Phase::Rollback, None, to) => Ok(to.clone().map(RollbackGoal::To)),
        (_, _, Some(_)) => Err(Wrong::Usage(format!(
            "`--to` names where a rollback goes; {phase} takes `--release`; nothing was tried"
        ))),
        (_, _, None) => Ok(None),
    }
}
