//! `flipside config`: shows the configuration that a release of an app gets on a host, and the layer that sets each value.

use crate::cli::args::{OutputFormat, ScopeArgs};
use crate::cli::{CliError, out, scope};
use crate::domain::names::{AppName, TargetName};
use crate::domain::spec::Member;
use crate::headless::configuration;
use crate::headless::exit::Exit;

pub fn show(
    args: &ScopeArgs,
    app: AppName,
    target: &TargetName,
    key: Option<&str>,
) -> Result<Exit, CliError> {
    if matches!(args.output, OutputFormat::Sh | OutputFormat::Yaml) {
        return Err(CliError::Usage("config writes text or JSON only.".to_owned()));
    }
    let scope = scope::resolve(&ScopeArgs { app: Some(app), ..args.clone() })?;
    let on = |member: &&Member| member.target.name() == target.as_str();
    let Some(member) = scope.members().into_iter().find(on) else {
        return Err(CliError::Usage(format!(
            "{target} does not carry {}. `flipside inventory list` shows which hosts do.",
            scope.app
        )));
    };
    let Some(mut found) = member.platform.configuration() else {
        return Err(CliError::Usage(format!(
            "No configuration is merged for {} on {target}: its releases bring their own. A release of the platform \
             `symlink` gets one if its inventory has `config`.",
            scope.app
        )));
    };
    if let Some(key) = key {
        found = found.at(key);
        if found.values.is_empty() {
            return Err(CliError::Usage(format!(
                "{} has no value {key}. Without a name, all of them are shown.",
                found.file
            )));
        }
    }
    match args.output {
        OutputFormat::Json => {
            for value in &found.values {
                out::json(&serde_json::to_value(value).unwrap_or_default())?;
            }
        }
        _ => out::text(configuration::table(&found))?,
    }
    Ok(Exit::Done)
}
