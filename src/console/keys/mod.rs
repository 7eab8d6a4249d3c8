//! Which key does what: the table's own keys, and a person's over them.

mod bindings;
pub mod context;
mod defaults;
mod file;
mod fixed;
pub mod key;
mod rules;

pub use bindings::Bindings;
pub use file::read;
