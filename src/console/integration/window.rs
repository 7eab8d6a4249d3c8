//! Whether the console has the focus, and the recent calls.

use std::time::Duration;

/// The focus of the console's window, as far as the terminal reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// The terminal never reported it.
    #[default]
    Untold,
    InFront,
    Behind,
    /// Another program has the terminal, and the console is not visible.
    Lent,
}

/// The recent calls.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    pub last: Option<Duration>,
    /// The number of calls since, and the text of the newest.
    pub waiting: Option<(usize, String)>,
}
