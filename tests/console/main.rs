//! The console without a terminal: keys go into `update`, screens come out of `draw`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod fixture;
mod keys;
mod live;
mod preview;
mod screens;
mod table;
