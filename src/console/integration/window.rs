//! Whether a person looks at the console, and how they were called.

use std::time::Duration;

/// Who looks at the console, as far as the terminal tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// It never told: somebody may be looking, or nobody.
    #[default]
    Untold,
    InFront,
    Behind,
    /// The terminal is lent to another program, and the console is not to be seen.
    Lent,
}

/// What was called lately.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    pub last: Option<Duration>,
    /// How many came since, and the words of the newest.
    pub waiting: Option<(usize, String)>,
}
