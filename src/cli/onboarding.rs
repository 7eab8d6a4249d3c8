//! What `flipside` shows when its scope is not known: without an inventory, the first steps; with several
//! environments, apps or stacks, a menu of them.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use tokio::sync::mpsc;

use super::args::ScopeArgs;
use super::first_steps::next_steps;
use super::scope::{Ambiguity, CommandScope, ScopeError};
use super::theme::{Startup, require_screen};
use super::{CliError, scope, signals};
use crate::console;
use crate::console::app::scope::{ListedScope, scopes};
use crate::console::menu::{Item, Menu, Picked};
use crate::inventory::{self, NotFound};

/// What the person chose to do.
pub enum StartChoice {
    Console(Box<CommandScope>),
    Demo,
    /// Leave, and print these lines.
    Leave(Vec<String>),
}

/// Finds the scope, and asks the person where the arguments and the inventory leave it open. Without a terminal
/// the same is an error.
pub async fn choose_start(
    args: &ScopeArgs,
    startup: &mut Startup,
) -> Result<StartChoice, CliError> {
    let error = match scope::resolve(args) {
        Ok(scope) => return Ok(StartChoice::Console(Box::new(scope))),
        Err(error) => error,
    };
    if require_screen().is_err() {
        return Err(error.into());
    }
    match error {
        ScopeError::Inventory(not_found) => no_inventory(&not_found, startup).await,
        ScopeError::Ambiguous(ambiguity) => choose_scope(&ambiguity, args, startup).await,
        ScopeError::Empty(text) => {
            let lines = text.lines().map(str::to_owned).collect();
            pick(Menu::new("FLIPSIDE", lines, Vec::new()), startup).await?;
            Ok(StartChoice::Leave(text.lines().map(str::to_owned).collect()))
        }
        ScopeError::Other(error) => Err(error),
    }
}

/// Shows a menu of everything in the inventory that fits the arguments.
async fn choose_scope(
    ambiguity: &Ambiguity,
    args: &ScopeArgs,
    startup: &mut Startup,
) -> Result<StartChoice, CliError> {
    let all = scopes(&ambiguity.environments);
    let fitting: Vec<ListedScope> = all.into_iter().filter(|listed| fits(args, listed)).collect();
    let items = fitting.iter().map(|listed| Item::new(&listed.name, &listed.words)).collect();
    let file = ambiguity.found.path.display();
    let lines = vec![
        format!("{file} has more than one. Choose one."),
        "To skip this page, pass -e, -a and --stack, or set FLIPSIDE_ENVIRONMENT and FLIPSIDE_APP."
            .to_owned(),
        String::new(),
    ];
    match pick(Menu::new("FLIPSIDE", lines, items), startup).await? {
        Picked::Item(at) => {
            let ListedScope { scope: chosen, .. } = &fitting[at];
            let args = ScopeArgs {
                environment: Some(chosen.environment.clone()),
                app: Some(chosen.app.clone()),
                stack: Some(chosen.stack.clone()),
                ..args.clone()
            };
            Ok(StartChoice::Console(Box::new(scope::resolve(&args)?)))
        }
        Picked::Left => Ok(StartChoice::Leave(Vec::new())),
    }
}

fn fits(args: &ScopeArgs, listed: &ListedScope) -> bool {
    let at = &listed.scope;
    args.environment.as_ref().is_none_or(|name| *name == at.environment)
        && args.app.as_ref().is_none_or(|name| *name == at.app)
        && args.stack.as_ref().is_none_or(|name| *name == at.stack)
}

async fn no_inventory(
    not_found: &NotFound,
    startup: &mut Startup,
) -> Result<StartChoice, CliError> {
    let mut lines =
        vec!["Flipside shows which release is live on each server, and switches it.".to_owned()];
    lines.extend(next_steps(not_found));
    let items = vec![
        Item::new("demo", "try it now: no server, no Docker, no root"),
        Item::new("write", "write the example here, as inventory.yaml, with its template"),
    ];
    match pick(Menu::new("WELCOME TO FLIPSIDE", lines, items), startup).await? {
        Picked::Item(0) => Ok(StartChoice::Demo),
        Picked::Item(_) => write_example(Path::new(".")).map(StartChoice::Leave),
        Picked::Left => Ok(StartChoice::Leave(next_steps(not_found))),
    }
}

async fn pick(menu: Menu, startup: &mut Startup) -> Result<Picked, CliError> {
    let (sender, mut signals) = mpsc::unbounded_channel();
    let forwarding = tokio::spawn(signals::forward(sender));
    // A broken theme is reported by the console itself.
    let (problems, _) = mpsc::unbounded_channel();
    let (theme, glyphs) = (startup.chooser.first(&problems), startup.chooser.glyphs());
    let picked = console::pick(menu, &theme, &glyphs, &mut startup.early, &mut signals).await;
    forwarding.abort();
    Ok(picked?)
}

/// Writes the example inventory and its template. Existing files are left unchanged.
fn write_example(dir: &Path) -> Result<Vec<String>, CliError> {
    let example = inventory::example();
    let files = [
        ("inventory.yaml", example.as_str()),
        (inventory::EXAMPLE_TEMPLATE_NAME, inventory::EXAMPLE_TEMPLATE),
    ];
    let mut lines = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        match file.and_then(|mut file| file.write_all(text.as_bytes())) {
            Ok(()) => lines.push(format!("{name}: written")),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                lines.push(format!("{name}: exists already, left unchanged"));
            }
            Err(error) => return Err(CliError::Failed(format!("{name}: {error}"))),
        }
    }
    lines.push(
        "Next: put your servers in inventory.yaml, then run `flipside inventory check`.".to_owned(),
    );
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_is_written_and_existing_files_are_left_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        write_example(dir.path()).unwrap();
        let path = dir.path().join("inventory.yaml");
        assert!(
            inventory::load(&path, crate::platform::DECODERS).is_ok(),
            "the written example is valid"
        );
        std::fs::write(&path, "mine").unwrap();
        let lines = write_example(dir.path()).unwrap();
        assert!(lines[0].contains("left unchanged"), "{lines:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}
