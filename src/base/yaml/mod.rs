//! YAML as a tree that remembers the position of each value.

mod node;
mod parse;
mod scan_error;

pub use node::{Key, Node, Scalar, Value};
pub use parse::{entries, parse};
