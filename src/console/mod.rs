//! The console: what one person sees and says.
//!
//! It has the Elm shape. [`State`](state::State) is plain data; [`update`](update::update) takes a
//! [`Msg`](msg::Msg) and returns [`Effect`](msg::Effect)s; [`view::draw`] paints from `&State` alone.
//! Neither of the two reads a clock, a file or a socket: time comes in as a message, and whatever must
//! be done goes out as an effect. [`run`] owns the terminal and is the only place that does I/O.
//!
//! The engine is not known here. Orders go out by one channel, events come in by another.

pub mod access;
pub mod actions;
pub mod background;
pub mod clipboard;
pub mod command;
pub mod context;
pub mod dialog;
pub mod field;
pub mod fleet;
pub mod fuzzy;
pub mod glyphs;
mod highlights;
pub mod history;
pub mod integration;
pub mod key;
pub mod keys;
pub mod lines;
pub mod listing;
pub mod menu;
pub mod messages;
pub mod meter;
pub mod msg;
pub mod output;
pub mod phase_bar;
pub mod preferences;
pub mod releases;
mod restore;
mod run;
pub mod run_state;
pub mod save;
mod say;
pub mod scope;
pub mod setup;
pub mod state;
pub mod summary;
pub mod terminal;
pub mod theme;
mod tracked;
pub mod update;
mod verdict;
pub mod view;
mod wording;

pub use lines::LineReceiver;
pub use msg::{Prompt, PromptAnswer, PromptCard};
pub use run::{Channels, Left, Signal, pick, replay, run};
pub use setup::Setup;
