//! The site: a configuration with which nginx sends users to the live upstream and testers to the passive one,
//! and names the answering color in a header. Only for a server whose nginx has neither.
//!
//! It is written beside the includes, in the login user's own directory; one line in the configuration of nginx
//! includes it. So an administrator is needed once, and never to change its content.

use std::collections::BTreeSet;

use crate::domain::observation::HttpAnswer;
use crate::domain::plan::Refusal;
use crate::domain::spec::EntryPoint;
use crate::platform::compose::host::HostView;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::kit::nginx::{self, Served};
use crate::platform::kit::proxy::DumpError;

/// The file with the line that makes nginx read sites.
pub const HOOK: &str = "/etc/nginx/conf.d/flipside.conf";
/// The link to the site that Debian's package serves on port 80.
pub const PAGE: &str = "/etc/nginx/sites-enabled/default";

/// A site that nginx does not serve yet.
pub struct Site {
    pub path: String,
    pub text: String,
    pub hook_line: String,
    pub needs_hook: bool,
    /// The welcome page of the package occupies the port and is removed.
    pub removes_page: bool,
}

/// Returns the site to write. `None`: nginx serves both entry points already.
pub fn wanted(host: &HostView<'_>) -> Result<Option<Site>, Refusal> {
    let spec = host.runtime.spec;
    let proxy = &host.runtime.facts.preflight.host.proxy;
    let found = &proxy.served;
    // A server may name its upstream by a variable; then its answers show it.
    let serves = |upstream: &String, answer: Option<&HttpAnswer>| {
        found.passes.contains(upstream)
            || found.upstream(upstream).is_some()
                && answer.is_some_and(|answer| answer.color.is_some())
    };
    let live = serves(&spec.proxy.nginx.live_upstream, host.observation.live.answer.as_ref());
    let passive =
        serves(&spec.proxy.nginx.passive_upstream, host.runtime.facts.host.passive_answer.as_ref());
    if matches!(proxy.dump_error, Some(DumpError::Denied(_))) && is_in_use(host) {
        return Ok(None);
    }
    match (live, passive) {
        (true, true) => return Ok(None),
        (false, false) => {}
        (live, _) => return Err(half(host, live)),
    }
    let (live, passive) = (listen(host, &spec.proxy.live)?, listen(host, &spec.proxy.passive)?);
    if live.port == passive.port && spec.proxy.live.host_header == spec.proxy.passive.host_header {
        return Err(host.refuse(
            format!("both entry points use port {}", live.port),
            "Give `passive.url` another port, or set a different `host_header` for each.",
        ));
    }
    let removes_page =
        host.runtime.facts.preflight.host.setup_facts.as_ref().is_some_and(|it| it.packaged_page)
            && spec.proxy.live.host_header.is_none()
            && live.port == 80;
    for (listen, entry_point) in [(&live, &spec.proxy.live), (&passive, &spec.proxy.passive)] {
        if let Some(site) = conflicting(found, listen, entry_point, removes_page) {
            return Err(taken(host, site, listen, entry_point));
        }
    }
    let directory = directory(spec);
    let glob = format!("{directory}/*.site");
    Ok(Some(Site {
        path: format!("{directory}/{}.site", spec.project),
        text: text(spec, &live, &passive, &found.includes),
        hook_line: format!("include {glob};"),
        needs_hook: !found.includes.contains(&glob),
        removes_page,
    }))
}

/// Guesses, if nginx cannot be asked, whether it serves the app: yes if anything of ours exists.
fn is_in_use(host: &HostView<'_>) -> bool {
    let answer = host.observation.live.answer.as_ref();
    host.includes.live_include.is_some()
        || host.includes.passive_include.is_some()
        || answer.is_some_and(|answer| answer.color.is_some())
}

/// Returns the directory of the includes.
fn directory(spec: &ComposeSpec) -> &str {
    spec.proxy.nginx.live_include.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Refuses a configuration, not written by us, that serves only one entry point: its owner must complete it.
fn half(host: &HostView<'_>, live: bool) -> Refusal {
    let spec = host.runtime.spec;
    let (there, missing, url) = if live {
        (
            &spec.proxy.nginx.live_upstream,
            &spec.proxy.nginx.passive_upstream,
            &spec.proxy.passive.url,
        )
    } else {
        (&spec.proxy.nginx.passive_upstream, &spec.proxy.nginx.live_upstream, &spec.proxy.live.url)
    };
    host.refuse(
        format!("nginx passes requests to {there}, but none to {missing}"),
        format!(
            "Add a server for {url} with `proxy_pass http://{missing};` beside the existing one, then set up again."
        ),
    )
}

/// Finds an existing server that would get the requests of one of setup's servers.
fn conflicting<'s>(
    served: &'s Served,
    listen: &ListenAddress,
    entry_point: &EntryPoint,
    removes_page: bool,
) -> Option<&'s nginx::ServerBlock> {
    served.sites.iter().filter(|site| !(removes_page && site.file == PAGE)).find(|site| {
        let here =
            site.listens.iter().filter(|it| it.port == listen.port && it.address == listen.host);
        match &entry_point.host_header {
            None => here.clone().any(|it| it.is_default),
            Some(name) => here.clone().next().is_some() && site.names.contains(name),
        }
    })
}

