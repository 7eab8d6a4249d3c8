//! The errors of the YAML scanner, in words that say what to correct.

use saphyr_parser::ScanError;

use crate::base::problem::{Fault, Span};

/// Returns what broke the text. All tabs in the indentation are reported; of anything else only the first, since what
/// follows a broken line is not reliable. `shape` is the remedy where nothing better is known.
pub(super) fn faults(text: &str, shape: &str, error: &ScanError) -> Vec<Fault> {
    let tabs = tabs(text);
    if !tabs.is_empty() {
        return tabs;
    }
    if let Some(at) = unquoted_hash(text) {
        let remedy = "put the value in quotes";
        return vec![Fault::new(at, "a `#` without quotes begins a comment", remedy)];
    }
    let lines = text.lines().count().max(1);
    let mut at = Span::new(error.marker().line().clamp(1, lines), error.marker().col() + 1, 1);
    if error.marker().line() > lines {
        at.column = text.lines().last().map_or(0, |line| line.chars().count()) + 1;
    }
    let (what, remedy) = explain(error.info(), shape);
    vec![Fault::new(at, what, remedy)]
}

fn tabs(text: &str) -> Vec<Fault> {
    let tab = |(index, line): (usize, &str)| {
        let column = line.chars().take_while(|c| *c == ' ').count();
        let found = line.chars().nth(column) == Some('\t') && !line.trim().is_empty();
        found.then(|| {
            let at = Span::new(index + 1, column + 1, 1);
            Fault::new(at, "a tab in the indentation", "indent with spaces; YAML knows no tabs")
        })
    };
    text.lines().enumerate().filter_map(tab).collect()
}

/// Finds the first `{ color: #rrggbb }`: YAML reads a comment, which swallows the brace that closes the map.
fn unquoted_hash(text: &str) -> Option<Span> {
    text.lines().enumerate().find_map(|(index, line)| {
        let (before, after) = line.split_once(": #")?;
        let width = 1 + after.find([' ', ',', '}']).unwrap_or(after.len());
        let is_in_braces = before.contains('{') && !before.contains('#');
        is_in_braces.then(|| Span::new(index + 1, before.chars().count() + 3, width))
    })
}

/// Translates the scanner's sentence into what is most often behind it, and the remedy.
fn explain(info: &str, shape: &str) -> (String, String) {
    let known: &[(&str, &str, &str)] = &[
        (
            "mapping values are not allowed",
            "a `:` where none can be",
            "indent the line as the one above it, or put a text that holds `: ` in quotes",
        ),
        (
            "simple key expect",
            "this line is neither `key: value` nor part of the value above it",
            "add the `:` after the key, or indent the line under the value it belongs to",
        ),
        (
            "did not find expected key",
            "this line fits no level above it",
            "indent it exactly as its neighbors are",
        ),
        (
            "expected '-' indicator",
            "this line fits no level of the list above it",
            "begin it with `- ` in the column of the other items, or indent it under one",
        ),
        ("unexpected end of stream", "a quote is opened and never closed", "close it"),
        ("expected ',' or ']'", "a `[` list is not closed", "separate with `,` and close with `]`"),
        ("expected ',' or '}'", "a `{` map is not closed", "separate with `,` and close with `}`"),
        ("unknown anchor", "this alias points to no anchor", "define it above with `&name`"),
        (
            "invalid indentation",
            "the indentation fits no level above it",
            "indent it exactly as its neighbors are",
        ),
        ("unknown escape", "an unknown escape in double quotes", "use single quotes, or `\\\\`"),
        ("byte order mark", "a byte order mark in the middle of the file", "remove it"),
        ("recursion limit", "nested too deeply", shape),
    ];
    match known.iter().find(|(part, ..)| info.contains(part)) {
        Some((_, what, remedy)) => ((*what).to_owned(), (*remedy).to_owned()),
        None => (
            format!("not YAML: {info}"),
            format!("{shape}; put texts with special characters in quotes"),
        ),
    }
}
