//! The rollback card, key by key: when it starts automatically, when it waits, and what it reverts.

use crate::fixture::{Desk, HOSTS, environment, operator};
use crate::keys::{ready, refusal, started};
use crate::screens;
use flipside::console::app::msg::{Msg, PromptCard};
use flipside::domain::event::{Choice, Verdict, What};
use flipside::domain::observation::Running;
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::rollback::RollbackGoal;

#[test]
fn roll_back_starts_by_itself_after_the_countdown() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(plan)).wait(2_900);
    assert!(started(&desk).is_empty());
    desk.wait(200);
    assert_eq!(started(&desk), [Phase::Rollback]);
    desk.wait(9_000);
    assert_eq!(started(&desk).len(), 1);
}

#[test]
fn a_roll_back_is_not_bound_to_the_plan_on_its_card() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(plan)).calmly("Y");
    let Some(Order::Start { basis, .. }) = desk.orders.last() else { panic!() };
    assert_eq!(*basis, None, "a host that is lost in this moment must not hold up the others");
}

#[test]
fn esc_stops_the_countdown() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(plan)).wait(2_000).keys("<esc>").wait(60_000);
    assert!(started(&desk).is_empty());
}

#[test]
fn a_yes_that_comes_before_the_answer_of_the_servers_counts_when_it_is_there() {
    let mut desk = screens::gone_live();
    desk.calmly("RY");
    assert!(started(&desk).is_empty(), "nobody agrees to what was not seen");
    let plan = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(plan)).wait(1);
    assert_eq!(started(&desk), [Phase::Rollback]);
}

#[test]
fn a_yes_that_comes_before_the_answer_is_no_yes_to_a_cold_rollback() {
    let mut desk = screens::gone_live();
    desk.calmly("RY");
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("green", "v412"), ("blue", "v411"));
        let blue = seen.colors.iter_mut().find(|(color, _)| color.as_str() == "blue");
        blue.unwrap().1.running = Running::Stopped;
        desk.sees(&name, seen);
    }
    let plan = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(plan)).wait(60_000);
    assert!(started(&desk).is_empty(), "a cold rollback wants a yes of its own");
    assert!(desk.screen(120, 36).contains("COLD"), "{}", desk.screen(120, 36));
    desk.calmly("Y");
    assert_eq!(started(&desk), [Phase::Rollback]);
}

#[test]
fn the_card_of_a_prepared_release_moves_nobody_and_says_so() {
    let mut desk = ready();
    desk.calmly("R");
    let plan = desk.plan(Phase::Rollback, "v412");
    desk.answers(Ok(plan));
    let screen = desk.screen(120, 36);
    assert!(screen.contains("users stay there: v412 is only prepared"), "{screen}");
    assert!(!screen.contains("back at once"), "{screen}");
}

#[test]
fn users_are_sent_to_a_release_that_is_named_on_the_card_once_that_was_seen() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let mut plan = desk.plan(Phase::Rollback, "v411");
    plan.rollback.as_mut().unwrap().choices =
        vec!["v409".parse().unwrap(), "v411".parse().unwrap()];
    desk.answers(Ok(plan)).keys("t").wait(60_000);
    assert!(started(&desk).is_empty(), "a person who chooses has time");
    assert!(
        desk.screen(120, 36).contains("These servers have v409, v411"),
        "{}",
        desk.screen(120, 36)
    );
    desk.keys("<tab><enter>");
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!("{:?}", desk.orders) };
    assert_eq!(intent.goal, Some(RollbackGoal::To("v409".parse().unwrap())));
    desk.wait(60_000);
    assert!(started(&desk).is_empty(), "it never begins by itself");
}

#[test]
fn time_alone_starts_no_roll_back_that_the_servers_did_not_agree_to() {
    let mut desk = screens::gone_live();
    desk.calmly("R").wait(60_000);
    assert!(started(&desk).is_empty(), "they have not answered");
    desk.answers(Err(refusal())).wait(60_000).calmly("Y");
    assert!(started(&desk).is_empty(), "they said no");
}

