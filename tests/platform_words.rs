//! A platform's own words stay in its room: what a view, the engine or the inventory says of Compose or nginx is what
//! would be wrong of the next platform. Each room is counted, and no number may grow.

#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const WORDS: [&str; 7] =
    ["compose", "nginx", "docker", "container", "upstream", "migration", "include"];

/// How often they stand in a room today. Platforms, the transport to registries and the demo's stand-ins have their own
/// words; `cli` puts the rooms together.
const ALLOWED: [(&str, usize); 6] =
    [("base", 0), ("domain", 8), ("inventory", 23), ("engine", 3), ("console", 9), ("headless", 0)];

#[test]
fn platform_words_stay_in_their_rooms() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, allowed) in ALLOWED {
        let mut files = Vec::new();
        collect(&src.join(room), &mut files);
        assert!(files.len() > 2, "{room} holds only {} files", files.len());
        let counts: BTreeMap<PathBuf, usize> = files
            .into_iter()
            .map(|file| (file.strip_prefix(&src).unwrap().to_owned(), count(&file)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let found: usize = counts.values().sum();
        if found > allowed {
            wrong.push(format!("{room}: {found}, at most {allowed}: {counts:?}"));
        } else if found < allowed {
            wrong.push(format!("{room}: only {found} are left: write that number down"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

/// Counts the words in the code and comments before a file's unit tests.
fn count(file: &Path) -> usize {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap().to_lowercase();
    let code = code.replace("include_str!", "");
    let words = code.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| WORDS.iter().any(|own| word.trim_end_matches('s') == *own)).count()
}
