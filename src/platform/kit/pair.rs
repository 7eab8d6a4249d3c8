//! Reads the settings of a stack's directory, and of a pair of colors behind nginx.

use super::colors::{Reserved, colors};
use super::spec::{NginxSpec, ProxySpec, StackSpec, Timeouts};
use crate::domain::color::ColorPair;
use crate::domain::command::RunAs;
use crate::inventory::entry_point;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{AtLeastOne, DiskSize, Limit, RemotePath, SafeWord, UpstreamName};

/// The keys of a stack that are read here.
pub const KEYS: &[&str] = &[
    "dir",
    "sudo",
    "timeouts",
    "keep_releases",
    "disk_free",
    "colors",
    "nginx",
    "live",
    "passive",
    "switch_answers",
];

/// The keys of its sections.
pub const SECTION_KEYS: &[(&str, &str)] = &[
    ("live_include", "nginx"),
    ("passive_include", "nginx"),
    ("live_upstream", "nginx"),
    ("passive_upstream", "nginx"),
    ("pid_file", "nginx"),
    ("start", "timeouts"),
    ("stop", "timeouts"),
    ("switch", "timeouts"),
    ("drain", "timeouts"),
];

/// Returns the directory of a stack and its limits. `fetch` is the platform's word for the time until a release is on the
/// host.
pub fn stack(fields: &Fields<'_, '_>, fetch: &'static str) -> Option<StackSpec> {
    let dir = fields.need::<RemotePath>("dir", "/srv/shop");
    let sudo = fields.need::<bool>("sudo", "false");
    let timeouts = fields.section("timeouts").and_then(|section| timeouts(section, fetch));
    let keep_releases = fields.need::<u32>("keep_releases", "3");
    let disk_free = fields.need::<DiskSize>("disk_free", "1GiB");
    Some(StackSpec {
        dir: dir?.0,
        run_as: if sudo? { RunAs::Root } else { RunAs::LoginUser },
        timeouts: timeouts?,
        keep_releases: keep_releases?,
        disk_free_mib: disk_free?.0,
    })
}

/// Returns the pair of colors and what leads users to them. `service` is the pattern of a color's name on the host.
pub fn proxy(
    fields: &Fields<'_, '_>,
    service: &str,
    reserved: &Reserved,
) -> Option<(ColorPair, ProxySpec)> {
    let colors = colors(fields, service, reserved);
    let nginx = fields.section("nginx").and_then(nginx);
    let live = fields.section("live").and_then(entry_point);
    let passive = fields.section("passive").and_then(entry_point);
    let switch_answers = fields.need::<AtLeastOne>("switch_answers", "3");
    let (pair, colors) = colors?;
    let proxy = ProxySpec {
        colors,
        nginx: nginx?,
        live: live?,
        passive: passive?,
        switch_answers: switch_answers?.0,
    };
    Some((pair, proxy))
}

fn nginx(fields: Fields<'_, '_>) -> Option<NginxSpec> {
    let command = fields.need_list::<SafeWord>("command", "[sudo, -n, nginx]");
    let live_include =
        fields.need::<RemotePath>("live_include", "/etc/nginx/flipside/shop-live.conf");
    let passive_include =
        fields.need::<RemotePath>("passive_include", "/etc/nginx/flipside/shop-passive.conf");
    let live_upstream = fields.need::<UpstreamName>("live_upstream", "shop_live");
    let passive_upstream = fields.need::<UpstreamName>("passive_upstream", "shop_passive");
    let pid_file = fields.need::<RemotePath>("pid_file", "/run/nginx.pid");
    fields.finish();
    Some(NginxSpec {
        command: command?.into_iter().map(|word| word.0).collect(),
        live_include: live_include?.0,
        passive_include: passive_include?.0,
        live_upstream: live_upstream?.0,
        passive_upstream: passive_upstream?.0,
        pid_file: pid_file?.0,
    })
}

fn timeouts(fields: Fields<'_, '_>, fetch: &'static str) -> Option<Timeouts> {
    let fetch = fields.need::<Limit>(fetch, "10m");
    let start = fields.need::<Limit>("start", "2m");
    let stop = fields.need("stop", "30s");
    let switch = fields.need::<Limit>("switch", "30s");
    let drain = fields.need("drain", "5m");
    fields.finish();
    Some(Timeouts {
        fetch: fetch?.0,
        start: start?.0,
        stop: stop?,
        switch: switch?.0,
        drain: drain?,
    })
}
