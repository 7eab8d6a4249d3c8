//! `flipside inventory`: checks it, lists it, says where each value came from.

use super::Wrong;
use super::args::{InventoryLook, Place};
use super::place;
use crate::headless::exit::Exit;
use crate::inventory;

pub fn look(place: &Place, look: &InventoryLook) -> Result<Exit, Wrong> {
    let found = place::find_inventory(place)?;
    let _loaded =
        inventory::load(&found.path).map_err(|problems| Wrong::Usage(problems.to_string()))?;
    match look {
        InventoryLook::Check => println!("{} ({}) is right", found.path.display(), found.by),
        InventoryLook::Explain { .. } | InventoryLook::List => {
            return Err(Wrong::Usage("this command is not here yet".to_owned()));
        }
    }
    Ok(Exit::Done)
}
