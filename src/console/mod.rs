//! The console: what one person sees and says.
//!
//! It has the Elm shape. [`State`](app::state::State) is plain data; [`update`](app::update::update) takes a
//! [`Msg`](app::msg::Msg) and returns [`Effect`](app::msg::Effect)s; [`screen::draw`] paints from `&State` alone.
//! Neither of the two reads a clock, a file or a socket: time comes in as a message, and whatever must
//! be done goes out as an effect. [`run`] owns the terminal and is the only place that does I/O.
//!
//! It is cut by feature: a folder has the feature's state, its `dialog` or `update`, and its `card` or `view`. [`app`]
//! puts the states together and hands messages out; [`dialog`] is what all cards have in common, and the only place
//! where a change to servers is confirmed; [`screen`] is what stands around the features.
//!
//! The engine is not known here. Orders go out by one channel, events come in by another.

pub mod actions;
pub mod app;
pub mod dialog;
pub mod environments;
pub mod fleet;
pub mod help;
pub mod history;
pub mod integration;
pub mod keys;
pub mod leave;
pub mod menu;
pub mod messages;
pub mod output;
pub mod palette;
pub mod plan;
pub mod prompt;
pub mod read_only;
pub mod releases;
pub mod rollback;
mod run;
pub mod screen;
pub mod sign_off;
pub mod terminal;
pub mod theme;

pub use app::msg::{Prompt, PromptAnswer, PromptCard};
pub use app::setup::Setup;
pub use output::lines::LineReceiver;
pub use run::{Channels, Left, Signal, pick, replay, run};
