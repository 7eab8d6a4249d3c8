//! The help.

pub mod card;
mod dialog;

pub use dialog::HelpCard;
