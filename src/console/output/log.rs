//! A container log that is followed.

use crate::domain::names::Color;
use crate::domain::target::Target;

/// The engine follows one log at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedLog {
    pub target: Target,
    pub color: Color,
    pub side: LogSide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSide {
    Live,
    Passive,
}
