//! What a person's own files have in common, whatever they are about: the YAML they are written in, and
//! how a mistake in one is told.

pub mod nearest;
pub mod problem;
pub mod yaml;

pub use nearest::{nearest, which};
pub use problem::{At, Fault, Problem, Problems};
