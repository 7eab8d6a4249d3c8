//! From keys to the types of `domain::spec`, one file per part of an inventory. The same functions
//! read one layer by itself (to tell what is wrong in it) and all layers laid over each other.

pub mod app;
pub mod check;
mod colors;
pub mod compose;
pub mod environment;
pub mod host;
pub mod stack;
pub mod template;
