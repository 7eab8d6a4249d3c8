//! What knows nothing of releases: text, secrets in text, words for a shell, durations in JSON. It imports no other
//! room, and every room may import it.

pub mod millis;
pub mod redact;
pub mod secret_ref;
pub mod shell;
pub mod text;
