//! Reads and rewrites the nginx includes that decide which color is live and which is passive.
//!
//! An include contains one `upstream` block. The parser is strict: it refuses what it does not understand
//! and names the line, because a misread file would be rewritten wrongly. A rewrite keeps every byte that
//! has nothing to do with the color.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::domain::names::Color;
use crate::platform::kit::spec::ProxySpec;

/// An nginx include as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludeFile {
    pub text: String,
    pub sha256: String,
}

/// What the planners need to know of nginx on a host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProxyFacts {
    pub live_include: Option<IncludeFile>,
    pub passive_include: Option<IncludeFile>,
    /// How many workers of earlier configurations still finish their requests.
    pub draining: Option<u32>,
}

/// A parsed include.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include<'a> {
    text: &'a str,
    /// The spans of its server statements, including the `;`.
    servers: Vec<Range<usize>>,
    /// The colors of the servers that are not `down`.
    up: Vec<Color>,
}

/// Directives of an upstream block that do not affect which color is reached.
const HARMLESS: [&str; 8] = [
    "keepalive",
    "keepalive_requests",
    "keepalive_timeout",
    "keepalive_time",
    "zone",
    "least_conn",
    "ip_hash",
    "hash",
];

/// The words up to a `;`, `{` or `}`, and their span.
#[derive(Debug)]
struct Statement<'a> {
    words: Vec<&'a str>,
    end: char,
    span: Range<usize>,
    line: usize,
}

/// Splits nginx syntax into statements. Quotes and escapes are refused: an upstream block needs none.
fn statements(text: &str) -> Result<Vec<Statement<'_>>, String> {
    let mut found = Vec::new();
    let mut words: Vec<(usize, &str)> = Vec::new();
    let mut word: Option<usize> = None;
    let mut comment = false;
    let mut line = 1;
    for (at, c) in text.char_indices() {
        let ends_word = c.is_whitespace() || matches!(c, ';' | '{' | '}' | '#');
        if let Some(start) = word.filter(|_| ends_word) {
            words.push((start, &text[start..at]));
            word = None;
        }
        match c {
            '\n' => {
                comment = false;
                line += 1;
            }
            _ if comment => {}
            '#' => comment = true,
            '\'' | '"' | '\\' | '$' => {
                return Err(format!("line {line}: `{c}` is not expected here"));
            }
            ';' | '{' | '}' => {
                let start = words.first().map_or(at, |(start, _)| *start);
                let words = words.drain(..).map(|(_, word)| word).collect();
                found.push(Statement { words, end: c, span: start..at + 1, line });
            }
            _ if c.is_whitespace() => {}
            _ => {
                word.get_or_insert(at);
            }
        }
    }
    match words.first() {
        Some((_, word)) => Err(format!("line {line}: `{word}` has no `;`")),
        None if word.is_some() => Err(format!("line {line}: the last word has no `;`")),
        None => Ok(found),
    }
}

/// Parses the include of `upstream`. An error names the line and what is wrong.
pub fn read<'a>(text: &'a str, upstream: &str, spec: &ProxySpec) -> Result<Include<'a>, String> {
    let statements = statements(text)?;
    let (first, rest) = statements.split_first().ok_or("it is empty")?;
    if first.words != ["upstream", upstream] || first.end != '{' {
        return Err(format!("line {}: `upstream {upstream} {{` is expected here", first.line));
    }
    let (last, body) = rest.split_last().ok_or("its block has no `}`")?;
    if last.end != '}' || !last.words.is_empty() {
        return Err(format!("line {}: `}}` and nothing more is expected here", last.line));
    }
    let mut servers = Vec::new();
    let mut up: Vec<Color> = Vec::new();
    for statement in body {
        let at = |what: String| format!("line {}: {what}", statement.line);
        match statement.words.as_slice() {
            ["server", address, parameters @ ..] if statement.end == ';' => {
                let color = color_at(address, spec)
                    .ok_or_else(|| at(format!("`{address}` is not the address of a color")))?;
                servers.push(statement.span.clone());
                if !parameters.contains(&"down") {
                    up.push(color);
                }
            }
            [word, ..] if statement.end == ';' && HARMLESS.contains(word) => {}
            words => {
                let end =
                    if statement.end == ';' { String::new() } else { statement.end.to_string() };
                return Err(at(format!("`{}{end}` is not supported here", words.join(" "))));
            }
        }
    }
    up.dedup();
    Ok(Include { text, servers, up })
}

/// Returns the color that the text of an include selects.
pub fn color_of(text: &str, upstream: &str, spec: &ProxySpec) -> Result<Color, String> {
    read(text, upstream, spec)?.color().cloned()
}

/// Returns the color that listens on this address.
pub fn color_at(address: &str, spec: &ProxySpec) -> Option<Color> {
    spec.colors.iter().find(|(_, color)| color.address == address).map(|(name, _)| name.clone())
}

