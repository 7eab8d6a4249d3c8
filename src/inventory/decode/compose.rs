//! A stack under docker compose behind nginx.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{check, template};
use crate::domain::color::ColorPair;
use crate::domain::command::RunAs;
use crate::domain::names::Color;
use crate::domain::spec::{
    ComposeColor, ComposeSpec, Migration, NginxSpec, RegistryLogin, Timeouts,
};
use crate::inventory::fields::{Fields, Item};
use crate::inventory::scalar::{
    Address, AtLeastOne, DiskSize, Image, Port, ProjectName, RemotePath, SafeWord, ServiceName,
    ServicePattern, Text, UpstreamName,
};

/// The pair, and the rest.
pub fn compose(fields: &Fields<'_, '_>) -> Option<(ColorPair, ComposeSpec)> {
    let image = fields.need::<Image>("image", "registry.example.org/shop");
    let template = template::template(fields);
    let project = fields.need::<ProjectName>("project", "shop");
    let dir = fields.need::<RemotePath>("dir", "/srv/shop");
    let colors = colors(fields);
    let jobs = fields.list::<ServiceName>("jobs").unwrap_or_default();
    let migration =
        fields.optional_section("migration").map(|section| migration(section).ok_or(()));
    let nginx = fields.section("nginx").and_then(nginx);
    let live = fields.section("live").and_then(check::entrance);
    let passive = fields.section("passive").and_then(check::entrance);
    let registry = fields.optional_section("registry").map(|section| registry(section).ok_or(()));
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
        docker_socket: docker_socket?.0,
        run_as: if sudo? { RunAs::Root } else { RunAs::LoginUser },
        timeouts: timeouts?,
        switch_answers: switch_answers?.0,
        keep_releases: keep_releases?,
        disk_free_mib: disk_free?.0,
    };
    Some((pair, spec))
}

type Colors = (ColorPair, BTreeMap<Color, ComposeColor>);

fn colors(fields: &Fields<'_, '_>) -> Option<Colors> {
    let pattern = fields.need::<ServicePattern>("service", "shop_{color}");
    let items = fields.items("colors");
    let source = fields.source("colors")?;
    let given = items.len();
    let known: Vec<(Color, ComposeColor)> = items
        .into_iter()
        .filter_map(|item| match item {
            Item::Map(map) => color(map, pattern.as_ref()),
            Item::Word(word, source) => {
                let remedy = format!("write `- {{name: {}, port: 8001}}`", word.text);
                fields.wrong(source, format!("the color `{}` has no port", word.text), remedy);
                None
            }
        })
        .collect();
    if given != 2 {
        let what = format!("`colors` holds {given}, and a pair is two");
        fields.wrong(source, what, "write two items; a second pair is another stack");
        return None;
    }
    let [(first, one), (second, two)] = <[_; 2]>::try_from(known).ok()?;
    if one.address == two.address {
        let what = format!("both colors answer at {}", one.address);
        fields.wrong(source, what, "give each color a port of its own");
        return None;
    }
    let pair = match ColorPair::new(first.clone(), second.clone()) {
        Ok(pair) => pair,
        Err(same) => {
            fields.wrong(source, same.to_string(), "rename one of them");
            return None;
        }
    };
    if one.service == two.service {
        let source = fields.source("service").unwrap_or(source);
        let what = format!("both colors are the service `{}`", one.service);
        fields.wrong(
            source,
            what,
            "write `service: \"{app}_{color}\"`, or a `service` for each color",
        );
        return None;
    }
    Some((pair, BTreeMap::from([(first, one), (second, two)])))
}

fn color(
    fields: Fields<'_, '_>,
    pattern: Option<&ServicePattern>,
) -> Option<(Color, ComposeColor)> {
    let name = fields.need::<Color>("name", "blue");
    let port = fields.need::<Port>("port", "8001");
    let address = fields.or("address", Address("127.0.0.1".to_owned()), "127.0.0.1");
    let service = fields.get::<ServicePattern>("service");
    fields.finish();
    let name = name?;
    let pattern = service.as_ref().or(pattern).map_or("{color}", |pattern| pattern.0.as_str());
    let service = pattern.replace("{color}", name.as_str());
    let address = format!("{}:{}", address.0, port?.0);
    Some((name, ComposeColor { service, address }))
}

fn migration(fields: Fields<'_, '_>) -> Option<Migration> {
    let service = fields.need::<ServiceName>("service", "migrator");
    let command = fields.list::<Text>("command").unwrap_or_default();
    let timeout = fields.or("timeout", Duration::from_secs(600), "10m");
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
    let pull = fields.need("pull", "10m");
    let start = fields.need("start", "2m");
    let stop = fields.need("stop", "30s");
    let switch = fields.need("switch", "30s");
    let drain = fields.need("drain", "5m");
    fields.finish();
    Some(Timeouts { pull: pull?, start: start?, stop: stop?, switch: switch?, drain: drain? })
}
