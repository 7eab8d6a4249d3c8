//! Test fixture: the app `shop`, blue on port 8001 and green on port 8002.

use std::collections::BTreeMap;
use std::time::Duration;

use super::spec::{
    ChecksumFrom, HookCommand, Hooks, Layout, Limits, Nginx, Service, Shared, Source, SymlinkSpec,
    Timeouts,
};
use crate::domain::color::ColorPair;
use crate::domain::command::RunAs;
use crate::domain::names::Color;
use crate::domain::release::{Digest, Release, Tag};
use crate::domain::spec::EntryPoint;

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
    pub dir: String,
    pub colors: ColorPair,
    pub addresses: BTreeMap<Color, String>,
    pub live: EntryPoint,
    pub passive: EntryPoint,
    pub nginx: Vec<String>,
    pub live_include: String,
}

pub fn site(dir: &str) -> Site {
    let address = |name: &str, port: u16| (color(name), format!("127.0.0.1:{port}"));
    let entry_point = |url: &str| EntryPoint {
        url: url.to_owned(),
        host_header: None,
        color_header: Some("X-Color".to_owned()),
        release_header: Some("X-Release".to_owned()),
        public_url: None,
        ca_file: None,
        ca: None,
    };
    Site {
        dir: dir.to_owned(),
        colors: ColorPair::new(color("blue"), color("green")).unwrap(),
        addresses: BTreeMap::from([address("blue", 8001), address("green", 8002)]),
        live: entry_point("http://127.0.0.1/health"),
        passive: entry_point("http://127.0.0.1:8080/"),
        nginx: words("sudo -n nginx"),
        live_include: "/etc/nginx/flipside/shop-live.conf".to_owned(),
    }
}

impl Site {
    pub fn shared(&self) -> Shared<'_> {
        Shared {
            dir: &self.dir,
            name: "shop",
            run_as: RunAs::LoginUser,
            colors: &self.colors,
            addresses: &self.addresses,
            live: Some(&self.live),
            passive: Some(&self.passive),
            nginx: Some(Nginx {
                command: &self.nginx,
                live_include: &self.live_include,
                passive_include: "/etc/nginx/flipside/shop-passive.conf",
                live_upstream: "shop_live",
                passive_upstream: "shop_passive",
                pid_file: "/run/nginx.pid",
            }),
        }
    }
}
