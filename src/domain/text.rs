//! Bytes from a host are hostile. They become text here, and only here: no escape sequence, no
//! control character and no character that changes the order of others gets through.

/// One line, clean. A tab becomes spaces to the next multiple of eight, a carriage return keeps what
/// came after it (as a terminal would show a progress bar), and any other control is dropped.
pub fn clean_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches(['\n', '\r']);
    let text = text.rsplit('\r').find(|part| !part.is_empty()).unwrap_or_default();
    let mut clean = String::with_capacity(text.len());
    let mut column = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            // The eight-bit form of `ESC [`.
            '\u{9b}' => skip_csi(&mut rest),
            '\t' => {
                let width = 8 - column % 8;
                clean.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            c if c.is_control() || reorders(c) => {}
            c => {
                clean.push(c);
                column += 1;
            }
        }
    }
    clean
}

/// Characters that make a line read as something else than it is: bidirectional controls,
/// zero-width and other invisible ones.
pub fn reorders(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// After `ESC`: a control sequence, a string (title, link, device control), or one more character.
fn skip_escape(rest: &mut Rest<'_>) {
    match rest.next() {
        Some('[') => skip_csi(rest),
        Some(']' | 'P' | 'X' | '^' | '_') => skip_string(rest),
        // `ESC ( B` and its like: intermediates, then one final character.
        Some(' '..='/') => {
            while rest.next_if(|c| (' '..='/').contains(c)).is_some() {}
            rest.next();
        }
        _ => {}
    }
}

/// Parameters and intermediates, then one final character.
fn skip_csi(rest: &mut Rest<'_>) {
    while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
    rest.next_if(|c| ('@'..='~').contains(c));
}

/// Up to `BEL` or `ESC \`.
fn skip_string(rest: &mut Rest<'_>) {
    while let Some(c) = rest.next() {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                rest.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

/// Sentences one after another, with a full stop between two where the first ends with none.
pub fn sentences<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        match text.chars().last() {
            None => {}
            Some('.' | '!' | '?' | ':' | '…') => text.push(' '),
            Some(_) => text.push_str(". "),
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(text: &str) -> String {
        clean_line(text.as_bytes())
    }

    #[test]
    fn colors_titles_and_links_leave_only_their_words() {
        assert_eq!(clean("\u{1b}[1;31mred\u{1b}[0m"), "red");
        assert_eq!(clean("\u{1b}]0;owned\u{7}title"), "title");
        assert_eq!(clean("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "link");
        assert_eq!(clean("\u{9b}2Jcleared"), "cleared");
        assert_eq!(clean("\u{1b}(Bplain"), "plain");
    }

    #[test]
    fn a_progress_bar_is_its_last_state() {
        assert_eq!(clean("10%\r50%\r100%\r\n"), "100%");
    }

    #[test]
    fn a_line_cannot_be_made_to_read_backwards() {
        assert_eq!(clean("safe\u{202e}drowssap"), "safedrowssap");
    }

    #[test]
    fn bytes_that_are_not_text_are_shown_as_such() {
        assert_eq!(clean_line(b"a\xffb"), "a\u{fffd}b");
    }

    proptest! {
        #[test]
        fn nothing_that_moves_a_cursor_gets_through(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(!clean_line(&bytes).chars().any(char::is_control));
        }
    }

    #[test]
    fn sentences_end_once() {
        assert_eq!(sentences(["is it up?", "look at it"]), "is it up? look at it");
        assert_eq!(sentences(["it is down.", "", "start it"]), "it is down. start it");
        assert_eq!(sentences(["it is down", "start it."]), "it is down. start it.");
    }
}
