//! One line of a file, made fit to be shown: nothing in it moves the cursor, and what looks like a
//! secret is not in it.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::problem::Span;
use crate::base::text::reorders;

/// The line; every character keeps its column.
pub fn presentable(line: &str) -> String {
    let quiet = |c: char| if c.is_control() || reorders(c) { ' ' } else { c };
    hide(line.chars().map(quiet).collect())
}

/// Keys with such a word in them are about secrets, however they are spelled.
const ABOUT_SECRETS: [&str; 4] = ["passw", "passphrase", "secret", "token"];

/// The value after such a key becomes stars, unless it only says where the secret is kept.
fn hide(line: String) -> String {
    let lower = line.to_ascii_lowercase();
    let Some(word) = ABOUT_SECRETS.iter().filter_map(|word| lower.find(word)).min() else {
        return line;
    };
    let Some(colon) = line[word..].find(':') else { return line };
    let (key, value) = line.split_at(word + colon + 1);
    let bare = value.trim_start().trim_start_matches(['"', '\'']);
    if ["env:", "file:", "command:", "#"].iter().any(|kind| bare.starts_with(kind)) {
        return line;
    }
    let star = |c: char| if c == ' ' { ' ' } else { '*' };
    format!("{key}{}", value.chars().map(star).collect::<String>())
}

/// What cannot be seen, or moves the cursor, is written out.
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || reorders(c) {
            visible.extend(c.escape_unicode());
        } else {
            visible.push(c);
        }
    }
    visible
}

/// More of a line than this is not shown.
const WIDEST: usize = 100;

/// The line with its number, and carets under the place. Of a long line, what is around it.
pub fn excerpt(f: &mut fmt::Formatter<'_>, at: Span, line: &str) -> fmt::Result {
    let column = at.column.saturating_sub(1);
    let length = line.chars().count();
    let skipped = if length <= WIDEST { 0 } else { column.saturating_sub(WIDEST / 3) };
    let shown: String = line.chars().skip(skipped).take(WIDEST).collect();
    let head: String = shown.chars().take(column - skipped).collect();
    let start = if skipped > 0 { "…" } else { "" };
    let end = if length > skipped + WIDEST { "…" } else { "" };
    let room = shown.chars().count().saturating_sub(column - skipped);
    let carets = "^".repeat(at.width.min(room).max(1));
    let number = at.line.to_string();
    let before = head.width() + start.width();
    writeln!(f, "  {number} | {start}{}{end}", shown.trim_end())?;
    writeln!(f, "  {:w$} | {:before$}{carets}", "", "", w = number.len())
}

#[cfg(test)]
mod tests {
    use super::presentable;

    #[test]
    fn a_misspelled_secret_is_hidden_and_a_reference_is_not() {
        assert_eq!(presentable("  passwrod: hunter2"), "  passwrod: *******");
        assert_eq!(presentable("  path: /ä"), "  path: /ä");
        assert_eq!(presentable("  Password:  hunter2 x"), "  Password:  ******* *");
        assert_eq!(presentable("{api_token: 'a', b: c}"), "{api_token: **** ** **");
        assert_eq!(presentable("  password: env:X"), "  password: env:X");
    }
}
