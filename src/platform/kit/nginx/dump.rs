//! Reads the output of `nginx -T`: every file that nginx reads, once, under its own name. Includes are not expanded in
//! it, so they are followed here.

use std::collections::BTreeMap;

use super::lexer::SyntaxError;
use super::tree::{self, Directive};

/// A parsed configuration.
#[derive(Debug)]
pub struct Configuration {
    /// The main file, with which nginx begins.
    main: String,
    files: BTreeMap<String, Vec<Directive>>,
}

/// A deeper nesting of includes is a cycle.
const DEEPEST: usize = 20;

/// The names of the blocks around a directive, the outermost first.
pub type BlockPath<'w> = &'w [&'w str];

/// `nginx -T` gives each file a heading: `# configuration file /etc/nginx/nginx.conf:`.
fn heading(line: &str) -> Option<&str> {
    let path = line.strip_prefix("# configuration file ")?.strip_suffix(':')?;
    path.starts_with('/').then_some(path)
}

impl Configuration {
    /// Parses a dump. `Err` names the file and the line that cannot be parsed.
    pub fn of(dump: &str) -> Result<Self, String> {
        let mut texts: Vec<(&str, String)> = Vec::new();
        for line in dump.lines() {
            match (heading(line), texts.last_mut()) {
                (Some(path), _) => texts.push((path, String::new())),
                (None, Some((_, text))) => {
                    text.push_str(line);
                    text.push('\n');
                }
                // Before the first heading, nginx prints only the result of its test.
                (None, None) => {}
            }
        }
        let main = texts.first().map(|(path, _)| (*path).to_owned()).ok_or("it names no file")?;
        let mut files = BTreeMap::new();
        for (path, text) in texts {
            let read = tree::parse(&text)
                .map_err(|SyntaxError { line, what }| format!("{path}, line {line}: {what}"))?;
            files.entry(path.to_owned()).or_insert(read);
        }
        Ok(Self { main, files })
    }

    /// Calls `each` with every directive, the blocks around it, and the file that contains it.
    pub fn walk<'c>(&'c self, each: &mut impl FnMut(&'c Directive, BlockPath<'_>, &'c str)) {
        let mut within = Vec::new();
        if let Some((path, directives)) = self.files.get_key_value(&self.main) {
            self.walk_block(directives, &mut within, path, 0, each);
        }
    }

    fn walk_block<'c>(
        &'c self,
        directives: &'c [Directive],
        within: &mut Vec<&'c str>,
        path: &'c str,
        depth: usize,
        each: &mut impl FnMut(&'c Directive, BlockPath<'_>, &'c str),
    ) {
        for directive in directives {
            each(directive, within, path);
            if let Some(block) = &directive.block {
                within.push(directive.name());
                self.walk_block(block, within, path, depth, each);
                within.pop();
            } else if let ("include", [pattern]) = (directive.name(), directive.arguments())
                && depth < DEEPEST
            {
                let pattern = self.absolute(pattern);
                let matching = self.files.iter().filter(|(file, _)| matches(&pattern, file));
                for (file, directives) in matching {
                    self.walk_block(directives, within, file, depth + 1, each);
                }
            }
        }
    }

    /// Returns the absolute path, relative to the directory of the main file, as nginx does.
    pub fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') {
            return path.to_owned();
        }
        let directory = self.main.rsplit_once('/').map_or("", |(directory, _)| directory);
        format!("{directory}/{path}")
    }
}

