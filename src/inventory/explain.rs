//! Explains where each value of a target came from: the layer that set it, the line, and what it hides.

use std::fmt;
use std::path::{Path, PathBuf};

use super::layers::{Layers, stacks};
use super::outline::EnvPart;
use super::reader::{InventoryReader, LedgerEntry, LedgerValue};
use super::resolve::Resolver;
use crate::base::{columns, suggest};
use crate::domain::names::{AppName, EnvName, StackName};
use crate::domain::target::Target;

/// All values of one target, in each environment that has a target of this name.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub file: PathBuf,
    pub values: Vec<Explained>,
    /// Also show hidden values and keys that are not set.
    pub in_full: bool,
}

#[derive(Debug, Clone)]
pub struct Explained {
    pub environment: EnvName,
    pub of: Subject,
    /// `nginx.pid_file`
    pub key: String,
    /// `None`: no layer sets it, and it has no built-in value.
    pub value: Option<Setting>,
    /// The values it hides, the nearest layer first.
    pub hidden: Vec<Setting>,
}

/// The part of an environment that a value belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Environment,
    Target(Target),
    /// An app as a whole in the environment.
    App(AppName),
    Stack(AppName, StackName, Target),
}

/// A value and where it was set. Anything in it that looks like a secret is redacted.
#[derive(Debug, Clone)]
pub struct Setting(LedgerValue);

impl Setting {
    fn of(path: &str, mut value: LedgerValue) -> Self {
        let name = path.rsplit('.').next().unwrap_or(path);
        value.node = value.node.redacted(name);
        Self(value)
    }

    /// Returns the value on one line.
    pub fn shown(&self) -> String {
        self.0.node.shown()
    }

    /// Returns the layer: `defaults`, `host web-01`, `built in`.
    pub fn layer(&self) -> &str {
        &self.0.layer
    }

    /// Returns the line; `None`: the value is built in.
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }

    pub(super) fn node(&self) -> &crate::base::yaml::Node {
        &self.0.node
    }
}

/// Why nothing can be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    #[error("no host or target is called `{0}`: {1}")]
    NoTarget(String, String),
    #[error("`{0}` is no key of this target or its apps: {1}")]
    NoKey(String, String),
}

impl Subject {
    /// Returns the prefix that limits a key to this part.
    fn prefix(&self) -> String {
        match self {
            Self::Environment => "environment".to_owned(),
            Self::Target(target) => target.to_string(),
            Self::App(app) => app.to_string(),
            Self::Stack(app, stack, _) if *stack == StackName::main() => app.to_string(),
            Self::Stack(app, stack, _) => format!("{app}/{stack}"),
        }
    }

    fn title(&self, environment: &EnvName) -> String {
        match self {
            Self::Environment => format!("environment {environment}"),
            Self::Target(Target::Host(host)) => format!("host {host} in {environment}"),
            Self::Target(Target::Api(api)) => format!("target {api} in {environment}"),
            Self::App(app) => format!("app {app} in {environment}, on all targets"),
            Self::Stack(app, stack, target) => format!("app {app}, stack {stack}, on {target}"),
        }
    }
}

impl Explained {
    /// Returns whether `key` means this value: a key, a section, a last part (`pid_file`), with or without a prefix
    /// (`shop.dir`, `shop/canary.dir`).
    fn matches(&self, key: &str) -> bool {
        let whole = format!("{}.{}", self.of.prefix(), self.key);
        [&self.key, &whole].into_iter().any(|path| {
            let rest = path.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                || path.strip_suffix(key).is_some_and(|start| start.ends_with('.'))
        })
    }
}

/// Explains every value of the targets of this name. With a key: only the values it matches, in full.
pub fn explain<'t>(
    reader: &InventoryReader<'t>,
    layers: &Layers<'t>,
    target: &str,
    key: Option<&str>,
) -> Result<Explanation, ExplainError> {
    let mut values = Vec::new();
    for env in &layers.outline.environments {
        values.extend(of_environment(reader, layers, env, target));
    }
    if values.is_empty() {
        let targets = layers.outline.environments.iter().flat_map(|env| &env.targets);
        let known: Vec<&str> = targets.map(|target| target.part.key.text()).collect();
        return Err(ExplainError::NoTarget(target.to_owned(), suggest::name(target, &known)));
    }
    if let Some(key) = key {
        let known: Vec<String> = values.iter().map(|value| value.key.clone()).collect();
        values.retain(|value| value.matches(key));
        if values.is_empty() {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(ExplainError::NoKey(key.to_owned(), suggest::name(key, &known)));
        }
    }
    Ok(Explanation { file: reader.file().to_owned(), values, in_full: key.is_some() })
}

