//! Bytes from a host are hostile. They become text here, and only here: no escape sequence, no
//! control character and no character that changes the order of others gets through.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// More marks than this on one letter are dropped: piled up, they cover the lines around them.
const MARKS: usize = 4;

/// One line, clean. A tab becomes spaces to the next multiple of eight, a carriage return keeps what
/// came after it (as a terminal would show a progress bar), and any other control is dropped.
pub fn clean_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches(['\n', '\r']);
    if is_plain(text.as_bytes()) && !text.contains(['\n', '\t']) {
        return text.to_owned();
    }
    let text = text.rsplit('\r').find(|part| !part.is_empty()).unwrap_or_default();
    let mut clean = Clean::of(text);
    let mut column = 0;
    for c in text.chars().walk() {
        match c {
            '\t' => {
                let width = 8 - column % 8;
                clean.text.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            c if c.is_control() => {}
            c => column += usize::from(clean.push(c)),
        }
    }
    clean.text
}

/// Returns the text without anything that acts on a terminal. Newlines and tabs stay.
pub fn clean_text(text: &str) -> Cow<'_, str> {
    if is_harmless(text) {
        return Cow::Borrowed(text);
    }
    let mut clean = Clean::of(text);
    for c in text.chars().walk() {
        if !c.is_control() || matches!(c, '\n' | '\t') {
            clean.push(c);
        }
    }
    Cow::Owned(clean.text)
}