/// Returns whether a pattern of `glob(3)` matches a path. A wildcard matches no `/`, and no `.` at the start of a name.
pub fn matches(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut names) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) => {
                let hidden = name.starts_with('.') && !pattern.starts_with('.');
                let (pattern, name): (Vec<char>, Vec<char>) =
                    (pattern.chars().collect(), name.chars().collect());
                if hidden || !name_matches(&pattern, &name) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

fn name_matches(pattern: &[char], name: &[char]) -> bool {
    match (pattern.first(), name.first()) {
        (None, None) => true,
        (Some('*'), _) => {
            name_matches(&pattern[1..], name)
                || (!name.is_empty() && name_matches(pattern, &name[1..]))
        }
        (Some('?'), Some(_)) => name_matches(&pattern[1..], &name[1..]),
        (Some('['), Some(c)) => match set(&pattern[1..], *c) {
            Some((true, rest)) => name_matches(rest, &name[1..]),
            Some((false, _)) => false,
            // Without a `]`, the `[` stands for itself.
            None => *c == '[' && name_matches(&pattern[1..], &name[1..]),
        },
        (Some(p), Some(c)) => p == c && name_matches(&pattern[1..], &name[1..]),
        _ => false,
    }
}

/// Returns whether a character is in the set whose `[` was read, and returns the pattern after the set.
fn set(pattern: &[char], c: char) -> Option<(bool, &[char])> {
    let not = matches!(pattern.first(), Some('!' | '^'));
    let pattern = if not { &pattern[1..] } else { pattern };
    // A `]` at the start belongs to the set.
    let end = pattern.iter().skip(1).position(|c| *c == ']')? + 1;
    let (members, rest) = (&pattern[..end], &pattern[end + 1..]);
    let mut at = 0;
    let mut is_member = false;
    while at < members.len() {
        if at + 2 < members.len() && members[at + 1] == '-' {
            is_member |= (members[at]..=members[at + 2]).contains(&c);
            at += 3;
        } else {
            is_member |= members[at] == c;
            at += 1;
        }
    }
    Some((is_member != not, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns every directive as `block/block: words (file)`.
    fn walked(dump: &str) -> Vec<String> {
        let configuration = Configuration::of(dump).unwrap();
        let mut found = Vec::new();
        configuration.walk(&mut |directive, within, file| {
            let name = file.rsplit('/').next().unwrap();
            found.push(format!("{}: {} ({name})", within.join("/"), directive.words.join(" ")));
        });
        found
    }

    #[test]
    fn an_include_is_expanded_in_its_block() {
        let dump = "\
nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
# configuration file /etc/nginx/nginx.conf:
http { include sites/*; server { include snippet; } }

# configuration file /etc/nginx/sites/b:
b;
# configuration file /etc/nginx/sites/a:
a;
# configuration file /etc/nginx/snippet:
s;
# configuration file /etc/nginx/nobody-includes-it:
n;
";
        assert_eq!(
            walked(dump),
            [
                ": http (nginx.conf)",
                "http: include sites/* (nginx.conf)",
                "http: a (a)",
                "http: b (b)",
                "http: server (nginx.conf)",
                "http/server: include snippet (nginx.conf)",
                "http/server: s (snippet)",
            ]
        );
    }

    #[test]
    fn a_file_that_includes_itself_is_read_a_limited_number_of_times() {
        assert!(walked("# configuration file /n/a:\ninclude a;\n").len() < 50);
    }

    #[test]
    fn a_syntax_error_names_file_and_line() {
        let wrong = |dump: &str| Configuration::of(dump).unwrap_err();
        assert_eq!(
            wrong("# configuration file /n/a:\nb;\n# configuration file /n/c:\n\nd {\n"),
            "/n/c, line 3: unexpected end of file, expecting `;` or `}`"
        );
        assert_eq!(wrong("nothing"), "it names no file");
    }

    #[test]
    fn patterns_match_like_glob() {
        for (pattern, path, is_it) in [
            ("/n/*.conf", "/n/a.conf", true),
            ("/n/*.conf", "/n/.a.conf", false),
            ("/n/*.conf", "/n/d/a.conf", false),
            ("/n/*/*.conf", "/n/d/a.conf", true),
            ("/n/[0-9]?-*", "/n/10-site", true),
            ("/n/[!0-9]*", "/n/1", false),
            ("/n/[]x]", "/n/]", true),
            ("/n/[x", "/n/[x", true),
            ("/n/a", "/n/a", true),
            ("/n/a", "/n/ab", false),
        ] {
            assert_eq!(matches(pattern, path), is_it, "{pattern} {path}");
        }
    }
}
