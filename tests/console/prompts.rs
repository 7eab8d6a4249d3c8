//! What a person is asked and types: tags, names, passphrases, a server's key.

use crate::fixture::{Desk, host};
use crate::keys::ready;
use crate::screens::{self};
use flipside::console::msg::{Effect, Msg, PromptAnswer, PromptCard};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use secrecy::ExposeSecret;

#[test]
fn prepare_asks_for_a_tag_and_takes_only_a_tag() {
    let mut desk = ready();
    desk.calmly("Pno tag<enter>");
    assert!(desk.orders.is_empty());
    desk.calmly("<c-u>v413<enter>");
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!() };
    assert_eq!(intent.phase, Phase::Prepare);
    assert_eq!(intent.release.as_ref().map(|release| release.tag.as_str()), Some("v413"));
}

#[test]
fn tab_goes_through_the_tags_seen_on_servers_and_a_tag_may_be_pasted() {
    let mut desk = ready();
    desk.calmly("P<tab><tab>");
    assert!(desk.screen(80, 24).contains("│ > v411"));
    desk.calmly("<c-u>").tell(Msg::Paste("v413\nrm -rf /\n".to_owned()));
    assert!(desk.screen(80, 24).contains("tag        v413_"));
}

#[test]
fn pasted_text_is_not_keys() {
    let mut desk = ready();
    desk.tell(Msg::Paste("RYLYq".to_owned()));
    assert!(desk.orders.is_empty() && desk.effects.is_empty() && desk.state.dialogs.is_empty());
}

#[test]
fn an_unknown_server_key_wants_the_whole_word() {
    let mut desk = screens::host_key();
    desk.calmly("y<enter>");
    assert!(desk.effects.iter().all(|effect| matches!(effect, Effect::Bell)));
    desk.calmly("es<enter>");
    assert!(matches!(
        desk.effects.last(),
        Some(Effect::Reply { number: 1, answer: PromptAnswer::Yes })
    ));
}

#[test]
fn a_passphrase_is_on_no_screen_and_in_no_debug_text() {
    let mut desk = Desk::new();
    let card = PromptCard::Secret { title: "Passphrase of id_ed25519".to_owned(), hint: None };
    desk.tell(Msg::Prompt { number: 3, card }).calmly("hunter2");
    assert!(!desk.screen(80, 24).contains("hunter2"));
    assert!(!format!("{:?}", desk.state).contains("hunter2"));
    desk.calmly("<enter>");
    let Some(Effect::Reply { answer: PromptAnswer::Secret(secret), .. }) = desk.effects.last()
    else {
        panic!()
    };
    assert_eq!(secret.expose_secret(), "hunter2");
}

#[test]
fn a_lock_is_removed_only_by_whoever_types_its_holder() {
    let mut desk = screens::night();
    desk.calmly("KY");
    assert!(desk.orders.is_empty());
    desk.calmly("<c-u>liY");
    assert!(
        matches!(desk.orders.last(), Some(Order::Unlock { targets, .. }) if *targets == [host("web-04")])
    );
}

#[test]
fn questions_of_the_transport_are_answered_in_the_order_they_came() {
    let mut desk = Desk::new();
    let card = |title: &str| PromptCard::Secret { title: title.to_owned(), hint: None };
    desk.tell(Msg::Prompt { number: 1, card: card("first") });
    desk.calmly("hun").tell(Msg::Prompt { number: 2, card: card("second") }).calmly("ter2<enter>");
    let Some(Effect::Reply { number: 1, answer: PromptAnswer::Secret(secret) }) =
        desk.effects.last()
    else {
        panic!("{:?}", desk.effects)
    };
    assert_eq!(secret.expose_secret(), "hunter2");
    assert!(desk.screen(80, 24).contains("second"));
}
