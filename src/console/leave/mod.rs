//! Leaving the console, during a run too; and for a while, to a shell or another environment.

pub mod away;
pub mod card;
pub mod dialog;
pub mod update;
