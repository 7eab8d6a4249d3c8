//! Parses the directives of one file of an nginx configuration.

use super::lexer::{Lexer, SyntaxError, Token};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    pub words: Vec<String>,
    pub line: usize,
    /// The content of its braces. `None`: it ends with `;`.
    pub block: Option<Vec<Directive>>,
}

impl Directive {
    pub fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    pub fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// The limit of nested blocks, higher than in any configuration. nginx has no limit, but a recursive parser needs one.
const DEEPEST: usize = 64;

pub fn parse(text: &str) -> Result<Vec<Directive>, SyntaxError> {
    let mut lexer = Lexer::new(text);
    block(&mut lexer, 0)
}

fn block(lexer: &mut Lexer<'_>, depth: usize) -> Result<Vec<Directive>, SyntaxError> {
    if depth > DEEPEST {
        return lexer.wrong("blocks are nested too deeply");
    }
    let mut found = Vec::new();
    let (mut words, mut line) = (Vec::new(), lexer.line);
    loop {
        match lexer.next()? {
            Some(Token::Word(word)) => {
                if words.is_empty() {
                    line = lexer.line;
                }
                words.push(word);
            }
            Some(Token::End | Token::Open) if words.is_empty() => {
                return lexer.wrong("unexpected `;` or `{`, expecting a directive");
            }
            Some(Token::End) => {
                found.push(Directive { words: std::mem::take(&mut words), line, block: None });
            }
            Some(Token::Open) => {
                let words = std::mem::take(&mut words);
                // Its content is another language.
                let lua = words.first().is_some_and(|name| name.ends_with("_by_lua_block"));
                let inside = if lua {
                    lexer.skip_lua()?;
                    Vec::new()
                } else {
                    block(lexer, depth + 1)?
                };
                found.push(Directive { words, line, block: Some(inside) });
            }
            Some(Token::Close) if depth > 0 && words.is_empty() => return Ok(found),
            Some(Token::Close) => return lexer.wrong("unexpected `}`"),
            None if depth == 0 && words.is_empty() => return Ok(found),
            None => return lexer.wrong("unexpected end of file, expecting `;` or `}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_blocks_are_parsed_with_their_lines() {
        let text =
            "http {\n  # }\n  server { location / { proxy_pass http://x; } }\n  gzip\n    on;\n}\n";
        let read = parse(text).unwrap();
        let http = read[0].block.as_ref().unwrap();
        assert_eq!((http[0].name(), http[0].line), ("server", 3));
        let location = &http[0].block.as_ref().unwrap()[0];
        assert_eq!(location.words, ["location", "/"]);
        assert_eq!(location.block.as_ref().unwrap()[0].words, ["proxy_pass", "http://x"]);
        assert_eq!((http[1].words.join(" "), http[1].line), ("gzip on".to_owned(), 4));
    }

    #[test]
    fn lua_blocks_are_skipped() {
        let text = "location / {\n content_by_lua_block {\n  if x then t = { '}' } end\n }\n}\na;";
        let read = parse(text).unwrap();
        assert_eq!(read[0].block.as_ref().unwrap()[0].block, Some(Vec::new()));
        assert_eq!((read[1].name(), read[1].line), ("a", 6));
    }

    #[test]
    fn incomplete_files_are_refused() {
        for (text, line) in
            [("a {\n b;\n", 3), ("a;\n}", 2), ("a", 1), (";", 1), ("a {\n b\n}", 3), ("{", 1)]
        {
            assert_eq!(parse(text).unwrap_err().line, line, "{text:?}");
        }
        assert!(parse(&"a{".repeat(10_000)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[a{};\"'\\\\$#\n\\[\\]=-]{0,60}") {
            let _ = parse(&text);
            let _ = parse(&format!("x_by_lua_block {{{text}"));
        }
    }
}