#[test]
fn a_countdown_of_zero_waits_only_for_the_servers() {
    let mut environment = environment(&HOSTS);
    environment.rollback_countdown = std::time::Duration::ZERO;
    let mut desk = Desk::over(environment);
    desk.quiet(("green", "v412"), ("blue", "v411")).calmly("R");
    let plan = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(plan)).wait(1);
    assert_eq!(started(&desk), [Phase::Rollback]);
}

#[test]
fn without_a_warm_passive_color_roll_back_waits_for_the_name() {
    let mut desk = screens::rollback_cold();
    let plan = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(plan)).wait(60_000).calmly("Y");
    assert!(started(&desk).is_empty());
    desk.calmly("<c-u>productionY");
    assert_eq!(started(&desk), [Phase::Rollback]);
}

#[test]
fn prepared_release_is_no_rollback_goal() {
    let mut desk = ready();
    desk.calmly("R");
    let plan = desk.plan(Phase::Rollback, "v412");
    desk.answers(Ok(plan)).wait(60_000);
    assert!(started(&desk).is_empty());
    assert!(desk.screen(120, 36).contains("is only prepared"));
}

#[test]
fn a_countdown_does_not_run_behind_another_card() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::Rollback, "v411");
    let card = PromptCard::Secret { title: "Passphrase".to_owned(), hint: None };
    desk.answers(Ok(plan)).tell(Msg::Prompt { number: 7, card }).wait(10_000);
    assert!(started(&desk).is_empty());
    desk.keys("<esc>").wait(2_000);
    assert!(started(&desk).is_empty(), "it begins to count again when it can be seen again");
    desk.wait(1_100);
    assert_eq!(started(&desk), [Phase::Rollback]);
}

#[test]
fn rollback_during_go_live_ends_the_run_first() {
    let mut desk = screens::unknown();
    desk.calmly("RY");
    assert_eq!(desk.orders, [Order::Abort { by: operator() }]);
    desk.wait(2_000);
    assert!(started(&desk).is_empty(), "the run has not ended");
    desk.ends_run(Verdict::Aborted { by: operator() }).wait(50);
    assert_eq!(started(&desk), [Phase::Rollback]);
    desk.wait(100).wait(600);
    assert_eq!(started(&desk).len(), 2, "it did not begin: it is asked for again");
    let Some(Order::Start { intent, .. }) = desk.orders.last().cloned() else { panic!() };
    assert_eq!(intent.goal, Some(RollbackGoal::Leave("v412".parse().unwrap())));
    let (flipside, inventory) = (String::new(), String::new());
    desk.happens(What::RunStarted { intent, flipside, inventory }).wait(5_000);
    assert_eq!(started(&desk).len(), 2);
}

#[test]
fn rollback_of_a_stuck_prepare_reverts_the_run() {
    let mut desk = screens::failure();
    desk.calmly("RY");
    let choice = desk.orders.last();
    assert!(matches!(choice, Some(Order::Choose { choice: Choice::RevertAll, .. })), "{choice:?}");
}

#[test]
fn the_hosts_themselves_say_where_users_came_from() {
    let mut desk = Desk::new();
    let seen_as = |desk: &mut Desk, what: &str| {
        for name in desk.names() {
            let mut seen = desk.observation(&name, ("green", "v412"), ("blue", "v411"));
            let change = seen.last_change.as_mut().unwrap();
            change.what = what.to_owned();
            change.from = Some(flipside::domain::release::Tag::new("v411").unwrap());
            desk.sees(&name, seen);
        }
        desk.screen(120, 36)
    };
    assert!(seen_as(&mut desk, "go-live").contains("R ROLL BACK 3 servers to B blue v411"));
    for word in ["rollback", "roll-back"] {
        assert!(seen_as(&mut desk, word).contains("v411 rolled back on 3/3"));
    }
    let mut desk = Desk::new();
    desk.quiet(("green", "v412"), ("blue", "v413"));
    assert!(desk.screen(120, 36).contains("v413 prepared, ready 3/3"));
}
