//! What the YAML scanner says, in words that help.

use saphyr_parser::ScanError;

use super::parse::Fault;
use super::problem::Span;

/// Tabs in indentation are all told; anything else stops at the first, for what follows a broken
/// line is not to be trusted.
pub fn faults(text: &str, error: &ScanError) -> Vec<Fault> {
    let tabs = tabs(text);
    if !tabs.is_empty() {
        return tabs;
    }
    let lines = text.lines().count().max(1);
    let mut at = Span::new(error.marker().line().clamp(1, lines), error.marker().col() + 1, 1);
    if error.marker().line() > lines {
        at.column = text.lines().last().map_or(0, |line| line.chars().count()) + 1;
    }
    let (what, remedy) = words(error.info());
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

/// The scanner's sentence, and what is most often behind it.
fn words(info: &str) -> (String, &'static str) {
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
            "indent it exactly as its neighbours are",
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
            "indent it exactly as its neighbours are",
        ),
        ("unknown escape", "an unknown escape in double quotes", "use single quotes, or `\\\\`"),
        ("byte order mark", "a byte order mark in the middle of the file", "remove it"),
        ("recursion limit", "nested too deeply", "see inventory.example.yaml for the shape"),
    ];
    match known.iter().find(|(part, ..)| info.contains(part)) {
        Some((_, what, remedy)) => ((*what).to_owned(), remedy),
        None => (
            format!("not YAML: {info}"),
            "compare the line and the one above it with inventory.example.yaml; put texts with special characters in quotes",
        ),
    }
}
