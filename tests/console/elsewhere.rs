//! Leaving the console for a shell on a host, or for another environment.

use std::collections::BTreeMap;

use flipside::console::app::msg::{Effect, Msg};
use flipside::console::app::scope::{ListedScope, scopes};
use flipside::console::integration::{Mouse, Window};
use flipside::domain::names::EnvName;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::spec::Environment;

use crate::fixture::{Desk, HOSTS, environment, pull};

fn inventory() -> BTreeMap<EnvName, Environment> {
    let named = |name: &str, protected| {
        let name = EnvName::new(name).unwrap();
        (name.clone(), Environment { name, protected, ..environment(&HOSTS) })
    };
    BTreeMap::from([named("production", true), named("staging", false)])
}

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.state.setup.scopes = scopes(&inventory());
    desk.quiet(("green", "v412"), ("blue", "v411"));
    desk
}

pub fn card() -> Desk {
    let mut desk = desk();
    desk.keys("ej");
    desk
}

fn goes_to(desk: &Desk) -> Option<&str> {
    desk.effects.iter().find_map(|effect| match effect {
        Effect::Go(place) => Some(place.environment.as_str()),
        _ => None,
    })
}

#[test]
fn e_shows_the_environments_and_enter_opens_one() {
    let mut desk = desk();
    desk.keys("ej<enter>");
    assert_eq!(goes_to(&desk), Some("staging"));
}

#[test]
fn a_command_names_one() {
    let mut desk = desk();
    desk.keys(":environment stagin<enter>");
    assert!(desk.screen(80, 24).contains("did you mean \"staging\"?"));
    desk.keys("g<enter>");
    assert_eq!(goes_to(&desk), Some("staging"));
}

#[test]
fn the_one_that_is_open_is_not_opened_again() {
    let mut desk = desk();
    desk.keys("e<enter>");
    assert_eq!((goes_to(&desk), desk.state.dialogs.len()), (None, 0));
}

#[test]
fn while_a_run_is_at_work_nobody_goes_elsewhere() {
    for script in ["e", ":environment staging<enter>"] {
        let mut desk = desk();
        desk.starts(Phase::GoLive, "v412").keys(script);
        assert_eq!(goes_to(&desk), None, "{script}");
        let said = desk.state.messages.newest.as_ref().unwrap().text.clone();
        assert!(said.contains("go live is running"), "{said}");
    }
}

#[test]
fn scopes_have_the_shortest_unique_names() {
    let mut inventory = inventory();
    let staging = inventory.values_mut().find(|it| it.name.as_str() == "staging").unwrap();
    let app = staging.apps.values().next().unwrap().clone();
    let other = flipside::domain::names::AppName::new("api").unwrap();
    staging.apps.insert(other.clone(), flipside::domain::spec::AppSpec { name: other, ..app });
    let listed = scopes(&inventory);
    let names: Vec<&str> = listed.iter().map(|listed: &ListedScope| listed.name.as_str()).collect();
    assert_eq!(names, ["production", "staging/api", "staging/shop"]);
}

#[test]
fn o_asks_for_a_shell_on_the_chosen_host_also_while_a_run_is_at_work() {
    let mut desk = desk();
    desk.starts(Phase::Prepare, "v412").keys("jo");
    let Some(Effect::ShellSession(visit)) = desk.effects.last() else {
        panic!("{:?}", desk.effects)
    };
    assert_eq!(visit.line(), "ssh -o ConnectTimeout=5 web-02");
}

#[test]
fn keys_meant_for_the_shell_change_nothing_when_it_has_ended() {
    let mut desk = desk();
    desk.state.terminal.window = Window::Lent;
    desk.tell(Msg::Returned(None)).keys("RLP");
    assert!(desk.orders.is_empty() && desk.state.dialogs.is_empty());
}

#[test]
fn a_shell_that_could_not_be_opened_says_what_to_type() {
    let mut desk = desk();
    let why = "web-02: there is no ssh on this machine; where there is one, type: ssh web-02";
    desk.tell(Msg::Returned(Some(why.to_owned())));
    assert!(desk.screen(120, 36).contains(why));
}

#[test]
fn what_happened_meanwhile_is_there() {
    let mut desk = desk();
    desk.keys("m").starts(Phase::Prepare, "v412");
    desk.state.terminal.window = Window::Lent;
    desk.ends("web-02", pull(), Outcome::failed("disk full")).tell(Msg::Returned(None));
    assert!(desk.screen(120, 36).contains("FAILED"));
    assert_eq!(desk.state.terminal.mouse, Mouse::On, "as it was before");
}
