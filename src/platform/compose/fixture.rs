//! Test fixture: the app `shop` on host `web1`, blue on port 8001 and green on port 8002.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::color::ColorPair;
use crate::domain::names::{AppName, HostName, StackName};
use crate::domain::spec::{Member, PlatformSpec, Template};
use crate::domain::target::{Carries, Target};
use crate::platform::compose::spec::{ComposeSpec, Migration};
pub use crate::platform::kit::fixture::color;
use crate::platform::kit::fixture::{proxy, stack};

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
    ComposeSpec {
        stack: stack(),
        proxy: proxy(),
        project: "shop".to_owned(),
        image: "registry.example.org/shop".to_owned(),
        template: Template {
            path: PathBuf::from("compose.yml"),
            text: "services: {shop_blue: {image: '{{ image.blue }}'}, shop_green: {image: '{{ image.green }}'}, djobs: {image: '{{ image.jobs }}'}, migrator: {image: '{{ image.migrator }}'}}\n".to_owned(),
        },
        jobs: vec!["djobs".to_owned()],
        migration: Some(Migration {
            service: "migrator".to_owned(),
            command: Vec::new(),
            timeout: Duration::from_secs(600),
        }),
        registry: None,
        plain_http_registry: false,
        docker_socket: "/var/run/docker.sock".to_owned(),
    }
}
