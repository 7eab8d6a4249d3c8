//! Doctor: what is checked on every host, whatever the platform. Every finding that is not good has a remedy.

pub mod checks;
pub mod proxy;
pub mod results;
pub mod shell;
