//! What platforms share. Nothing here knows any platform.

pub mod answers;
pub mod builder;
pub mod colors;
#[cfg(test)]
pub mod fixture;
pub mod freeze;
pub mod include;
pub mod lock;
pub mod nginx;
pub mod pair;
pub mod scripts;
pub mod spec;
