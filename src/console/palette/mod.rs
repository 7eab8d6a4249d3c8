//! The palette: every action by its name, and commands that say what about.

pub mod card;
pub mod command;
mod dialog;
pub mod fuzzy;
mod run;
pub mod update;

pub use dialog::PaletteCard;
