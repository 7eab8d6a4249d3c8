//! The site: what has nginx send users to the live upstream and testers to the passive one, and say
//! in a header which color answered. Only for a server whose nginx knows neither.
//!
//! It stands beside the includes, in the login user's own directory; one line in nginx's own
//! configuration has it read. So an administrator is needed once, and never for its content.

use std::collections::BTreeSet;

use crate::domain::observation::HttpAnswer;
use crate::domain::plan::Refusal;
use crate::domain::spec::{ComposeSpec, EntryPoint};
use crate::platform::compose::host::HostView;
use crate::platform::compose::nginx::{self, Served};
use crate::platform::compose::preflight::DumpError;

/// The file that holds the one line.
pub const HOOK: &str = "/etc/nginx/conf.d/flipside.conf";
/// The link to the page that Debian's package serves at port 80.
pub const PAGE: &str = "/etc/nginx/sites-enabled/default";

/// A site that is still to be served.
pub struct Site {
    pub path: String,
    pub text: String,
    pub hook_line: String,
    pub needs_hook: bool,
    /// The package's own page holds the port, and goes.
    pub page_goes: bool,
}

/// `None`: nginx passes requests to both sides already.
pub fn wanted(host: &HostView<'_>) -> Result<Option<Site>, Refusal> {
    let spec = host.spec;
    let proxy = &host.facts.preflight.proxy;
    let found = &proxy.served;
    // A server may name its upstream by a variable; then its answers tell.
    let serves = |upstream: &String, answer: Option<&HttpAnswer>| {
        found.passes.contains(upstream)
            || found.upstream(upstream).is_some()
                && answer.is_some_and(|answer| answer.color.is_some())
    };
    let live = serves(&spec.nginx.live_upstream, host.observation.live.answer.as_ref());
    let passive = serves(&spec.nginx.passive_upstream, host.facts.passive_answer.as_ref());
    if matches!(proxy.dump_error, Some(DumpError::Denied(_))) && is_in_use(host) {
        return Ok(None);
    }
    match (live, passive) {
        (true, true) => return Ok(None),
        (false, false) => {}
        (live, _) => return Err(half(host, live)),
    }
    let (live, passive) = (listen(host, &spec.live)?, listen(host, &spec.passive)?);
    if live.port == passive.port && spec.live.host_header == spec.passive.host_header {
        return Err(host.refuse(
            format!("both sides are to answer at port {}", live.port),
            "give `passive.url` a port of its own, or each side its `host_header`",
        ));
    }
    let page_goes = host.facts.preflight.setup_facts.as_ref().is_some_and(|it| it.packaged_page)
        && spec.live.host_header.is_none()
        && live.port == 80;
    for (listen, way_in) in [(&live, &spec.live), (&passive, &spec.passive)] {
        if let Some(site) = in_the_way(found, listen, way_in, page_goes) {
            return Err(taken(host, site, listen, way_in));
        }
    }
    let directory = directory(spec);
    let glob = format!("{directory}/*.site");
    Ok(Some(Site {
        path: format!("{directory}/{}.site", spec.project),
        text: text(spec, &live, &passive, &found.includes),
        hook_line: format!("include {glob};"),
        needs_hook: !found.includes.contains(&glob),
        page_goes,
    }))
}

/// Whether nginx serves the app cannot be asked; anything of ours that is there says that it does.
fn is_in_use(host: &HostView<'_>) -> bool {
    let answer = host.observation.live.answer.as_ref();
    host.facts.live_include.is_some()
        || host.facts.passive_include.is_some()
        || answer.is_some_and(|answer| answer.color.is_some())
}

/// Where the includes stand.
fn directory(spec: &ComposeSpec) -> &str {
    spec.nginx.live_include.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// One side is served by a configuration that is not ours: it is its owner's to complete.
fn half(host: &HostView<'_>, live: bool) -> Refusal {
    let spec = host.spec;
    let (there, missing, url) = if live {
        (&spec.nginx.live_upstream, &spec.nginx.passive_upstream, &spec.passive.url)
    } else {
        (&spec.nginx.passive_upstream, &spec.nginx.live_upstream, &spec.live.url)
    };
    host.refuse(
        format!("nginx passes requests to {there}, and none to {missing}"),
        format!(
            "add a server for {url} with `proxy_pass http://{missing};` beside the one that is there, then set up again"
        ),
    )
}

/// A server of somebody else's that answers what one of setup's would have to.
fn in_the_way<'s>(
    served: &'s Served,
    listen: &Listen,
    way_in: &EntryPoint,
    page_goes: bool,
) -> Option<&'s nginx::Site> {
    served.sites.iter().filter(|site| !(page_goes && site.file == PAGE)).find(|site| {
        let here =
            site.listens.iter().filter(|it| it.port == listen.port && it.address == listen.host);
        match &way_in.host_header {
            None => here.clone().any(|it| it.is_default),
            Some(name) => here.clone().next().is_some() && site.names.contains(name),
        }
    })
}

