//! The commands without a screen: plain text for people, JSON lines for programs. They read the event stream like the
//! console and keep no state of their own.

pub mod configuration;
pub mod doctor;
pub mod exit;
mod follow;
pub mod history;
pub mod plan;
pub mod releases;
pub mod shell;
pub mod status;
pub mod text;

pub use follow::{Answers, Follow, Format, SignOff, follow};
pub use text::EventTexts;
