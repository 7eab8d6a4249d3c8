//! The context of reading an inventory: the file, the problems found so far and, on request, a ledger of every value
//! that was read.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::layer::{Layer, LayerValue};
use super::platform_keys::PlatformKeys;
use crate::base::problem::{Problem, Span};
use crate::base::yaml::Node;
use crate::domain::spec::Template;

/// One value that was read.
#[derive(Debug, Clone)]
pub struct LedgerEntry {
    /// The section it belongs to: `host`, `ssh`, `app`, `nginx` …
    pub kind: &'static str,
    pub key: &'static str,
    /// The path from the host or the app: `nginx.pid_file`.
    pub path: String,
    /// `None`: no layer sets it.
    pub value: Option<LedgerValue>,
    /// The values that the later layer hides, the nearest layer first.
    pub shadowed: Vec<LedgerValue>,
}

/// A value, its layer and its line.
#[derive(Debug, Clone)]
pub struct LedgerValue {
    pub node: Node,
    pub layer: String,
    /// `None`: the value is built in.
    pub line: Option<usize>,
}

impl LedgerValue {
    pub fn of(source: LayerValue<'_>) -> Self {
        let line = (source.layer != Layer::BuiltIn).then_some(source.node.at.line);
        Self { node: source.node.clone(), layer: source.layer.to_string(), line }
    }
}

#[derive(Debug)]
pub struct InventoryReader<'t> {
    file: &'t Path,
    text: &'t str,
    platforms: Vec<PlatformKeys>,
    problems: RefCell<Vec<Problem>>,
    ledger: Option<RefCell<Vec<LedgerEntry>>>,
    templates: RefCell<BTreeMap<PathBuf, Option<Template>>>,
}

impl<'t> InventoryReader<'t> {
    pub fn new(file: &'t Path, text: &'t str, platforms: Vec<PlatformKeys>) -> Self {
        Self {
            file,
            text,
            platforms,
            problems: RefCell::default(),
            ledger: None,
            templates: RefCell::default(),
        }
    }

    /// Returns a reader that keeps a ledger.
    #[must_use]
    pub fn with_ledger(mut self) -> Self {
        self.ledger = Some(RefCell::default());
        self
    }

    /// Returns the keys of every platform.
    pub fn platforms(&self) -> &[PlatformKeys] {
        &self.platforms
    }

    pub fn file(&self) -> &'t Path {
        self.file
    }

    pub fn report(&self, at: Span, what: impl Into<String>, remedy: impl Into<String>) {
        let problem = Problem::in_file(self.file, what, remedy).at(at, self.text);
        self.problems.borrow_mut().push(problem);
    }

    /// Reports a problem without showing the value, which may be a secret.
    pub fn report_masked(&self, at: Span, what: impl Into<String>, remedy: impl Into<String>) {
        let problem = Problem::in_file(self.file, what, remedy).at(at, self.text).masked();
        self.problems.borrow_mut().push(problem);
    }

    pub fn problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// Returns how many problems have been reported.
    pub fn count(&self) -> usize {
        self.problems.borrow().len()
    }

    /// Returns how many problems a check would report, and forgets them.
    pub fn trial(&self, check: impl FnOnce()) -> usize {
        let templates = self.templates.borrow().clone();
        let before = self.count();
        let entries = self.ledger.as_ref().map(|ledger| ledger.borrow().len());
        check();
        let found = self.count() - before;
        self.problems.borrow_mut().truncate(before);
        if let (Some(ledger), Some(entries)) = (&self.ledger, entries) {
            ledger.borrow_mut().truncate(entries);
        }
        self.templates.replace(templates);
        found
    }

    pub fn note(&self, entry: impl FnOnce() -> LedgerEntry) {
        if let Some(ledger) = &self.ledger {
            ledger.borrow_mut().push(entry());
        }
    }

    /// Returns the values that were read since the last call.
    pub fn take_ledger(&self) -> Vec<LedgerEntry> {
        self.ledger.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// Resolves a path as written: `~/` is the home directory; anything else starts at the inventory's directory.
    pub fn local(&self, written: &str) -> PathBuf {
        let home = || etcetera::home_dir().ok();
        if let Some(home) = written.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest))) {
            return home;
        }
        self.file.parent().unwrap_or(Path::new("")).join(written)
    }

    /// Returns a template, which is read only once.
    pub fn template(
        &self,
        path: PathBuf,
        read: impl FnOnce(&Path) -> Result<Template, Vec<Problem>>,
    ) -> Option<Template> {
        if let Some(known) = self.templates.borrow().get(&path) {
            return known.clone();
        }
        let found = match read(&path) {
            Ok(template) => Some(template),
            Err(problems) => {
                self.problems.borrow_mut().extend(problems);
                None
            }
        };
        self.templates.borrow_mut().insert(path, found.clone());
        found
    }
}
