//! What knows nothing of releases: text, secrets in text, YAML with positions, mistakes in a file, words for a shell,
//! durations. It imports no other room, and every room may import it.

pub mod checksum;
pub mod columns;
pub mod duration;
mod excerpt;
pub mod millis;
pub mod problem;
pub mod redact;
pub mod secret_ref;
pub mod shell;
mod span;
pub mod suggest;
pub mod text;
pub mod yaml;
