//! What a person must do is said in keys, and is never cut without a way to read all of it.

use flipside::domain::lock::Lock;
use flipside::domain::observation::Drift;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Refusal, Selection};

use crate::fixture::{Desk, noon};

fn said(desk: &Desk) -> &str {
    desk.state.messages.newest.as_ref().map_or("", |message| &message.text)
}

/// A drift with a long remedy, and a lock, on a host that is not chosen.
fn troubled() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410"));
    let mut seen = desk.observation("web-02", ("blue", "v411"), ("green", "v410"));
    seen.drift = vec![Drift {
        what: "/srv/shop/live-color says green, nginx serves blue".to_owned(),
        remedy: "`flipside repair` plans what makes them agree without moving users".to_owned(),
        kind: flipside::domain::observation::DriftKind::Disagreement,
        repairable: true,
    }];
    seen.lock = Some(
        Lock {
            who: "li".to_owned(),
            machine: "desk".to_owned(),
            why: "go-live".to_owned(),
            since: noon(),
            release: None,
            run: "r9".parse().unwrap(),
            lease: Some(60),
            rollback: false,
        }
        .into(),
    );
    desk.sees("web-02", seen).wait(300);
    desk
}

/// The words of a card, as if it had no edges.
fn flat(screen: &str) -> String {
    let words = screen.lines().map(|line| line.trim_matches(['│', ' ']));
    words.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn one_card_has_in_full_what_is_wrong_now_in_keys_of_this_console() {
    for (width, height) in [(80, 24), (120, 36)] {
        let mut desk = troubled();
        desk.keys("!");
        let card = flat(&desk.screen(width, height));
        for words in [
            "live-color says green, nginx serves blue. :repair all plans what makes them agree without moving users",
            "locked by li@desk",
            "Wait until that run has ended. If it cannot end: K",
        ] {
            assert!(card.contains(words), "{width}x{height}: {words}: {card}");
        }
        assert!(!card.contains("flipside"), "{card}");
    }
}

#[test]
fn a_message_that_is_cut_names_the_key_that_shows_all_of_it() {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410"));
    let long = format!("web-01: {} do this", "word ".repeat(40));
    desk.state.say(flipside::console::screen::glyphs::Mark::Bad, long.clone());
    for width in [80, 120] {
        let screen = desk.screen(width, 24);
        let line = screen.lines().find(|line| line.contains("web-01: word")).unwrap();
        assert!(line.ends_with("!: all"), "{width}: {line}");
    }
    desk.keys("!");
    assert!(flat(&desk.screen(80, 24)).contains("word word do this"));
}

#[test]
fn a_refusal_on_a_card_and_a_message_name_keys() {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v412")).calmly("L");
    desk.answers(Err(Refusal {
        reason: "web-01: v412 is not prepared: green holds v410".to_owned(),
        remedy: "prepare it here: `flipside prepare --release v412` does only what is left to do"
            .to_owned(),
        targets: Vec::new(),
    }));
    let card = flat(&desk.screen(120, 36));
    assert!(card.contains("prepare it here: :prepare v412 does only what is left to do"), "{card}");
    desk.state.say(
        flipside::console::screen::glyphs::Mark::Bad,
        "`flipside status` looks again; `flipside doctor` checks this server",
    );
    assert_eq!(said(&desk), "Ctrl-R looks again; `flipside doctor` in a shell checks this server");
}

#[test]
fn a_repair_is_asked_for_by_a_command_and_shown_before_it_begins() {
    let mut desk = troubled();
    desk.keys(":repair web-02<enter>");
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!("{:?}", desk.orders) };
    assert_eq!(intent.phase, Phase::Repair);
    assert_eq!(intent.selection, Selection::Only(["web-02".parse().unwrap()].into()));
    desk.keys("<esc>:repair all<enter>");
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!("{:?}", desk.orders) };
    assert_eq!(intent.selection, Selection::All);
    let orders = desk.orders.len();
    desk.keys("<esc>:repair web-09<enter>");
    assert_eq!(desk.orders.len(), orders);
    assert!(desk.screen(120, 36).contains("there is no host"), "{}", desk.screen(120, 36));
}

/// Of a rollback that was refused nothing happens: how it would be done is no fact.
#[test]
fn a_refused_rollback_says_only_why() {
    let mut desk = Desk::new();
    desk.quiet(("green", "v412"), ("blue", "v411")).calmly("R");
    desk.answers(Err(Refusal {
        reason: "no host recorded where its users came from, and no release is prepared".to_owned(),
        remedy: "name a release: `flipside rollback --to TAG`. These hosts still have v412"
            .to_owned(),
        targets: Vec::new(),
    }));
    let card = flat(&desk.screen(120, 36));
    assert!(card.contains("name a release: :rollback TAG. These hosts still have v412"), "{card}");
    for untrue in ["stays up, passive", "swap the include", "not ready"] {
        assert!(!card.contains(untrue), "{untrue}: {card}");
    }
}

#[test]
fn a_hint_of_the_tour_is_wrapped_on_a_small_screen() {
    let mut desk = Desk::new();
    let hint = "v2 is up on the passive side. Press V: every host checks it, then you sign it off.";
    desk.tell(flipside::console::app::msg::Msg::Guide(vec![hint.to_owned()]));
    assert!(flat(&desk.screen(80, 24)).contains(hint), "{}", desk.screen(80, 24));
}
