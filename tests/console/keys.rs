//! Keys, as a person presses them, and what goes out to the engine.

use flipside::console::actions::{ACTIONS, Class};
use flipside::console::app::msg::{Effect, Msg};
use flipside::console::keys::key::Key;
use flipside::domain::event::{Choice, Verdict, What};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Question, Refusal};

use crate::fixture::{Desk, HOSTS, environment, host, operator, pull};
use crate::screens::{self};

pub fn ready() -> Desk {
    screens::ready_to_go()
}

/// Where a plan wants only its key.
pub fn unprotected() -> Desk {
    let mut environment = environment(&HOSTS);
    environment.protected = false;
    let mut desk = Desk::over(environment);
    desk.quiet(("blue", "v411"), ("green", "v412")).wait(500);
    desk
}

pub fn started(desk: &Desk) -> Vec<Phase> {
    desk.orders
        .iter()
        .filter_map(|order| match order {
            Order::Start { intent, .. } => Some(intent.phase),
            _ => None,
        })
        .collect()
}

pub fn refusal() -> Refusal {
    Refusal { reason: "no".to_owned(), remedy: "wait".to_owned(), targets: Vec::new() }
}

pub fn asks(desk: &mut Desk) -> &mut Desk {
    let question = Question { text: "Is it good?".to_owned(), hints: Vec::new() };
    desk.happens(What::Asked { question })
}

#[test]
fn upper_case_changes_servers_and_lower_case_does_not() {
    for action in ACTIONS {
        let changes = matches!(action.class, Class::Mutate | Class::Emergency);
        for key in action.keys.iter().filter(|key| !matches!(key, Key::Char('G' | 'N'))) {
            assert_eq!(key.is_upper_case(), changes, "{} on {key:?}", action.name);
        }
    }
}

#[test]
fn no_key_has_two_meanings() {
    let keys: Vec<Key> = ACTIONS.iter().flat_map(|action| action.keys).copied().collect();
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[index + 1..].contains(key), "{key:?}");
        assert_ne!(*key, Key::Char('Y'), "the confirming key starts nothing");
    }
}

#[test]
fn no_single_key_changes_anything() {
    for action in ACTIONS.iter().filter(|action| action.keys[0].is_upper_case()) {
        let Key::Char(key) = action.keys[0] else { continue };
        let mut desk = ready();
        // The same key again, and Enter, are no answer either.
        desk.calmly(&format!("{key}{key}<enter>{key}"));
        let only_asked = desk.orders.iter().all(|order| matches!(order, Order::Propose { .. }));
        assert!(only_asked, "{key}: {:?}", desk.orders);
    }
}

#[test]
fn a_plan_is_shown_before_it_is_agreed_to_and_starts_on_the_basis_that_was_seen() {
    let mut desk = unprotected();
    desk.calmly("F").calmly("Y");
    assert!(started(&desk).is_empty(), "there is no plan on the card yet");
    let plan = desk.plan(Phase::Finish, "v411");
    desk.answers(Ok(plan.clone())).calmly("Y");
    assert_eq!(started(&desk), [Phase::Finish]);
    let Some(Order::Start { basis, .. }) = desk.orders.last() else { panic!() };
    assert_eq!(*basis, Some(plan.basis));
}

#[test]
fn hands_quicker_than_the_screen_are_not_believed() {
    let mut desk = unprotected();
    desk.calmly("F");
    let plan = desk.plan(Phase::Finish, "v411");
    desk.answers(Ok(plan)).keys("Y");
    assert!(started(&desk).is_empty());
}

#[test]
fn going_live_in_a_protected_environment_wants_its_name() {
    let mut desk = ready();
    desk.calmly("L");
    let plan = desk.plan(Phase::GoLive, "v412");
    desk.answers(Ok(plan)).calmly("Y<bs>").calmly("produktionY");
    assert!(started(&desk).is_empty());
    desk.calmly("<c-u>productionY");
    assert_eq!(started(&desk), [Phase::GoLive]);
}

#[test]
fn a_pasted_name_is_not_a_typed_one() {
    let mut desk = ready();
    desk.calmly("L");
    let plan = desk.plan(Phase::GoLive, "v412");
    desk.answers(Ok(plan)).wait(400).tell(Msg::Paste("production".to_owned())).calmly("Y");
    assert!(started(&desk).is_empty());
}

#[test]
fn go_live_is_narrowed_to_the_release_that_was_on_the_screen() {
    let mut desk = ready();
    desk.calmly("L");
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!() };
    assert_eq!(intent.release.as_ref().map(|release| release.tag.as_str()), Some("v412"));
    assert_eq!(intent.by, operator());
}

