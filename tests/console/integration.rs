//! Notifications for a person who is away, the mouse, and leaving the console.

use flipside::console::app::msg::{Effect, Msg};
use flipside::console::app::run_state::Leaving;
use flipside::console::app::state::Focus;
use flipside::console::integration::{Mouse, MouseInput, Notify, WheelDirection, Window, title};
use flipside::domain::event::{Verdict, What};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use ratatui::layout::Position;

use crate::fixture::{Desk, host, operator, pull, switch};

fn ready() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("green", "v412"), ("blue", "v411"));
    desk
}

/// Asked to leave while users are being moved.
pub fn leaving() -> Desk {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v413").works("web-01", switch());
    desk.ends("web-02", switch(), Outcome::unknown("the connection was lost"))
        .wait(2_300)
        .keys("q");
    desk
}

/// The mouse is on, and something was said after an error.
pub fn mouse() -> Desk {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412");
    fails(&mut desk, "web-02");
    desk.keys("m");
    desk
}

/// Everything that called a person so far, in words.
fn calls(desk: &Desk) -> Vec<String> {
    let told = desk.effects.iter().filter_map(|effect| match effect {
        Effect::Bell => Some("bell".to_owned()),
        Effect::Notify(words) => Some(words.clone()),
        _ => None,
    });
    told.collect()
}

fn fails(desk: &mut Desk, name: &str) {
    desk.ends(name, pull(), Outcome::failed("disk full"));
}

#[test]
fn person_away_from_the_window_is_called_by_bell_and_notification() {
    let mut desk = ready();
    desk.tell(Msg::Window(Window::Behind)).starts(Phase::Prepare, "v412");
    fails(&mut desk, "web-02");
    assert_eq!(calls(&desk), ["bell", "web-02: pull v412 FAILED: disk full"]);
}

#[test]
fn person_at_the_window_is_not_called() {
    let mut desk = ready();
    desk.tell(Msg::Window(Window::InFront)).starts(Phase::Prepare, "v412");
    fails(&mut desk, "web-02");
    desk.ends_run(Verdict::Done).wait(9_000);
    assert!(calls(&desk).is_empty());
}

#[test]
fn terminal_without_focus_reports_gets_only_the_bell() {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412");
    fails(&mut desk, "web-02");
    assert_eq!(calls(&desk), ["bell"]);
}

#[test]
fn many_failures_at_once_are_two_calls() {
    let mut desk = ready();
    desk.tell(Msg::Window(Window::Behind)).starts(Phase::Prepare, "v412");
    for name in ["web-01", "web-02", "web-03"] {
        fails(&mut desk, name);
    }
    desk.wait(500);
    assert_eq!(calls(&desk).len(), 2);
    desk.wait(2_000).wait(2_000);
    let last = "web-03: pull v412 FAILED: disk full (and 1 more)";
    assert_eq!(calls(&desk)[2..], ["bell", last]);
}

#[test]
fn delayed_call_is_dropped_when_the_person_came_back() {
    let mut desk = ready();
    desk.tell(Msg::Window(Window::Behind)).starts(Phase::Prepare, "v412");
    fails(&mut desk, "web-01");
    fails(&mut desk, "web-02");
    desk.tell(Msg::Window(Window::InFront)).wait(3_000);
    assert_eq!(calls(&desk).len(), 2);
}

#[test]
fn it_is_as_loud_as_its_person_wants_it() {
    for (notify, heard) in [(Notify::All, 2), (Notify::Bell, 1), (Notify::Off, 0)] {
        let mut desk = ready();
        desk.state.setup.integration.notify = notify;
        desk.tell(Msg::Window(Window::Behind)).starts(Phase::GoLive, "v412");
        desk.ends_run(Verdict::Done);
        assert_eq!(calls(&desk).len(), heard, "{notify:?}");
    }
}

#[test]
fn call_reaches_a_person_in_a_shell() {
    let mut desk = ready();
    desk.state.terminal.window = Window::Lent;
    desk.starts(Phase::GoLive, "v412").ends("web-02", switch(), Outcome::unknown("no answer"));
    let told = calls(&desk);
    assert!(told[0] == "bell" && told[1].contains("web-02"), "{told:?}");
}

#[test]
fn title_summarizes_the_state() {
    let mut desk = ready();
    assert_eq!(title(&desk.state), "flipside: production");
    desk.starts(Phase::GoLive, "v412");
    assert_eq!(title(&desk.state), "flipside: production GO LIVE 0/3");
    desk.ends("web-02", switch(), Outcome::failed("nginx -t"));
    assert_eq!(title(&desk.state), "flipside: production GO LIVE 0/3, 1 waits for you");
    desk.works("web-01", switch()).ends_run(Verdict::Done);
    assert_eq!(title(&desk.state), "flipside: production GO LIVE done 3/3");
    desk.tell(Msg::EngineGone);
    assert_eq!(title(&desk.state), "flipside: production the engine has stopped");
}

fn click(x: u16, y: u16) -> Msg {
    Msg::MouseInput(MouseInput::Click(Position { x, y }))
}

fn row_of(screen: &str, word: &str) -> u16 {
    let row = screen.lines().position(|line| line.contains(word));
    u16::try_from(row.unwrap_or_else(|| panic!("{word} is not on\n{screen}"))).unwrap()
}

