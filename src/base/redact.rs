//! Redacts values that may be secrets in text that is shown, printed or recorded.

use std::ops::Range;

use serde::Serializer;

pub const REDACTED: &str = "****";

/// A name that contains one of these words is taken for the name of a secret.
const WORDS: [&str; 11] = [
    "passw",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "private_key",
    "access_key",
    "credential",
    "authorization",
    "pwd",
];
/// A name that ends with one of these is taken for the name of a secret.
const ENDS: [&str; 5] = ["_pass", "_key", "-key", "_auth", "_dsn"];

/// The position of a secret's value in a text, and the name under which it appears there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSpan {
    pub name: String,
    pub at: Range<usize>,
}

/// Returns the text with `****` in place of values that may be secrets. The number of lines does not change.
pub fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans(text) {
        shown.push_str(&text[at..span.at.start]);
        shown.push_str(REDACTED);
        at = span.at.end;
    }
    shown.push_str(&text[at..]);
    shown
}

/// Returns the words of a command, redacted. A word that follows the name of a secret, as in `--token VALUE`, is one.
pub fn words(words: &[String]) -> Vec<String> {
    let word = |(index, word): (usize, &String)| {
        let flag = index.checked_sub(1).and_then(|before| words[before].strip_prefix("--"));
        match flag.filter(|flag| is_name_of_secret(flag) && !flag.contains('=')) {
            Some(_) => REDACTED.to_owned(),
            None => redact(word),
        }
    };
    words.iter().enumerate().map(word).collect()
}

/// Returns everything that may be the value of a secret, in order. No span crosses the end of a line.
pub fn spans(text: &str) -> Vec<SecretSpan> {
    let (mut found, mut block, mut start) = (Vec::new(), Block::None, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        match block.name_in(bare) {
            Some(name) => {
                let from = bare.len() - bare.trim_start().len();
                if from < bare.len() {
                    found.push(SecretSpan { name, at: start + from..start + bare.len() });
                }
            }
            None => found.extend(of_line(bare, start)),
        }
        block.after(bare);
        start += line.len();
    }
    found
}

fn of_line(line: &str, start: usize) -> Vec<SecretSpan> {
    let mut found = values(line);
    found.extend(in_urls(line));
    found.sort_by_key(|span| (span.at.start, span.at.end));
    let mut end = 0;
    found.retain(|span| {
        let apart = span.at.start >= end && !span.at.is_empty();
        end = if apart { span.at.end } else { end };
        apart
    });
    found
        .into_iter()
        .map(|span| SecretSpan { at: start + span.at.start..start + span.at.end, ..span })
        .collect()
}

/// A value of several lines: a block scalar under a secret's name, or a private key.
enum Block {
    None,
    Scalar { name: String, indent: usize },
    Key,
}

impl Block {
    /// Returns the name of the multi-line value that this line belongs to.
    fn name_in(&mut self, line: &str) -> Option<String> {
        match self {
            Self::None => None,
            Self::Scalar { name, indent } => {
                let inside = line.trim().is_empty() || indent_of(line) > *indent;
                let name = inside.then(|| name.clone());
                if name.is_none() {
                    *self = Self::None;
                }
                name
            }
            Self::Key => (!line.contains("-----END ")).then(|| "private_key".to_owned()),
        }
    }

    fn after(&mut self, line: &str) {
        if line.contains("-----BEGIN ")
            && line.contains("PRIVATE KEY")
            && !line.contains("-----END ")
        {
            *self = Self::Key;
        } else if matches!(self, Self::Key) && line.contains("-----END ") {
            *self = Self::None;
        } else if matches!(self, Self::None)
            && let Some((name, rest)) = line.trim_start().trim_start_matches("- ").split_once(':')
            && rest.trim_start().starts_with(['|', '>'])
            && is_name_of_secret(name.trim_matches(['"', '\'']))
        {
            *self = Self::Scalar { name: name.to_owned(), indent: indent_of(line) };
        }
    }
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Returns whether a value with this name is taken for a secret.
pub fn is_name_of_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let public = lower.contains("public_key");
    WORDS.iter().any(|word| lower.contains(word))
        || !public && ENDS.iter().any(|end| lower.ends_with(end))
}

