//! What YAML can do, and what no YAML can.

use std::fmt::Write as _;
use std::path::Path;

use flipside::inventory::{from_text, load as load_file};
use proptest::prelude::*;

use super::support::{MINIMAL, app, compose, load, told, with_app};

#[test]
fn anchors_aliases_and_merges_are_understood() {
    let text = MINIMAL.replace(
        "    hosts:\n",
        "    hosts:\n      web-00: &web\n        ssh: &ssh {user: deploy, port: 2222}\n        roles: &roles [app]\n",
    );
    let text = format!("{text}    timeouts: &t {{pull: 1m, start: 9s}}\n").replace(
        "      web-02:\n",
        "      web-02:\n        <<: *web\n        ssh: {<<: *ssh, port: 22}\n",
    );
    let loaded = load(&text).unwrap_or_else(|problems| panic!("{problems}"));
    let production = loaded.inventory.environments.values().next().unwrap();
    let web = production.hosts.values().last().unwrap();
    assert_eq!((web.ssh.user.as_deref(), web.ssh.port), (Some("deploy"), Some(22)));
    let explained = loaded.explain("web-02", Some("ssh.user")).unwrap();
    let line = text.lines().position(|line| line.contains("&ssh")).unwrap() + 1;
    assert_eq!(
        explained.values[0].value.as_ref().unwrap().line(),
        Some(line),
        "where it is written"
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_no_harm() {
    let text = format!("\u{feff}{}", MINIMAL.replace('\n', "\r\n"));
    let loaded = load(&text).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(
        compose(&app(&loaded.inventory, "production", "shop").members[0]).image,
        "registry.example.org/shop"
    );
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("inventory.yaml");
    std::fs::write(&path, b"version: 1\nlabel: caf\xe9 au lait\n").unwrap();
    let said = load_file(&path, flipside::platform::DECODERS).unwrap_err().to_string();
    let said = said.replace(dir.path().to_str().unwrap(), "");
    assert!(said.starts_with("/inventory.yaml:2:11: not UTF-8 text"), "{said}");
    let said = load_file(&dir.path().join("none.yaml"), flipside::platform::DECODERS)
        .unwrap_err()
        .to_string();
    assert!(said.contains("cannot be read"), "{said}");
}

#[test]
fn aliases_cannot_be_made_a_bomb() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{below}]").unwrap();
    }
    assert!(told(&text).contains("far too much"));
}

#[test]
fn nothing_of_the_file_moves_the_cursor() {
    let said = told(&with_app("dir: \"/srv/\\e[2Jx\"\n    jobs: [\"a\\nb\"]\n    \u{9b}2J: x"));
    assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
}

#[test]
fn a_tilde_takes_away_what_is_built_in() {
    let loaded =
        load(&with_app("live: {color_header: ~}\n    migration: ~\n    registry: ~")).unwrap();
    let shop = app(&loaded.inventory, "production", "shop");
    assert_eq!(compose(&shop.members[0]).proxy.live.color_header, None);
    let said = told(&with_app("dir: ~"));
    assert!(said.contains("`dir` is missing"), "{said}");
}

#[test]
fn a_thousand_hosts() {
    let mut text = "version: 1\nenvironments:\n  production:\n    hosts:\n".to_owned();
    for host in 0..1000 {
        writeln!(text, "      web-{host:04}: {{address: 10.0.{}.{}}}", host / 250, host % 250)
            .unwrap();
    }
    text.push_str("apps:\n  shop: {image: shop, template: docs/docker-compose.template.yml}\n");
    let loaded = load(&text).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(app(&loaded.inventory, "production", "shop").members.len(), 1000);
}

/// Pieces that mean something to YAML or to an inventory, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "version: 1\n",
        "apps:",
        "environments:",
        "hosts:",
        "defaults:",
        "every_app:",
        "stacks:",
        "colors:",
        "ssh:",
        "\n",
        "\n  ",
        "\n    ",
        "\n      ",
        " ",
        "\t",
        "- ",
        ": ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "<<: ",
        "~",
        "shop",
        "x",
        "|\n",
        ">\n",
        "\"",
        "'",
        "#",
        "!t ",
        "? ",
        "---\n",
        "...\n",
        "%",
        "@",
        "`",
        "1",
        "%YAML 1.2\n",
        "\u{feff}",
        "ä",
        "\r\n",
        "{app}",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A right inventory with one stretch of it replaced.
fn damaged() -> impl Strategy<Value = String> {
    let example = include_str!("../../inventory.example.yaml");
    (0..example.chars().count(), 0usize..40, pieces()).prop_map(|(start, length, new)| {
        let chars = || example.chars();
        chars().take(start).chain(new.chars()).chain(chars().skip(start + length)).collect()
    })
}

fn read(text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory.yaml");
    match from_text(&path, text.to_owned(), flipside::platform::DECODERS) {
        Ok(loaded) => drop(loaded.effective()),
        Err(problems) => {
            assert!(!problems.report().starts_with('\n'), "refused without a reason");
            drop(problems.to_string());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn no_yaml_makes_it_panic(text in pieces()) {
        read(&text);
    }

    #[test]
    fn no_damage_makes_it_panic(text in damaged()) {
        read(&text);
    }
}
