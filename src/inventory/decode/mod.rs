//! Turns keys into the types of `domain::spec`, one file per part of an inventory. The same functions read one layer by
//! itself, to report its mistakes, and the values with all layers applied.

pub mod app;
pub mod check;
pub mod environment;
pub mod host;
pub mod stack;
pub mod target;
