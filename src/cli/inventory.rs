//! `flipside inventory`: checks it, lists it, says where each value came from.

use super::args::{InventoryLook, Output, Place};
use super::place;
use super::{Wrong, out};
use crate::headless::exit::Exit;
use crate::inventory;

pub fn look(place: &Place, look: &InventoryLook) -> Result<Exit, Wrong> {
    if let InventoryLook::Example { template } = look {
        let template = template.then(|| inventory::EXAMPLE_TEMPLATE.to_owned());
        out::text(template.unwrap_or_else(inventory::example))?;
        return Ok(Exit::Done);
    }
    let found = place::find_inventory(place)?;
    let loaded =
        inventory::load(&found.path).map_err(|problems| Wrong::Usage(problems.to_string()))?;
    match look {
        // It wants no inventory, and was told above.
        InventoryLook::Example { .. } => {}
        InventoryLook::Check => out::line(loaded.checked())?,
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

fn yaml<E: std::fmt::Display>(written: Result<String, E>) -> Result<String, Wrong> {
    written.map_err(|error| Wrong::Failed(format!("it cannot be written as YAML: {error}")))
}