/// Returns the text clean and on one line: a host's newline must not begin a line of ours.
pub fn clean_words(text: &str) -> String {
    let words = clean_text(text);
    words
        .split(['\n', '\t'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns whether nothing in the text acts on a terminal.
pub fn is_harmless(text: &str) -> bool {
    if is_plain(text.as_bytes()) {
        return true;
    }
    let mut marks = Marks::default();
    text.chars()
        .all(|c| (matches!(c, '\n' | '\t') || !c.is_control() && !reorders(c)) && marks.takes(c))
}

/// Nearly everything is ASCII that can be printed: it is not looked at closer.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.is_ascii()
        && !bytes.iter().any(|&byte| byte < b' ' && byte != b'\n' && byte != b'\t' || byte == 0x7f)
}

/// Returns JSON that decodes to the same and in which nothing acts on a terminal that shows it: such
/// characters are written as escapes. (`serde_json` escapes only what is below U+0020.)
pub fn escape_json(json: &str) -> Cow<'_, str> {
    if is_harmless(json) {
        return Cow::Borrowed(json);
    }
    let (mut escaped, mut marks) = (String::with_capacity(json.len() + 16), Marks::default());
    for c in json.chars() {
        if (matches!(c, '\n' | '\t') || !c.is_control() && !reorders(c)) && marks.takes(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Cow::Owned(escaped)
}

/// Characters that make a line read as something else than it is: bidirectional controls,
/// zero-width and other invisible ones.
pub fn reorders(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        // No characters at all, and never to be exchanged.
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Counts marks that stand one after another on a letter.
#[derive(Debug, Default)]
struct Marks(usize);

impl Marks {
    /// Returns whether the character may stand here.
    fn takes(&mut self, c: char) -> bool {
        self.0 = if c.width() == Some(0) { self.0 + 1 } else { 0 };
        self.0 <= MARKS
    }
}

/// Text that is being cleaned.
struct Clean {
    text: String,
    marks: Marks,
}

impl Clean {
    fn of(text: &str) -> Self {
        Self { text: String::with_capacity(text.len()), marks: Marks::default() }
    }

    /// Returns whether it was kept.
    fn push(&mut self, c: char) -> bool {
        let kept = !reorders(c) && self.marks.takes(c);
        if kept {
            self.text.push(c);
        }
        kept
    }
}

/// Walks over characters, past escape sequences.
trait Walk {
    fn walk(self) -> impl Iterator<Item = char>;
}

impl Walk for std::str::Chars<'_> {
    fn walk(self) -> impl Iterator<Item = char> {
        let mut rest = self.peekable();
        std::iter::from_fn(move || {
            loop {
                match rest.next()? {
                    '\u{1b}' => skip_escape(&mut rest),
                    // The eight-bit forms of `ESC [`, and of what begins a string.
                    '\u{9b}' => skip_csi(&mut rest),
                    '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut rest),
                    c => return Some(c),
                }
            }
        })
    }
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

/// The first few of many names: `web1, web2 and 7 more`.
pub fn some_of<N: AsRef<str>>(names: &[N], most: usize) -> String {
    let first: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(most) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(text: &str) -> String {
        clean_line(text.as_bytes())
    }

    #[test]
    fn of_many_names_the_first_are_listed_and_the_others_counted() {
        let names = ["web1", "web2", "web3"];
        assert_eq!(some_of(&names, 3), "web1, web2, web3");
        assert_eq!(some_of(&names, 2), "web1, web2 and 1 more");
        assert_eq!(some_of(&names[..0], 2), "");
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

    #[test]
    fn marks_do_not_pile_up_on_a_letter() {
        let pile = format!("a{}b", "\u{301}".repeat(200));
        assert_eq!(clean(&pile), format!("a{}b", "\u{301}".repeat(MARKS)));
        assert!(!is_harmless(&pile) && is_harmless("a\u{301}\u{323}b \u{2764}\u{fe0f}"));
    }

    #[test]
    fn strings_of_the_eight_bit_set_are_skipped_whole() {
        assert_eq!(clean("a\u{9d}52;c;b3duZWQ=\u{9c}b"), "ab");
        assert_eq!(clean("a\u{90}q\u{7}b\u{85}c\u{7f}"), "abc");
    }

    #[test]
    fn a_text_keeps_its_lines_and_words_do_not() {
        assert_eq!(clean_text("a\tb\n\u{1b}[2Jc\rd\u{2066}"), "a\tb\ncd");
        assert_eq!(clean_words("mara\n\u{26a0} web2: fine\t"), "mara \u{26a0} web2: fine");
        assert!(matches!(clean_text("plain \u{2713}\n"), Cow::Borrowed(_)));
    }

    /// What hosts have been seen to try, and any text between.
    fn hostile() -> impl Strategy<Value = String> {
        let tricks = proptest::sample::select(vec![
            "\u{1b}]52;c;aGFjaw==\u{7}",
            "\u{1b}[2J",
            "\u{9b}2J",
            "\u{9d}0;x\u{9c}",
            "\u{202e}",
            "\u{2066}",
            "\u{200b}",
            "\u{feff}",
            "\u{ad}",
            "\u{e0041}",
            "\u{e0100}",
            "\r",
            "\u{8}",
            "\u{7f}",
            "\u{85}",
            "\u{301}\u{301}\u{301}\u{301}\u{301}",
            "\u{fe0f}\u{fe0f}\u{fe0f}\u{fe0f}\u{fe0f}",
            "\u{fffd}",
            "\u{0}",
            "\n",
            "\t",
        ]);
        let part = prop_oneof![tricks.prop_map(str::to_owned), any::<String>()];
        proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn nothing_that_moves_a_cursor_gets_through(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let line = clean_line(&bytes);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(is_harmless(&line));
        }

        #[test]
        fn what_is_cleaned_is_harmless_and_stays_so(text in hostile()) {
            let clean = clean_text(&text);
            prop_assert!(is_harmless(&clean));
            prop_assert_eq!(clean_text(&clean), clean.clone());
            prop_assert!(!clean_words(&text).contains(['\n', '\t']));
        }

        #[test]
        fn json_on_a_terminal_is_harmless_and_decodes_to_the_same(text in hostile()) {
            let json = serde_json::to_string(&text).unwrap();
            let escaped = escape_json(&json);
            prop_assert!(is_harmless(&escaped));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }

    #[test]
    fn sentences_end_once() {
        assert_eq!(sentences(["is it up?", "look at it"]), "is it up? look at it");
        assert_eq!(sentences(["it is down.", "", "start it"]), "it is down. start it");
        assert_eq!(sentences(["it is down", "start it."]), "it is down. start it.");
    }
}
