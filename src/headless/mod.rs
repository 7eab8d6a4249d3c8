//! The same verbs without a screen: plain text for people, JSON lines for machines. A reader of the
//! event stream like the console, with no truth of its own.

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
