//! The console's integration with its terminal, and its notifications for a person who is away. All of it is
//! pure: what is written to a terminal is made here, and written by [`run`](super::run).

mod attention;
mod mouse;
mod notification;
mod shell;
mod title;
mod window;

pub use mouse::{Mouse, MouseInput, WheelDirection};
pub use notification::{Notify, Outside};
pub use shell::ShellSession;
pub use title::title;
pub use window::{Calls, Window};

use std::path::PathBuf;

/// What is found out before the console begins.
#[derive(Debug, Clone, Default)]
pub struct TerminalSetup {
    pub notify: Notify,
    pub outside: Outside,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
}