fn taken(
    host: &HostView<'_>,
    site: &nginx::ServerBlock,
    listen: &ListenAddress,
    entry_point: &EntryPoint,
) -> Refusal {
    let spec = host.runtime.spec;
    let (key, upstream) = if *entry_point == spec.proxy.live {
        ("live", &spec.proxy.nginx.live_upstream)
    } else {
        ("passive", &spec.proxy.nginx.passive_upstream)
    };
    let at = format!("{}, line {}", site.file, site.line);
    let (reason, other) = match &entry_point.host_header {
        None => (
            format!("nginx already has a default server on port {}: {at}", listen.port),
            format!("set `{key}.host_header`, or use another port"),
        ),
        Some(name) => (
            format!("nginx already has a server for {name} on port {}: {at}", listen.port),
            "remove that server".to_owned(),
        ),
    };
    let nginx = &spec.proxy.nginx;
    let include = |path: &str, upstream: &str| {
        let address = host.address(host.member.colors.first());
        format!("`upstream {upstream} {{ server {address}; }}` in {path}")
    };
    host.refuse(
        reason,
        format!(
            "If it serves this app: write {} and {}, include both in the `http` block of nginx, and use `proxy_pass http://{upstream};` in that server. Otherwise {other}.",
            include(&nginx.live_include, &nginx.live_upstream),
            include(&nginx.passive_include, &nginx.passive_upstream),
        ),
    )
}

/// The address on which the server of an entry point listens.
struct ListenAddress {
    /// The argument of `listen`.
    address: String,
    /// The same without the port; `*` for every address.
    host: &'static str,
    port: u16,
}

fn listen(host: &HostView<'_>, entry_point: &EntryPoint) -> Result<ListenAddress, Refusal> {
    let url = &entry_point.url;
    let rest = url.strip_prefix("http://").ok_or_else(|| {
        host.refuse(
            format!("{url} needs a certificate, which setup cannot provide"),
            format!(
                "Write that server yourself, with `proxy_pass http://{};`.",
                host.runtime.spec.proxy.nginx.live_upstream
            ),
        )
    })?;
    let authority = rest.split('/').next().unwrap_or_default();
    let (name, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    let port: u16 = port.parse().map_err(|_| {
        host.refuse(format!("{url} has an invalid port"), "Correct it in the inventory.")
    })?;
    // Users come from anywhere; testers only if the inventory names a public URL for them.
    let is_live = *entry_point == host.runtime.spec.proxy.live;
    let local = ["127.0.0.1", "localhost"].contains(&name);
    let (address, host) = if is_live || entry_point.public_url.is_some() || !local {
        (port.to_string(), "*")
    } else {
        (format!("127.0.0.1:{port}"), "127.0.0.1")
    };
    Ok(ListenAddress { address, host, port })
}

/// Returns whether nginx includes this file already. A second include would define its upstream twice.
fn is_read(path: &str, includes: &BTreeSet<String>) -> bool {
    includes.iter().any(|pattern| nginx::matches(pattern, path))
}

fn text(
    spec: &ComposeSpec,
    live: &ListenAddress,
    passive: &ListenAddress,
    includes: &BTreeSet<String>,
) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let variable: String =
        format!("${}_color", spec.project).replace(|c| plain(c) != c && c != '$', "_");
    let mut text =
        format!("# {}: written by `flipside setup`, and yours to change.\n", spec.project);
    text.push_str(&format!("map $upstream_addr {variable} {{\n"));
    for (name, color) in &spec.proxy.colors {
        text.push_str(&format!("    \"{}\" {name};\n", color.address));
    }
    text.push_str("    default \"\";\n}\n");
    for path in [&spec.proxy.nginx.live_include, &spec.proxy.nginx.passive_include] {
        if !is_read(path, includes) {
            text.push_str(&format!("include {path};\n"));
        }
    }
    for (listen, entry_point, upstream) in [
        (live, &spec.proxy.live, &spec.proxy.nginx.live_upstream),
        (passive, &spec.proxy.passive, &spec.proxy.nginx.passive_upstream),
    ] {
        text.push_str(&server(listen, entry_point, upstream, &variable));
    }
    text
}

fn server(
    listen: &ListenAddress,
    entry_point: &EntryPoint,
    upstream: &str,
    variable: &str,
) -> String {
    let name = match &entry_point.host_header {
        Some(name) => format!("    listen {};\n    server_name {name};\n", listen.address),
        None => format!("    listen {} default_server;\n", listen.address),
    };
    let header = entry_point.color_header.as_ref().map_or(String::new(), |header| {
        format!("        add_header {header} {variable} always;\n")
    });
    format!(
        "\nserver {{\n{name}    location / {{\n        proxy_pass http://{upstream};\n        \
         proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n        \
         proxy_set_header Host $host;\n        \
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n        \
         proxy_set_header X-Forwarded-Proto $scheme;\n{header}    }}\n}}\n"
    )
}
