//! Every script that can run on this machine, under every shell that hosts have, and with busybox's tools.

mod bench;
mod doctor;
mod others;
mod room;
mod serve;
mod switch;
mod tls;
