//! The domain types of Flipside. This room is pure: no I/O, no async, no clock, no terminal.

pub mod availability;
pub mod catalog;
pub mod change;
pub mod color;
pub mod command;
pub mod deploy;
pub mod event;
pub mod event_text;
pub mod finding;
pub mod freeze;
pub mod history;
pub mod http;
pub mod known_secrets;
pub mod lock;
pub mod names;
pub mod observation;
pub mod order;
pub mod outcome;
pub mod phase;
pub mod plan;
pub mod release;
pub mod rollback;
pub mod scrub;
pub mod spec;
pub mod target;
pub mod unfinished;
