//! A stand-in for nginx: a real reverse proxy with a live and a passive port, which reads its
//! upstreams from the same includes, by the same rules, as far as they matter to a release.
//!
//! What is stood in for: `nginx -t`, `-T` and `-s reload`, and what a reload does to traffic. New
//! requests go to the new upstream, those under way finish on the old one, idle kept connections are
//! closed, and for a moment the configuration before goes on answering new requests, as the workers
//! of real nginx do until they are told to go.

pub mod conf;
pub mod orders;
pub mod proxy;
