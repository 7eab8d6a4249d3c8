//! Finds the environment, app and stack that a command is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::args::{RunArgs, ScopeArgs};
use super::{CliError, first_steps};
use crate::console::app::scope::ConsoleScope;
use crate::domain::capabilities::Capabilities;
use crate::domain::names::{AppName, EnvName, StackName, TargetName};
use crate::domain::phase::Phase;
use crate::domain::plan::{Intent, Operator, RunRequest, Selection};
use crate::domain::rollback::RollbackGoal;
use crate::domain::spec::{Environment, Member, capabilities};
use crate::domain::target::Target;
use crate::inventory;
use crate::inventory::{InventoryFile, NotFound};

/// What a command is about, and who runs it.
#[derive(Debug)]
pub struct CommandScope {
    pub found: InventoryFile,
    /// Every environment of the inventory, as it was read at the start.
    pub environments: BTreeMap<EnvName, Environment>,
    pub environment: Environment,
    pub app: AppName,
    pub stack: StackName,
    pub operator: Operator,
    pub journals: PathBuf,
}

/// Why the scope of a command is not known.
#[derive(Debug)]
pub enum ScopeError {
    Inventory(NotFound),
    /// The arguments fit several environments, apps or stacks.
    Ambiguous(Box<Ambiguity>),
    /// The inventory has none. The text says what to do.
    Empty(String),
    Other(CliError),
}

#[derive(Debug)]
pub struct Ambiguity {
    pub found: InventoryFile,
    pub environments: BTreeMap<EnvName, Environment>,
    text: String,
}

impl From<CliError> for ScopeError {
    fn from(error: CliError) -> Self {
        Self::Other(error)
    }
}

impl From<ScopeError> for CliError {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Inventory(not_found) => {
                Self::Usage(first_steps::next_steps(&not_found).join("\n"))
            }
            ScopeError::Ambiguous(ambiguity) => Self::Usage(ambiguity.text),
            ScopeError::Empty(text) => Self::Usage(text),
            ScopeError::Other(error) => error,
        }
    }
}

/// Returns the directory of all journals, in the XDG state directory.
pub fn journals() -> Result<PathBuf, CliError> {
    let base = etcetera::base_strategy::choose_base_strategy()
        .map_err(|error| CliError::Usage(format!("The home directory is not known: {error}.")))?;
    let state = base.state_dir().unwrap_or_else(|| base.data_dir());
    Ok(state.join("flipside"))
}

/// Finds the inventory file.
pub fn find_inventory(args: &ScopeArgs) -> Result<InventoryFile, ScopeError> {
    let config = etcetera::base_strategy::choose_base_strategy().ok().map(|base| base.config_dir());
    let variable = std::env::var_os(inventory::VARIABLE);
    let cwd = std::env::current_dir().map_err(CliError::Io)?;
    inventory::find(args.inventory.as_deref(), variable.as_deref(), &cwd, config.as_deref())
        .map_err(ScopeError::Inventory)
}

