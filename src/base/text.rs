//! Converts bytes from a host to text that is safe to show. Such bytes are hostile: this module removes every escape
//! sequence, every control character and every character that changes the order of others.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// How many combining marks one letter may have. More are dropped, because a pile of them covers the lines around it.
const MARKS: usize = 4;

/// Returns one line as clean text. A tab becomes spaces to the next multiple of eight. A carriage return discards what was
/// before it, as a terminal does with a progress bar. Every other control character is dropped.
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

/// Returns the text without anything that controls a terminal. Newlines and tabs stay.
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

/// Returns the text clean and on one line, so that a newline from a host cannot start a line that imitates one of
/// Flipside's.
pub fn clean_words(text: &str) -> String {
    let words = clean_text(text);
    words
        .split(['\n', '\t'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns whether nothing in the text controls a terminal.
pub fn is_harmless(text: &str) -> bool {
    if is_plain(text.as_bytes()) {
        return true;
    }
    let mut marks = Marks::default();
    text.chars()
        .all(|c| (matches!(c, '\n' | '\t') || !c.is_control() && !reorders(c)) && marks.takes(c))
}

/// Returns whether the text is printable ASCII. This is the fast path: nearly all output is.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.is_ascii()
        && !bytes.iter().any(|&byte| byte < b' ' && byte != b'\n' && byte != b'\t' || byte == 0x7f)
}

/// Returns JSON that decodes to the same value and is safe to show on a terminal: characters that control a terminal are
/// written as escapes. (`serde_json` escapes only those below U+0020.)
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

/// Returns whether the character can make a line read as something else: bidirectional controls, zero-width and other
/// invisible characters.
pub fn reorders(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        // Noncharacters, which Unicode reserves for internal use.
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Counts consecutive combining marks on a letter.
#[derive(Debug, Default)]
struct Marks(usize);

impl Marks {
    /// Returns whether the character is within the limit.
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

    /// Adds the character if it is harmless. Returns whether it was added.
    fn push(&mut self, c: char) -> bool {
        let kept = !reorders(c) && self.marks.takes(c);
        if kept {
            self.text.push(c);
        }
        kept
    }
}

/// Iterates over characters and skips escape sequences.
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
                    // The eight-bit forms of `ESC [` and of the control sequences that begin a string.
                    '\u{9b}' => skip_csi(&mut rest),
                    '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut rest),
                    c => return Some(c),
                }
            }
        })
    }
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Skips what follows `ESC`: a control sequence, a string (title, link, device control), or one character.
fn skip_escape(rest: &mut Rest<'_>) {
    match rest.next() {
        Some('[') => skip_csi(rest),
        Some(']' | 'P' | 'X' | '^' | '_') => skip_string(rest),
        // For example `ESC ( B`: intermediate characters, then one final character.
        Some(' '..='/') => {
            while rest.next_if(|c| (' '..='/').contains(c)).is_some() {}
            rest.next();
        }
        _ => {}
    }
}

/// Skips parameters and intermediate characters, then one final character.
fn skip_csi(rest: &mut Rest<'_>) {
    while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
    rest.next_if(|c| ('@'..='~').contains(c));
}

/// Skips everything up to `BEL` or `ESC \`.
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

/// Joins sentences, and adds a period after a sentence that has no final punctuation and is followed by another.
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

/// Returns the first few of many names: `web1, web2 and 7 more`.
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
    fn some_of_lists_the_first_names_and_counts_the_rest() {
        let names = ["web1", "web2", "web3"];
        assert_eq!(some_of(&names, 3), "web1, web2, web3");
        assert_eq!(some_of(&names, 2), "web1, web2 and 1 more");
        assert_eq!(some_of(&names[..0], 2), "");
    }

    #[test]
    fn clean_line_removes_colors_titles_and_links() {
        assert_eq!(clean("\u{1b}[1;31mred\u{1b}[0m"), "red");
        assert_eq!(clean("\u{1b}]0;owned\u{7}title"), "title");
        assert_eq!(clean("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "link");
        assert_eq!(clean("\u{9b}2Jcleared"), "cleared");
        assert_eq!(clean("\u{1b}(Bplain"), "plain");
    }

    #[test]
    fn clean_line_keeps_the_last_state_of_a_progress_bar() {
        assert_eq!(clean("10%\r50%\r100%\r\n"), "100%");
    }

    #[test]
    fn clean_line_removes_bidirectional_controls() {
        assert_eq!(clean("safe\u{202e}drowssap"), "safedrowssap");
    }

    #[test]
    fn clean_line_replaces_invalid_utf8() {
        assert_eq!(clean_line(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn clean_line_limits_combining_marks_per_letter() {
        let pile = format!("a{}b", "\u{301}".repeat(200));
        assert_eq!(clean(&pile), format!("a{}b", "\u{301}".repeat(MARKS)));
        assert!(!is_harmless(&pile) && is_harmless("a\u{301}\u{323}b \u{2764}\u{fe0f}"));
    }

    #[test]
    fn clean_line_skips_eight_bit_control_strings() {
        assert_eq!(clean("a\u{9d}52;c;b3duZWQ=\u{9c}b"), "ab");
        assert_eq!(clean("a\u{90}q\u{7}b\u{85}c\u{7f}"), "abc");
    }

    #[test]
    fn clean_text_keeps_newlines_and_clean_words_joins_lines() {
        assert_eq!(clean_text("a\tb\n\u{1b}[2Jc\rd\u{2066}"), "a\tb\ncd");
        assert_eq!(clean_words("mara\n\u{26a0} web2: fine\t"), "mara \u{26a0} web2: fine");
        assert!(matches!(clean_text("plain \u{2713}\n"), Cow::Borrowed(_)));
    }

    /// Control sequences that hosts were observed to send, mixed with any text.
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
        fn clean_line_is_harmless_for_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let line = clean_line(&bytes);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(is_harmless(&line));
        }

        #[test]
        fn clean_text_is_harmless_and_idempotent(text in hostile()) {
            let clean = clean_text(&text);
            prop_assert!(is_harmless(&clean));
            prop_assert_eq!(clean_text(&clean), clean.clone());
            prop_assert!(!clean_words(&text).contains(['\n', '\t']));
        }

        #[test]
        fn escape_json_is_harmless_and_decodes_to_the_same_value(text in hostile()) {
            let json = serde_json::to_string(&text).unwrap();
            let escaped = escape_json(&json);
            prop_assert!(is_harmless(&escaped));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }

    #[test]
    fn sentences_are_joined_with_one_period() {
        assert_eq!(sentences(["is it up?", "check it"]), "is it up? check it");
        assert_eq!(sentences(["it is down.", "", "start it"]), "it is down. start it");
        assert_eq!(sentences(["it is down", "start it."]), "it is down. start it.");
    }
}
