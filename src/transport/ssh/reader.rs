//! A small reader of `ssh_config`: for machines without an `ssh` program, and for configurations so
//! plain that asking it would only cost time. It knows the keywords that [`Found`] holds, `Host` and
//! `Include`. A `Match` block is refused rather than misread.

use std::path::{Path, PathBuf};

use super::expand::home;
use super::known_hosts::wildcard;
use super::settings::Found;
use super::surroundings::Surroundings;

/// `Include` inside `Include`, as deep as ssh(1) goes.
const DEEPEST: usize = 16;

/// Keywords that change nothing for us: what they are about is not done here, or done our own way.
const IRRELEVANT: &[&str] = &[
    "addkeystoagent",
    "checkhostip",
    "compression",
    "connectionattempts",
    "connecttimeout",
    "controlmaster",
    "controlpath",
    "controlpersist",
    "forwardagent",
    "forwardx11",
    "forwardx11trusted",
    "gssapiauthentication",
    "gssapidelegatecredentials",
    "loglevel",
    "requesttty",
    "sendenv",
    "serveralivecountmax",
    "serveraliveinterval",
    "setenv",
    "tcpkeepalive",
    "updatehostkeys",
    "visualhostkey",
];

/// What the configuration says of a host.
#[derive(Debug)]
pub struct Read {
    pub found: Found,
    /// Every keyword was one that this reader knows to be read rightly, or to be irrelevant.
    pub plain: bool,
}

/// Reads the user's configuration and the machine's; with `config`, that file alone.
pub fn read(host: &str, config: Option<&Path>, around: &Surroundings) -> Result<Read, String> {
    let mut reader = Reader { host, around, found: Found::default(), plain: true };
    if let Some(file) = config {
        let file = home(file, around);
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        reader.text(&file, &text, true, 0)?;
    } else {
        reader.file(&around.home.join(".ssh/config"), true, 0)?;
        reader.file(Path::new("/etc/ssh/ssh_config"), true, 0)?;
    }
    reader.host_name();
    Ok(Read { found: reader.found, plain: reader.plain })
}

struct Reader<'a> {
    host: &'a str,
    around: &'a Surroundings,
    found: Found,
    plain: bool,
}

impl Reader<'_> {
    /// A file that is not there says nothing.
    fn file(&mut self, path: &Path, applies: bool, depth: usize) -> Result<(), String> {
        match std::fs::read_to_string(path) {
            Ok(text) => self.text(path, &text, applies, depth),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    fn text(&mut self, path: &Path, text: &str, outer: bool, depth: usize) -> Result<(), String> {
        let mut applies = outer;
        for (index, line) in text.lines().enumerate() {
            let Some((keyword, words)) = words(line) else { continue };
            match keyword.as_str() {
                "host" => applies = outer && self.meant(&words),
                "match" => {
                    return Err(format!(
                        "{}:{}: a `Match` block can only be understood by ssh itself; install the \
                         OpenSSH client, or name another file with `config:`",
                        path.display(),
                        index + 1
                    ));
                }
                // Read even where it does not apply: a `Match` in it must not go unseen.
                "include" => {
                    for word in &words {
                        self.include(word, applies, depth)?;
                    }
                }
                keyword => {
                    self.plain &= Found::knows(keyword) || IRRELEVANT.contains(&keyword);
                    if applies {
                        self.found.set(keyword, words);
                    }
                }
            }
        }
        Ok(())
    }

    fn meant(&self, patterns: &[String]) -> bool {
        let host = self.host.to_ascii_lowercase();
        let is = |pattern: &str| wildcard(&pattern.to_ascii_lowercase(), &host);
        let denied = patterns.iter().any(|p| p.strip_prefix('!').is_some_and(is));
        !denied && patterns.iter().any(|p| is(p))
    }

    fn include(&mut self, word: &str, applies: bool, depth: usize) -> Result<(), String> {
        if depth == DEEPEST {
            return Err(format!("`Include {word}` goes deeper than {DEEPEST} files"));
        }
        let path = home(Path::new(word), self.around);
        let path = self.around.home.join(".ssh").join(path);
        for file in files_like(&path) {
            self.file(&file, applies, depth + 1)?;
        }
        Ok(())
    }

    /// `HostName` may hold `%h`, the host as it was named, and `%%`.
    fn host_name(&mut self) {
        if let Some(name) = &mut self.found.host {
            let parts: Vec<String> =
                name.split("%%").map(|part| part.replace("%h", self.host)).collect();
            *name = parts.join("%");
        }
    }
}

/// Files by a name that may hold `*` and `?` in its last part, in the order of their names.
fn files_like(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !name.contains(['*', '?']) {
        return vec![path.to_owned()];
    }
    let Some(Ok(entries)) = path.parent().map(std::fs::read_dir) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            let found = entry.file_name().to_string_lossy().into_owned();
            (name.starts_with('.') || !found.starts_with('.')) && wildcard(&name, &found)
        })
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
}

/// One line: a keyword in lower case and its words, which may be quoted. `=` may stand between.
fn words(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    let keyword = keyword.to_ascii_lowercase();
    // A command goes to a shell as it stands.
    if keyword == "proxycommand" {
        return Some((keyword, vec![rest.trim().to_owned()]));
    }
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut begun) = (false, false);
    for c in rest.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                begun = true;
            }
            c if c.is_ascii_whitespace() && !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
            }
            '#' if !begun && !quoted => break,
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    Some((keyword, words))
}