/// Returns the color of the servers that are not `down`, if it is one color.
pub fn the_one(up: &[Color]) -> Result<&Color, &'static str> {
    match up {
        [color] => Ok(color),
        [] => Err("all its servers are `down`: nginx would answer 502 to everyone"),
        _ => Err("it has servers of both colors: users would be sent to either"),
    }
}

impl Include<'_> {
    /// Returns the color that the include sends requests to.
    pub fn color(&self) -> Result<&Color, String> {
        the_one(&self.up).map_err(ToOwned::to_owned)
    }

    /// Returns the text of the include with `address` as its only server.
    pub fn pointed_at(&self, address: &str) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut kept = 0;
        for (index, span) in self.servers.iter().enumerate() {
            text.push_str(&self.text[kept..span.start]);
            kept = span.end;
            if index == 0 {
                text.push_str(&server(address));
            } else {
                // A line that contained nothing else is removed with its server.
                text.truncate(text.trim_end_matches([' ', '\t']).len());
                if text.ends_with('\n') && self.text[kept..].starts_with('\n') {
                    kept += 1;
                }
            }
        }
        text.push_str(&self.text[kept..]);
        text
    }
}

/// Returns the server statement. `max_fails=0`, because with any other server line beside it, even a `down`
/// one, nginx would disable the only server that is up for ten seconds after a single refused connection.
fn server(address: &str) -> String {
    format!("server {address} max_fails=0;")
}

/// Returns the text of a new include.
pub fn fresh(address: &str, upstream: &str) -> String {
    format!("upstream {upstream} {{\n    {}\n}}\n", server(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::kit::fixture;
    use proptest::prelude::*;

    fn color(text: &str) -> Result<String, String> {
        let spec = fixture::proxy();
        read(text, "shop_live", &spec).and_then(|i| i.color().map(ToString::to_string))
    }

    fn pointed_at_green(text: &str) -> String {
        read(text, "shop_live", &fixture::proxy()).unwrap().pointed_at("127.0.0.1:8002")
    }

    #[test]
    fn a_fresh_include_can_be_parsed() {
        assert_eq!(color(&fresh("127.0.0.1:8002", "shop_live")).unwrap(), "green");
    }

    #[test]
    fn a_server_that_is_down_is_not_live() {
        let text = "upstream shop_live { server 127.0.0.1:8001 down; server 127.0.0.1:8002; }";
        assert_eq!(color(text).unwrap(), "green");
    }

    #[test]
    fn a_rewrite_keeps_every_byte_that_is_not_about_the_color() {
        let text = "# by salt\nupstream shop_live {\n  keepalive 10; # pool\n\tserver 127.0.0.1:8001;\n\tserver 127.0.0.1:8002 down;\n}\n";
        let wanted = "# by salt\nupstream shop_live {\n  keepalive 10; # pool\n\tserver 127.0.0.1:8002 max_fails=0;\n}\n";
        assert_eq!(pointed_at_green(text), wanted);
    }

    #[test]
    fn a_block_on_one_line_stays_on_one_line() {
        let text = "upstream shop_live { server 127.0.0.1:8001 max_fails=0; }";
        assert_eq!(
            pointed_at_green(text),
            "upstream shop_live { server 127.0.0.1:8002 max_fails=0; }"
        );
    }

    #[test]
    fn unsupported_syntax_is_refused_with_its_line() {
        for (text, why) in [
            ("", "it is empty"),
            (
                "upstream shop_live {\n server 10.0.0.9:80;\n}",
                "line 2: `10.0.0.9:80` is not the address of a color",
            ),
            (
                "upstream shop_live {\n include more;\n}",
                "line 2: `include more` is not supported here",
            ),
            (
                "upstream other { server 127.0.0.1:8001; }",
                "line 1: `upstream shop_live {` is expected here",
            ),
            (
                "upstream shop_live { server 127.0.0.1:8001; } server { }",
                "line 1: `}` is not supported here",
            ),
            (
                "upstream shop_live { server 127.0.0.1:8001 down; }",
                "all its servers are `down`: nginx would answer 502 to everyone",
            ),
            (
                "upstream shop_live { server 127.0.0.1:8001; server 127.0.0.1:8002; }",
                "it has servers of both colors: users would be sent to either",
            ),
        ] {
            assert_eq!(color(text).unwrap_err(), why, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_rewritten_include_parses_as_the_new_color(comment in "[a-z ]{0,20}", keep in 1u32..99) {
            let text = format!("# {comment}\nupstream shop_live {{\n keepalive {keep};\n server 127.0.0.1:8001;\n}}\n");
            prop_assert_eq!(color(&pointed_at_green(&text)).unwrap(), "green");
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,200}") {
            let _ = color(&text);
        }
    }
}
