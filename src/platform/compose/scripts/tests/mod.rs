//! Tests of all scripts that can run on this machine, under every shell that hosts have, and with busybox's tools.

mod disk;
mod doctor;
mod host;
mod others;
mod serve;
mod switch;
mod tls;
