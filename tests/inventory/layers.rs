//! Layers: the later one wins, for every key; maps merge, lists and single values replace.

use super::support::{app, compose, load};
use flipside::domain::names::StackName;

/// One inventory in which a setting can be made in any layer.
fn layered(setting: &str, layers: &[usize]) -> String {
    let at = |layer: usize, indent: usize| {
        if layers.contains(&layer) {
            format!("{:indent$}{}\n", "", setting.replace("LAYER", &layer.to_string()))
        } else {
            format!("{:indent$}switch_answers: 1\n", "")
        }
    };
    let group = |layer: usize| format!("        every_app:\n{}", at(layer, 10));
    format!(
        "version: 1\ndefaults:\n  every_app:\n{}environments:\n  production:\n    every_app:\n{}    groups:\n      one:\n{}      two:\n{}    hosts:\n      web-01:\n        groups: [two, one]\n        every_app:\n{}        apps:\n          shop:\n{}            stacks:\n              main:\n{}    apps:\n      shop:\n{}apps:\n  shop:\n    image: shop\n    template: docs/docker-compose.template.yml\n{}",
        at(1, 4),
        at(2, 6),
        group(4),
        group(3),
        at(5, 10),
        at(8, 12),
        at(9, 16),
        at(7, 8),
        at(6, 4),
    )
}

#[test]
fn the_later_layer_wins_whichever_two_there_are() {
    for low in 1..=9 {
        for high in low..=9 {
            let text = layered("dir: /srv/LAYER", &[low, high]);
            let loaded = load(&text).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
            let member = &app(&loaded.inventory, "production", "shop").members[0];
            assert_eq!(compose(member).dir, format!("/srv/{high}"), "{low} {high}");
        }
    }
}

#[test]
fn stacks_have_their_own_names_and_paths() {
    let text = "\
version: 1
environments:
  production:
    hosts: {web-01: {}}
apps:
  shop:
    image: shop
    template: docs/docker-compose.template.yml
    stacks:
      canary:
        colors: [{name: red, port: 8011}, {name: black, port: 8012}]
        live: {url: http://127.0.0.1:81/}
        passive: {url: http://127.0.0.1:8081/}
";
    let loaded = load(text).unwrap_or_else(|problems| panic!("{problems}"));
    let shop = app(&loaded.inventory, "production", "shop");
    assert_eq!(shop.stacks(), [&StackName::main(), &StackName::new("canary").unwrap()]);
    let canary = &shop.members[1];
    assert_eq!(canary.colors.first().as_str(), "red");
    let spec = compose(canary);
    assert_eq!(spec.project, "shop-canary");
    assert_eq!(spec.nginx.live_include, "/etc/nginx/flipside/shop-canary-live.conf");
    assert_eq!(spec.nginx.live_upstream, "shop-canary_live");
}
