//! The colors that nginx is configured for. What cannot be read is a problem of the host.

use super::facts::HostFacts;
use super::include;
use super::nginx::Upstream;
use super::proxy::Proxy;
use super::spec::ProxySpec;
use crate::domain::names::Color;

/// Returns the live color according to nginx's own dump of its configuration, if the include agrees. The
/// include alone does not prove that nginx reads it.
pub fn live(spec: &ProxySpec, proxy: &Proxy, facts: &mut HostFacts) -> Option<Color> {
    let upstream = &spec.nginx.live_upstream;
    let from_nginx = match (proxy.served.upstream(upstream), &proxy.dump_error) {
        (Some(found), _) => color_of_upstream(found, spec),
        (None, Some(why)) => Err(format!("nginx cannot be asked: {}", why.message())),
        (None, None) => Err(format!(
            "nginx has no `upstream {upstream}`; it should include {}",
            spec.nginx.live_include
        )),
    };
    let from_file = match &facts.includes.live_include {
        Some(file) => include::color_of(&file.text, upstream, spec),
        None => Err("it is missing or not readable".to_owned()),
    };
    if let Err(why) = &from_file {
        facts.problems.push(format!("{}: {why}", spec.nginx.live_include));
    }
    match (from_nginx, from_file) {
        (Ok(color), Ok(file)) if color == file => Some(color),
        (Ok(color), Ok(file)) => {
            let include = &spec.nginx.live_include;
            facts.problems.push(format!(
                "{include} selects {file}, but nginx is configured for {color}: it reads another file"
            ));
            None
        }
        (Ok(_), Err(_)) => None,
        (Err(why), _) => {
            facts.problems.push(why);
            None
        }
    }
}

/// Returns the color that the passive include selects.
pub fn passive(spec: &ProxySpec, facts: &mut HostFacts) -> Option<Color> {
    let read = match &facts.includes.passive_include {
        Some(file) => include::color_of(&file.text, &spec.nginx.passive_upstream, spec),
        None => Err("it is missing or not readable".to_owned()),
    };
    match read {
        Ok(color) => Some(color),
        Err(why) => {
            facts.problems.push(format!("{}: {why}", spec.nginx.passive_include));
            None
        }
    }
}

/// Returns the color that an upstream of the dump sends requests to.
fn color_of_upstream(upstream: &Upstream, spec: &ProxySpec) -> Result<Color, String> {
    let at = |what: String| format!("{}: {what}", upstream.file);
    let mut colors = Vec::new();
    for server in upstream.servers.iter().filter(|server| !server.down) {
        let color = include::color_at(&server.address, spec)
            .ok_or_else(|| at(format!("`{}` is not the address of a color", server.address)))?;
        if !colors.contains(&color) {
            colors.push(color);
        }
    }
    include::the_one(&colors).cloned().map_err(|why| at(why.to_owned()))
}