/// Returns the values of `DB_PASSWORD: …`, `API_TOKEN=…` and `--password …`, on a line of their own or among others.
fn values(line: &str) -> Vec<SecretSpan> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = line[at..].find(is_of_name).map(|n| at + n) {
        let end = line[begin..].find(|c| !is_of_name(c)).map_or(line.len(), |n| begin + n);
        let name = &line[begin..end];
        if is_name_of_secret(name)
            && let Some(at) = value_after(line, begin, end)
        {
            found.push(SecretSpan { name: name.to_owned(), at });
        }
        at = end;
    }
    found
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Returns the position of the value that belongs to the name from `begin` to `end` on this line.
fn value_after(line: &str, begin: usize, end: usize) -> Option<Range<usize>> {
    let before = &line[..begin];
    // The name is part of a path or an image name, or it is a variable.
    if before.ends_with(['/', '$', '{']) && !before.ends_with(" {") {
        return default_of(line, before, end);
    }
    let value = assigned(&line[end..]).or_else(|| flagged(&line[begin..end], &line[end..]))?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = &value[quote.map_or(0, char::len_utf8)..];
    let start = line.len() - value.len();
    if value.is_empty() || is_elsewhere(value, quote) {
        return value.find("${").and_then(|_| default_of(line, &line[..start + 2], start + 2));
    }
    let own_line =
        before.trim_start().trim_start_matches("- ").trim_start_matches(['"', '\'']).is_empty();
    let length = match quote {
        Some(quote) => closing(value, quote),
        None if own_line && !before.trim_start().starts_with(['{', '[']) => {
            let value = value.trim_end();
            let wrapped = before.ends_with('"') && value.ends_with('"')
                || before.ends_with('\'') && value.ends_with('\'');
            Some(value.len() - usize::from(wrapped))
        }
        None => value.find([',', '}', ']', ' ', '"', '\'']),
    };
    Some(start..start + length.unwrap_or(value.len()))
}

/// Returns what follows `:` or `=`. A colon without a space after it, as in `name:tag`, assigns nothing.
fn assigned(rest: &str) -> Option<&str> {
    let unquoted = rest.trim_start_matches(['"', '\'']);
    let quoted = unquoted.len() < rest.len();
    let rest = unquoted.trim_start();
    if let Some(value) = rest.strip_prefix('=') {
        return Some(value.trim_start());
    }
    let value = rest.strip_prefix(':')?;
    (quoted || value.starts_with([' ', '\t'])).then(|| value.trim_start())
}

/// Returns the value in `--password hunter2` or `"--password", "hunter2"`.
fn flagged<'l>(name: &str, rest: &'l str) -> Option<&'l str> {
    name.strip_prefix("--")?;
    let value = rest.trim_start_matches(['"', '\'']).trim_start_matches(',');
    value.starts_with(' ').then(|| value.trim_start())
}

/// Returns whether the value only refers to a secret: a variable, a file, or a placeholder of a template.
fn is_elsewhere(value: &str, quote: Option<char>) -> bool {
    let end = quote.and_then(|quote| closing(value, quote)).unwrap_or(value.len());
    let value = value[..end].trim();
    let path = |text: &str| {
        text.matches('/').count() > 1 && text.chars().all(|c| is_of_name(c) || c == '/')
    };
    let variable = value.strip_prefix('$').is_some_and(|rest| {
        rest.starts_with(|c: char| c == '{' || c == '_' || c.is_ascii_alphabetic())
    });
    variable
        || value.starts_with('/')
            && path(value.split([',', '}', ']', ' ']).next().unwrap_or_default())
        || value.starts_with("{{")
        || (quote.is_none() && value.starts_with(['{', '[', '|', '>']))
}

/// Returns the default in `${DB_PASSWORD:-hunter2}`, which is used where the variable is not set.
fn default_of(line: &str, before: &str, end: usize) -> Option<Range<usize>> {
    if !before.ends_with("${") {
        return None;
    }
    let name_end =
        line[end..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(|n| end + n);
    // The name as it was read may have the `-` and part of the default.
    let from =
        line[before.len()..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_')? + before.len();
    let from = from.min(name_end.unwrap_or(from));
    let rest = &line[from..];
    let value = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'))?;
    let start = line.len() - value.len();
    let length = value.find('}').unwrap_or(value.len());
    (length > 0 && !value.starts_with('$')).then_some(start..start + length)
}

/// Returns the position of the closing quote.
fn closing(value: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    value.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && quote == '"' && !escaped;
        ends.then_some(at)
    })
}

