//! The palette: what was typed, and which entry is chosen.

use crate::console::dialog::Field;

#[derive(Debug, Clone, Default)]
pub struct PaletteCard {
    pub field: Field,
    /// By its place among the entries. Nothing typed chooses nothing: Enter alone is no order.
    pub chosen: Option<usize>,
    /// Why the last command was none.
    pub wrong: Option<String>,
}
