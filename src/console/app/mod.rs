//! The console as one: its state, its messages, and the update that hands them to the features.

pub mod dialog_result;
pub mod event;
mod input;
pub mod mouse;
mod mouse_input;
pub mod moves;
pub mod msg;
pub mod orders;
pub mod perform;
pub mod preferences;
mod restore;
pub mod run_state;
mod say;
pub mod scope;
pub mod setup;
pub mod state;
pub mod steer;
mod theme;
pub mod tracked;
pub mod update;
pub mod verdict;
mod wording;
