//! The table of keys in the README is the table of actions.

use flipside::console::actions::{ACTIONS, Action};
use flipside::console::keys::Bindings;

/// A row as the README has it; what stands after the name is free.
fn start_of_row(action: &Action) -> String {
    let keys = Bindings::default()
        .keys(action.id)
        .iter()
        .map(|key| format!("`{}`", key.word()))
        .collect::<Vec<_>>();
    format!("| {} | {} |", keys.join(" "), action.name)
}

#[test]
fn the_readme_has_every_key_and_no_other() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (_, section) = readme.split_once("\n## Keys\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
    let wanted: Vec<String> = ACTIONS.iter().map(start_of_row).collect();
    for (action, wanted) in ACTIONS.iter().zip(&wanted) {
        let there = rows.iter().filter(|row| row.starts_with(wanted.as_str())).count();
        assert_eq!(there, 1, "write in README.md, once:\n{wanted} {} |", action.words);
    }
    for row in rows {
        assert!(
            wanted.iter().any(|wanted| row.starts_with(wanted.as_str())),
            "no action has this row of README.md:\n{row}"
        );
    }
}
