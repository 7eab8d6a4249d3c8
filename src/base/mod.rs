//! What knows nothing of releases: text, secrets in text, YAML with positions, mistakes in a file, words for a shell,
//! durations, signed addresses. It imports no other room, and every room may import it.

pub mod checksum;
pub mod columns;
pub mod duration;
mod excerpt;
pub mod millis;
pub mod problem;
pub mod redact;
pub mod s3;
pub mod secret_ref;
pub mod secret_text;
pub mod shell;
mod span;
pub mod suggest;
pub mod text;
pub mod yaml;
