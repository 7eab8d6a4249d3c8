//! Test fixture: the app `shop`, blue on port 8001 and green on port 8002.

use std::collections::BTreeMap;
use std::time::Duration;

use super::spec::{
    ChecksumFrom, HookCommand, Hooks, Layout, Limits, Pair, Service, Source, SymlinkSpec,
};
use crate::domain::color::ColorPair;
use crate::domain::names::{Color, StackName};
use crate::domain::phase::Phase;
use crate::domain::plan::{Batches, FailurePolicy, Intent, Operator, Selection};
use crate::domain::release::{Digest, Release, Tag};
use crate::platform::kit;

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

/// Returns a pair of systemd units.
pub fn pair() -> Pair {
    let mut proxy = kit::fixture::proxy();
    for (name, color) in &mut proxy.colors {
        color.service = format!("shop-{name}");
    }
    Pair { service: Service::Systemd { systemctl: words("sudo -n systemctl") }, proxy }
}

/// Sets the address of a slot's service.
pub fn put(pair: &mut Pair, name: &str, address: &str) {
    pair.proxy.colors.get_mut(&color(name)).unwrap().address = address.to_owned();
}

pub fn spec() -> SymlinkSpec {
    spec_at("/srv/shop")
}

pub fn alone() -> SymlinkSpec {
    alone_at("/srv/shop")
}

/// Returns a stack without a pair of services.
pub fn alone_at(dir: &str) -> SymlinkSpec {
    SymlinkSpec { pair: None, ..spec_at(dir) }
}

/// Returns a stack with both hooks and a pair of systemd units.
pub fn spec_at(dir: &str) -> SymlinkSpec {
    let hook = |command: &str| {
        Some(HookCommand {
            command: words(command),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(300),
        })
    };
    let mut stack = kit::fixture::stack();
    dir.clone_into(&mut stack.dir);
    SymlinkSpec {
        stack,
        name: "shop".to_owned(),
        colors: ColorPair::new(color("blue"), color("green")).unwrap(),
        pair: Some(pair()),
        served_at: None,
        source: Source::Http {
            url: "https://artifacts.example.org/shop/{release}.tar.gz".to_owned(),
            login: None,
        },
        checksum: ChecksumFrom::Release,
        releases: None,
        layout: Layout::default(),
        hooks: Hooks::Commands {
            prepare: hook("bin/prepare"),
            deployed: hook("bin/deployed --all"),
        },
        limits: Limits::default(),
        config: None,
    }
}

pub fn intent(phase: Phase) -> Intent {
    Intent {
        run: "20260101-000000-abcd".parse().unwrap(),
        phase,
        environment: "prod".parse().unwrap(),
        app: "shop".parse().unwrap(),
        stack: StackName::main(),
        release: None,
        goal: None,
        selection: Selection::All,
        policy: FailurePolicy::default(),
        batches: Batches::default(),
        sign_off_required: false,
        freeze: false,
        reason: None,
        by: Operator { user: "ann".to_owned(), machine: "desk".to_owned() },
        asked_at: chrono::DateTime::UNIX_EPOCH,
        begun_at: None,
    }
}
