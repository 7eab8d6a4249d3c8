//! The mouse: clicks and the wheel, and only if a person asked for it. A terminal that tells of the mouse
//! lets nobody select text with it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    Off,
    On,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WheelDirection {
    Up,
    Down,
}

/// What was done with it, and on which cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseInput {
    Click(Position),
    Wheel(WheelDirection, Position),
}

impl MouseInput {
    /// Other buttons, and letting go, mean nothing here.
    pub fn read(event: MouseEvent) -> Option<Self> {
        let at = Position { x: event.column, y: event.row };
        Some(match event.kind {
            MouseEventKind::Down(MouseButton::Left) => Self::Click(at),
            MouseEventKind::ScrollUp => Self::Wheel(WheelDirection::Up, at),
            MouseEventKind::ScrollDown => Self::Wheel(WheelDirection::Down, at),
            _ => return None,
        })
    }
}
