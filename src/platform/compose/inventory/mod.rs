//! The part of an inventory that belongs to this platform.

mod template;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::catalog::RegistryLogin;
use crate::domain::color::ColorPair;
use crate::domain::spec::PlatformSpec;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{
    Image, Limit, ProjectName, RemotePath, SafeWord, ServiceName, ServicePattern, Text,
};
use crate::inventory::{PlatformDecoder, PlatformKeys, StackPlatform};
use crate::platform::compose::spec::{ComposeSpec, Migration, NAME};
use crate::platform::kit::colors::Reserved;
use crate::platform::kit::pair;

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
        PlatformKeys {
            stack: [STACK_KEYS, pair::KEYS].concat(),
            sections: [SECTION_KEYS, pair::SECTION_KEYS].concat(),
        }
    }

    fn decode(&self, fields: &Fields<'_, '_>) -> Option<StackPlatform> {
        let (colors, spec) = settings(fields)?;
        Some(StackPlatform {
            colors,
            passive: Some(spec.proxy.passive.clone()),
            runs_once: spec.migration.is_some().then_some("migration"),
            spec: PlatformSpec::new(spec),
        })
    }
}

const STACK_KEYS: &[&str] = &[
    "image",
    "template",
    "project",
    "jobs",
    "migration",
    "registry",
    "plain_http_registry",
    "docker_socket",
    "service",
];

const SECTION_KEYS: &[(&str, &str)] = &[("pull", "timeouts")];

/// Templates call the images of jobs and migration by these names.
const RESERVED: Reserved = Reserved {
    names: &["jobs", "migrator"],
    why: "templates call the image of something else `image.{name}`",
};

/// Returns the pair of colors and the other settings.
fn settings(fields: &Fields<'_, '_>) -> Option<(ColorPair, ComposeSpec)> {
    let image = fields.need::<Image>("image", "registry.example.org/shop");
    let template = template::template(fields);
    let project = fields.need::<ProjectName>("project", "shop");
    let stack = pair::stack(fields, "pull");
    let service = fields.need::<ServicePattern>("service", "shop_{color}");
    let service = service.as_ref().map_or("{color}", |service| service.0.as_str());
    let proxy = pair::proxy(fields, service, &RESERVED);
    let jobs = fields.list::<ServiceName>("jobs").unwrap_or_default();
    let migration =
        fields.optional_section("migration").map(|section| migration(section).ok_or(()));
    let registry = fields.optional_section("registry").map(|section| registry(section).ok_or(()));
    let plain_http = fields.need::<bool>("plain_http_registry", "false");
    let docker_socket = fields.need::<RemotePath>("docker_socket", "/var/run/docker.sock");
    let (colors, proxy) = proxy?;
    let spec = ComposeSpec {
        stack: stack?,
        proxy,
        project: project?.0,
        image: image?.0,
        template: template?,
        jobs: jobs.into_iter().map(|job| job.0).collect(),
        migration: migration.transpose().ok()?,
        registry: registry.transpose().ok()?,
        plain_http_registry: plain_http?,
        docker_socket: docker_socket?.0,
    };
    services_differ(fields, &spec).then_some((colors, spec))
}

fn migration(fields: Fields<'_, '_>) -> Option<Migration> {
    let service = fields.need::<ServiceName>("service", "migrator");
    let command = fields.list::<Text>("command").unwrap_or_default();
    let timeout = fields.or("timeout", Limit(Duration::from_secs(600)), "10m").0;
    fields.finish();
    let command = command.into_iter().map(|word| word.0).collect();
    Some(Migration { service: service?.0, command, timeout })
}

fn registry(fields: Fields<'_, '_>) -> Option<RegistryLogin> {
    let server = fields.need::<SafeWord>("server", "registry.example.org");
    let user = fields.need::<Text>("user", "deploy");
    let password = fields.need("password", "env:REGISTRY_PASSWORD");
    fields.finish();
    Some(RegistryLogin { server: server?.0, user: user?.0, password: password? })
}

/// Checks that no service has two purposes: it would be started and stopped for both.
fn services_differ(fields: &Fields<'_, '_>, spec: &ComposeSpec) -> bool {
    let colored = spec.proxy.colors.values().map(|color| ("a color", "colors", &color.service));
    let jobs = spec.jobs.iter().map(|job| ("a job", "jobs", job));
    let migration = spec.migration.iter().map(|m| ("the migration", "migration", &m.service));
    let mut seen: BTreeMap<&String, &str> = BTreeMap::new();
    for (what, key, service) in colored.chain(jobs).chain(migration) {
        let Some(first) = seen.insert(service, what) else { continue };
        if let Some(source) = fields.source(key) {
            let what = format!("the service `{service}` is both {first} and {what}");
            fields.reject(source, what, "give each a service of its own in the template");
        }
        return false;
    }
    true
}
