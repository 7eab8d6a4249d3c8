//! Test fixture: blue on port 8001 and green on port 8002, behind nginx.

use std::collections::BTreeMap;
use std::time::Duration;

use super::spec::{NginxSpec, PairColor, ProxySpec, StackSpec, Timeouts};
use crate::domain::capabilities::Capabilities;
use crate::domain::color::ColorPair;
use crate::domain::command::RunAs;
use crate::domain::names::{AppName, Color, HostName, StackName};
use crate::domain::spec::{Claim, EntryPoint, Member, PlatformSettings, PlatformSpec};
use crate::domain::target::{Carries, Target};

pub fn color(name: &str) -> Color {
    Color::new(name).unwrap()
}

pub fn proxy() -> ProxySpec {
    let side = |name: &str, port: u16| {
        let (service, address) = (format!("shop_{name}"), format!("127.0.0.1:{port}"));
        (color(name), PairColor { service, address })
    };
    let entry_point = |url: &str| EntryPoint {
        url: url.to_owned(),
        host_header: None,
        color_header: Some("X-Flipside-Color".to_owned()),
        release_header: Some("X-Release".to_owned()),
        public_url: None,
        ca_file: None,
        ca: None,
    };
    ProxySpec {
        colors: BTreeMap::from([side("blue", 8001), side("green", 8002)]),
        nginx: NginxSpec {
            command: vec!["sudo".to_owned(), "-n".to_owned(), "nginx".to_owned()],
            live_include: "/etc/nginx/flipside/shop-live.conf".to_owned(),
            passive_include: "/etc/nginx/flipside/shop-passive.conf".to_owned(),
            live_upstream: "shop_live".to_owned(),
            passive_upstream: "shop_passive".to_owned(),
            pid_file: "/run/nginx.pid".to_owned(),
        },
        live: entry_point("http://127.0.0.1/health"),
        passive: entry_point("http://127.0.0.1:8080/"),
        switch_answers: 5,
    }
}

pub fn stack() -> StackSpec {
    StackSpec {
        dir: "/srv/shop".to_owned(),
        run_as: RunAs::LoginUser,
        timeouts: Timeouts {
            fetch: Duration::from_secs(600),
            start: Duration::from_secs(120),
            stop: Duration::from_secs(30),
            switch: Duration::from_secs(30),
            drain: Duration::from_secs(300),
        },
        keep_releases: 3,
        disk_free_mib: 512,
    }
}

/// The settings of no platform, for what is the same on all of them.
#[derive(Debug, PartialEq)]
struct AnySettings;

impl PlatformSettings for AnySettings {
    fn platform(&self) -> &'static str {
        "any"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    fn claims(&self, _carries: Carries) -> Vec<Claim<'_>> {
        Vec::new()
    }

    fn how_it_switches(&self) -> String {
        String::new()
    }

    fn start_limit(&self) -> Duration {
        Duration::ZERO
    }

    fn public_names(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// Returns `web1`, which serves users.
pub fn member() -> Member {
    Member {
        target: Target::Host(HostName::new("web1").unwrap()),
        address: "web1.example.org".to_owned(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::new("main").unwrap(),
        carries: Carries::App,
        primary: true,
        colors: ColorPair::new(color("blue"), color("green")).unwrap(),
        platform: PlatformSpec::new(AnySettings),
        checks: Vec::new(),
        vars: BTreeMap::new(),
    }
}