#[test]
fn a_refused_plan_cannot_be_agreed_to() {
    let mut desk = unprotected();
    desk.calmly("F").answers(Err(refusal())).calmly("YYY<enter>");
    assert!(started(&desk).is_empty());
    assert!(desk.screen(80, 24).contains("What to do: wait"));
}

#[test]
fn a_wait_that_only_a_person_ends_is_ended_by_p() {
    let mut desk = ready();
    let pause = flipside::domain::plan::Pause::UntilResumed;
    desk.starts(Phase::GoLive, "v412").happens(What::Pausing { pause });
    assert!(desk.screen(80, 24).contains("p resumes"));
    desk.keys("p");
    assert_eq!(desk.orders, [Order::Resume { by: operator() }]);
}

#[test]
fn stuck_host_is_retried_skipped_or_reverted() {
    let choice = |script: &str| {
        let mut desk = screens::failure();
        desk.calmly(script);
        match desk.orders.last() {
            Some(Order::Choose { target, choice, .. }) if *target == host("web-03") => *choice,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(choice("r"), Choice::Retry);
    assert_eq!(choice("s"), Choice::Skip);
    assert_eq!(choice("UY"), Choice::Revert);
}

#[test]
fn r_on_a_healthy_host_observes_every_host() {
    let mut desk = ready();
    desk.keys("r");
    assert_eq!(desk.orders, [Order::Observe { targets: Vec::new() }]);
}

#[test]
fn a_failure_brings_its_host_to_the_front_but_does_not_take_a_second_one_away() {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412");
    desk.ends("web-02", pull(), Outcome::failed("disk full"));
    assert_eq!(desk.state.fleet.chosen, Some(host("web-02")));
    desk.ends("web-03", pull(), Outcome::failed("disk full"));
    assert_eq!(desk.state.fleet.chosen, Some(host("web-02")));
    desk.keys("f");
    assert_eq!(desk.state.fleet.chosen, Some(host("web-03")));
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Bell)));
}

#[test]
fn pause_and_resume_are_one_key() {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412").keys("p");
    assert_eq!(desk.orders, [Order::Pause { by: operator() }]);
    desk.happens(What::Paused { by: operator() }).keys("p");
    assert_eq!(desk.orders[1], Order::Resume { by: operator() });
    assert!(desk.screen(80, 24).contains("HELD: paused"));
}

#[test]
fn a_sign_off_is_given_with_y_and_declined_with_a_note() {
    let mut desk = ready();
    asks(desk.starts(Phase::Verify, "v412")).calmly("Y");
    assert_eq!(desk.orders, [Order::Answer { yes: true, by: operator(), note: None }]);

    let mut desk = ready();
    asks(desk.starts(Phase::Verify, "v412")).calmly("nYellow page<enter>");
    let note = Some("Yellow page".to_owned());
    assert_eq!(desk.orders, [Order::Answer { yes: false, by: operator(), note }]);
}

#[test]
fn a_sign_off_can_wait() {
    let mut desk = ready();
    asks(desk.starts(Phase::Verify, "v412")).calmly("<esc>");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty());
    desk.calmly("VY");
    assert_eq!(desk.orders.len(), 1);
}

#[test]
fn leaving_is_at_once_when_nothing_is_at_work() {
    for script in ["q", "<c-c>"] {
        let mut desk = ready();
        desk.keys(script);
        assert!(matches!(desk.effects[..], [Effect::Quit]), "{script}");
    }
}

#[test]
fn leaving_a_run_ends_it_first() {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v412").calmly("q<c-c><c-c>q<enter>");
    assert!(desk.orders.is_empty() && desk.effects.is_empty());
    desk.calmly("Y");
    assert_eq!(desk.orders, [Order::Abort { by: operator() }]);
    assert!(desk.effects.is_empty(), "not before it has ended");
    desk.ends_run(Verdict::Aborted { by: operator() });
    assert!(matches!(desk.effects[..], [Effect::Quit]));
}

#[test]
fn staying_is_one_key() {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v412").calmly("q<esc>");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty() && desk.effects.is_empty());
}

#[test]
fn in_a_read_only_environment_the_keys_say_why_not() {
    let mut environment = environment(&HOSTS);
    environment.read_only = true;
    let mut desk = Desk::over(environment);
    desk.quiet(("blue", "v411"), ("green", "v412"));
    for key in ["P", "L", "R", "X", "F"] {
        desk.calmly(key);
        assert!(desk.screen(80, 24).contains("read-only in the inventory"), "{key}");
    }
    assert!(desk.orders.is_empty() && desk.state.dialogs.is_empty());
}

#[test]
fn while_a_run_is_at_work_no_other_begins() {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412");
    for key in ["P", "L", "X", "F"] {
        desk.calmly(key);
        assert!(
            desk.state.messages.newest.as_ref().unwrap().text.contains("prepare is running"),
            "{key}"
        );
    }
    assert!(desk.orders.is_empty());
}
