//! The inventory room, seen from outside: what loads, what it becomes, and what is said otherwise.

// What is not as it should be is to fail the test, here too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod broken;
mod example;
mod layers;
mod support;
mod symlink;
mod targets;
mod yaml;

use flipside::domain::names::{AppName, EnvName, StackName};
use support::{MINIMAL, compose, load};

#[test]
fn twenty_five_lines_are_enough() {
    assert!(MINIMAL.lines().count() <= 25);
    let inventory = load(MINIMAL).unwrap().inventory;
    let production = &inventory.environments[&EnvName::new("production").unwrap()];
    assert_eq!(production.label, "PRODUCTION");
    assert!(!production.protected, "protection is asked for, never assumed from a name");
    let shop = &production.apps[&AppName::new("shop").unwrap()];
    assert_eq!(shop.stacks(), [&StackName::main()]);
    assert_eq!(shop.members.len(), 2);
    let spec = compose(&shop.members[0]);
    assert_eq!(spec.project, "shop");
    assert_eq!(spec.stack.dir, "/srv/shop");
    assert_eq!(spec.proxy.nginx.live_include, "/etc/nginx/flipside/shop-live.conf");
    assert_eq!(spec.proxy.nginx.passive_upstream, "shop_passive");
    assert_eq!(spec.proxy.passive.url, "http://127.0.0.1:8080/");
    let services: Vec<&str> =
        spec.proxy.colors.values().map(|color| color.service.as_str()).collect();
    assert_eq!(services, ["shop_blue", "shop_green"]);
}
