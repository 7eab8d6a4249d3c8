//! The list of past runs, newest first.

use std::path::PathBuf;

use super::{Asked, HistoryRequest, RunPurpose, turned};
use crate::console::dialog::DialogResult;
use crate::console::dialog::Field;
use crate::console::keys::key::Key;
use crate::console::palette::fuzzy;
use crate::domain::history::RunSummary;

#[derive(Debug, Clone, Default)]
pub struct History {
    /// Newest first.
    runs: Vec<RunSummary>,
    /// Journals that cannot be read at all, and why.
    pub unread: Vec<String>,
    pub filter: Field,
    /// Letters belong to the filter.
    pub typing: bool,
    /// By its name: it stays chosen while others are read.
    chosen: Option<String>,
    /// All of them are read.
    pub whole: bool,
}

impl History {
    /// What was read now, in its place among the others.
    pub fn take(&mut self, some: Vec<Result<RunSummary, String>>) {
        for read in some {
            match read {
                Ok(brief) => self.put(brief),
                Err(why) if self.unread.contains(&why) => {}
                Err(why) => self.unread.push(why),
            }
        }
    }

    fn put(&mut self, brief: RunSummary) {
        match self.runs.binary_search_by(|known| brief.name.cmp(&known.name)) {
            Ok(at) => self.runs[at] = brief,
            Err(at) => self.runs.insert(at, brief),
        }
    }

    pub fn len(&self) -> usize {
        self.runs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// What the filter lets through, in order.
    pub fn shown(&self) -> Vec<&RunSummary> {
        let words: Vec<&str> = self.filter.text().split_whitespace().collect();
        let fits = |brief: &&RunSummary| {
            let text = brief.words();
            // Each word within one word of it: letters that are strewn over a line match everything.
            words
                .iter()
                .all(|word| text.split_whitespace().any(|of| fuzzy::score(word, of).is_some()))
        };
        self.runs.iter().filter(fits).collect()
    }

    /// The chosen one's place among those that are shown.
    pub fn at(&self) -> usize {
        let name = self.chosen.as_deref();
        self.shown().iter().position(|brief| Some(brief.name.as_str()) == name).unwrap_or(0)
    }

    pub fn chosen(&self) -> Option<&RunSummary> {
        self.shown().get(self.at()).copied()
    }

    pub fn key(&mut self, key: Key) -> DialogResult {
        if self.typing {
            return self.type_filter(key);
        }
        match key {
            Key::Esc if !self.filter.text().is_empty() => self.filter.set(""),
            Key::Esc | Key::Char('q' | 'h') => return DialogResult::Close,
            Key::Char('/') => self.typing = true,
            Key::Enter => return self.read(RunPurpose::Open),
            Key::Char('p') => return self.read(RunPurpose::Play),
            Key::Char('y') => return self.read(RunPurpose::Copy),
            Key::Char('r') | Key::Ctrl('r') => {
                self.whole = false;
                return DialogResult::Past(Asked::Read(HistoryRequest::List));
            }
            key => self.go(key),
        }
        DialogResult::Nothing
    }

    fn type_filter(&mut self, key: Key) -> DialogResult {
        match key {
            Key::Esc => {
                self.filter.set("");
                self.typing = false;
            }
            Key::Enter => self.typing = false,
            Key::Up | Key::Down => self.go(key),
            key => {
                self.filter.key(key);
            }
        }
        DialogResult::Nothing
    }

    fn go(&mut self, key: Key) {
        let (at, last) = (self.at(), self.shown().len().saturating_sub(1));
        let Some(to) = turned(key, at, last) else { return };
        self.chosen = self.shown().get(to).map(|brief| brief.name.clone());
    }

    fn read(&self, wish: RunPurpose) -> DialogResult {
        let journal = |brief: &RunSummary| -> PathBuf { brief.journal.clone() };
        match self.chosen().map(journal) {
            Some(journal) => DialogResult::Past(Asked::Read(HistoryRequest::Run { journal, wish })),
            None => DialogResult::Nothing,
        }
    }
}
