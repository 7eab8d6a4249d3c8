//! A sweep: many cells of one kind, one after the other, each with a row in a table of what happened.
//!
//! A part of the cells always runs. `FLIPSIDE_FAULTS` names more: `all`, or words, each of which is part of
//! the names of the cells it wants. Rows are written to the file that `FLIPSIDE_FAULTS_TABLE` names.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::tell;

const CELLS: &str = "FLIPSIDE_FAULTS";
const TABLE: &str = "FLIPSIDE_FAULTS_TABLE";

/// What came of one cell.
#[derive(Debug, Default)]
pub struct Row {
    /// The columns after the cell's own.
    pub columns: Vec<String>,
    /// What the program did wrong. Empty: nothing.
    pub faults: Vec<String>,
}

impl Row {
    /// Notes a fault of the program, unless this is so.
    pub fn must(&mut self, so: bool, otherwise: impl Into<String>) {
        if !so {
            self.faults.push(otherwise.into());
        }
    }
}

pub trait Cell {
    /// The columns that name it.
    fn name(&self) -> Vec<String>;
    /// It runs always.
    fn is_fixed(&self) -> bool;
    fn run(&self) -> Row;
}

/// Runs what is wanted of these cells, and fails at the end if there was a fault in any.
pub fn sweep<C: Cell>(title: &str, cells: &[C]) {
    let wanted = std::env::var(CELLS).unwrap_or_default();
    let is_wanted = |cell: &&C| {
        let name = cell.name().join(" ");
        let named = |word: &str| word == "all" || word.split('+').all(|part| name.contains(part));
        if wanted.is_empty() { cell.is_fixed() } else { wanted.split_whitespace().any(named) }
    };
    let mut bad = Vec::new();
    let mut count = 0;
    for cell in cells.iter().filter(is_wanted) {
        count += 1;
        let name = cell.name();
        let row = catch_unwind(AssertUnwindSafe(|| cell.run())).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
            let text = text.unwrap_or_else(|| "it panicked".to_owned());
            Row { columns: Vec::new(), faults: vec![text] }
        });
        let name_in_words = name.join(", ");
        tell(&format!("{name_in_words}: {}", row.columns.join(" | ")));
        for fault in &row.faults {
            tell(&format!("{name_in_words}: FAULT: {fault}"));
            bad.push(format!("{name_in_words}: {fault}"));
        }
        write(title, &name, &row);
    }
    assert!(count > 0, "no cell of {title} is called {wanted:?}");
    assert!(bad.is_empty(), "{} faults in {count} cells:\n{}", bad.len(), bad.join("\n"));
}

/// Puts a row where the table has one of this name, or at the table's end.
fn write(title: &str, name: &[String], row: &Row) {
    let Some(path) = std::env::var_os(TABLE).map(PathBuf::from) else { return };
    // Two sweeps may be at work, each with rows for its own part.
    let lock = fs::File::open(&path).expect("the table is there");
    lock.lock().expect("the table can be locked");
    let text = fs::read_to_string(&path).expect("the table can be read");
    let mut columns: Vec<String> = name.iter().chain(&row.columns).map(|it| one_cell(it)).collect();
    if let Some(fault) = row.faults.first() {
        // The others mostly follow from it; the suite prints all.
        let first = fault.lines().next().unwrap_or_default();
        let last = columns.last_mut().expect("a row has columns");
        last.push_str(&format!(" **FAULT: {}**", one_cell(first)));
    }
    let begins = format!("| {} |", columns[..name.len()].join(" | "));
    let line = format!("| {} |", columns.join(" | "));
    let mut lines: Vec<&str> = text.lines().collect();
    let heading = lines.iter().position(|it| *it == format!("## {title}"));
    let heading = heading.unwrap_or_else(|| panic!("{} has no part {title:?}", path.display()));
    let first =
        heading + lines[heading..].iter().position(|it| it.starts_with("| ---")).unwrap() + 1;
    let rows = lines[first..].iter().take_while(|it| it.starts_with('|')).count();
    match lines[first..first + rows].iter().position(|it| it.starts_with(&begins)) {
        Some(at) => lines[first + at] = &line,
        None => lines.insert(first + rows, &line),
    }
    fs::write(&path, lines.join("\n") + "\n").expect("the table can be written");
}

fn one_cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