/// Returns the passwords in `https://user:…@host`.
fn in_urls(line: &str) -> Vec<SecretSpan> {
    let mut found = Vec::new();
    for (at, mark) in line.match_indices("://") {
        let start = at + mark.len();
        let host = line[start..].find(['/', ' ', '"', '\'']).map_or(line.len(), |n| start + n);
        let Some(sign) = line[start..host].rfind('@').map(|n| start + n) else { continue };
        if let Some(colon) = line[start..sign].find(':').map(|n| start + n)
            && !line[colon + 1..sign].starts_with('$')
        {
            found.push(SecretSpan { name: "url".to_owned(), at: colon + 1..sign });
        }
    }
    found
}

/// Serializes text with its secrets redacted, for `#[serde(serialize_with)]`.
pub fn serialize<S: Serializer>(text: &str, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&redact(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn redact_hides_values_that_are_named_like_secrets() {
        for (line, wanted) in [
            ("  DB_PASSWORD: hunter2", "  DB_PASSWORD: ****"),
            ("  DB_PASSWORD: hunter 2, and more", "  DB_PASSWORD: ****"),
            ("  DB_PASSWORD: /hunter2", "  DB_PASSWORD: ****"),
            ("  DB_PASSWORD: \"hun\\\"ter2\"  # mine", "  DB_PASSWORD: \"****\"  # mine"),
            ("  APP_KEY: base64:abc=", "  APP_KEY: ****"),
            ("  - API_TOKEN=abc", "  - API_TOKEN=****"),
            ("  - \"API_TOKEN=abc def\"", "  - \"API_TOKEN=****\""),
            ("env: {\"db_password\": \"a b\", X: y}", "env: {\"db_password\": \"****\", X: y}"),
            ("{\"password\":\"hunter2\",\"x\":1}", "{\"password\":\"****\",\"x\":1}"),
            ("url: postgres://shop:hunter2@db/shop", "url: postgres://shop:****@db/shop"),
            ("command: ./run --password hunter2 --fast", "command: ./run --password **** --fast"),
            (
                "command: [./run, \"--token\", \"hunter2\"]",
                "command: [./run, \"--token\", \"****\"]",
            ),
            ("command: ./run --token=hunter2 --fast", "command: ./run --token=**** --fast"),
            ("  PASSWORD: ${PASSWORD:-hunter2}", "  PASSWORD: ${PASSWORD:-****}"),
            ("  x: http://${API_TOKEN:-hunter2}/", "  x: http://${API_TOKEN:-****}/"),
            ("  Authorization: Bearer abc.def", "  Authorization: ****"),
            ("  TOKEN: ${TOKEN}", "  TOKEN: ${TOKEN}"),
            ("  PASSWORD: {{ vars.password }}", "  PASSWORD: {{ vars.password }}"),
            ("  PASSWORD_FILE: /run/secrets/db", "  PASSWORD_FILE: /run/secrets/db"),
            ("secrets:", "secrets:"),
            ("    secrets: [db, other]", "    secrets: [db, other]"),
            ("image: example.org/token-service:v2", "image: example.org/token-service:v2"),
            ("image: token-service:v2", "image: token-service:v2"),
            ("    server 127.0.0.1:8001;", "    server 127.0.0.1:8001;"),
        ] {
            assert_eq!(redact(line), wanted);
        }
    }

    #[test]
    fn redact_hides_every_line_of_a_multi_line_value() {
        let text = "a:\n  DB_PASSWORD: |\n    hunter2\n\n    hunter3\n  X: y\nkey: |\n  -----BEGIN RSA PRIVATE KEY-----\n  MIIabc\n  -----END RSA PRIVATE KEY-----\nb: c\n";
        let wanted = "a:\n  DB_PASSWORD: |\n    ****\n\n    ****\n  X: y\nkey: |\n  -----BEGIN RSA PRIVATE KEY-----\n  ****\n  -----END RSA PRIVATE KEY-----\nb: c\n";
        assert_eq!(redact(text), wanted);
    }

    proptest! {
        #[test]
        fn redact_never_panics_and_keeps_the_number_of_lines(line in ".{0,80}", word in "(password|token|\\$\\{api_key)[:=]?[:-]{0,2}.{0,20}") {
            let _ = redact(&line);
            let text = format!("{line}{word}\n{word}{line}");
            prop_assert_eq!(redact(&text).lines().count(), text.lines().count());
        }
    }
}
