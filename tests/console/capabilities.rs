//! A console offers what the app supports: here one behind an API without a passive side.

use std::path::Path;

use flipside::console::dialog::Dialog;
use flipside::domain::color::ColorPair;
use flipside::domain::event::What;
use flipside::domain::freeze::AfterRollback;
use flipside::domain::observation::{Observation, Observed, Traffic};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::spec::Environment;
use flipside::domain::target::Target;
use flipside::inventory::from_text;

use crate::fixture::{Desk, color};

const LIVE_ONLY: &str = r#"
version: 1
environments:
  production:
    targets: {api-1: {roles: [app]}, api-2: {roles: [app]}}
apps:
  shop:
    platform: http
    url: "https://{target}.example.org/shop"
    may_lose_requests: true
    logs: {live: {path: /logs}}
    observe: {path: /state, live: /live, previous: /previous, last_phase: /phase, last_at: /at}
    go_live: [{name: switch, method: POST, path: /live}]
    rollback: [{name: switch back, method: POST, path: /live}]
"#;

fn environment() -> Environment {
    let path = Path::new("/tmp/inventory.yaml");
    let loaded = from_text(path, LIVE_ONLY.to_owned(), flipside::platform::DECODERS);
    let inventory = loaded.unwrap_or_else(|problems| panic!("{problems}")).inventory;
    let mut environment = inventory.environments.into_values().next().unwrap();
    // Another app of it can keep a freeze.
    environment.after_rollback = AfterRollback::Frozen;
    environment
}

/// Both APIs have v2 live; users came from v1.
fn desk() -> Desk {
    let mut desk = Desk::over(environment());
    for name in ["api-1", "api-2"] {
        let target = Target::Api(name.parse().unwrap());
        let mut seen = desk.observation(name, ("live", "v2"), ("passive", "v1"));
        seen.colors.remove(&color("passive"));
        let (passive_shows, passive_points_at) = (None, None);
        let live = Traffic { recorded: None, answers_name_color: false, ..seen.live.clone() };
        let seen =
            Observation { target: target.clone(), live, passive_shows, passive_points_at, ..seen };
        desk.happens(What::Observed { target, observed: Observed::Current(Box::new(seen)) });
    }
    desk
}

#[test]
fn screen_shows_no_side_and_no_phase_that_the_app_does_not_have() {
    let mut desk = desk();
    let screen = desk.screen(120, 30);
    assert_eq!(
        ColorPair::new(color("live"), color("passive")).unwrap(),
        desk.state.fleet.members[0].colors
    );
    insta::assert_snapshot!(screen);
    assert!(!desk.screen(60, 16).contains("passive"));
    assert!(!desk.screen(40, 6).contains("passive"));
}

#[test]
fn help_and_palette_list_no_action_of_an_absent_phase() {
    let mut desk = desk();
    desk.keys("?");
    let help = desk.screen(160, 120);
    for absent in ["prepare", "verify", "finish", "abandon", "a shell on"] {
        // After the keys of an action comes its name.
        assert!(!help.contains(&format!("   {absent} ")), "{absent}: {help}");
    }
    assert!(help.contains(" go live ") && help.contains(" roll back "), "{help}");
    desk.keys("<esc>:abandon");
    let palette = desk.screen(120, 30);
    assert!(palette.contains("nothing is called \"abandon\""), "{palette}");
    desk.keys("<c-u>unfreeze now<enter>");
    let palette = desk.screen(120, 30);
    assert!(palette.contains("not for this app: the API keeps no freeze"), "{palette}");
    assert!(desk.orders.is_empty());
}

#[test]
fn key_of_an_absent_phase_says_why_there_is_none() {
    let mut desk = desk();
    desk.keys("P");
    let screen = desk.screen(120, 30);
    let why = "P prepare: not for this app: the API has no passive side (`observe.passive`)";
    assert!(screen.contains(why), "{screen}");
    desk.keys("F");
    assert!(desk.screen(120, 30).contains("its owner does that where the API runs"));
    desk.keys("o");
    assert!(desk.screen(120, 30).contains("the targets are no servers"));
    assert!(desk.orders.is_empty() && desk.state.dialogs.is_empty());
}

#[test]
fn go_live_without_a_passive_side_asks_for_the_release() {
    let mut desk = desk();
    desk.keys("L");
    assert!(desk.screen(120, 30).contains("GO LIVE with which release?"));
    desk.keys("v3<enter>");
    let asked = desk.orders.iter().find_map(|order| match order {
        Order::Propose { intent } => Some((intent.phase, intent.release.clone().unwrap().tag)),
        _ => None,
    });
    assert_eq!(asked, Some((Phase::GoLive, "v3".parse().unwrap())));
}

#[test]
fn rollback_without_a_passive_side_goes_to_the_recorded_release() {
    let mut desk = desk();
    assert!(desk.screen(120, 30).contains("ROLLBACK ready 2/2"), "{}", desk.screen(120, 30));
    desk.keys("R");
    let Some(Dialog::Rollback(_)) = desk.state.dialogs.last().map(|open| &open.dialog) else {
        panic!("{}", desk.screen(120, 30));
    };
    let card = desk.screen(120, 36);
    assert!(card.contains("go-live is NOT frozen: this app keeps no freeze"), "{card}");
    let words: Vec<&str> = card.split_whitespace().filter(|word| *word != "│").collect();
    assert!(words.join(" ").contains("; users may lose requests meanwhile"), "{card}");
}

#[test]
fn log_is_followed_of_the_sides_that_have_one() {
    let mut desk = desk();
    let target = Target::Api("api-1".parse().unwrap());
    desk.keys("l");
    let order = Order::FollowLog { target: target.clone(), color: Some(color("live")) };
    assert_eq!(desk.orders, [order]);
    assert!(desk.screen(120, 30).contains("l again: none"), "{}", desk.screen(120, 30));
    desk.keys("l");
    assert_eq!(desk.orders[1..], [Order::FollowLog { target, color: None }]);
}
