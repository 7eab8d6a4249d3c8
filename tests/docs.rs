//! What the documentation names is there: a page that sends its reader to a file that was moved is worse than none.

#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::fs;
use std::path::Path;

/// Words in backticks that look like a file of the tree, in these pages.
const PAGES: [&str; 3] = ["docs/architecture.md", "CONTRIBUTING.md", "tests/lab/README.md"];

#[test]
fn files_that_documentation_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut checked, mut missing) = (0, Vec::new());
    for page in PAGES {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        let files = quoted
            .filter(|word| word.strip_suffix(".rs").is_some() && !word.contains([' ', '*', '{']));
        for file in files {
            checked += 1;
            // A bare name is that of a file beside the one that the sentence is about.
            let found = if file.contains('/') {
                let beside = root.join(page).parent().unwrap().join(file);
                let places = [root.join(file), root.join("src").join(file), beside];
                places.iter().any(|place| place.exists())
            } else {
                exists_below(&root.join("src"), file) || exists_below(&root.join("tests"), file)
            };
            if !found {
                missing.push(format!("{page}: `{file}`"));
            }
        }
    }
    assert!(checked > 10, "only {checked} files are named");
    assert!(missing.is_empty(), "not in the tree:\n{}", missing.join("\n"));
}

fn exists_below(directory: &Path, name: &str) -> bool {
    fs::read_dir(directory).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { exists_below(&path, name) } else { path.ends_with(name) }
    })
}
