//! Keys that mean one thing on the table and another on the output, and those that open a page of keys.

use super::state::{Focus, State, Zoom};
use crate::console::dialog::Dialog;
use crate::console::dialog::Field;
use crate::console::fleet;
use crate::console::help::HelpCard;
use crate::console::output;
use crate::console::palette::PaletteCard;

pub fn down(state: &mut State) {
    if fleet::update::has_keys(state) {
        fleet::update::choose_next(state);
    } else {
        output::update::scroll(state, |pane, paper| pane.down(1, paper));
    }
}

pub fn up(state: &mut State) {
    if fleet::update::has_keys(state) {
        fleet::update::choose_previous(state);
    } else {
        output::update::scroll(state, |pane, paper| pane.up(1, paper));
    }
}

/// What lies on top goes first, and what narrows the keys that change servers is not left by accident.
pub fn read(state: &mut State) {
    if state.messages.read() || state.acknowledge_rollback() || state.acknowledge_run() {
    } else if !fleet::update::has_keys(state) {
        state.screen.zoom = Zoom::Split;
        state.screen.focus = Focus::Table;
    } else if !state.fleet.listing.marked.is_empty() {
        state.fleet.listing.marked.clear();
    } else {
        state.fleet.listing.filter.clear();
    }
}

pub fn zoom(state: &mut State) {
    state.screen.zoom = match state.screen.zoom {
        Zoom::Split => Zoom::Pane,
        Zoom::Pane => Zoom::Split,
    };
}

pub fn next_trouble(state: &mut State) {
    if fleet::update::has_keys(state) {
        fleet::update::next_trouble(state);
    } else {
        output::update::first_failing(state);
    }
}

pub fn search(state: &mut State) {
    if fleet::update::has_keys(state) {
        fleet::update::open_filter(state);
    } else {
        state.open(Dialog::Search(Field::default()));
    }
}

pub fn messages(state: &mut State) {
    state.open(Dialog::Messages { back: 0 });
}

pub fn palette(state: &mut State) {
    state.open(Dialog::Palette(PaletteCard::default()));
}

pub fn help(state: &mut State) {
    state.open(Dialog::Help(HelpCard::default()));
}
