//! The console without a terminal: keys go into `update`, screens come out of `draw`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod capabilities;
mod contrast;
mod desk;
mod elsewhere;
mod fixture;
mod freeze;
mod help;
mod history;
mod integration;
mod keys;
mod live;
mod menu;
mod messages;
mod palette;
mod panes;
mod plain;
mod preferences;
mod preview;
mod prompts;
mod reading;
mod readme;
mod rebind;
mod releases;
mod remedies;
mod replay;
mod rollback_card;
mod screens;
mod sizes;
mod stream;
mod summary;
mod table;
mod themes;
mod unfinished;
