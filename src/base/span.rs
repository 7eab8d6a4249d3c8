//! A position in a text.

/// A stretch of one line. Lines and columns count from 1; columns and width are in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub line: usize,
    pub column: usize,
    pub width: usize,
}

impl Span {
    /// The first character of a file.
    pub const START: Self = Self { line: 1, column: 1, width: 1 };

    pub fn new(line: usize, column: usize, width: usize) -> Self {
        Self { line, column, width }
    }
}
