//! A person's own keys, and slips that must not change a server.

use std::path::Path;

use flipside::console::actions::{ACTIONS, ActionId};
use flipside::console::app::msg::{Effect, Msg};
use flipside::console::dialog::Dialog;
use flipside::console::integration::Window;
use flipside::console::keys::key::Key;
use flipside::console::keys::{Bindings, read};
use flipside::domain::phase::Phase;

use crate::fixture::Desk;
use crate::screens;

fn bound(file: &str) -> Bindings {
    read(Path::new("keys.yaml"), file).unwrap_or_else(|problems| panic!("{problems}"))
}

/// What a file is refused for, as its person reads it.
fn refused(file: &str) -> String {
    read(Path::new("keys.yaml"), file).unwrap_err().to_string()
}

fn with(file: &str) -> Desk {
    let mut desk = screens::ready_to_go();
    desk.state.setup.keys = bound(file);
    desk
}

#[test]
fn without_a_file_the_keys_are_those_of_the_table() {
    for file in ["", "# nothing yet\n", "---\n"] {
        assert_eq!(bound(file), Bindings::default(), "{file:?}");
    }
}

#[test]
fn a_file_says_only_what_is_otherwise() {
    let keys = bound("roll back: B\nprepare: [P, F5]\nfilter/search: \"?\"\nhelp: F1\n");
    assert_eq!(keys.keys(ActionId::Rollback), [Key::Char('B')]);
    assert_eq!(keys.keys(ActionId::Prepare), [Key::Char('P'), Key::F(5)]);
    assert_eq!(keys.keys(ActionId::Search), [Key::Char('?')]);
    assert_eq!(keys.keys(ActionId::GoLive), [Key::Char('L')]);
}

#[test]
fn two_actions_may_change_places() {
    let keys = bound("prepare: V\nverify: P\n");
    assert_eq!(keys.find(Key::Char('V')), Some(ActionId::Prepare));
}

#[test]
fn keys_hints_help_and_words_all_go_by_the_file() {
    let mut desk = with("finish: F5\nroll back: B\nhelp: F1\n");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("F5 finish") && screen.contains("B roll back"), "{screen}");
    desk.keys(":finish");
    assert!(desk.screen(120, 36).contains("finish            F5"));
    desk.keys("<esc>").tell(Msg::Key(Key::F(1)));
    let help = desk.screen(120, 50);
    assert!(help.contains("B             roll back"), "{help}");
    desk.keys("<esc>").calmly("F");
    assert!(desk.state.dialogs.is_empty(), "the table's key is free now");
    desk.tell(Msg::Key(Key::F(5)));
    assert!(matches!(desk.state.dialogs.last().unwrap().dialog, Dialog::Plan(_)));
    let mut desk = screens::gone_live();
    desk.state.setup.keys = bound("roll back: B\n");
    assert!(desk.screen(120, 36).contains("B ROLL BACK"));
}

#[test]
fn every_name_of_the_table_can_be_written() {
    for action in ACTIONS {
        let fixed = [ActionId::Read, ActionId::Redraw, ActionId::Quit].contains(&action.id);
        let own: Vec<String> = action
            .keys
            .iter()
            .filter(|key| !fixed || matches!(key, Key::Char(_)))
            .map(|key| format!("{:?}", key.word()))
            .collect();
        if !own.is_empty() {
            assert_eq!(
                bound(&format!("{}: [{}]", action.name, own.join(", "))),
                Bindings::default()
            );
        }
    }
}

#[test]
fn unknown_words_are_refused_with_their_line_and_the_nearest_one() {
    assert!(refused("\nrollback: B\n").starts_with("keys.yaml:2:1: there is no action `rollback`"));
    assert!(refused("roll-back: B\n").contains("did you mean `roll back`?"));
    assert!(refused("prepare: [P,\n  f5x]\n").starts_with("keys.yaml:2:3: there is no key `f5x`"));
    assert!(refused("page up: Ctrl-b\n").contains("did you mean `Ctrl-B`?"));
    assert!(refused("page up: PageUp\n").contains("did you mean `PgUp`?"));
}

#[test]
fn what_is_no_list_of_keys_is_refused() {
    for file in [
        "- prepare\n",
        "prepare: {key: P}\n",
        "prepare: []\n",
        "prepare: P\nprepare: F5\n",
        "prepare: [P, P]\n",
        "prepare:\n",
        "help: ?\n  x\n: :",
    ] {
        assert!(refused(file).contains("remedy:"), "{file:?}");
    }
}

#[test]
fn a_key_given_twice_is_refused_with_both_actions() {
    let told = refused("container log: m\nzoom: [m, z]\n");
    assert!(
        told.contains("`m` is given to both `zoom` (line 2) and `container log` (line 1)"),
        "{told}"
    );
    let told = refused("prepare: R\n");
    assert!(
        told.starts_with(
            "keys.yaml:1:1: `R` is given to both `roll back` (its own key) and `prepare` (line 1)"
        ),
        "{told}"
    );
}

