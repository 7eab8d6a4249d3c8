//! The words of `docs/glossary.md`, kept by counting: each retired word may stand in the tree as often as the
//! table below says, and no number may grow: one that became smaller has to be written down.

#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A retired word or phrase, what to write instead, and how often it still stands there.
const RETIRED: [(&str, &str, usize); 24] = [
    ("veil", "redact", 0),
    ("veiled", "redacted", 0),
    ("hurry", "stragglers, wait policy", 0),
    ("aftermath", "recovery", 0),
    ("sight", "observation", 1),
    ("sights", "observations", 0),
    ("whoever", "the host, the run, the person", 0),
    ("whom", "the target, the host", 0),
    ("way back", "rollback", 0),
    ("ways back", "rollbacks", 0),
    ("recall", "journal reader, history", 0),
    ("beats", "history", 0),
    ("shelf", "history", 0),
    ("rail", "phase bar", 0),
    ("manners", "attention, notification, title, clipboard", 0),
    ("teller", "emitter", 0),
    ("way in", "entry point", 0),
    ("ways in", "entry points", 0),
    ("entrance", "entry point", 0),
    ("survey", "preflight", 1),
    ("stacking", "layers", 0),
    ("clash", "conflicts", 0),
    ("told", "emitted, reported", 1),
    ("look", "observation", 2),
];

/// A record of measurements, and the page that names the words.
const NOT_READ: [&str; 2] = ["docs/faults.md", "docs/glossary.md"];

#[test]
fn retired_words_become_fewer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md")];
    for directory in ["src", "docs"] {
        collect(&root.join(directory), &mut files);
    }
    let texts: Vec<(PathBuf, Vec<String>)> = files
        .into_iter()
        .filter(|path| !NOT_READ.iter().any(|not| path.ends_with(not)))
        .map(|path| (path.clone(), words(&fs::read_to_string(path).unwrap())))
        .collect();
    assert!(texts.len() > 100, "only {} files were found", texts.len());
    let mut wrong = Vec::new();
    for (phrase, instead, allowed) in RETIRED {
        let phrase_words = words(phrase);
        let mut places = BTreeMap::new();
        for (path, words) in &texts {
            let found = words.windows(phrase_words.len()).filter(|w| *w == phrase_words).count();
            if found > 0 {
                places.insert(path.strip_prefix(root).unwrap().to_owned(), found);
            }
        }
        let count: usize = places.values().sum();
        if count > allowed {
            wrong.push(format!(
                "{phrase:?}: {count}, at most {allowed}. Write {instead:?}: {places:?}"
            ));
        } else if count < allowed {
            wrong.push(format!(
                "{phrase:?} stands there only {count} times: write that number down"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "md" || end == "sh") {
            files.push(path);
        }
    }
}

/// The words of a text, in lower case. Names are taken apart: `Traffic` and `live_traffic` are two words each.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in text.chars() {
        if !letter.is_alphabetic() || (was_lower && letter.is_uppercase()) {
            words.push(String::new());
        }
        if letter.is_alphabetic() {
            words.last_mut().unwrap().extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn names_are_taken_apart() {
    assert_eq!(
        words("LiveSight of live_sight, way\nback"),
        ["live", "sight", "of", "live", "sight", "way", "back"]
    );
}
