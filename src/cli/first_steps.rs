//! The next steps of a person who has no inventory yet.

use crate::inventory::NotFound;

const NEXT_STEPS: [&str; 5] = [
    "  flipside demo                                try it inside this process",
    "  flipside inventory example >inventory.yaml   start from an example with every option",
    "  flipside inventory check                     find mistakes, with their lines",
    "  flipside doctor                              find what the servers lack",
    "  flipside                                     open the console",
];

/// Returns what was looked for and what to do next, for the page and for a command without a terminal.
pub fn next_steps(not_found: &NotFound) -> Vec<String> {
    let mut lines: Vec<String> = not_found.to_string().lines().map(str::to_owned).collect();
    lines.push(String::new());
    lines.push("An inventory lists the servers and what runs on them. To get started:".to_owned());
    lines.extend(NEXT_STEPS.map(str::to_owned));
    lines.push(String::new());
    lines
}
