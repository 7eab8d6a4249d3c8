//! Go-live is frozen after a rollback: the console shows it and reopens it with a reason.

use flipside::domain::freeze::{AfterRollback, Freeze};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::Selection;
use flipside::domain::release::Tag;

use crate::fixture::{Desk, noon};

/// Two of three hosts have the mark; the third was away when users were sent back.
pub fn frozen() -> Desk {
    let mut desk = Desk::new();
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("blue", "v411"), ("green", "v412"));
        seen.frozen = (name != "web-02").then(|| Freeze {
            at: Some(noon() - chrono::TimeDelta::minutes(9)),
            by: "li@desk".to_owned(),
            from: Some(Tag::new("v412").unwrap()),
            to: Some(Tag::new("v411").unwrap()),
            reason: None,
            run: "r1".parse().unwrap(),
        });
        desk.sees(&name, seen);
    }
    desk.wait(700);
    desk
}

pub fn unfreeze() -> Desk {
    let mut desk = frozen();
    desk.keys(":unfreeze the rounding is mended in v413<enter>").calmly("prod");
    desk
}

fn said(desk: &Desk) -> &str {
    desk.state.messages.newest.as_ref().map_or("", |message| &message.text)
}

#[test]
fn a_frozen_environment_takes_no_go_live_and_says_who_and_why() {
    let mut desk = frozen();
    desk.calmly("L");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty());
    let said = said(&desk);
    assert!(said.contains("FROZEN by li@desk since"), "{said}");
    assert!(said.contains("users were sent back from v412 to v411"), "{said}");
    assert!(said.contains(":unfreeze REASON"), "{said}");
    desk.calmly("P");
    assert!(!desk.state.dialogs.is_empty(), "a release can be got ready");
}

#[test]
fn it_is_opened_with_a_reason_and_the_environments_name() {
    let mut desk = frozen();
    desk.keys(":unfreeze <enter>");
    assert!(desk.orders.is_empty(), "a reason is wanted");
    desk.keys("<esc>:unfreeze mended in v413<enter>").calmly("productioY");
    assert!(desk.orders.is_empty(), "the whole name is wanted");
    desk.calmly("<bs>nY");
    let Some(Order::Start { intent, .. }) = desk.orders.last() else { panic!("{:?}", desk.orders) };
    assert_eq!(intent.phase, Phase::Unfreeze);
    assert_eq!(intent.reason.as_deref(), Some("mended in v413"));
    let names = ["web-01", "web-03"].map(|name| name.parse().unwrap());
    assert_eq!(intent.selection, Selection::Only(names.into()), "those that have a mark");
}

#[test]
fn what_is_not_frozen_is_not_unfrozen() {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v412")).keys(":unfreeze why not<enter>");
    assert!(desk.screen(120, 36).contains("is not frozen"), "{}", desk.screen(120, 36));
    let mut desk = frozen();
    desk.state.setup.environment.after_rollback = AfterRollback::Open;
    assert!(!desk.screen(120, 36).contains("FROZEN"), "the inventory wants no freeze");
}
