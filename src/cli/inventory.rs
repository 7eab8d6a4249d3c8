//! `flipside inventory`: checks it, lists it, says where each value came from.

use super::args::{InventoryLook, Output, Place};
use super::place;
use super::{Wrong, out};
use crate::domain::finding::Finding;
use crate::headless::exit::Exit;
use crate::inventory;
use crate::platform;

pub fn look(place: &Place, look: &InventoryLook) -> Result<Exit, Wrong> {
    if let InventoryLook::Example { template } = look {
        let template = template.then(|| inventory::EXAMPLE_TEMPLATE.to_owned());
        out::text(template.unwrap_or_else(inventory::example))?;
        return Ok(Exit::Done);
    }
    let found = place::find_inventory(place)?;
    let loaded =
        inventory::load(&found.path).map_err(|problems| Wrong::Usage(problems.report()))?;
    match look {
        // It wants no inventory, and was told above.
        InventoryLook::Example { .. } => {}
        InventoryLook::Check => return check(&loaded),
        InventoryLook::List if place.output == Output::Yaml => {
            out::text(yaml(loaded.effective())?)?;
        }
        InventoryLook::List => out::text(loaded.list())?,
        InventoryLook::Explain { host, key } => {
            let explained = loaded
                .explain(host.as_str(), key.as_deref())
                .map_err(|unexplained| Wrong::Usage(unexplained.to_string()))?;
            match place.output {
                Output::Yaml => out::text(yaml(explained.effective())?)?,
                _ => out::text(explained)?,
            }
        }
    }
    Ok(Exit::Done)
}

/// The inventory, and what can be told of its templates without asking a host. What is said alike of
/// many members is said once.
fn check(loaded: &inventory::Loaded) -> Result<Exit, Wrong> {
    let mut said: Vec<(String, Finding)> = Vec::new();
    for environment in loaded.inventory.environments.values() {
        for member in environment.apps.values().flat_map(|app| &app.members) {
            let findings = platform::of(&member.platform).examine(&environment.name, member);
            let whose = format!("{} in {}", member.app, environment.name);
            for finding in findings.into_iter().filter(|finding| !finding.is_good()) {
                let one = (whose.clone(), finding);
                if !said.contains(&one) {
                    said.push(one);
                }
            }
        }
    }
    let told = |(whose, finding): &(String, Finding)| {
        let remedy = finding.severity.remedy().unwrap_or_default();
        format!("{whose}: {}\n  remedy: {remedy}", finding.found)
    };
    let (bad, hints): (Vec<_>, Vec<_>) = said.iter().partition(|(_, finding)| finding.is_bad());
    if !bad.is_empty() {
        let bad: Vec<String> = bad.into_iter().map(told).collect();
        return Err(Wrong::Usage(bad.join("\n\n")));
    }
    for hint in hints {
        out::line(told(hint))?;
    }
    out::line(loaded.checked())?;
    Ok(Exit::Done)
}

fn yaml<E: std::fmt::Display>(written: Result<String, E>) -> Result<String, Wrong> {
    written.map_err(|error| Wrong::Failed(format!("it cannot be written as YAML: {error}")))
}
