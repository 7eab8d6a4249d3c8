//! What goes along while an inventory is read: the file, the problems found so far and, where it
//! is wanted, a ledger of every value that was asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::layer::{Layer, Source};
use crate::base::problem::{Problem, Span};
use crate::base::yaml::Node;
use crate::domain::spec::Template;

/// One value that was asked for.
#[derive(Debug, Clone)]
pub struct Told {
    /// What it belongs to: `host`, `ssh`, `app`, `nginx` …
    pub kind: &'static str,
    pub key: &'static str,
    /// From the host's or the app's own level: `nginx.pid_file`.
    pub path: String,
    /// `None`: no layer says anything.
    pub value: Option<Said>,
    /// What the later layer hides, the nearest first.
    pub shadowed: Vec<Said>,
}

/// A value, and who said so.
#[derive(Debug, Clone)]
pub struct Said {
    pub node: Node,
    pub layer: String,
    /// `None`: it is built in.
    pub line: Option<usize>,
}

impl Said {
    pub fn of(source: Source<'_>) -> Self {
        let line = (source.layer != Layer::BuiltIn).then_some(source.node.at.line);
        Self { node: source.node.clone(), layer: source.layer.to_string(), line }
    }
}

#[derive(Debug)]
pub struct Reader<'t> {
    file: &'t Path,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
    ledger: Option<RefCell<Vec<Told>>>,
    templates: RefCell<BTreeMap<PathBuf, Option<Template>>>,
}

impl<'t> Reader<'t> {
    pub fn new(file: &'t Path, text: &'t str) -> Self {
        Self {
            file,
            text,
            problems: RefCell::default(),
            ledger: None,
            templates: RefCell::default(),
        }
    }

    /// The same, keeping a ledger.
    #[must_use]
    pub fn with_ledger(mut self) -> Self {
        self.ledger = Some(RefCell::default());
        self
    }

    pub fn file(&self) -> &'t Path {
        self.file
    }

    pub fn tell(&self, at: Span, what: impl Into<String>, remedy: impl Into<String>) {
        let problem = Problem::in_file(self.file, what, remedy).at(at, self.text);
        self.problems.borrow_mut().push(problem);
    }

    /// The same, not showing what stands there.
    pub fn tell_masked(&self, at: Span, what: impl Into<String>, remedy: impl Into<String>) {
        let problem = Problem::in_file(self.file, what, remedy).at(at, self.text).masked();
        self.problems.borrow_mut().push(problem);
    }

    pub fn problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// How many problems were told so far.
    pub fn count(&self) -> usize {
        self.problems.borrow().len()
    }

    pub fn note(&self, told: impl FnOnce() -> Told) {
        if let Some(ledger) = &self.ledger {
            ledger.borrow_mut().push(told());
        }
    }

    /// What was asked for since the last time this was called.
    pub fn take_ledger(&self) -> Vec<Told> {
        self.ledger.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// A path as written: `~/` is the home directory, and all else is seen from the inventory's file.
    pub fn local(&self, written: &str) -> PathBuf {
        let home = || etcetera::home_dir().ok();
        if let Some(home) = written.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest))) {
            return home;
        }
        self.file.parent().unwrap_or(Path::new("")).join(written)
    }

    /// A template that was read before, or is read now, once.
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
