//! `flipside inventory`: checks and lists the inventory, and explains where each value came from.

use crate::cli::args::{InventoryCommand, OutputFormat, ScopeArgs};
use crate::cli::scope;
use crate::cli::{CliError, out};
use crate::domain::finding::Finding;
use crate::headless::exit::Exit;
use crate::inventory;
use crate::platform;

pub fn run(args: &ScopeArgs, command: &InventoryCommand) -> Result<Exit, CliError> {
    if let InventoryCommand::Example { template } = command {
        let template = template.then(|| inventory::EXAMPLE_TEMPLATE.to_owned());
        out::text(template.unwrap_or_else(inventory::example))?;
        return Ok(Exit::Done);
    }
    let found = scope::find_inventory(args)?;
    let loaded = inventory::load(&found.path, crate::platform::DECODERS)
        .map_err(|problems| CliError::Usage(problems.report()))?;
    match command {
        // Handled above, because it needs no inventory.
        InventoryCommand::Example { .. } => {}
        InventoryCommand::Check => return check(&loaded),
        InventoryCommand::List if args.output == OutputFormat::Yaml => {
            out::text(yaml(loaded.effective())?)?;
        }
        InventoryCommand::List => out::text(loaded.list())?,
        InventoryCommand::Explain { target, key } => {
            let explained = loaded
                .explain(target.as_str(), key.as_deref())
                .map_err(|unexplained| CliError::Usage(unexplained.to_string()))?;
            match args.output {
                OutputFormat::Yaml => out::text(yaml(explained.effective())?)?,
                _ => out::text(explained)?,
            }
        }
    }
    Ok(Exit::Done)
}

/// Checks the inventory and its templates, without connecting to a host. A finding that several members share is
/// printed once.
fn check(loaded: &inventory::Loaded) -> Result<Exit, CliError> {
    let mut found: Vec<(String, Finding)> = Vec::new();
    for environment in loaded.inventory.environments.values() {
        for member in environment.apps.values().flat_map(|app| &app.members) {
            let findings = platform::of(&member.platform).examine(&environment.name, member);
            let whose = format!("{} in {}", member.app, environment.name);
            for finding in findings.into_iter().filter(|finding| !finding.is_good()) {
                let one = (whose.clone(), finding);
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        }
    }
    let text = |(whose, finding): &(String, Finding)| {
        let remedy = finding.severity.remedy().unwrap_or_default();
        format!("{whose}: {}\n  remedy: {remedy}", finding.found)
    };
    let (bad, hints): (Vec<_>, Vec<_>) = found.iter().partition(|(_, finding)| finding.is_bad());
    if !bad.is_empty() {
        let bad: Vec<String> = bad.into_iter().map(text).collect();
        return Err(CliError::Usage(bad.join("\n\n")));
    }
    for hint in hints {
        out::line(text(hint))?;
    }
    out::line(loaded.checked())?;
    Ok(Exit::Done)
}

fn yaml<E: std::fmt::Display>(written: Result<String, E>) -> Result<String, CliError> {
    written.map_err(|error| {
        CliError::Failed(format!("The inventory cannot be written as YAML: {error}."))
    })
}
