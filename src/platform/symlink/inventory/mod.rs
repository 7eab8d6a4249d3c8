//! The part of an inventory that belongs to this platform.

mod layers;
mod source;
mod words;

use std::time::Duration;

use super::spec::{
    ChecksumFrom, HookCommand, Hooks, Layout, Limits, NAME, Pair, Service, SymlinkSpec,
    YodeployHooks,
};
use crate::domain::color::ColorPair;
use crate::domain::names::Color;
use crate::domain::spec::{EntryPoint, PlatformSpec};
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{
    DiskSize, Limit, ProjectName, RemotePath, SafeWord, ServicePattern, Text, VarName,
};
use crate::inventory::{PlatformDecoder, PlatformKeys, StackPlatform, WorksOn, entry_point};
use crate::platform::http::spec::{LIVE, PASSIVE};
use crate::platform::kit::colors::Reserved;
use crate::platform::kit::pair;
use crate::platform::symlink::agent;
use words::{DirectoryName, ServiceWord};

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
            stack: [STACK_KEYS, pair::KEYS, &[agent::KEY]].concat(),
            sections: [SECTION_KEYS, pair::SECTION_KEYS, agent::SECTION_KEYS].concat(),
        }
    }

    /// Works on hosts by SSH, or by the deploy agents of boxes.
    fn works_on(&self, is_set: &dyn Fn(&str) -> bool) -> WorksOn {
        if is_set(agent::KEY) { WorksOn::Targets } else { WorksOn::Hosts }
    }

    fn decode(&self, fields: &Fields<'_, '_>) -> Option<StackPlatform> {
        if fields.optional_section(agent::KEY).is_some() {
            return by_agent(fields);
        }
        let spec = settings(fields)?;
        Some(StackPlatform {
            colors: spec.colors.clone(),
            passive: spec.proxy().map(|proxy| proxy.passive.clone()),
            runs_once: None,
            spec: PlatformSpec::new(spec),
        })
    }
}

const STACK_KEYS: &[&str] =
    &["source", "checksum", "layout", "release_hooks", "services", "limits", "config", "releases"];

const SECTION_KEYS: &[(&str, &str)] = &[
    ("fetch", "timeouts"),
    ("versions", "layout"),
    ("link", "layout"),
    ("systemd", "services"),
    ("systemctl", "services"),
    ("upload", "source"),
    ("on_host", "source"),
    ("s3", "source"),
    ("yodeploy", "release_hooks"),
    ("central", "config"),
    ("cluster", "config"),
];

/// Reads an app that deploy agents release.
fn by_agent(fields: &Fields<'_, '_>) -> Option<StackPlatform> {
    let name = fields.with_placeholders_filled("{app}")?;
    let elsewhere = [STACK_KEYS, pair::KEYS, &["checks"]].concat();
    let spec = agent::decode(fields, &name, &elsewhere)?;
    let [live, passive] = [LIVE, PASSIVE].map(Color::new);
    Some(StackPlatform {
        colors: ColorPair::new(live.ok()?, passive.ok()?).ok()?,
        passive: None,
        runs_once: None,
        spec: PlatformSpec::new(spec),
    })
}

fn settings(fields: &Fields<'_, '_>) -> Option<SymlinkSpec> {
    if fields.is_complete() && fields.with_placeholders_filled("{host}").is_none() {
        fields.report_missing(agent::KEY, "{url: \"https://{target}:5000/deploy/\"}");
        return None;
    }
    let name = fields.with_placeholders_filled("{name}")?;
    let stack = pair::stack(fields, "fetch");
    let source = source::source(fields);
    let checksum = fields.need::<ChecksumFrom>("checksum", "beside");
    let releases =
        fields.optional_section("releases").map(|section| source::releases(section).ok_or(()));
    let layout = fields.section("layout").and_then(layout);
    let hooks = match fields.optional_section("release_hooks") {
        Some(section) => hooks(section, &name),
        None => Some(Hooks::none()),
    };
    let limits = fields.section("limits").and_then(limits);
    let config = match fields.optional_section("config") {
        Some(section) => Some(layers::config(section, fields)?),
        None => None,
    };
    let (colors, pair, served_at) = traffic(fields)?;
    Some(SymlinkSpec {
        stack: stack?,
        name,
        colors,
        pair,
        served_at,
        source: source?,
        checksum: checksum?,
        releases: releases.transpose().ok()?,
        layout: layout?,
        hooks: hooks?,
        limits: limits?,
        config,
    })
}

