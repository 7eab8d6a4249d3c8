//! The question of a verification: is it good?

pub mod card;
mod dialog;

pub use dialog::SignOffCard;
