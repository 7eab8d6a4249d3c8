//! A stand-in for nginx: a real reverse proxy with a live and a passive port, which reads its
//! upstreams from the same includes, by the same rules, as far as they matter to a release.
//!
//! It stands in for `nginx -t`, `-T` and `-s reload`, and for what a reload does to traffic. New requests go to the new
//! upstream, current ones finish on the old one, idle keep-alive connections are closed, and for a moment the previous
//! configuration continues to answer new requests, as the workers of real nginx do until they end.

pub mod conf;
pub mod orders;
pub mod proxy;
