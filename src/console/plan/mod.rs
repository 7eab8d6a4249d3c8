//! The plan of a phase, on a card to be confirmed before it runs.

pub mod card;
pub mod commands;
mod dialog;
pub mod files;
pub mod open;

pub use dialog::{PlanAnswer, PlanCard};
