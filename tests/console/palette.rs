//! The palette: every action by its name, and commands with an argument.

use flipside::console::app::msg::{Effect, Msg};
use flipside::console::dialog::Dialog;
use flipside::console::palette::update::entries;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;

use crate::fixture::{Desk, HOSTS, environment};
use crate::screens;

fn ready() -> Desk {
    screens::ready_to_go()
}

fn top(desk: &Desk) -> Option<&Dialog> {
    desk.state.dialogs.last().map(|open| &open.dialog)
}

fn said(desk: &Desk) -> &str {
    desk.state.messages.newest.as_ref().map_or("", |message| &message.text)
}

fn read_only() -> Desk {
    let mut environment = environment(&HOSTS);
    environment.read_only = true;
    let mut desk = Desk::over(environment);
    desk.quiet(("blue", "v411"), ("green", "v412"));
    desk
}

#[test]
fn what_was_found_does_what_its_key_would_do() {
    let mut desk = ready();
    desk.keys(":zoom<enter>");
    let mut same = ready();
    same.keys("z");
    assert_eq!(desk.state.screen.zoom, same.state.screen.zoom);
    desk.keys(":quit<enter>");
    assert!(matches!(desk.effects.last(), Some(Effect::Quit)));
}

#[test]
fn what_changes_servers_still_opens_its_card_and_waits_for_its_yes() {
    let mut desk = ready();
    desk.keys(":finish<enter>");
    assert!(matches!(top(&desk), Some(Dialog::Plan(_))), "{:?}", desk.state.dialogs);
    assert!(matches!(desk.orders[..], [Order::Propose { .. }]));
    desk.calmly("<enter><enter>F");
    assert!(matches!(desk.orders[..], [Order::Propose { .. }]), "{:?}", desk.orders);
}

#[test]
fn a_yes_that_was_quicker_than_the_card_is_not_believed() {
    let mut desk = screens::gone_live();
    desk.calmly(":roll back<enter>").keys("Y");
    assert!(matches!(top(&desk), Some(Dialog::Rollback(_))));
    assert!(desk.orders.iter().all(|order| matches!(order, Order::Propose { .. })));
}

#[test]
fn enter_alone_is_no_order() {
    let mut desk = ready();
    desk.calmly(":<enter><enter>");
    assert!(matches!(top(&desk), Some(Dialog::Palette(_))));
    assert!(desk.orders.is_empty() && desk.effects.is_empty());
}

#[test]
fn the_best_match_comes_first_and_of_equals_the_one_that_does_least() {
    let first = |typed: &str| {
        let mut desk = ready();
        desk.keys(":").keys(typed);
        let Some(Dialog::Palette(card)) = top(&desk) else { panic!() };
        entries(&desk.state, card).first().map(|entry| entry.name()).unwrap()
    };
    assert_eq!(first("gl"), "go live");
    assert_eq!(first("rb"), "roll back");
    assert_eq!(first("PREP"), "prepare");
    assert_eq!(first("re"), "redraw");
    assert_eq!(first("chat"), "copy summary", "by a word of its explanation");
}

#[test]
fn it_is_chosen_from_with_arrows_and_with_control_keys() {
    for (down, up) in [("<down>", "<up>"), ("<c-n>", "<c-p>")] {
        let mut desk = ready();
        desk.keys(":").keys(&down.repeat(3)).keys(up);
        let Some(Dialog::Palette(card)) = top(&desk) else { panic!() };
        assert_eq!(card.chosen, Some(1));
        desk.keys(&up.repeat(2));
        let Some(Dialog::Palette(card)) = top(&desk) else { panic!() };
        assert_eq!(card.chosen, Some(entries(&desk.state, card).len() - 1), "it goes round");
    }
}

#[test]
fn esc_leaves_it() {
    let mut desk = ready();
    desk.keys(":go live<esc>");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty());
}

#[test]
fn what_cannot_be_done_is_still_there_and_says_why_not() {
    let mut desk = read_only();
    desk.keys(":prepare");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("not now: production is read-only in the inventory"), "{screen}");
    desk.keys("<enter>");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty());
    assert!(said(&desk).contains("P prepare: production is read-only"), "{}", said(&desk));
}

#[test]
fn letters_typed_there_are_no_keys_and_pasted_text_is_only_text() {
    let mut desk = ready();
    desk.calmly(":RYLYq");
    assert!(desk.orders.is_empty() && desk.effects.is_empty());
    desk.calmly("<c-u>").tell(Msg::Paste("quit\n".to_owned()));
    assert!(desk.effects.is_empty(), "a pasted line end is no Enter");
    let Some(Dialog::Palette(card)) = top(&desk) else { panic!() };
    assert_eq!(card.field.text(), "quit");
}

#[test]
fn a_release_can_be_named_at_once() {
    let mut desk = ready();
    desk.keys(":prepare v413<enter>");
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!() };
    assert_eq!(intent.phase, Phase::Prepare);
    assert_eq!(intent.release.as_ref().map(|release| release.tag.as_str()), Some("v413"));
    assert!(matches!(top(&desk), Some(Dialog::Plan(_))));
}