#[test]
fn what_changes_servers_takes_no_key_that_is_pressed_in_passing() {
    for name in [
        "roll back",
        "prepare",
        "verify",
        "go live",
        "finish",
        "abandon",
        "abort run",
        "revert this",
        "unlock",
    ] {
        for key in [
            "x",
            "Enter",
            "Esc",
            "Tab",
            "Up",
            "Down",
            "PgDn",
            "Space",
            "Backspace",
            "Ctrl-X",
            "G",
            "N",
            "Y",
            "1",
            "ß",
        ] {
            let told = refused(&format!("{name}: {key}\n"));
            assert!(told.starts_with("keys.yaml:1:"), "{name} on {key}: {told}");
        }
    }
}

#[test]
fn the_yes_and_the_way_out_cannot_be_given_away() {
    for file in
        ["help: Y\n", "help: Esc\n", "help: Ctrl-C\n", "help: Ctrl-L\n", "message read: Esc\n"]
    {
        assert!(refused(file).contains("is fixed"), "{file}");
    }
    let keys = bound("message read: b\nquit: Q\n");
    assert!(keys.keys(ActionId::Read).contains(&Key::Esc));
    assert!(keys.keys(ActionId::Quit).contains(&Key::Ctrl('c')));
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_once() {
    let told = refused("prepare: p\nfoo: x\nzoom: Y\n");
    assert_eq!(told.matches("keys.yaml:").count(), 3, "{told}");
}

#[test]
fn keys_that_came_with_the_window_change_nothing() {
    let mut desk = screens::gone_live();
    desk.wait(1_000).tell(Msg::Window(Window::InFront)).keys("R");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty());
    assert!(desk.screen(80, 24).contains("R came with the window: press it again"));
    desk.calmly("R");
    assert!(!desk.state.dialogs.is_empty());
}

#[test]
fn a_yes_that_came_with_the_window_is_not_one() {
    let mut desk = screens::gone_live();
    desk.calmly("R").wait(1_000).tell(Msg::Window(Window::InFront)).keys("Y");
    assert!(matches!(desk.state.dialogs.last().unwrap().dialog, Dialog::Rollback(_)));
    desk.keys("<esc>");
    assert!(desk.state.dialogs.is_empty(), "the safe direction waits for nothing");
}

#[test]
fn a_function_key_that_changes_servers_is_held_back_as_a_letter_is() {
    let mut desk = with("finish: F5\n");
    desk.wait(1_000).tell(Msg::Window(Window::InFront)).tell(Msg::Key(Key::F(5)));
    assert!(desk.orders.is_empty());
}

#[test]
fn text_is_typed_at_once_wherever_the_window_was() {
    let mut desk = screens::ready_to_go();
    desk.keys("P").tell(Msg::Window(Window::InFront)).keys("V9");
    assert!(desk.screen(80, 24).contains("tag        V9_"));
    desk.keys("<esc>j").tell(Msg::Window(Window::InFront)).keys("k");
    assert_eq!(desk.state.chosen_target().unwrap().name(), "web-01");
}

#[test]
fn pasted_text_outside_inputs_is_dropped_with_a_message() {
    for script in ["", "?", "F", "R"] {
        let mut desk = screens::gone_live();
        desk.calmly(script).tell(Msg::Paste("RYLYq".to_owned()));
        let orders = desk.orders.len();
        let told =
            desk.state.messages.newest.as_ref().map_or("", |message| &message.text).to_owned();
        assert_eq!(told, "pasted text is not keys: it was dropped", "{script}");
        desk.wait(10);
        assert_eq!(desk.orders.len(), orders);
    }
}

#[test]
fn while_text_is_typed_no_letter_is_a_key() {
    for open in ["P", "/", ":"] {
        let mut desk = screens::ready_to_go();
        desk.calmly(open).calmly("LRFXAKUqpsry?jk");
        assert_eq!(desk.state.dialogs.len(), 1, "{open}");
        assert!(desk.orders.is_empty() && desk.effects.is_empty(), "{open}: {:?}", desk.effects);
    }
    let mut desk = screens::ready_to_go();
    desk.calmly("LRq?");
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Quit)));
    assert_eq!(desk.state.dialogs.len(), 1, "a name is typed there");
}

#[test]
fn a_run_that_is_paused_names_the_key_that_it_goes_on_with() {
    let mut desk = screens::ready_to_go();
    desk.state.setup.keys = bound("pause/resume: b\n");
    desk.starts(Phase::Prepare, "v412");
    let by = crate::fixture::operator();
    desk.happens(flipside::domain::event::What::Paused { by });
    assert!(desk.screen(80, 24).contains("b resumes"));
}
