//! Cards are read before they are answered: scrolled, made larger, and down to the exact command.

use std::fmt::Write as _;

use flipside::console::dialog::{Depth, Dialog, Reading, Size};
use flipside::domain::change::{Before, FileChange};
use flipside::domain::command::{Command, Stdin};
use flipside::domain::order::Order;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Action, Plan};
use flipside::domain::script::Parameters;

use crate::fixture::Desk;
use crate::screens;

/// The names of the arguments that are given below.
const SWITCH: Parameters = Parameters::Positions(&["role", "dir", "include"]);

/// A plan as the platform makes it: each switch rewrites the include, the link and the record.
pub fn telling(mut plan: Plan) -> Plan {
    for track in plan.stages.iter_mut().flat_map(|stage| &mut stage.tracks) {
        for step in track.steps.iter_mut().filter(|step| step.name == "switch") {
            let include = |port: u16| {
                format!(
                    "# users\nupstream shop_live {{\n    keepalive 16;\n    server 127.0.0.1:{port} max_fails=0;\n}}\n"
                )
            };
            let command = Command::script("switch", SWITCH, &["true"])
                .args(["live", "/srv/shop", "/etc/nginx/flipside/shop-live.conf"])
                .stdin(Stdin::Text(include(8002)));
            step.action = Action::Run(command);
            let (old, new) = (
                "docker-compose.20260820-171900-v411.yml",
                "docker-compose.20260824-030100-v412.yml",
            );
            step.changes = vec![
                FileChange::file(
                    "/etc/nginx/flipside/shop-live.conf",
                    Before::Says(include(8001)),
                    include(8002),
                ),
                FileChange::file(
                    "/srv/shop/live-color",
                    Before::Says("blue\n".to_owned()),
                    "green\n",
                ),
                FileChange::link("/srv/shop/docker-compose.yml", Before::Says(old.to_owned()), new),
            ];
        }
    }
    plan.stages.truncate(1);
    plan
}

fn opened() -> Desk {
    let mut desk = screens::ready_to_go();
    desk.calmly("L");
    let plan = telling(desk.plan(Phase::GoLive, "v412"));
    desk.answers(Ok(plan)).wait(600);
    desk
}

pub fn files() -> Desk {
    let mut desk = opened();
    desk.keys("<end>");
    desk
}

pub fn commands() -> Desk {
    let mut desk = opened();
    desk.keys("<c-d><enter>");
    desk
}

/// A card that wants no name.
fn preparing() -> Desk {
    let mut desk = screens::ready_to_go();
    desk.keys(":prepare v413<enter>");
    let mut plan = telling(desk.plan(Phase::Prepare, "v413"));
    plan.warnings = (0..60).fold(Vec::new(), |mut all, number| {
        let mut line = String::new();
        let _ = write!(line, "warning number {number}");
        all.push(line);
        all
    });
    desk.answers(Ok(plan)).wait(600);
    desk
}

fn reading(desk: &Desk) -> Reading {
    *desk.state.dialogs.last().and_then(|open| open.dialog.reading()).unwrap()
}

#[test]
fn the_end_is_the_end_and_the_first_key_up_is_seen() {
    let mut desk = preparing();
    desk.screen(80, 24);
    desk.keys("<end>");
    let end = reading(&desk).scroll;
    desk.keys("<down><pgdn>jjj<end>G");
    assert_eq!(reading(&desk).scroll, end);
    desk.keys("k");
    assert_eq!(reading(&desk).scroll, end - 1);
    desk.keys("g");
    assert_eq!(reading(&desk).scroll, 0);
}

#[test]
fn reading_is_never_a_yes() {
    let mut desk = preparing();
    desk.calmly("<enter>zd<pgdn>jkgG<home><end><c-d>");
    assert!(desk.orders.iter().all(|order| matches!(order, Order::Propose { .. })));
    assert!(matches!(desk.state.dialogs.last().map(|open| &open.dialog), Some(Dialog::Plan(_))));
    assert_eq!(reading(&desk).size, Size::Card, "twice is back again");
    desk.calmly("Y");
    assert!(matches!(desk.orders.last(), Some(Order::Start { .. })));
}

#[test]
fn where_a_name_is_typed_its_letters_are_letters() {
    let mut desk = opened();
    desk.calmly("prod");
    assert_eq!(reading(&desk).depth, Depth::Steps);
    desk.calmly("<c-d><enter>uction");
    assert_eq!((reading(&desk).depth, reading(&desk).size), (Depth::Commands, Size::Screen));
    desk.calmly("Y");
    assert!(matches!(desk.orders.last(), Some(Order::Start { .. })), "{:?}", desk.orders);
}

#[test]
fn reading_a_rollback_card_stops_its_countdown() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = telling(desk.plan(Phase::Rollback, "v411"));
    desk.answers(Ok(plan)).calmly("d").wait(10_000);
    assert!(desk.orders.iter().all(|order| matches!(order, Order::Propose { .. })));
    desk.calmly("Y");
    assert!(matches!(desk.orders.last(), Some(Order::Start { .. })), "and Y is still one key");
}

#[test]
fn file_changes_have_signs_and_identical_ones_are_shown_once() {
    let mut desk = opened();
    let screen = desk.screen(120, 80);
    assert_eq!(screen.matches("-     server 127.0.0.1:8001 max_fails=0;").count(), 1, "{screen}");
    assert_eq!(screen.matches("+     server 127.0.0.1:8002 max_fails=0;").count(), 1);
    assert!(screen.contains("shop-live.conf on web-01, web-02, web-03"), "{screen}");
    assert!(screen.contains("docker-compose.yml (link)"));
}