/// Returns the colors, the pair of services, and the entry point of an app without one.
fn traffic(fields: &Fields<'_, '_>) -> Option<(ColorPair, Option<Pair>, Option<EntryPoint>)> {
    if fields.source("services").is_none() {
        for key in ["nginx", "passive", "switch_answers", "colors"] {
            fields.expect(key);
        }
        let live = fields.section("live")?;
        // The built-in address is that of a pair; an app without one may answer nowhere.
        let written = live.is_written("url");
        let served_at = entry_point(live).filter(|_| written);
        // Nothing in front of it could name a color: the link alone decides.
        let served_at = served_at.map(|it| EntryPoint { color_header: None, ..it });
        let [first, second] = ["blue", "green"].map(Color::new);
        let colors = ColorPair::new(first.ok()?, second.ok()?).ok()?;
        return Some((colors, None, served_at));
    }
    let (service, unit) = fields.section("services").and_then(services)?;
    let (colors, proxy) = pair::proxy(fields, &unit, &Reserved::default())?;
    Some((colors, Some(Pair { service, proxy }), None))
}

/// Returns what runs a version, and the pattern of its name on the host.
fn services(fields: Fields<'_, '_>) -> Option<(Service, String)> {
    let found = if let Some(unit) = fields.get::<ServicePattern>("systemd") {
        let systemctl = fields.list::<SafeWord>("systemctl");
        let systemctl = systemctl.map(|words| words.into_iter().map(|word| word.0).collect());
        let usual = || ["sudo", "-n", "systemctl"].map(str::to_owned).to_vec();
        Some((Service::Systemd { systemctl: systemctl.unwrap_or_else(usual) }, unit.0))
    } else {
        let words = |key, example| {
            let words = fields.need_list::<ServiceWord>(key, example)?;
            Some(words.into_iter().map(|word| word.0).collect::<Vec<String>>())
        };
        let start = words("start", "[/srv/shop/bin/service, start, \"{color}\"]");
        let stop = words("stop", "[/srv/shop/bin/service, stop, \"{color}\"]");
        let status = words("status", "[/srv/shop/bin/service, status, \"{color}\"]");
        let all = start.zip(stop).zip(status);
        all.map(|((start, stop), status)| {
            (Service::Commands { start, stop, status }, "{color}".to_owned())
        })
    };
    fields.finish();
    found
}

fn layout(fields: Fields<'_, '_>) -> Option<Layout> {
    let versions = fields.need::<DirectoryName>("versions", "versions");
    let link = fields.need::<DirectoryName>("link", "live");
    let (versions, link) = (versions?.0, link?.0);
    if versions == link {
        let source = fields.source("link")?;
        fields.reject(source, format!("both are called `{link}`"), "give the link another name");
        return None;
    }
    fields.finish();
    Some(Layout { versions, link })
}

fn hooks(fields: Fields<'_, '_>, name: &str) -> Option<Hooks> {
    if let Some(section) = fields.optional_section("yodeploy") {
        let found = yodeploy(section, name);
        fields.finish();
        return found.map(Hooks::Yodeploy);
    }
    let command = |key| match fields.optional_section(key) {
        Some(section) => hook(section).map(Some),
        None => Some(None),
    };
    let (prepare, deployed) = (command("prepare"), command("deployed"));
    fields.finish();
    Some(Hooks::Commands { prepare: prepare?, deployed: deployed? })
}

fn hook(fields: Fields<'_, '_>) -> Option<HookCommand> {
    let command = fields.need_list::<Text>("command", "[bin/prepare]");
    let environment = fields.table::<VarName>("environment");
    let timeout = fields.or("timeout", Limit(Duration::from_secs(300)), "5m").0;
    fields.finish();
    let command = command?.into_iter().map(|word| word.0).collect();
    Some(HookCommand { command, environment, timeout })
}

fn yodeploy(fields: Fields<'_, '_>, name: &str) -> Option<YodeployHooks> {
    let python = fields.need::<RemotePath>("python", "/srv/deploy/ve/bin/python");
    let config = fields.need::<RemotePath>("config", "/opt/deploy/config/deploy.py");
    let app = fields.get::<ProjectName>("app").map_or_else(|| name.to_owned(), |app| app.0);
    let target = fields.get::<Text>("target").map(|target| target.0);
    let timeout = fields.or("timeout", Limit(Duration::from_secs(300)), "5m").0;
    fields.finish();
    Some(YodeployHooks { python: python?.0, config: config?.0, app, target, timeout })
}

fn limits(fields: Fields<'_, '_>) -> Option<Limits> {
    let size = fields.need::<DiskSize>("size", "4GiB");
    let files = fields.need::<u32>("files", "200000");
    fields.finish();
    Some(Limits { max_bytes: size?.0 << 20, max_files: u64::from(files?) })
}