/// Reads the inventory and selects what the arguments name. What is not named is selected where there is only one.
pub fn resolve(args: &ScopeArgs) -> Result<CommandScope, ScopeError> {
    let found = find_inventory(args)?;
    let loaded = inventory::load(&found.path, crate::platform::DECODERS)
        .map_err(|problems| CliError::Usage(problems.report()))?;
    let environments = loaded.inventory.environments;
    let candidates = Candidates { found: &found, environments: &environments };
    let all: Vec<String> = environments.keys().map(ToString::to_string).collect();
    let given = args.environment.as_ref().map(ToString::to_string);
    let name = candidates.select("environment", "-e", given, &all)?;
    let environment = environments.values().find(|environment| environment.name.as_str() == name);
    let environment = environment
        .cloned()
        .ok_or_else(|| CliError::Usage(format!("There is no environment {name}.")))?;
    let all: Vec<String> = environment.apps.keys().map(ToString::to_string).collect();
    let given = args.app.as_ref().map(ToString::to_string);
    let name = candidates.select("app", "-a", given, &all)?;
    let app = environment.apps.values().find(|app| app.name.as_str() == name);
    let app = app.ok_or_else(|| CliError::Usage(format!("There is no app {name}.")))?;
    let stacks: Vec<String> = app.stacks().iter().map(ToString::to_string).collect();
    if stacks.is_empty() {
        return Err(ScopeError::Empty(candidates.no_target_has(&environment, &app.name)));
    }
    let given = args.stack.as_ref().map(ToString::to_string);
    let name = candidates.select("stack", "--stack", given, &stacks)?;
    let stack = StackName::new(name).map_err(|bad| CliError::Usage(bad.to_string()))?;
    let hosts = environment.hosts.keys().cloned().map(TargetName::from);
    let targets: BTreeSet<TargetName> = hosts.chain(environment.targets.keys().cloned()).collect();
    if let Some(unknown) = args.only.iter().find(|name| !targets.contains(name)) {
        let targets: Vec<&str> = targets.iter().map(TargetName::as_str).collect();
        return Err(ScopeError::Other(CliError::Usage(format!(
            "--only names {unknown}, which is neither a host nor a target of {}. It has: {}.",
            environment.name,
            targets.join(", ")
        ))));
    }
    Ok(CommandScope {
        app: app.name.clone(),
        stack,
        found,
        environments,
        environment,
        operator: operator(),
        journals: journals()?,
    })
}

/// The inventory that names are selected from.
struct Candidates<'a> {
    found: &'a InventoryFile,
    environments: &'a BTreeMap<EnvName, Environment>,
}

impl Candidates<'_> {
    /// Returns the named one, or the only one.
    fn select(
        &self,
        kind: &str,
        option: &str,
        given: Option<String>,
        choices: &[String],
    ) -> Result<String, ScopeError> {
        let all = choices.join(", ");
        match (given, choices) {
            (_, []) => Err(ScopeError::Empty(self.no_entry(kind))),
            (Some(given), _) if choices.contains(&given) => Ok(given),
            (Some(given), _) => {
                let text = format!("There is no {kind} `{given}`. The inventory has: {all}.");
                Err(CliError::Usage(text).into())
            }
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(ScopeError::Ambiguous(Box::new(Ambiguity {
                found: self.found.clone(),
                environments: self.environments.clone(),
                text: format!("There is more than one {kind}. Select one with `{option}`: {all}."),
            }))),
        }
    }

    fn no_entry(&self, kind: &str) -> String {
        let file = self.found.path.display();
        format!(
            "{file} has no {kind}, so there is nothing to show or to release.\n\
             Add one, then run `flipside inventory check` to find mistakes.\n\
             `flipside inventory example` prints an example; `flipside demo` shows what Flipside does."
        )
    }

    fn no_target_has(&self, environment: &Environment, app: &AppName) -> String {
        let (file, name) = (self.found.path.display(), &environment.name);
        let many = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            _ => format!("{count} {word}s"),
        };
        let mut listed = many(environment.hosts.len(), "host");
        if !environment.targets.is_empty() {
            listed.push_str(&format!(" and {}", many(environment.targets.len(), "target")));
        }
        format!(
            "No host or target of {name} runs {app}; {file} lists {listed} there.\n\
             Roles decide which of them run an app: give one `roles: [app]`, or set `roles` of the app.\n\
             `flipside inventory list` shows what each of them runs."
        )
    }
}

/// Returns the operator: `$FLIPSIDE_OPERATOR`, else the login name, and this machine's name.
pub fn operator() -> Operator {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = ["FLIPSIDE_OPERATOR", "USER", "LOGNAME"].into_iter().find_map(variable);
    // Cron, containers and CI may set none of them.
    let user = user.or_else(login_name);
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Operator { user: user.unwrap_or_else(|| "somebody".to_owned()), machine }
}

