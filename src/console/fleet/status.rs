//! A word of the screen with its mark.

use crate::console::screen::glyphs::Mark;

/// A status: its glyph, and its words. Color is only ever added after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub mark: Mark,
    pub words: String,
}

impl Status {
    pub fn new(mark: Mark, words: impl Into<String>) -> Self {
        Self { mark, words: words.into() }
    }
}
