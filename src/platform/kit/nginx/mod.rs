//! Reads what nginx serves from the dump of its configuration (`nginx -T`).
//!
//! The dump may contain secrets, so only the facts that are defined here are retained.

mod dump;
mod lexer;
mod tree;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::platform::kit::spec::ProxySpec;
pub use dump::matches;
use dump::{BlockPath, Configuration};
use tree::Directive;

/// The facts of a configuration that releases and setup depend on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Served {
    /// The upstreams that the inventory names, if nginx has them.
    pub upstreams: Vec<Upstream>,
    /// The names of those upstreams to which a server passes requests.
    pub passes: BTreeSet<String>,
    /// The servers that are the default server, or have the name, of an entry point on its port.
    pub sites: Vec<ServerBlock>,
    /// The includes of the `http` block: absolute paths and patterns.
    pub includes: BTreeSet<String>,
    pub worker_shutdown_timeout: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    pub name: String,
    pub file: String,
    pub servers: Vec<UpstreamServer>,
}

/// One server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamServer {
    pub address: String,
    pub down: bool,
    /// It is used only if no other server answers.
    pub backup: bool,
}

/// A `server` block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerBlock {
    pub file: String,
    pub line: usize,
    pub listens: Vec<Listen>,
    pub names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    /// `*` for all IPv4 addresses.
    pub address: String,
    pub port: u16,
    /// It answers requests that match the name of no other server.
    pub is_default: bool,
}

impl Served {
    pub fn upstream(&self, name: &str) -> Option<&Upstream> {
        self.upstreams.iter().find(|upstream| upstream.name == name)
    }

    /// Parses a dump. `Err` names the line that cannot be parsed.
    pub fn read(dump: &str, spec: &ProxySpec) -> Result<Self, String> {
        let configuration = Configuration::of(dump)?;
        let mut reading = ConfigReader {
            spec,
            configuration: &configuration,
            found: Self::default(),
            open: None,
        };
        configuration.walk(&mut |directive, within, file| reading.take(directive, within, file));
        reading.found.sites.retain_mut(|site| is_relevant(site, spec));
        Ok(reading.found)
    }
}

/// Returns whether this server could get the requests of one of setup's servers, and removes its other names and
/// addresses: a host may have hundreds.
fn is_relevant(site: &mut ServerBlock, spec: &ProxySpec) -> bool {
    if site.listens.is_empty() {
        site.listens.push(Listen { address: "*".to_owned(), port: 80, is_default: false });
    }
    let entry_points = [&spec.live, &spec.passive];
    let wanted: Vec<&String> =
        entry_points.iter().filter_map(|it| it.host_header.as_ref()).collect();
    site.names.retain(|name| wanted.contains(&name));
    let ports = entry_points.map(|entry_point| port_of(&entry_point.url));
    site.listens.retain(|it| ports.contains(&Some(it.port)));
    site.listens.iter().any(|it| it.is_default || !site.names.is_empty())
}

/// Returns the port of a URL, or the default port of its scheme.
fn port_of(url: &str) -> Option<u16> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    match authority.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port.parse().ok(),
        _ => Some(if scheme == "https" { 443 } else { 80 }),
    }
}

/// Collects facts during a walk through a configuration.
struct ConfigReader<'r> {
    spec: &'r ProxySpec,
    configuration: &'r Configuration,
    found: Served,
    /// The index of the upstream whose block is being read, if the inventory names it.
    open: Option<usize>,
}

impl ConfigReader<'_> {
    fn take(&mut self, directive: &Directive, within: BlockPath<'_>, file: &str) {
        match (within, directive.name()) {
            ([], "worker_shutdown_timeout") => {
                self.found.worker_shutdown_timeout = directive.arguments().first().cloned();
            }
            (["http"], "include") => {
                let path = directive.arguments().first();
                self.found.includes.extend(path.map(|path| self.configuration.absolute(path)));
            }
            (["http"], "upstream") => self.upstream(directive, file),
            (["http"], "server") => self.found.sites.push(ServerBlock {
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
            upstream.servers.push(UpstreamServer {
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

/// Parses the arguments of `listen`. A Unix socket, or a port that cannot be parsed, has port 0.
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
