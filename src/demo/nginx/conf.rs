//! The proxy's configuration: one fixed file, and the two includes that a release changes.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::demo::ports::Ports;

pub const LIVE_UPSTREAM: &str = "shop_live";
pub const PASSIVE_UPSTREAM: &str = "shop_passive";

/// Where the files of one host's nginx are.
#[derive(Debug, Clone)]
pub struct Files {
    pub main: PathBuf,
    pub live_include: PathBuf,
    pub passive_include: PathBuf,
}

/// A configuration that was read and taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub live: Upstream,
    pub passive: Upstream,
}

/// The servers of one upstream that are not marked `down`. None left means 502 for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    pub servers: Vec<SocketAddr>,
}

impl Files {
    pub fn under(root: &Path) -> Self {
        let etc = root.join("etc/nginx");
        Self {
            main: etc.join("nginx.conf"),
            live_include: etc.join("flipside/shop-live.conf"),
            passive_include: etc.join("flipside/shop-passive.conf"),
        }
    }

    /// What `nginx.conf` says on a demo host. It is shown by `nginx -T`; the proxy is made to it.
    pub fn main_text(&self, live: SocketAddr, passive: SocketAddr) -> String {
        let includes = self.live_include.parent().unwrap_or(Path::new("")).display();
        format!(
            "events {{}}\n\
             http {{\n    \
                 include {includes}/*.conf;\n    \
                 server {{ listen {live}; location / {{ proxy_pass http://{LIVE_UPSTREAM}; }} }}\n    \
                 server {{ listen {passive}; location / {{ proxy_pass http://{PASSIVE_UPSTREAM}; }} }}\n\
             }}\n"
        )
    }

    /// Writes them as they are before any release: both sides show blue.
    pub fn write_first(&self, ports: Ports) -> io::Result<()> {
        fs::create_dir_all(self.live_include.parent().unwrap_or(Path::new("/")))?;
        fs::write(&self.main, self.main_text(ports.live(), ports.passive()))?;
        fs::write(&self.live_include, include(LIVE_UPSTREAM, ports.blue()))?;
        fs::write(&self.passive_include, include(PASSIVE_UPSTREAM, ports.blue()))
    }

    /// `Err`: nginx's own words for what is wrong.
    pub fn load(&self) -> Result<Config, String> {
        Ok(Config {
            live: self.upstream(&self.live_include, LIVE_UPSTREAM)?,
            passive: self.upstream(&self.passive_include, PASSIVE_UPSTREAM)?,
        })
    }

    fn upstream(&self, path: &Path, name: &str) -> Result<Upstream, String> {
        let text = fs::read_to_string(path).map_err(|error| {
            format!("nginx: [emerg] open() \"{}\" failed ({error})", path.display())
        })?;
        let found = read(&text).map_err(|Wrong { line, what }| {
            format!("nginx: [emerg] {what} in {}:{line}", path.display())
        })?;
        match found {
            Some((found, upstream)) if found == name => Ok(upstream),
            _ => Err(format!(
                "nginx: [emerg] host not found in upstream \"{name}\" in {}",
                self.main.display()
            )),
        }
    }
}

fn include(upstream: &str, server: SocketAddr) -> String {
    format!("upstream {upstream} {{\n    server {server} max_fails=0;\n}}\n")
}

/// What nginx would not take, and where.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    what: String,
}

const PARAMETERS: [&str; 5] =
    ["weight=", "max_fails=", "fail_timeout=", "max_conns=", "slow_start="];
const DIRECTIVES: [&str; 8] = [
    "keepalive",
    "keepalive_requests",
    "keepalive_timeout",
    "keepalive_time",
    "zone",
    "least_conn",
    "ip_hash",
    "hash",
];

