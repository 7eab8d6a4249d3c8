//! The first run, and every other one that does not know yet what it is about: says what was looked for
//! and what to do next, and where there is a terminal lets a person choose.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use tokio::sync::mpsc;

use super::args::Place;
use super::console::{Opening, fits_a_console};
use super::place::{self, Here, Lacking, Several};
use super::{Wrong, signals};
use crate::console;
use crate::console::menu::{Item, Menu, Picked};
use crate::console::scope::{Listed, places};
use crate::inventory::{self, NotFound};

/// How it goes on.
pub enum Begin {
    Console(Box<Here>),
    Demo,
    /// With these words.
    Leave(Vec<String>),
}

const NEXT: [&str; 5] = [
    "  flipside demo                                try it inside this process",
    "  flipside inventory example >inventory.yaml   every option, to begin with",
    "  flipside inventory check                     what is wrong, with its line",
    "  flipside doctor                              what the servers lack",
    "  flipside                                     and then the console",
];

pub async fn begin(place: &Place, opening: &mut Opening) -> Result<Begin, Wrong> {
    let lacking = match place::here(place) {
        Ok(here) => return Ok(Begin::Console(Box::new(here))),
        Err(lacking) => lacking,
    };
    // Where no page can be shown the same is told as words.
    if fits_a_console().is_err() {
        return Err(lacking.into());
    }
    match lacking {
        Lacking::Inventory(not_found) => no_inventory(&not_found, opening).await,
        Lacking::Several(several) => choose(&several, place, opening).await,
        Lacking::Empty(words) => {
            let lines = words.lines().map(str::to_owned).collect();
            pick(Menu::new("FLIPSIDE", lines, Vec::new()), opening).await?;
            Ok(Begin::Leave(words.lines().map(str::to_owned).collect()))
        }
        Lacking::Wrong(wrong) => Err(wrong),
    }
}

/// Of all that fits what was named.
async fn choose(several: &Several, place: &Place, opening: &mut Opening) -> Result<Begin, Wrong> {
    let all = places(&several.environments);
    let fits: Vec<Listed> = all.into_iter().filter(|listed| is_meant(place, listed)).collect();
    let items = fits.iter().map(|listed| Item::new(&listed.name, &listed.words)).collect();
    let file = several.found.path.display();
    let lines = vec![
        format!("{file} has more than one. Which one is this about?"),
        "-e, -a and --stack name it, and so do FLIPSIDE_ENVIRONMENT and FLIPSIDE_APP.".to_owned(),
        String::new(),
    ];
    match pick(Menu::new("FLIPSIDE", lines, items), opening).await? {
        Picked::Item(at) => {
            let Listed { place: chosen, .. } = &fits[at];
            let place = Place {
                environment: Some(chosen.environment.clone()),
                app: Some(chosen.app.clone()),
                stack: Some(chosen.stack.clone()),
                ..place.clone()
            };
            Ok(Begin::Console(Box::new(place::here(&place)?)))
        }
        Picked::Left => Ok(Begin::Leave(Vec::new())),
    }
}

fn is_meant(place: &Place, listed: &Listed) -> bool {
    let at = &listed.place;
    place.environment.as_ref().is_none_or(|name| *name == at.environment)
        && place.app.as_ref().is_none_or(|name| *name == at.app)
        && place.stack.as_ref().is_none_or(|name| *name == at.stack)
}

/// For the page, and for whoever has no terminal.
pub fn what_next(not_found: &NotFound) -> Vec<String> {
    let mut lines: Vec<String> = not_found.to_string().lines().map(str::to_owned).collect();
    lines.push(String::new());
    lines.push(
        "An inventory says which servers there are and what runs on them. To begin:".to_owned(),
    );
    lines.extend(NEXT.map(str::to_owned));
    lines.push(String::new());
    lines
}

async fn no_inventory(not_found: &NotFound, opening: &mut Opening) -> Result<Begin, Wrong> {
    let mut lines =
        vec!["Flipside shows which release is live on each server, and switches it.".to_owned()];
    lines.extend(what_next(not_found));
    let items = vec![
        Item::new("demo", "try it now: no server, no Docker, no root"),
        Item::new("write", "write the example here, as inventory.yaml, with its template"),
    ];
    match pick(Menu::new("FLIPSIDE, for the first time", lines, items), opening).await? {
        Picked::Item(0) => Ok(Begin::Demo),
        Picked::Item(_) => written(Path::new(".")).map(Begin::Leave),
        Picked::Left => Ok(Begin::Leave(what_next(not_found))),
    }
}

async fn pick(menu: Menu, opening: &mut Opening) -> Result<Picked, Wrong> {
    let (tell, mut signals) = mpsc::unbounded_channel();
    let telling = tokio::spawn(signals::tell(tell));
    let (say, _) = mpsc::unbounded_channel();
    let (theme, glyphs) = (opening.chooser.first(&say), opening.chooser.glyphs());
    let picked = console::pick(menu, &theme, &glyphs, &mut opening.early, &mut signals).await;
    telling.abort();
    Ok(picked?)
}

/// Nothing that is there is written over.
fn written(dir: &Path) -> Result<Vec<String>, Wrong> {
    let example = inventory::example();
    let files = [
        ("inventory.yaml", example.as_str()),
        (inventory::EXAMPLE_TEMPLATE_NAME, inventory::EXAMPLE_TEMPLATE),
    ];
    let mut told = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        match file.and_then(|mut file| file.write_all(text.as_bytes())) {
            Ok(()) => told.push(format!("{name}: written")),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                told.push(format!("{name}: it is there already, and stays as it is"));
            }
            Err(error) => return Err(Wrong::Failed(format!("{name}: {error}"))),
        }
    }
    told.push(
        "Next: put your servers in inventory.yaml, then `flipside inventory check`.".to_owned(),
    );
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_written_whole_and_over_nothing() {
        let dir = tempfile::tempdir().unwrap();
        written(dir.path()).unwrap();
        let path = dir.path().join("inventory.yaml");
        assert!(inventory::load(&path).is_ok(), "the example is right as it is written");
        std::fs::write(&path, "mine").unwrap();
        let told = written(dir.path()).unwrap();
        assert!(told[0].contains("stays as it is"), "{told:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}
