//! Flipside: a terminal console for blue/green releases.
//!
//! Data flows one way: observe, plan, run, events, draw. `docs/architecture.md` is the map of the
//! rooms; a test reads every `use crate::` line and fails on an edge that is not on that map.

pub mod base;
pub mod cli;
pub mod console;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod headless;
pub mod inventory;
pub mod platform;
pub mod transport;