fn login_name() -> Option<String> {
    let output = std::process::Command::new("id").arg("-un").output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !name.is_empty()).then_some(name)
}

/// Returns the targets that `--only` names; all targets without it.
pub fn selection(args: &ScopeArgs) -> Selection {
    if args.only.is_empty() {
        Selection::All
    } else {
        Selection::Only(args.only.iter().cloned().collect())
    }
}

impl CommandScope {
    /// Moves the scope to another environment, app and stack of the same inventory.
    pub fn at(self, scope: &ConsoleScope) -> Result<Self, CliError> {
        let environment = self.environments.get(&scope.environment).cloned();
        let missing = || CliError::Usage(format!("There is no environment {}.", scope.environment));
        let (app, stack) = (scope.app.clone(), scope.stack.clone());
        Ok(Self { environment: environment.ok_or_else(missing)?, app, stack, ..self })
    }

    /// Returns the targets of the stack that the arguments select.
    pub fn targets(&self, args: &ScopeArgs) -> Vec<Target> {
        let selection = selection(args);
        let targets = self.members().into_iter().map(|member| member.target.clone());
        targets.filter(|target| selection.takes(target)).collect()
    }

    /// Returns what the stack supports.
    pub fn can(&self) -> Capabilities {
        capabilities(self.members())
    }

    pub fn members(&self) -> Vec<&Member> {
        let app = self.environment.apps.get(&self.app);
        app.map(|app| app.stack(&self.stack)).unwrap_or_default()
    }

    /// Returns the intent that the command line asks for. A phase that does not exist for the app is refused here,
    /// before a server is asked.
    pub fn intent(
        &self,
        args: &ScopeArgs,
        phase: Phase,
        run: &RunArgs,
    ) -> Result<Intent, CliError> {
        let selection = selection(args);
        let selected = self.members().into_iter().filter(|it| selection.takes(&it.target));
        if let Some(refusal) = capabilities(selected).refusal(phase, &self.app) {
            return Err(CliError::Refused(refusal.in_words()));
        }
        let missing = match phase {
            Phase::Prepare if run.release.is_none() => Some("--release TAG"),
            Phase::Unfreeze if run.reason.is_none() => Some("--reason \"…\""),
            _ => None,
        };
        if let Some(missing) = missing {
            return Err(CliError::Usage(format!("{phase} needs `{missing}`. Nothing was tried.")));
        }
        let request = RunRequest {
            phase,
            release: run.release.clone(),
            goal: goal(phase, run)?,
            selection,
            policy: run.on_failure,
            width: run.batch,
            reason: run.reason.clone(),
        };
        self.environment
            .intent(&self.app, &self.stack, &self.operator, chrono::Utc::now(), request)
            .map_err(|bad| CliError::Usage(bad.to_string()))
    }
}

/// Returns the release that a rollback goes to, if one is named.
fn goal(phase: Phase, run: &RunArgs) -> Result<Option<RollbackGoal>, CliError> {
    match (phase, &run.release, &run.to) {
        (Phase::Rollback, Some(tag), None) => Err(CliError::Usage(format!(
            "rollback takes `--to`, not `--release`. `flipside rollback --to {tag}` sends users to {tag}; \
             `flipside rollback` sends them to the release they came from. Nothing was tried."
        ))),
        (Phase::Rollback, Some(_), Some(_)) => Err(CliError::Usage(
            "rollback takes `--to`, not `--release`. Nothing was tried.".to_owned(),
        )),
        (Phase::Rollback, None, to) => Ok(to.clone().map(RollbackGoal::To)),
        (_, _, Some(_)) => Err(CliError::Usage(format!(
            "Only rollback takes `--to`; {phase} takes `--release`. Nothing was tried."
        ))),
        (_, _, None) => Ok(None),
    }
}
