//! Prompts to a person: tags, names, passphrases, a server's key.

use crate::fixture::{Desk, host};
use crate::keys::ready;
use crate::screens;
use flipside::console::app::msg::{Effect, Msg, PromptAnswer, PromptCard};
use flipside::domain::lock::{HeldLock, Holder, Lock, LockId};
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
fn lock_removal_needs_the_typed_holder() {
    let mut desk = screens::night();
    desk.calmly("KY");
    assert!(desk.orders.is_empty());
    desk.calmly("<c-u><enter>liY");
    assert!(desk.orders.is_empty(), "no reason was given yet");
    desk.calmly("<c-u>its laptop was lost<enter>Y");
    assert!(desk.orders.is_empty());
    desk.calmly("<c-u>liY");
    let Some(Order::Unlock { locks, reason, .. }) = desk.orders.last() else { panic!() };
    let seen = LockId::Run(flipside::domain::names::RunId::new("other").unwrap());
    assert_eq!(*locks, [(host("web-04"), seen)], "the lock that was seen, and no newer one");
    assert_eq!(reason, "its laptop was lost");
}

/// The holder no longer renews its lock: the table, the band and the card say that it is dead.
#[test]
fn a_dead_holder_is_shown_as_such_and_so_is_one_that_is_not_known() {
    for (holder, shown, typed) in [
        (Some(60), ["lock li@desk-7 since", "DEAD: its last heartbeat"], "li"),
        (None, ["lock ?", "? (the lock file cannot be read)"], "?"),
    ] {
        let mut desk = screens::night();
        let mut seen = desk.observation("web-04", ("blue", "v411"), ("green", "v412"));
        let lock = desk.state.locks()[0].lock().cloned().unwrap();
        let unreadable = Holder::Unreadable { file: "7-1-0".to_owned() };
        let holder =
            holder.map_or(unreadable, |lease| Holder::Run(Lock { lease: Some(lease), ..lock }));
        let is_run = matches!(holder, Holder::Run(_));
        let held = HeldLock { holder, silent: Some(312) };
        seen.lock = Some(held.clone());
        desk.sees("web-04", seen);
        let screen = desk.screen(160, 40);
        assert!(screen.contains(shown[0]), "{screen}");
        assert_eq!(screen.contains("DEAD"), is_run, "{screen}");
        desk.calmly("K");
        let card = desk.screen(120, 40);
        assert!(card.contains(shown[1]), "{card}");
        assert!(card.contains("why, then press Enter"), "{card}");
        desk.calmly(&format!("gone home<enter>{typed}Y"));
        let Some(Order::Unlock { locks, .. }) = desk.orders.last() else { panic!() };
        assert_eq!(*locks, [(host("web-04"), held.id())]);
    }
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
