//! The question of a verification: is it good?

pub mod card;
mod dialog;
mod open;

pub use dialog::SignOffCard;
pub use open::open;
