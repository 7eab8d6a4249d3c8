//! One line of a file, made fit to be shown: nothing in it acts on the terminal, and what looks like a secret is hidden.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::redact::{is_name_of_secret, spans};
use super::secret_ref::SecretRef;
use super::span::Span;
use super::text::reorders;

/// Returns the line fit to be shown. Every character keeps its column, so that carets point to the right one.
pub fn presentable(line: &str) -> String {
    let quiet = |c: char| if c.is_control() || reorders(c) { ' ' } else { c };
    mask(&line.chars().map(quiet).collect::<String>())
}

/// Stars out what looks like a secret. A line with a mistake in it may not be what it was meant to be, so after the
/// name of a secret everything to the end of the line is hidden, unless it only says where the secret is kept.
fn mask(line: &str) -> String {
    let mut hidden: Vec<_> = spans(line).into_iter().map(|span| span.at).collect();
    let names_secret = |colon: &usize| {
        let before = line[..*colon].trim_end_matches([' ', '"', '\'']);
        let name = before.rsplit([' ', '{', ',', '"', '\'']).next().unwrap_or_default();
        is_name_of_secret(name) && !name.contains('/')
    };
    if let Some(colon) = line.match_indices(':').map(|(at, _)| at).find(names_secret) {
        hidden.push(colon + 1..line.len());
    }
    hidden.retain(|at| !is_reference(&line[at.clone()]));
    let star = |(at, c): (usize, char)| {
        if c != ' ' && hidden.iter().any(|hidden| hidden.contains(&at)) { '*' } else { c }
    };
    line.char_indices().map(star).collect()
}

/// Returns whether a value says where a secret is kept, or is only a comment.
fn is_reference(value: &str) -> bool {
    let bare = value.trim_start().trim_start_matches(['"', '\'']);
    bare.starts_with('#') || SecretRef::try_from(bare.to_owned()).is_ok()
}

/// Returns the text with escapes in place of characters that cannot be seen or act on the terminal.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || reorders(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// More of a line than this is not shown.
const WIDEST: usize = 100;

/// Writes the line with its number, and carets under the span. Of a long line, only what is around the span.
pub fn write_excerpt(f: &mut fmt::Formatter<'_>, at: Span, line: &str) -> fmt::Result {
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
    fn secrets_are_hidden_and_references_to_secrets_are_shown() {
        for (line, wanted) in [
            ("  passwrod: hunter2", "  passwrod: *******"),
            ("  passwrod:hunter2", "  passwrod:*******"),
            ("  passphrase: [hunter2]", "  passphrase: *********"),
            ("  passphrase: /hun/ter/2", "  passphrase: **********"),
            ("  Password:  hunter2 x", "  Password:  ******* *"),
            ("{api_token: 'a', b: c}", "{api_token: **** ** **"),
            ("  url: https://shop:hunter2@x/", "  url: https://shop:*******@x/"),
            ("  password: env:X", "  password: env:X"),
            ("  image: example.org/token-service:v2", "  image: example.org/token-service:v2"),
            ("  path: /ä", "  path: /ä"),
        ] {
            assert_eq!(presentable(line), wanted);
        }
    }
}
