//! Which key does what: the table's own keys, and a person's over them.

mod bindings;
mod defaults;
mod file;
mod fixed;
mod rules;

pub use bindings::Bindings;
pub use file::read;