#[test]
fn a_named_release_is_refused_where_its_key_would_be() {
    let mut desk = read_only();
    desk.keys(":prepare v413<enter>");
    assert!(desk.orders.is_empty() && said(&desk).contains("read-only"), "{}", said(&desk));
}

fn chosen(desk: &Desk) -> &str {
    desk.state.chosen_target().unwrap().name()
}

#[test]
fn a_host_can_be_named() {
    let mut desk = ready();
    desk.keys(":host web-03<enter>");
    assert_eq!(chosen(&desk), "web-03");
    desk.keys(":host wbe-02<enter>");
    assert!(desk.screen(80, 24).contains("there is no host \"wbe-02\": did you mean \"web-02\"?"));
    desk.keys("<c-u>host web-02<enter>");
    assert_eq!(chosen(&desk), "web-02");
}

#[test]
fn unknown_words_suggest_the_nearest_name() {
    let mut desk = ready();
    desk.keys(":prepaer<enter>");
    assert!(
        desk.screen(80, 24).contains("nothing is called \"prepaer\": did you mean \"prepare\"?")
    );
    desk.keys("<c-u>hots web-02");
    assert!(desk.screen(80, 24).contains("did you mean \"host\"?"));
    assert!(desk.orders.is_empty());
}

#[test]
fn a_command_without_its_argument_says_what_is_missing() {
    let mut desk = ready();
    desk.keys(":read-only perhaps<enter>");
    assert!(desk.screen(80, 24).contains("read-only is on or off"));
    desk.keys("<c-u>host <enter>");
    assert!(desk.screen(80, 24).contains("write host NAME"));
    assert!(matches!(top(&desk), Some(Dialog::Palette(_))));
}

#[test]
fn lifting_read_only_needs_the_typed_environment_name() {
    let mut desk = read_only();
    assert!(desk.screen(80, 24).contains("READ-ONLY"));
    desk.keys(":read-only off<enter>").calmly("Y<enter><c-u>productionY");
    assert!(!desk.screen(80, 24).contains("READ-ONLY"));
    desk.calmly("F");
    assert!(matches!(desk.orders[..], [Order::Propose { .. }]));
}

#[test]
fn a_pasted_name_does_not_lift_read_only() {
    let mut desk = read_only();
    desk.keys(":read-only off<enter>").wait(400);
    desk.tell(Msg::Paste("production".to_owned())).calmly("Y");
    assert!(said(&desk).contains("it was dropped"));
    assert!(desk.screen(80, 24).contains("READ-ONLY"));
}

#[test]
fn read_only_comes_back_at_once() {
    let mut desk = ready();
    desk.keys(":read-only on<enter>");
    assert!(desk.screen(120, 36).contains("READ-ONLY"));
    for key in ["P", "L", "R", "X", "F"] {
        desk.calmly(key);
        assert!(said(&desk).contains("read-only"), "{key}: {}", said(&desk));
    }
    assert!(desk.orders.is_empty() && desk.state.dialogs.is_empty());
}

#[test]
fn what_is_not_read_only_is_not_lifted() {
    let mut desk = ready();
    desk.keys(":read-only off<enter>");
    assert!(desk.state.dialogs.is_empty());
    assert!(said(&desk).contains("is not read-only"));
}

#[test]
fn a_run_at_work_when_read_only_begins_can_still_be_ended() {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412").keys(":read-only on<enter>").calmly("AY");
    assert!(matches!(desk.orders[..], [Order::Abort { .. }]), "{:?}", desk.orders);
}

#[test]
fn the_inventory_says_read_only_before_the_command_line_does() {
    use flipside::console::read_only::{Access, Because};
    let mut production = environment(&HOSTS);
    let started = Access::ReadOnly(Because::Started);
    assert_eq!(Access::at_start(&production, Access::Full), Access::Full);
    assert_eq!(Access::at_start(&production, started), started);
    production.read_only = true;
    let inventory = Access::ReadOnly(Because::Inventory);
    assert_eq!(Access::at_start(&production, Access::Full), inventory);
    assert_eq!(Access::at_start(&production, started), inventory);
}

/// Whether a host can be reached is for the engine to find out: to choose one is no order, however it is
/// named.
#[test]
fn a_host_that_is_unreachable_can_be_chosen_and_nothing_is_sent_to_it() {
    use flipside::domain::event::What;
    use flipside::domain::observation::Observed;
    let mut desk = ready();
    let target = crate::fixture::host("web-02");
    let observed = Observed::Failed { why: "connection lost".to_owned(), last: None };
    desk.happens(What::Observed { target: target.clone(), observed });
    let (orders, effects) = (desk.orders.len(), desk.effects.len());
    desk.keys(":host web-02<enter>");
    assert!(desk.state.is_chosen(&target));
    assert_eq!((desk.orders.len(), desk.effects.len()), (orders, effects));
}
