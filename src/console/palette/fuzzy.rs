//! How well typed letters fit a name. They must all be there, in their order; how close together and
//! how near to the starts of words decides which name was meant.

/// Begins the name, or a word of it.
const AT_WORD: i32 = 8;
/// Follows right after the letter before it.
const NEXT: i32 = 5;
/// The name begins with it.
const AT_START: i32 = 6;
/// Every letter of the name that was not typed.
const LEFT: i32 = -1;
/// The name, letter by letter.
const WHOLE: i32 = 100;

/// `None`: this was not meant. More is better. Nothing typed fits everything equally well.
pub fn score(typed: &str, name: &str) -> Option<i32> {
    let typed = letters(typed);
    let name = letters(name);
    if typed.is_empty() {
        return Some(0);
    }
    if typed.len() > name.len() {
        return None;
    }
    let whole = if typed == name { WHOLE } else { 0 };
    let left = i32::try_from(name.len() - typed.len()).unwrap_or(i32::MAX);
    best(&typed, &name).map(|points| points + whole + LEFT * left)
}

fn letters(text: &str) -> Vec<char> {
    text.trim().chars().flat_map(char::to_lowercase).collect()
}

/// The best of all ways to find the letters, one row of the table a letter: `row[at]` is what the
/// letters so far are worth if the last of them is the name's letter `at`.
fn best(typed: &[char], name: &[char]) -> Option<i32> {
    let mut row: Vec<Option<i32>> = Vec::new();
    for (index, letter) in typed.iter().enumerate() {
        let mut before: Option<i32> = None;
        let mut next = Vec::with_capacity(name.len());
        for (at, here) in name.iter().enumerate() {
            let adjacent = at.checked_sub(1).and_then(|at| row.get(at).copied().flatten());
            let from = match index {
                0 => Some(0),
                _ => before.max(adjacent.map(|points| points + NEXT)),
            };
            let fits = letter == here;
            next.push(from.filter(|_| fits).map(|points| points + worth(name, at)));
            before = before.max(row.get(at).copied().flatten());
        }
        row = next;
    }
    row.into_iter().flatten().max()
}

fn worth(name: &[char], at: usize) -> i32 {
    match at.checked_sub(1).and_then(|before| name.get(before)) {
        None => AT_WORD + AT_START,
        Some(before) if !before.is_alphanumeric() => AT_WORD,
        Some(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::console::palette::fuzzy::score;

    #[test]
    fn all_letters_must_be_there_in_their_order() {
        assert!(score("rb", "roll back").is_some());
        assert_eq!(score("br", "roll back"), None);
        assert_eq!(score("roll backs", "roll back"), None);
        assert_eq!(score("", "anything"), Some(0));
    }

    #[test]
    fn starts_of_words_and_letters_in_a_row_are_better() {
        assert!(score("gl", "go live") > score("gl", "toggle"));
        assert!(score("page", "page up") > score("page", "prune large images"));
        assert!(score("top", "top") > score("top", "topmost"));
        assert!(score("ack", "roll back") > score("ack", "rare clock"));
    }
}
