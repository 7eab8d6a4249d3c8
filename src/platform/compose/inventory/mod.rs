//! The part of an inventory that belongs to this platform.

mod colors;
mod template;

use std::time::Duration;

use crate::domain::catalog::RegistryLogin;
use crate::domain::color::ColorPair;
use crate::domain::command::RunAs;
use crate::domain::spec::PlatformSpec;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{
    AtLeastOne, DiskSize, Image, Limit, ProjectName, RemotePath, SafeWord, ServiceName, Text,
    UpstreamName,
};
use crate::inventory::{PlatformDecoder, PlatformKeys, StackPlatform, entry_point};
use crate::platform::compose::spec::{ComposeSpec, Migration, NAME, NginxSpec, Timeouts};

#[derive(Debug)]
pub struct Decoder;

impl PlatformDecoder for Decoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn built_in(&self) -> &'static str {
        include_str!("builtin.yaml")
    }

    fn keys(&self) -> PlatformKeys {
        PlatformKeys { stack: STACK_KEYS, sections: SECTION_KEYS }
    }

    fn decode(&self, fields: &Fields<'_, '_>) -> Option<StackPlatform> {
        let (colors, spec) = settings(fields)?;
        Some(StackPlatform {
            colors,
            passive: Some(spec.passive.clone()),
            runs_once: spec.migration.is_some().then_some("migration"),
            spec: PlatformSpec::new(spec),
        })
    }
}

const STACK_KEYS: &[&str] = &[
    "image",
    "template",
    "colors",
    "service",
    "project",
    "dir",
    "jobs",
    "migration",
    "nginx",
    "live",
    "passive",
    "registry",
    "plain_http_registry",
    "sudo",
    "docker_socket",
    "timeouts",
    "switch_answers",
    "keep_releases",
    "disk_free",
];

const SECTION_KEYS: &[(&str, &str)] = &[
    ("live_include", "nginx"),
    ("passive_include", "nginx"),
    ("live_upstream", "nginx"),
    ("passive_upstream", "nginx"),
    ("pid_file", "nginx"),
    ("pull", "timeouts"),
    ("start", "timeouts"),
    ("stop", "timeouts"),
    ("switch", "timeouts"),
    ("drain", "timeouts"),
];

/// Returns the pair of colors and the other settings.
fn settings(fields: &Fields<'_, '_>) -> Option<(ColorPair, ComposeSpec)> {
    let image = fields.need::<Image>("image", "registry.example.org/shop");
    let template = template::template(fields);
    let project = fields.need::<ProjectName>("project", "shop");
    let dir = fields.need::<RemotePath>("dir", "/srv/shop");
    let colors = colors::colors(fields);
    let jobs = fields.list::<ServiceName>("jobs").unwrap_or_default();
    let migration =
        fields.optional_section("migration").map(|section| migration(section).ok_or(()));
    let nginx = fields.section("nginx").and_then(nginx);
    let live = fields.section("live").and_then(entry_point);
    let passive = fields.section("passive").and_then(entry_point);
    let registry = fields.optional_section("registry").map(|section| registry(section).ok_or(()));
    let plain_http = fields.need::<bool>("plain_http_registry", "false");
    let docker_socket = fields.need::<RemotePath>("docker_socket", "/var/run/docker.sock");
    let sudo = fields.need::<bool>("sudo", "false");
    let timeouts = fields.section("timeouts").and_then(timeouts);
    let switch_answers = fields.need::<AtLeastOne>("switch_answers", "3");
    let keep_releases = fields.need::<u32>("keep_releases", "3");
    let disk_free = fields.need::<DiskSize>("disk_free", "1GiB");
    let (pair, colors) = colors?;
    let spec = ComposeSpec {
        project: project?.0,
        dir: dir?.0,
        image: image?.0,
        template: template?,
        colors,
        jobs: jobs.into_iter().map(|job| job.0).collect(),
        migration: migration.transpose().ok()?,
        nginx: nginx?,
        live: live?,
        passive: passive?,
        registry: registry.transpose().ok()?,
        plain_http_registry: plain_http?,
        docker_socket: docker_socket?.0,
        run_as: if sudo? { RunAs::Root } else { RunAs::LoginUser },
        timeouts: timeouts?,
        switch_answers: switch_answers?.0,
        keep_releases: keep_releases?,
        disk_free_mib: disk_free?.0,
    };
    colors::services_differ(fields, &spec).then_some((pair, spec))
}

fn migration(fields: Fields<'_, '_>) -> Option<Migration> {
    let service = fields.need::<ServiceName>("service", "migrator");
    let command = fields.list::<Text>("command").unwrap_or_default();
    let timeout = fields.or("timeout", Limit(Duration::from_secs(600)), "10m").0;
    fields.finish();
    let command = command.into_iter().map(|word| word.0).collect();
    Some(Migration { service: service?.0, command, timeout })
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

fn registry(fields: Fields<'_, '_>) -> Option<RegistryLogin> {
    let server = fields.need::<SafeWord>("server", "registry.example.org");
    let user = fields.need::<Text>("user", "deploy");
    let password = fields.need("password", "env:REGISTRY_PASSWORD");
    fields.finish();
    Some(RegistryLogin { server: server?.0, user: user?.0, password: password? })
}

fn timeouts(fields: Fields<'_, '_>) -> Option<Timeouts> {
    let pull = fields.need::<Limit>("pull", "10m");
    let start = fields.need::<Limit>("start", "2m");
    let stop = fields.need("stop", "30s");
    let switch = fields.need::<Limit>("switch", "30s");
    let drain = fields.need("drain", "5m");
    fields.finish();
    Some(Timeouts { pull: pull?.0, start: start?.0, stop: stop?, switch: switch?.0, drain: drain? })
}
