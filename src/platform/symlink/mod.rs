//! An artifact, a symlink and hooks, over SSH: a release is unpacked beside the others, and the link `live` is swung
//! to it.

#![allow(dead_code, unused_imports)] // used by the planners that are still to come

mod config;
mod deliver;
mod facts;
#[cfg(test)]
mod fixture;
mod host;
mod observe;
mod prepare;
mod runtime;
mod scripts;
mod source;
mod spec;
mod steps;
mod workloads;
