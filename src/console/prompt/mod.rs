//! What the transport asks a person before it connects.

pub mod card;
mod dialog;

pub use dialog::PromptDialog;
