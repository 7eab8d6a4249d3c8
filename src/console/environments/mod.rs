//! The choice of another environment.

pub mod card;
mod dialog;

pub use dialog::EnvironmentsCard;
