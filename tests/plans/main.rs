//! What the planners of the platforms make of what they observe, as text: one table of situations for each
//! phase. The snapshots are meant to be read, as the engineer on call reads a plan.

#![allow(clippy::too_many_lines)] // a table of situations is one function
#![allow(clippy::unwrap_used, clippy::panic)] // a test tells what is wrong by panicking

mod table;

#[path = "../testkit/mod.rs"]
mod testkit;

mod back;
mod forward;
mod linked;
mod mend;
mod prepare;
