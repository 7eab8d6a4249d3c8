//! Looking for a text in an output: never a filter, which would hide what stands around it.

use super::pane::{Pane, Place};

/// Where the text is found in a line, as bytes from where to where. Without a capital letter in it
/// the text is found in any case.
pub fn matches<'a>(line: &'a str, text: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
    let exact = text.chars().any(char::is_uppercase);
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = line.get(from..)?;
        let at = from + if exact { rest.find(text)? } else { find_any_case(rest, text)? };
        from = at + text.len();
        Some((at, from))
    })
    .filter(|_| !text.is_empty())
    .take(line.len())
}

/// Letters beyond ASCII are compared as they are: output that is looked through is mostly ASCII, and
/// a lower-cased copy of every line would cost more than it finds.
fn find_any_case(line: &str, text: &str) -> Option<usize> {
    let (line, text) = (line.as_bytes(), text.as_bytes());
    if text.is_empty() {
        return None;
    }
    line.windows(text.len()).position(|window| window.eq_ignore_ascii_case(text))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    Older,
    Newer,
}

impl Pane {
    /// Goes to the next line that has the text in it, and holds there. `false`: there is none.
    pub fn find(&mut self, text: &str, towards: Towards) -> bool {
        let has = |number: &u64| {
            self.ring.row(*number).is_some_and(|row| matches(&row.text, text).next().is_some())
        };
        let (start, end, here) = (self.ring.start(), self.ring.end(), self.end());
        let found = match towards {
            Towards::Older => (start..here.saturating_sub(1)).rev().find(has),
            Towards::Newer => (here..end).find(has),
        };
        if let Some(found) = found {
            self.place = Place::Until(found);
        }
        found.is_some()
    }

    /// The same from the newest line on, that one included.
    pub fn find_last(&mut self, text: &str) -> bool {
        let before = self.place;
        self.place = Place::Follow;
        let last = self.ring.end().checked_sub(1).and_then(|last| self.ring.row(last));
        let found = last.is_some_and(|row| matches(&row.text, text).next().is_some())
            || self.find(text, Towards::Older);
        if !found {
            self.place = before;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str, text: &str) -> Vec<(usize, usize)> {
        matches(line, text).collect()
    }

    #[test]
    fn a_text_without_capitals_is_found_in_any_case() {
        assert_eq!(found("Error: error", "error"), [(0, 5), (7, 12)]);
        assert_eq!(found("Error: error", "Error"), [(0, 5)]);
    }

    #[test]
    fn letters_of_many_bytes_are_no_trap() {
        assert_eq!(found("größe größe", "größe"), [(0, 7), (8, 15)]);
        assert_eq!(found("日本", "x"), []);
        assert_eq!(found("", ""), []);
    }
}
