//! Rows of text in columns.

use unicode_width::UnicodeWidthStr;

/// Returns each row as a line: every column is as wide as its widest cell, with two spaces between columns.
pub fn align<R: AsRef<[String]>>(rows: &[R]) -> Vec<String> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (index, cell) in row.as_ref().iter().enumerate() {
            match widths.get_mut(index) {
                Some(width) => *width = (*width).max(cell.width()),
                None => widths.push(cell.width()),
            }
        }
    }
    let line = |row: &R| {
        let cells = row.as_ref().iter().zip(&widths);
        let padded = cells.map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width()));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn columns_are_as_wide_as_what_a_terminal_shows() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = [row(&["日本", "b"]), row(&["a", "b", ""]), row(&[])];
        assert_eq!(align(&rows), ["日本  b", "a     b", ""]);
    }
}