fn taken(host: &HostView<'_>, site: &nginx::Site, listen: &Listen, way_in: &EntryPoint) -> Refusal {
    let spec = host.spec;
    let (key, upstream) = if *way_in == spec.live {
        ("live", &spec.nginx.live_upstream)
    } else {
        ("passive", &spec.nginx.passive_upstream)
    };
    let at = format!("{}, line {}", site.file, site.line);
    let (reason, other) = match &way_in.host_header {
        None => (
            format!("nginx has a default server at port {} already: {at}", listen.port),
            format!(
                "give the app's users a name of their own (`{key}.host_header`), or another port"
            ),
        ),
        Some(name) => (
            format!("nginx has a server for {name} at port {} already: {at}", listen.port),
            "or move that server away".to_owned(),
        ),
    };
    let nginx = &spec.nginx;
    let include = |path: &str, upstream: &str| {
        let address = host.address(host.member.colors.first());
        format!("`upstream {upstream} {{ server {address}; }}` in {path}")
    };
    host.refuse(
        reason,
        format!(
            "if it is the app's: write {} and {}, include both in nginx's `http` block, and have that server pass on with `proxy_pass http://{upstream};`; else {other}",
            include(&nginx.live_include, &nginx.live_upstream),
            include(&nginx.passive_include, &nginx.passive_upstream),
        ),
    )
}

/// Where one side's server listens.
struct Listen {
    /// As nginx is told.
    address: String,
    /// The same without the port; `*` for every address.
    host: &'static str,
    port: u16,
}

fn listen(host: &HostView<'_>, way_in: &EntryPoint) -> Result<Listen, Refusal> {
    let url = &way_in.url;
    let rest = url.strip_prefix("http://").ok_or_else(|| {
        host.refuse(
            format!("{url} needs a certificate, which setup has none of"),
            format!(
                "write that server yourself, with `proxy_pass http://{};`",
                host.spec.nginx.live_upstream
            ),
        )
    })?;
    let authority = rest.split('/').next().unwrap_or_default();
    let (name, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    let port: u16 = port.parse().map_err(|_| {
        host.refuse(format!("{url} has no port that can be read"), "mend it in the inventory")
    })?;
    // Users come from anywhere. Testers do only where the inventory names a public way in for them.
    let is_live = *way_in == host.spec.live;
    let local = ["127.0.0.1", "localhost"].contains(&name);
    let (address, host) = if is_live || way_in.public_url.is_some() || !local {
        (port.to_string(), "*")
    } else {
        (format!("127.0.0.1:{port}"), "127.0.0.1")
    };
    Ok(Listen { address, host, port })
}

/// Does one of nginx's own includes read this file? Named a second time, its upstream would be there twice.
fn is_read(path: &str, includes: &BTreeSet<String>) -> bool {
    includes.iter().any(|pattern| nginx::matches(pattern, path))
}

fn text(
    spec: &ComposeSpec,
    live: &Listen,
    passive: &Listen,
    includes: &BTreeSet<String>,
) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let variable: String =
        format!("${}_color", spec.project).replace(|c| plain(c) != c && c != '$', "_");
    let mut text =
        format!("# {}: written by `flipside setup`, and yours to change.\n", spec.project);
    text.push_str(&format!("map $upstream_addr {variable} {{\n"));
    for (name, color) in &spec.colors {
        text.push_str(&format!("    \"{}\" {name};\n", color.address));
    }
    text.push_str("    default \"\";\n}\n");
    for path in [&spec.nginx.live_include, &spec.nginx.passive_include] {
        if !is_read(path, includes) {
            text.push_str(&format!("include {path};\n"));
        }
    }
    for (listen, way_in, upstream) in [
        (live, &spec.live, &spec.nginx.live_upstream),
        (passive, &spec.passive, &spec.nginx.passive_upstream),
    ] {
        text.push_str(&server(listen, way_in, upstream, &variable));
    }
    text
}

fn server(listen: &Listen, way_in: &EntryPoint, upstream: &str, variable: &str) -> String {
    let name = match &way_in.host_header {
        Some(name) => format!("    listen {};\n    server_name {name};\n", listen.address),
        None => format!("    listen {} default_server;\n", listen.address),
    };
    let header = way_in.color_header.as_ref().map_or(String::new(), |header| {
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