/// Returns the only upstream block of an include, with its name. An include without one is not an error by itself; the
/// server that needs the upstream reports it.
fn read(text: &str) -> Result<Option<(String, Upstream)>, Wrong> {
    let mut name: Option<String> = None;
    let mut servers = Vec::new();
    let mut listed = 0;
    let mut open = false;
    let mut last = 1;
    for Statement { words, end, line } in statements(text)? {
        last = line;
        let wrong = |what: String| Wrong { line, what };
        match (words.as_slice(), end, open) {
            (["upstream", found], '{', false) if name.is_none() => {
                name = Some((*found).to_owned());
                open = true;
            }
            ([], '}', true) => {
                open = false;
                if listed == 0 {
                    return Err(wrong("no servers are inside upstream".to_owned()));
                }
            }
            (["server", address, parameters @ ..], ';', true) => {
                let bad = |parameter: &&&str| {
                    !matches!(**parameter, "down" | "backup")
                        && !PARAMETERS.iter().any(|known| parameter.starts_with(known))
                };
                if let Some(bad) = parameters.iter().find(bad) {
                    return Err(wrong(format!("invalid parameter \"{bad}\"")));
                }
                let server = address
                    .parse()
                    .map_err(|_| wrong(format!("host not found in upstream \"{address}\"")))?;
                listed += 1;
                if !parameters.contains(&"down") {
                    servers.push(server);
                }
            }
            ([directive, ..], ';', true) if DIRECTIVES.contains(directive) => {}
            (_, '}', false) => return Err(wrong("unexpected \"}\"".to_owned())),
            ([directive, ..], ';' | '{', _) => {
                return Err(wrong(format!("unknown directive \"{directive}\"")));
            }
            (_, end, _) => return Err(wrong(format!("unexpected \"{end}\""))),
        }
    }
    if open {
        return Err(Wrong {
            line: last,
            what: "unexpected end of file, expecting \"}\"".to_owned(),
        });
    }
    Ok(name.map(|name| (name, Upstream { servers })))
}

#[derive(Debug)]
struct Statement<'a> {
    words: Vec<&'a str>,
    end: char,
    line: usize,
}

fn statements(text: &str) -> Result<Vec<Statement<'_>>, Wrong> {
    let mut found = Vec::new();
    let mut words = Vec::new();
    let mut line = 1;
    for (index, full) in text.lines().enumerate() {
        line = index + 1;
        let mut rest = full.split('#').next().unwrap_or_default();
        while let Some(at) = rest.find([';', '{', '}']) {
            words.extend(rest[..at].split_whitespace());
            let end = char::from(rest.as_bytes()[at]);
            found.push(Statement { words: std::mem::take(&mut words), end, line });
            rest = &rest[at + 1..];
        }
        words.extend(rest.split_whitespace());
    }
    if words.is_empty() {
        Ok(found)
    } else {
        let what = "unexpected end of file, expecting \";\" or \"}\"".to_owned();
        Err(Wrong { line, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> (usize, String) {
        let Wrong { line, what } = read(text).unwrap_err();
        (line, what)
    }

    #[test]
    fn servers_that_are_down_are_left_out() {
        let text = "# ours\nupstream shop_live {\n  server 127.0.0.1:1 max_fails=0;\n  server 127.0.0.1:2 down;\n}\n";
        let (name, upstream) = read(text).unwrap().unwrap();
        assert_eq!(name, "shop_live");
        assert_eq!(upstream.servers, ["127.0.0.1:1".parse().unwrap()]);
    }

    #[test]
    fn what_nginx_would_not_take_is_not_taken_here() {
        assert_eq!(
            wrong("upstream a {\n server 127.0.0.1:1 dwn;\n}"),
            (2, "invalid parameter \"dwn\"".to_owned())
        );
        assert_eq!(wrong("upstream a { }"), (1, "no servers are inside upstream".to_owned()));
        assert_eq!(
            wrong("upstream a {\n server nowhere:1;\n}"),
            (2, "host not found in upstream \"nowhere:1\"".to_owned())
        );
        assert_eq!(
            wrong("upstream a {\n server 127.0.0.1:1\n}"),
            (3, "unexpected \"}\"".to_owned())
        );
        assert_eq!(wrong("sevrer x;"), (1, "unknown directive \"sevrer\"".to_owned()));
    }
}