fn of_environment<'t>(
    reader: &InventoryReader<'t>,
    layers: &Layers<'t>,
    env: &EnvPart<'t>,
    target: &str,
) -> Vec<Explained> {
    let Some(part) = env.targets.iter().find(|part| part.part.key.text() == target) else {
        return Vec::new();
    };
    let resolver = Resolver { reader, layers };
    let take = |of: Subject| take(reader, &env.part.name, &of);
    reader.take_ledger();
    resolver.rules(env);
    let mut values = take(Subject::Environment);
    let target = resolver.resolved_target(env, part);
    values.extend(take(Subject::Target(part.part.name.clone())));
    let Some(target) = target else { return values };
    for app in &layers.outline.apps {
        let settings = resolver.app_settings(env, app);
        let once_values = take(Subject::App(app.part.name.clone()));
        let carries = |settings| resolver.carries(env, app, &settings, &target);
        if settings.and_then(carries).is_none() {
            continue;
        }
        values.extend(once_values);
        for stack in stacks(env, part, app) {
            let layered = layers.stack(env, part, app, &stack);
            // Of a skipped stack, only `skip` is shown.
            if !resolver.is_skipped(&layered, app) {
                reader.take_ledger();
                resolver.stack_settings(&layered, env, part, app, &stack);
            }
            values.extend(take(Subject::Stack(
                app.part.name.clone(),
                stack,
                part.part.name.clone(),
            )));
        }
    }
    values
}

/// Returns the values that were read since the last call, as values of `of`.
fn take(reader: &InventoryReader<'_>, environment: &EnvName, of: &Subject) -> Vec<Explained> {
    let entries = reader.take_ledger().into_iter().filter(|entry| !is_in_list(&entry.path));
    entries.map(|entry| explained(environment.clone(), of.clone(), entry)).collect()
}

/// Returns whether the path is inside a list. Lists are shown whole, not by item.
fn is_in_list(path: &str) -> bool {
    path.split('.').any(|part| part.bytes().all(|b| b.is_ascii_digit()))
}

fn explained(environment: EnvName, of: Subject, entry: LedgerEntry) -> Explained {
    let setting = |value| Setting::of(&entry.path, value);
    Explained {
        environment,
        of,
        value: entry.value.map(setting),
        hidden: entry.shadowed.into_iter().map(setting).collect(),
        key: entry.path,
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut titles: Vec<(usize, String)> = Vec::new();
        let mut last = None;
        for value in &self.values {
            if value.value.is_none() && !self.in_full {
                continue;
            }
            let title = value.of.title(&value.environment);
            if last.as_ref() != Some(&title) {
                titles.push((rows.len(), title.clone()));
                last = Some(title);
            }
            rows.extend(self.rows(value));
        }
        for (index, row) in columns::align(&rows).into_iter().enumerate() {
            if let Some((at, title)) = titles.iter().find(|(at, _)| *at == index) {
                let gap = if *at > 0 { "\n" } else { "" };
                writeln!(f, "{gap}{title}")?;
            }
            writeln!(f, "  {row}")?;
        }
        Ok(())
    }
}

impl Explanation {
    /// Shortens a long value, which would push its position off the screen, unless it was asked for by its key.
    fn fitted(&self, value: String) -> String {
        const WIDEST: usize = 48;
        if self.in_full || value.chars().count() <= WIDEST {
            return value;
        }
        let short: String = value.chars().take(WIDEST - 1).collect();
        format!("{short}…")
    }

    fn rows(&self, value: &Explained) -> Vec<Vec<String>> {
        let row = |key: &str, setting: &Setting| {
            let place = setting.line().map(|line| place(&self.file, line)).unwrap_or_default();
            vec![key.to_owned(), self.fitted(setting.shown()), setting.layer().to_owned(), place]
        };
        let mut rows = match &value.value {
            Some(setting) => vec![row(&value.key, setting)],
            None => vec![vec![value.key.clone(), "not set".to_owned()]],
        };
        if self.in_full {
            rows.extend(value.hidden.iter().map(|setting| row("  hides", setting)));
        }
        rows
    }
}

fn place(file: &Path, line: usize) -> String {
    let name = file.file_name().unwrap_or(file.as_os_str());
    format!("{}:{line}", name.to_string_lossy())
}
