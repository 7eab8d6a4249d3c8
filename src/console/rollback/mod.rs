//! Rollback: its card with the countdown, how far each host is, and what it leaves closed.

pub mod card;
pub mod desk;
mod dialog;
mod facts;
mod freeze;
pub mod open;
mod progress;
pub mod unfreeze;

pub use dialog::{Naming, RollbackCard, RollbackMethod};
pub use progress::{HostRollback, RollbackStage};
