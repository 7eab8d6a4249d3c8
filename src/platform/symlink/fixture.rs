//! Test fixture: the app `shop`, blue on port 8001 and green on port 8002.

use std::collections::BTreeMap;
use std::time::Duration;

use super::spec::{
    ChecksumFrom, HookCommand, Hooks, Layout, Limits, Service, Shared, Source, SymlinkSpec,
    Timeouts,
};
use crate::domain::color::ColorPair;
use crate::domain::command::RunAs;
use crate::domain::names::Color;
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::spec::EntryPoint;
use crate::platform::kit;
use crate::platform::kit::spec::{NginxSpec, PairColor, ProxySpec, StackSpec};

pub const SHA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

pub fn color(name: &str) -> Color {
    Color::new(name).unwrap()
}

pub fn tag(name: &str) -> Tag {
    Tag::new(name).unwrap()
}

pub fn release(name: &str) -> Release {
    Release { tag: tag(name), digest: Digest::new(format!("sha256:{SHA}")).ok() }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Returns a stack with both hooks and a pair of systemd units.
pub fn spec() -> SymlinkSpec {
    let hook = |command: &str| {
        Some(HookCommand {
            command: words(command),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(300),
        })
    };
    SymlinkSpec {
        source: Source::Http {
            url: "https://artifacts.example.org/shop/{release}.tar.gz".to_owned(),
            login: None,
        },
        checksum: ChecksumFrom::Release,
        layout: Layout::default(),
        hooks: Hooks::Commands {
            prepare: hook("bin/prepare"),
            deployed: hook("bin/deployed --all"),
        },
        service: Service::Systemd {
            unit: "shop-{color}".to_owned(),
            systemctl: words("sudo -n systemctl"),
        },
        limits: Limits::default(),
        keep_releases: 3,
        config: None,
        timeouts: Timeouts {
            fetch: Duration::from_secs(600),
            unpack: Duration::from_secs(300),
            start: Duration::from_secs(60),
            stop: Duration::from_secs(30),
        },
    }
}

/// What a stack shares with those of other platforms, owned.
pub struct Site {
    pub stack: StackSpec,
    pub pair: ProxySpec,
    pub colors: ColorPair,
}

pub fn site(dir: &str) -> Site {
    let (mut stack, mut pair) = (kit::fixture::stack(), kit::fixture::proxy());
    dir.clone_into(&mut stack.dir);
    for (name, color) in &mut pair.colors {
        color.service = format!("shop-{name}");
    }
    let colors = ColorPair::new(color("blue"), color("green")).unwrap();
    Site { stack, pair, colors }
}

impl Site {
    pub fn shared(&self) -> Shared<'_> {
        Shared::of(&self.stack, &self.pair, &self.colors, "shop")
    }

    /// Sets the address of a slot's service.
    pub fn put(&mut self, name: &str, address: &str) {
        self.pair.colors.get_mut(&color(name)).unwrap().address = address.to_owned();
    }
}
