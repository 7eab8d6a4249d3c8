//! The preferences that a console restores.

use flipside::console::app::msg::Moment;
use flipside::console::app::preferences::Preferences;
use flipside::console::app::state::State;
use flipside::console::fleet::listing::Sort;
use flipside::console::output::{Fold, View};

use crate::fixture::Desk;

fn again(desk: &Desk, kept: Result<Preferences, String>) -> State {
    let mut setup = desk.state.setup.clone();
    setup.kept = kept;
    State::new(setup, Moment::default(), (120, 36))
}

#[test]
fn order_panes_lines_and_host_are_as_they_were_left() {
    let mut desk = Desk::new();
    desk.keys(">2wj");
    let kept = Preferences::read(&Preferences::of(&desk.state).text()).unwrap();
    let state = again(&desk, Ok(kept));
    assert_eq!(state.fleet.listing.sort, Sort::Trouble);
    assert_eq!(state.output.panes.view, View::Two);
    assert_eq!(state.output.panes.line_options.fold, Fold::Cut { from: 0 });
    assert_eq!(state.fleet.chosen.clone().unwrap().name(), "web-02");
}

#[test]
fn what_hides_hosts_or_means_some_of_them_is_not_kept() {
    let mut desk = Desk::new();
    desk.keys("/web-02<enter> ");
    assert!(
        !desk.state.fleet.listing.filter.is_empty() && !desk.state.fleet.listing.marked.is_empty()
    );
    let state = again(&desk, Ok(Preferences::of(&desk.state)));
    assert!(state.fleet.listing.filter.is_empty() && state.fleet.listing.marked.is_empty());
}

#[test]
fn a_host_that_is_gone_is_not_chosen() {
    let desk = Desk::new();
    let kept = Preferences { chosen: Some("web-99".to_owned()), ..Preferences::default() };
    assert_eq!(again(&desk, Ok(kept)).fleet.chosen.clone().unwrap().name(), "web-01");
}

#[test]
fn broken_preferences_are_reported_and_ignored() {
    let desk = Desk::new();
    let state = again(&desk, Preferences::read("{ \"sort\": 7 }"));
    assert_eq!(state.fleet.listing.sort, Sort::Name);
    let message = state.messages.newest.unwrap();
    assert!(
        message.text.starts_with("the view settings of the last time could not be read"),
        "{message:?}"
    );
}

#[test]
fn what_a_newer_console_wrote_is_let_pass() {
    assert_eq!(Preferences::read("{ \"shape\": \"round\" }"), Ok(Preferences::default()));
}
