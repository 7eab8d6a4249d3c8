//! The words of Flipside as types. Pure: no I/O, no async, no clock, no terminal.

pub mod catalog;
pub mod change;
pub mod color;
pub mod command;
pub mod deploy;
pub mod event;
pub mod finding;
pub mod freeze;
pub mod http;
pub mod lock;
mod millis;
pub mod names;
pub mod observation;
pub mod order;
pub mod outcome;
pub mod past;
pub mod phase;
pub mod plan;
pub mod release;
pub mod rollback;
pub mod secret;
pub mod spec;
pub mod target;
pub mod text;
pub mod told;
pub mod veil;
