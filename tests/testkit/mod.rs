//! What several test binaries need: simulated hosts, and the engine that works on them.
//! A binary takes it in by `#[path = "../testkit/mod.rs"] mod testkit;`.

#![allow(dead_code, clippy::unwrap_used, clippy::panic)] // each binary uses a part of it

pub mod agent;
pub mod fleet;
pub mod host;
pub mod inventory;
pub mod linked;
pub mod run;
pub mod scene;
