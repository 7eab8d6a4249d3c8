//! One line of `ssh_config`: a keyword and its words, quoted and escaped as in `ssh_config(5)`.

#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// In lower case.
    pub keyword: String,
    pub words: Vec<String>,
    /// It holds single quotes or backslashes, which OpenSSH before 8.7 reads in another way.
    pub odd: bool,
    /// A quote is never closed.
    pub broken: bool,
}

/// `None`: an empty line or a comment.
pub fn words(line: &str) -> Option<Line> {
    let line = line.trim_matches([' ', '\t', '\r', '\u{c}']);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find([' ', '\t', '\r', '=', '"']).unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let keyword = keyword.to_ascii_lowercase();
    // A command goes to a shell as it stands.
    if keyword == "proxycommand" {
        let command = rest.trim_start_matches([' ', '\t', '\r', '=']).to_owned();
        let words = if command.is_empty() { Vec::new() } else { vec![command] };
        return Some(Line { keyword, words, odd: false, broken: false });
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    let odd = rest.contains(['\'', '\\']) || keyword.is_empty();
    let (words, broken) = split(rest);
    Some(Line { keyword, words, odd, broken })
}

fn split(text: &str) -> (Vec<String>, bool) {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let blank = matches!(c, ' ' | '\t');
        match (quote, c) {
            (None, '#') if word.is_none() => break,
            (None, _) if blank => words.extend(word.take()),
            (_, '\\') => {
                let escaped = |next: &char| {
                    matches!(next, '\'' | '"' | '\\') || (*next == ' ' && quote.is_none())
                };
                let letter = letters.next_if(escaped).unwrap_or(c);
                word.get_or_insert_default().push(letter);
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == c => quote = None,
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (words, quote.is_some())
}
