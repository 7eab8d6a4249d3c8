//! Test fixture: the app `shop` on host `web1`, blue on port 8001 and green on port 8002.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::color::ColorPair;
use crate::domain::command::RunAs;
use crate::domain::names::{AppName, Color, HostName, StackName};
use crate::domain::spec::{EntryPoint, Member, PlatformSpec, Template};
use crate::domain::target::{Carries, Target};
use crate::platform::compose::spec::{ComposeColor, ComposeSpec, Migration, NginxSpec, Timeouts};

pub fn color(name: &str) -> Color {
    Color::new(name).unwrap()
}

/// Returns `web1`, which serves users and is the primary.
pub fn member() -> Member {
    Member {
        target: Target::Host(HostName::new("web1").unwrap()),
        address: "web1.example.org".to_owned(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::new("main").unwrap(),
        carries: Carries::App,
        primary: true,
        colors: ColorPair::new(color("blue"), color("green")).unwrap(),
        platform: PlatformSpec::new(spec()),
        checks: Vec::new(),
        vars: BTreeMap::new(),
    }
}

pub fn spec() -> ComposeSpec {
    let side = |name: &str, port: u16| {
        (
            color(name),
            ComposeColor { service: format!("shop_{name}"), address: format!("127.0.0.1:{port}") },
        )
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
    ComposeSpec {
        project: "shop".to_owned(),
        dir: "/srv/shop".to_owned(),
        image: "registry.example.org/shop".to_owned(),
        template: Template {
            path: PathBuf::from("compose.yml"),
            text: "services: {shop_blue: {image: '{{ image.blue }}'}, shop_green: {image: '{{ image.green }}'}, djobs: {image: '{{ image.jobs }}'}, migrator: {image: '{{ image.migrator }}'}}\n".to_owned(),
        },
        colors: BTreeMap::from([side("blue", 8001), side("green", 8002)]),
        jobs: vec!["djobs".to_owned()],
        migration: Some(Migration {
            service: "migrator".to_owned(),
            command: Vec::new(),
            timeout: Duration::from_secs(600),
        }),
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
        registry: None,
        plain_http_registry: false,
        docker_socket: "/var/run/docker.sock".to_owned(),
        run_as: RunAs::LoginUser,
        timeouts: Timeouts {
            pull: Duration::from_secs(600),
            start: Duration::from_secs(120),
            stop: Duration::from_secs(30),
            switch: Duration::from_secs(30),
            drain: Duration::from_secs(300),
        },
        switch_answers: 5,
        keep_releases: 3,
        disk_free_mib: 512,
    }
}
