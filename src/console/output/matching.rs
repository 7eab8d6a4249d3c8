//! Finds a text in a line of output.

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
    let first = *text.first()?;
    let last = line.len().checked_sub(text.len())?;
    (0..=last).find(|at| {
        line[*at].eq_ignore_ascii_case(&first)
            && line[*at..*at + text.len()].eq_ignore_ascii_case(text)
    })
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
