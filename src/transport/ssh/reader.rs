//! A small reader of `ssh_config`: for machines without an `ssh` program, and for configurations so
//! plain that asking it would only cost time. It knows the keywords that [`ConfigValues`] holds, `Host` and
//! `Include`. A `Match` block is refused rather than misread; what else it does not understand is
//! named, and left to ssh(1).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::config_values::ConfigValues;
use super::expand::home;
use super::known_hosts::wildcard;
use super::surroundings::Surroundings;
use super::words::words;

/// `Include` inside `Include`, as deep as ssh(1) goes.
const DEEPEST: usize = 16;

/// Keywords that change nothing for us: what they are about is not done here, done our own way, or
/// would only trust more than we do (`docs/inventory.md` has those that concern trust).
const IRRELEVANT: &[&str] = &[
    "addkeystoagent",
    "checkhostip",
    "ciphers",
    "clearallforwardings",
    "compression",
    "connectionattempts",
    "connecttimeout",
    "controlmaster",
    "controlpath",
    "controlpersist",
    "dynamicforward",
    "enableescapecommandline",
    "enablesshkeysign",
    "escapechar",
    "exitonforwardfailure",
    "fingerprinthash",
    "forkafterauthentication",
    "forwardagent",
    "forwardx11",
    "forwardx11timeout",
    "forwardx11trusted",
    "gatewayports",
    "gssapiauthentication",
    "gssapidelegatecredentials",
    "hostbasedacceptedalgorithms",
    "hostbasedauthentication",
    "ipqos",
    "kexalgorithms",
    "localcommand",
    "localforward",
    "loglevel",
    "logverbose",
    "macs",
    "nohostauthenticationforlocalhost",
    "obscurekeystroketiming",
    "permitlocalcommand",
    "pubkeyacceptedalgorithms",
    "pubkeyacceptedkeytypes",
    "rekeylimit",
    "remotecommand",
    "remoteforward",
    "requesttty",
    "sendenv",
    "serveralivecountmax",
    "serveraliveinterval",
    "sessiontype",
    "setenv",
    "stdinnull",
    "streamlocalbindmask",
    "streamlocalbindunlink",
    "syslogfacility",
    "tcpkeepalive",
    "updatehostkeys",
    "verifyhostkeydns",
    "visualhostkey",
    "xauthlocation",
];

/// What the configuration says of a host.
#[derive(Debug)]
pub struct Read {
    pub found: ConfigValues,
    /// It is read as every ssh(1) reads it.
    pub plain: bool,
    /// The first thing that only ssh(1) understands.
    pub beyond: Option<String>,
}

/// Reads the user's configuration and the machine's; with `config`, that file alone.
pub fn read(host: &str, config: Option<&Path>, around: &Surroundings) -> Result<Read, String> {
    let ssh = around.home.join(".ssh");
    let found = Read { found: ConfigValues::default(), plain: true, beyond: None };
    let mut reader = Reader { host, around, base: ssh.clone(), guarded: false, read: found };
    match config {
        Some(file) if file == Path::new("none") => {}
        Some(file) => {
            let file = home(file, around);
            let text = std::fs::read_to_string(&file)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            reader.text(&file, &text, true, 0)?;
        }
        None => {
            reader.guarded = true;
            reader.file(&ssh.join("config"), true, 0)?;
            (reader.guarded, reader.base) = (false, PathBuf::from("/etc/ssh"));
            reader.file(Path::new("/etc/ssh/ssh_config"), true, 0)?;
        }
    }
    reader.host_name();
    Ok(reader.read)
}

struct Reader<'a> {
    host: &'a str,
    around: &'a Surroundings,
    /// Where a relative `Include` begins.
    base: PathBuf,
    /// ssh(1) takes the user's own configuration only if nobody else may write it.
    guarded: bool,
    read: Read,
}

