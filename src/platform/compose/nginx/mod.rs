//! What nginx serves, read from its own account of its configuration (`nginx -T`).
//!
//! The dump may hold secrets: only the facts that are named here outlive this reading.

mod dump;
mod lexer;
mod tree;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::spec::ComposeSpec;
pub use dump::matches;
use dump::{Configuration, Within};
use tree::Directive;

/// The facts of a configuration that a release, or setting one up, stands on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Served {
    /// The upstreams that the inventory names, as far as nginx has them.
    pub upstreams: Vec<Upstream>,
    /// Those of them that some server passes requests to.
    pub passes: BTreeSet<String>,
    /// The servers that are the default, or have the name, of one of the two sides at its port.
    pub sites: Vec<Site>,
    /// What the `http` block includes: absolute paths and patterns.
    pub includes: BTreeSet<String>,
    pub worker_shutdown_timeout: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    pub name: String,
    pub file: String,
    pub servers: Vec<Server>,
}

/// One server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    pub address: String,
    pub down: bool,
    /// Asked only where no other server answers.
    pub backup: bool,
}

/// A `server` block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub file: String,
    pub line: usize,
    pub listens: Vec<Listen>,
    pub names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    /// `*` for every address of IPv4.
    pub address: String,
    pub port: u16,
    /// It answers whatever no other server's name fits.
    pub is_default: bool,
}

impl Served {
    pub fn upstream(&self, name: &str) -> Option<&Upstream> {
        self.upstreams.iter().find(|upstream| upstream.name == name)
    }

    /// Reads a dump. `Err` says which line cannot be read.
    pub fn read(dump: &str, spec: &ComposeSpec) -> Result<Self, String> {
        let configuration = Configuration::of(dump)?;
        let mut reading =
            Reading { spec, configuration: &configuration, found: Self::default(), open: None };
        configuration.walk(&mut |directive, within, file| reading.take(directive, within, file));
        reading.found.sites.retain_mut(|site| in_question(site, spec));
        Ok(reading.found)
    }
}

/// Can this server answer what one of setup's would have to? What else it says is dropped: a host may
/// have hundreds.
fn in_question(site: &mut Site, spec: &ComposeSpec) -> bool {
    if site.listens.is_empty() {
        site.listens.push(Listen { address: "*".to_owned(), port: 80, is_default: false });
    }
    let sides = [&spec.live, &spec.passive];
    let wanted: Vec<&String> = sides.iter().filter_map(|it| it.host_header.as_ref()).collect();
    site.names.retain(|name| wanted.contains(&name));
    let ports = sides.map(|entry_point| port_of(&entry_point.url));
    site.listens.retain(|it| ports.contains(&Some(it.port)));
    site.listens.iter().any(|it| it.is_default || !site.names.is_empty())
}

/// The port that a URL names, or means.
fn port_of(url: &str) -> Option<u16> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    match authority.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port.parse().ok(),
        _ => Some(if scheme == "https" { 443 } else { 80 }),
    }
}

/// A walk through a configuration, and what was found on it.
struct Reading<'r> {
    spec: &'r ComposeSpec,
    configuration: &'r Configuration,
    found: Served,
    /// The upstream of ours whose block is being read.
    open: Option<usize>,
}

impl Reading<'_> {
    fn take(&mut self, directive: &Directive, within: Within<'_>, file: &str) {
        match (within, directive.name()) {
            ([], "worker_shutdown_timeout") => {
                self.found.worker_shutdown_timeout = directive.arguments().first().cloned();
            }
            (["http"], "include") => {
                let path = directive.arguments().first();
                self.found.includes.extend(path.map(|path| self.configuration.absolute(path)));
            }
            (["http"], "upstream") => self.upstream(directive, file),
            (["http"], "server") => self.found.sites.push(Site {
                file: file.to_owned(),
                line: directive.line,
                listens: Vec::new(),
                names: Vec::new(),
            }),
            (["http", "upstream"], "server") => self.server(directive),
            (["http", "server"], "listen") => {
                let listen = listen(directive.arguments());
                if let (Some(site), Some(listen)) = (self.found.sites.last_mut(), listen) {
                    site.listens.push(listen);
                }
            }
            (["http", "server"], "server_name") => {
                if let Some(site) = self.found.sites.last_mut() {
                    site.names.extend_from_slice(directive.arguments());
                }
            }
            (["http", "server", ..], name) if name.ends_with("_pass") => self.pass(directive),
            _ => {}
        }
    }

    fn is_ours(&self, name: &str) -> bool {
        let nginx = &self.spec.nginx;
        name == nginx.live_upstream || name == nginx.passive_upstream
    }

    fn upstream(&mut self, directive: &Directive, file: &str) {
        self.open = None;
        let [name] = directive.arguments() else { return };
        if self.is_ours(name) {
            self.open = Some(self.found.upstreams.len());
            self.found.upstreams.push(Upstream {
                name: name.clone(),
                file: file.to_owned(),
                servers: Vec::new(),
            });
        }
    }

    fn server(&mut self, directive: &Directive) {
        let Some(upstream) = self.open.and_then(|at| self.found.upstreams.get_mut(at)) else {
            return;
        };
        if let [address, parameters @ ..] = directive.arguments() {
            let has = |word: &str| parameters.iter().any(|parameter| parameter == word);
            upstream.servers.push(Server {
                address: address.clone(),
                down: has("down"),
                backup: has("backup"),
            });
        }
    }

    /// `proxy_pass http://NAME/…`, `uwsgi_pass NAME`, `grpc_pass grpc://NAME`.
    fn pass(&mut self, directive: &Directive) {
        let Some(to) = directive.arguments().first() else { return };
        let rest = to.split_once("://").map_or(to.as_str(), |(_, rest)| rest);
        let name = rest.split('/').next().unwrap_or_default();
        if self.is_ours(name) {
            self.found.passes.insert(name.to_owned());
        }
    }
}

/// A socket in the file system has port 0, as has an address that cannot be read.
fn listen(arguments: &[String]) -> Option<Listen> {
    let (first, parameters) = arguments.split_first()?;
    let (address, port) = match first.rsplit_once(':') {
        _ if first.starts_with("unix:") => (first.as_str(), 0),
        Some((address, port)) if !port.ends_with(']') => (address, port.parse().unwrap_or(0)),
        _ => match first.parse() {
            Ok(port) => ("*", port),
            Err(_) => (first.as_str(), 80),
        },
    };
    let is_default = parameters.iter().any(|word| word == "default_server" || word == "default");
    let address = if address == "0.0.0.0" { "*" } else { address };
    Some(Listen { address: address.to_owned(), port, is_default })
}

#[cfg(test)]
mod tests;
