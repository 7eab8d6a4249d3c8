//! Splits an nginx configuration into tokens by the rules of nginx's own lexer (`ngx_conf_read_token`).
//!
//! A `#`, a quote or a `}` within a word belongs to the word; `${` does not open a block.

use std::iter::Peekable;
use std::str::Chars;

/// A syntax error and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub line: usize,
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Word(String),
    /// `;`
    End,
    /// `{`
    Open,
    /// `}`
    Close,
}

pub struct Lexer<'a> {
    rest: Peekable<Chars<'a>>,
    /// The line of the next character, counted from 1.
    pub line: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.chars().peekable(), line: 1 }
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    pub fn wrong<T>(&self, what: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError { line: self.line, what: what.into() })
    }

    /// Returns the next token; `None` at the end of the text.
    pub fn next(&mut self) -> Result<Option<Token>, SyntaxError> {
        loop {
            let Some(c) = self.rest.peek().copied() else { return Ok(None) };
            match c {
                ' ' | '\t' | '\r' | '\n' => {
                    self.take();
                }
                '#' => while self.take().is_some_and(|c| c != '\n') {},
                ';' | '{' | '}' => {
                    self.take();
                    return Ok(Some(match c {
                        ';' => Token::End,
                        '{' => Token::Open,
                        _ => Token::Close,
                    }));
                }
                '"' | '\'' => return self.quoted(c).map(Some),
                _ => return self.word().map(Some),
            }
        }
    }

    fn word(&mut self) -> Result<Token, SyntaxError> {
        let mut word = String::new();
        let mut variable = false;
        while let Some(c) = self.rest.peek().copied() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' => break,
                '{' if !variable => break,
                '\\' => {
                    self.take();
                    self.escaped(&mut word)?;
                }
                _ => {
                    self.take();
                    word.push(c);
                }
            }
            variable = c == '$';
        }
        Ok(Token::Word(word))
    }

    fn quoted(&mut self, quote: char) -> Result<Token, SyntaxError> {
        let begun = self.line;
        let mut word = String::new();
        self.take();
        loop {
            match self.take() {
                Some(c) if c == quote => break,
                Some('\\') => self.escaped(&mut word)?,
                Some(c) => word.push(c),
                None => {
                    let what = format!("the {quote} that begins here is never closed");
                    return Err(SyntaxError { line: begun, what });
                }
            }
        }
        match self.rest.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | ';' | '{' | ')') => Ok(Token::Word(word)),
            Some(c) => {
                let c = *c;
                self.wrong(format!("unexpected `{c}` after a closing {quote}"))
            }
        }
    }

    /// Reads the character after a backslash. Most are kept with it, as nginx keeps them for regular expressions.
    fn escaped(&mut self, word: &mut String) -> Result<(), SyntaxError> {
        match self.take() {
            Some(c @ ('"' | '\'' | '\\')) => word.push(c),
            Some('t') => word.push('\t'),
            Some('r') => word.push('\r'),
            Some('n') => word.push('\n'),
            Some(c) => word.extend(['\\', c]),
            None => return self.wrong("nothing follows the last `\\`"),
        }
        Ok(())
    }

    /// Skips the Lua code of a block whose `{` was just read, including its `}`. Braces in strings and comments of
    /// Lua do not count.
    pub fn skip_lua(&mut self) -> Result<(), SyntaxError> {
        let begun = self.line;
        let mut depth = 1;
        while depth > 0 {
            match self.take() {
                Some('{') => depth += 1,
                Some('}') => depth -= 1,
                Some(quote @ ('"' | '\'')) => self.skip_string(quote),
                Some('[') => {
                    self.skip_long_bracket();
                }
                Some('-') if self.rest.peek() == Some(&'-') => {
                    self.take();
                    let long = self.rest.peek() == Some(&'[') && {
                        self.take();
                        self.skip_long_bracket()
                    };
                    while !long && self.rest.peek().is_some_and(|c| *c != '\n') {
                        self.take();
                    }
                }
                Some(_) => {}
                None => {
                    let what = "the block of Lua that begins here is never closed".to_owned();
                    return Err(SyntaxError { line: begun, what });
                }
            }
        }
        Ok(())
    }

    fn skip_string(&mut self, quote: char) {
        while let Some(c) = self.take() {
            if c == '\\' {
                self.take();
            } else if c == quote || c == '\n' {
                break;
            }
        }
    }

    /// After a `[`: skips `[text]]` or `=[text]=]`, if that follows.
    fn skip_long_bracket(&mut self) -> bool {
        let mut ahead = self.rest.clone();
        let mut level = 0;
        while ahead.peek() == Some(&'=') {
            ahead.next();
            level += 1;
        }
        if ahead.next() != Some('[') {
            return false;
        }
        for _ in 0..=level {
            self.take();
        }
        // `]`, as many `=` as before, `]`.
        let mut equals = None;
        while let Some(c) = self.take() {
            equals = match (c, equals) {
                (']', Some(count)) if count == level => return true,
                (']', _) => Some(0),
                ('=', Some(count)) => Some(count + 1),
                _ => None,
            };
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut lexer = Lexer::new(text);
        let mut words = Vec::new();
        while let Some(token) = lexer.next().unwrap() {
            words.push(match token {
                Token::Word(word) => word,
                Token::End => ";".to_owned(),
                Token::Open => "{".to_owned(),
                Token::Close => "}".to_owned(),
            });
        }
        words
    }

    #[test]
    fn words_end_where_nginx_ends_them() {
        for (text, wanted) in [
            ("a b;c{d}", "a|b|;|c|{|d}"),
            ("a{b;}", "a|{|b|;|}"),
            ("# { } ; '\na;", "a|;"),
            ("a#b;", "a#b|;"),
            ("a'b'c;", "a'b'c|;"),
            ("\"a b;{}#\" 'c \"d';", "a b;{}#|c \"d|;"),
            (r#"'it\'s' "\"q\"";"#, "it's|\"q\"|;"),
            (r"~^/(?<x>\d+)\.html$ {", r"~^/(?<x>\d+)\.html$|{"),
            (r"a\ b;", r"a\ b|;"),
            ("root /srv/${host}/x;", "root|/srv/${host}/x|;"),
            ("if ($a = \"}\"){", "if|($a|=|}|)|{"),
            ("\ta\r\n\tb ;", "a|b|;"),
        ] {
            assert_eq!(words(text).join("|"), wanted, "{text}");
        }
    }

    #[test]
    fn syntax_that_nginx_rejects_is_refused_with_its_line() {
        for (text, line, what) in [
            ("a;\n'b;\n\n", 2, "never closed"),
            ("a;\nb 'c'd;", 2, "unexpected `d` after a closing '"),
            ("a \\", 1, "nothing follows"),
        ] {
            let mut lexer = Lexer::new(text);
            let wrong = loop {
                match lexer.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{text} was accepted"),
                    Err(wrong) => break wrong,
                }
            };
            assert_eq!(wrong.line, line, "{text}");
            assert!(wrong.what.contains(what), "{text}: {}", wrong.what);
        }
    }

    #[test]
    fn lua_ends_at_its_closing_brace() {
        for lua in [
            "",
            "if a then b = {1, {2}} end",
            "s = '}' .. \"}\\\"}\"",
            "-- a comment with }\n",
            "--[[ } \n } ]] x = {}",
            "s = [[ } ]] t = [==[ ]] } ]==]",
            "t = a[1] b = c[d[2]]",
        ] {
            let text = format!("{lua}}}rest;");
            let mut lexer = Lexer::new(&text);
            lexer.skip_lua().unwrap();
            assert_eq!(lexer.next().unwrap(), Some(Token::Word("rest".to_owned())), "{lua}");
        }
        let wrong = Lexer::new("\nif {").skip_lua().unwrap_err();
        assert!(wrong.what.contains("never closed"), "{wrong:?}");
    }
}