impl Reader<'_> {
    /// A file that is not there says nothing.
    fn file(&mut self, path: &Path, applies: bool, depth: usize) -> Result<(), String> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        if self.guarded && !is_safe(path) {
            let (beyond, path) = (&mut self.read.beyond, path.display());
            beyond.get_or_insert(format!("{path}, which others may write,"));
            self.read.plain = false;
        }
        self.text(path, &text, applies, depth)
    }

    fn text(&mut self, path: &Path, text: &str, outer: bool, depth: usize) -> Result<(), String> {
        let mut applies = outer;
        for (index, line) in text.lines().enumerate() {
            let Some(line) = words(line) else { continue };
            let place = || format!("{}:{}", path.display(), index + 1);
            self.read.plain &= !line.odd;
            let words = line.words;
            if words.is_empty() || line.broken {
                self.beyond(&place(), &line.keyword);
                continue;
            }
            match line.keyword.as_str() {
                "host" => applies = outer && self.meant(&words),
                "match" => {
                    return Err(format!(
                        "{}: a `Match` block can only be understood by ssh itself; install the \
                         OpenSSH client, or name another file with `config:`",
                        place()
                    ));
                }
                // Read even where it does not apply: a `Match` in it must not go unseen.
                "include" => {
                    for word in &words {
                        self.include(word, applies, depth, &place())?;
                    }
                }
                keyword => {
                    if !is_understood(keyword, &words) {
                        self.beyond(&place(), keyword);
                    }
                    if applies {
                        self.read.plain &= !words.iter().any(|word| word.contains("%C"));
                        self.read.found.set(keyword, words);
                    }
                }
            }
        }
        Ok(())
    }

    fn beyond(&mut self, place: &str, what: &str) {
        self.read.plain = false;
        self.read.beyond.get_or_insert(format!("{place}: `{what}`"));
    }

    fn meant(&self, patterns: &[String]) -> bool {
        let is = |pattern: &str| wildcard(pattern, self.host);
        let denied = patterns.iter().any(|p| p.strip_prefix('!').is_some_and(is));
        !denied && patterns.iter().any(|p| is(p))
    }

    fn include(
        &mut self,
        word: &str,
        applies: bool,
        depth: usize,
        place: &str,
    ) -> Result<(), String> {
        if depth == DEEPEST {
            return Err(format!("`Include {word}` goes deeper than {DEEPEST} files"));
        }
        // Character classes, escapes, other people's homes; variables and tokens in new versions.
        let others_home = word.starts_with('~') && !word.starts_with("~/");
        if others_home || word.contains(['[', '\\', '$', '%']) {
            self.beyond(place, &format!("Include {word}"));
            return Ok(());
        }
        let path = self.base.join(home(Path::new(word), self.around));
        for file in files_like(&path) {
            self.file(&file, applies, depth + 1)?;
        }
        Ok(())
    }

    /// `HostName` may hold `%h`, the host as it was named, and `%%`.
    fn host_name(&mut self) {
        if let Some(name) = &mut self.read.found.host {
            let parts: Vec<String> =
                name.split("%%").map(|part| part.replace("%h", self.host)).collect();
            if parts.iter().any(|part| part.contains('%')) {
                self.read.plain = false;
                self.read.beyond.get_or_insert(format!("`HostName {name}`"));
            }
            *name = parts.join("%");
        }
    }
}

fn is_understood(keyword: &str, words: &[String]) -> bool {
    let first = words.first().map(String::as_str).unwrap_or_default();
    let several = ["userknownhostsfile", "globalknownhostsfile", "revokedhostkeys"];
    match keyword {
        "canonicalizehostname" => first.eq_ignore_ascii_case("no"),
        // Changes to a default list, and patterns, mean something else in every version.
        "hostkeyalgorithms" | "casignaturealgorithms" => {
            !first.starts_with(['+', '-', '^']) && !first.contains(['*', '?', '!'])
        }
        // Tokens in it are new.
        "user" => !first.contains(['%', '$']),
        _ if IRRELEVANT.contains(&keyword) => true,
        _ => ConfigValues::knows(keyword) && (words.len() == 1 || several.contains(&keyword)),
    }
}

fn is_safe(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| {
        let us = rustix::process::getuid().as_raw();
        (file.uid() == 0 || file.uid() == us) && file.mode() & 0o022 == 0
    })
}

/// Files by a path that may hold `*` and `?` in any of its parts, in the order of their names.
fn files_like(path: &Path) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for part in path.components() {
        let name = part.as_os_str().to_string_lossy();
        if !name.contains(['*', '?']) {
            for path in &mut paths {
                path.push(part);
            }
            continue;
        }
        let here = std::mem::take(&mut paths);
        for entry in here.iter().filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten() {
            let found = entry.file_name().to_string_lossy().into_owned();
            if (name.starts_with('.') || !found.starts_with('.')) && wildcard(&name, &found) {
                paths.push(entry.path());
            }
        }
    }
    paths.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    paths
}
