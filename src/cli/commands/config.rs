//! `flipside config`: shows the configuration that a release of an app gets on a host, and the layer that sets each value; or what
//! the prepared release changes in it.

use crate::cli::args::{OutputFormat, ScopeArgs};
use crate::cli::scope::CommandScope;
use crate::cli::{CliError, engine, out, scope};
use crate::domain::event::{Event, What};
use crate::domain::names::{AppName, TargetName};
use crate::domain::observation::Observed;
use crate::domain::order::Order;
use crate::domain::spec::Member;
use crate::headless::configuration;
use crate::headless::exit::Exit;

pub fn show(
    args: &ScopeArgs,
    app: AppName,
    target: &TargetName,
    key: Option<&str>,
) -> Result<Exit, CliError> {
    let scope = resolved(args, app)?;
    let member = carrying(&scope, target)?;
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

/// Observes the host, and shows what its prepared release changes in the configuration.
pub async fn diff(args: &ScopeArgs, app: AppName, target: &TargetName) -> Result<Exit, CliError> {
    let scope = resolved(args, app)?;
    let wanted = carrying(&scope, target)?.target.clone();
    let (engine, mut handle) = engine::unattended(&scope);
    let focus = Order::Focus { app: scope.app.clone(), stack: scope.stack.clone() };
    let _ = handle.orders.send(focus);
    let mut seen = None;
    while seen.is_none() {
        let Some(Event { what, .. }) = handle.readers.events.recv().await else { break };
        if let What::Observed { target, observed } = what
            && target == wanted
        {
            seen = Some(observed);
        }
    }
    engine::quit(engine, &handle).await;
    let Some(Observed::Current(seen)) = &seen else {
        let why = seen.as_ref().and_then(Observed::why_failed).unwrap_or("it was not observed");
        out::text(format!("{wanted} could not be observed: {why}\n"))?;
        return Ok(Exit::Unknown);
    };
    let change = seen.config_change.as_deref();
    match args.output {
        OutputFormat::Json => {
            let row = serde_json::json!({ "target": wanted, "config_change": change });
            out::json(&row)?;
        }
        _ => out::text(configuration::changes(&wanted, change))?,
    }
    Ok(Exit::Done)
}

fn resolved(args: &ScopeArgs, app: AppName) -> Result<CommandScope, CliError> {
    if matches!(args.output, OutputFormat::Sh | OutputFormat::Yaml) {
        return Err(CliError::Usage("config writes text or JSON only.".to_owned()));
    }
    Ok(scope::resolve(&ScopeArgs { app: Some(app), ..args.clone() })?)
}

fn carrying<'s>(scope: &'s CommandScope, target: &TargetName) -> Result<&'s Member, CliError> {
    let on = |member: &&Member| member.target.name() == target.as_str();
    scope.members().into_iter().find(on).ok_or_else(|| {
        CliError::Usage(format!(
            "{target} does not carry {}. `flipside inventory list` shows which hosts do.",
            scope.app
        ))
    })
}
