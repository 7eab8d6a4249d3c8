//! The inventory room: from a YAML file to a checked [`Inventory`]. Every value is known with its
//! place and its layer, and all mistakes of a file are told at once.

mod clash;
mod decode;
mod fields;
mod fill;
mod find;
mod layer;
mod node;
mod outline;
mod parse;
mod problem;
mod reader;
mod references;
mod resolve;
mod scalar;
mod stacking;
mod suggest;
mod syntax;

use std::path::Path;

use outline::Outline;
use reader::Reader;
use resolve::Resolver;
use stacking::{BuiltIn, Stacking};

pub use find::{By, Found, NotFound, VARIABLE, find};
pub use problem::{Problem, Problems, Span};

use crate::domain::spec::Inventory;

/// An inventory that was read and found right.
#[derive(Debug)]
pub struct Loaded {
    pub inventory: Inventory,
    text: String,
    root: node::Node,
}

/// What holds where an inventory says nothing.
const BUILT_IN: &str = include_str!("builtin.yaml");

/// Read and check the inventory at `path`.
pub fn load(path: &Path) -> Result<Loaded, Problems> {
    let bytes = std::fs::read(path).map_err(|error| {
        let what = format!("cannot be read: {error}");
        Problems::one(Problem::of_file(path, what, "name the inventory with `-i FILE`"))
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => from_text(path, text),
        Err(error) => Err(Problems::one(not_utf8(path, &error))),
    }
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Problem {
    let good = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes());
    let before = error.as_bytes().get(..good).unwrap_or_default();
    let before = String::from_utf8_lossy(before);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Problem::of_file(path, "not UTF-8 text", "save the file as UTF-8")
        .at(Span::new(line, column, 1), &text)
}

/// The same, of a text that was read already. Other files are seen from the directory of `path`.
pub fn from_text(path: &Path, text: String) -> Result<Loaded, Problems> {
    let (root, faults) = parse::parse(&text);
    let reader = Reader::new(path, &text);
    for fault in faults {
        reader.tell(fault.at, fault.what, fault.remedy);
    }
    let inventory = root.as_ref().and_then(|root| resolve(&reader, root));
    match (Problems::new(reader.problems()), inventory, root) {
        (None, Some(inventory), Some(root)) => Ok(Loaded { inventory, text, root }),
        (Some(problems), ..) => Err(problems),
        (None, ..) => Err(Problems::one(Problem::of_file(
            path,
            "cannot be understood",
            "compare it with inventory.example.yaml",
        ))),
    }
}

fn resolve(reader: &Reader<'_>, root: &node::Node) -> Option<Inventory> {
    let built_in = parse::parse(BUILT_IN).0?;
    with_stacking(reader, root, &built_in)
}

fn with_stacking<'t>(
    reader: &Reader<'t>,
    root: &'t node::Node,
    built_in: &'t node::Node,
) -> Option<Inventory> {
    let outline = Outline::read(reader, root);
    let stacking = Stacking { outline, built_in: BuiltIn::of(built_in) };
    Resolver { reader, stacking: &stacking }.inventory(root)
}
