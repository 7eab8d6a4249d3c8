//! What platforms share that release to a pair of colors behind nginx. Nothing here knows any platform: what starts, stops and
//! carries a release is a [`runtime::Runtime`].

pub mod abandon;
pub mod answers;
pub mod builder;
pub mod colors;
pub mod configured;
pub mod doctor;
pub mod drift;
pub mod facts;
pub mod finish;
#[cfg(test)]
pub mod fixture;
pub mod freeze;
pub mod go_live;
pub mod host;
pub mod include;
pub mod lock;
pub mod nginx;
pub mod observe;
pub mod pair;
pub mod parts;
pub mod phases;
pub mod preflight;
pub mod prepare;
pub mod proxy;
pub mod remedies;
pub mod repair;
pub mod restore_live;
pub mod rollback;
pub mod runtime;
pub mod scripts;
pub mod spec;
pub mod steps;
pub mod sudoers;
pub mod switch;
pub mod switch_record;
pub mod unfreeze;
pub mod verify;