#[test]
fn the_mouse_is_off_until_m() {
    let mut desk = ready();
    let screen = desk.screen(120, 36);
    desk.tell(click(5, row_of(&screen, "web-03")));
    assert_eq!(desk.state.fleet.chosen, Some(host("web-01")));
    assert!(!screen.contains("MOUSE"));
    desk.keys("m");
    assert!(matches!(desk.effects.last(), Some(Effect::Mouse(Mouse::On))));
    assert!(desk.screen(120, 36).contains("MOUSE"));
    desk.keys("m");
    assert!(matches!(desk.effects.last(), Some(Effect::Mouse(Mouse::Off))));
}

#[test]
fn a_click_chooses_the_host_under_it_at_every_size() {
    for (width, height) in [(120, 36), (80, 24)] {
        let mut desk = ready();
        desk.keys("m");
        let screen = desk.screen(width, height);
        desk.tell(click(6, row_of(&screen, "web-03")));
        assert_eq!(desk.state.fleet.chosen, Some(host("web-03")), "{width}x{height}");
        desk.tell(click(6, row_of(&screen, "NEXT") - 3));
        assert_eq!(desk.state.screen.focus, Focus::Pane, "{width}x{height}");
    }
    let mut desk = ready();
    desk.keys("m");
    let screen = desk.screen(50, 16);
    let line = screen.lines().find(|line| line.contains("03G")).unwrap();
    let column = u16::try_from(line.find("03G").unwrap()).unwrap();
    desk.tell(click(column, row_of(&screen, "03G")));
    assert_eq!(desk.state.fleet.chosen, Some(host("web-03")));
}

#[test]
fn the_mouse_changes_no_server_wherever_it_is_used() {
    for script in ["", "R", "Lproduction", "?", "!", ":", "/"] {
        let mut desk = ready();
        desk.keys("m").calmly(script);
        let (orders, cards) = (desk.orders.len(), desk.state.dialogs.len());
        for y in 0..36 {
            for x in [0, 7, 60, 119] {
                let at = Position { x, y };
                desk.tell(Msg::MouseInput(MouseInput::Click(at)));
                desk.tell(Msg::MouseInput(MouseInput::Wheel(WheelDirection::Up, at)));
                desk.tell(Msg::MouseInput(MouseInput::Wheel(WheelDirection::Down, at)));
            }
        }
        assert_eq!((desk.orders.len(), desk.state.dialogs.len()), (orders, cards), "{script}");
        assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Quit)));
    }
}

#[test]
fn leaving_after_the_steps_at_work_pauses_then_ends_the_run_then_leaves() {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v412").works("web-01", switch()).calmly("qF");
    assert_eq!(desk.orders, [Order::Pause { by: operator() }]);
    desk.happens(What::Paused { by: operator() }).wait(1_000);
    assert_eq!(desk.orders.len(), 1, "web-01 is still at it");
    desk.ends("web-01", switch(), Outcome::Done);
    assert_eq!(desk.orders[1], Order::Abort { by: operator() });
    desk.ends_run(Verdict::Aborted { by: operator() });
    assert!(matches!(desk.effects.last(), Some(Effect::Quit)));
}

#[test]
fn leaving_is_cancelled_by_resuming() {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v412").works("web-01", switch()).calmly("qF");
    desk.happens(What::Paused { by: operator() }).calmly("p");
    assert_eq!(desk.orders[1], Order::Resume { by: operator() });
    desk.happens(What::Resumed { by: operator() });
    desk.ends("web-01", switch(), Outcome::Done).wait(1_000);
    assert_eq!((desk.orders.len(), desk.state.run.leaving), (2, Leaving::No));
}

/// A go live that was left by `q`, `R`, and has given way to its roll back.
fn leaving_after_a_rollback() -> Desk {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v412").works("web-01", switch()).calmly("qR").wait(4_000);
    assert_eq!(desk.orders, [Order::Abort { by: operator() }]);
    desk.ends_run(Verdict::Aborted { by: operator() });
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Quit)));
    desk.wait(100);
    let Some(Order::Start { intent, .. }) = desk.orders.last().cloned() else { panic!() };
    assert_eq!(intent.phase, Phase::Rollback);
    desk.happens(What::RunStarted {
        intent,
        flipside: "0.1.0".to_owned(),
        inventory: "shop.yaml".to_owned(),
    });
    desk
}

#[test]
fn roll_back_then_leave_leaves_when_users_are_back() {
    let mut desk = leaving_after_a_rollback();
    desk.ends_run(Verdict::Done);
    assert!(matches!(desk.effects.last(), Some(Effect::Quit)));
}

#[test]
fn roll_back_then_leave_stays_while_anything_is_open() {
    let mut desk = leaving_after_a_rollback();
    desk.ends_run(Verdict::Unknown { unknown: vec![host("web-01")] });
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Quit)));
    assert_eq!(desk.state.run.leaving, Leaving::No);
}

#[test]
fn esc_on_the_rollback_card_cancels_leaving() {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v412").calmly("qR<esc>").wait(9_000);
    assert_eq!((desk.orders.len(), desk.state.run.leaving), (0, Leaving::No));
}
