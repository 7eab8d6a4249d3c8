//! The import law of `docs/architecture.md`, held by reading every `use crate::` line. A layer rule
//! that no machine checks is soon lost.

#![allow(clippy::unwrap_used)] // a test tells what is wrong by panicking

#[path = "layers/cycles.rs"]
mod cycles;

use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms it may import. Not named here means: no room of that name may exist.
const LAW: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("domain", &["base"]),
    ("inventory", &["base", "domain"]),
    ("platform", &["base", "domain", "inventory"]),
    ("transport", &["base", "domain"]),
    ("engine", &["base", "domain", "platform", "transport"]),
    ("console", &["base", "domain"]),
    ("headless", &["base", "domain"]),
    (
        "demo",
        &["base", "domain", "inventory", "platform", "transport", "engine", "console", "headless"],
    ),
    (
        "cli",
        &[
            "base",
            "domain",
            "inventory",
            "platform",
            "transport",
            "engine",
            "console",
            "headless",
            "demo",
        ],
    ),
];

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a file names after `crate::`, wherever it does.
fn rooms_named(text: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for rest in code.split("crate::").skip(1) {
            let inner = rest.strip_prefix('{').unwrap_or(rest);
            let room: String =
                inner.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            named.push((index + 1, room));
        }
    }
    named
}

#[test]
fn no_room_imports_a_room_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    let mut read = 0;
    for room in fs::read_dir(&src).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let name = room.file_name().unwrap().to_str().unwrap().to_owned();
        let allowed = LAW.iter().find(|(room, _)| *room == name).map(|(_, allowed)| *allowed);
        let allowed =
            allowed.unwrap_or_else(|| panic!("the room `{name}` has no line in the import law"));
        let mut files = Vec::new();
        rust_files(&room, &mut files);
        for file in files {
            read += 1;
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("use crate::{"), "{}: import room by room", file.display());
            for (line, used) in rooms_named(&text) {
                if used != name && !allowed.contains(&used.as_str()) {
                    broken.push(format!(
                        "{}:{line}: `{name}` may not import `{used}`",
                        file.display()
                    ));
                }
            }
        }
    }
    assert!(read > 10, "only {read} files were read");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What the text commands write goes through `cli/out.rs`, which takes out what acts on a terminal.
#[test]
fn nothing_is_written_to_a_terminal_past_its_one_door() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut broken = Vec::new();
    for file in files {
        let name = file.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        // The console draws by itself; a stand-in of the demo is a host's program.
        let has_its_own = name == "cli/out.rs"
            || name.contains("/tests/")
            || name.ends_with("/tests.rs")
            || name.starts_with("console/")
            || name.starts_with("demo/standin/");
        if has_its_own {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (index, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap();
            let prints = ["print!(", "println!("].iter().any(|print| line.contains(print));
            let opens = ["stdout()", "stderr()"]
                .iter()
                .any(|out| line.contains(out) && !line.contains(&format!("{out}.is_terminal()")));
            if prints || opens {
                broken.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_files_of_a_room_import_each_other_in_a_circle() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    for (room, _) in LAW {
        let circles = cycles::Room::read(&src, room).circles();
        broken.extend(circles.iter().map(|files| format!("{room}: {}", files.join(" "))));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
