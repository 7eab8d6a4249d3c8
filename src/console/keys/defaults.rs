//! The keys of the table.

use super::Bindings;
use crate::console::actions::ACTIONS;

impl Default for Bindings {
    fn default() -> Self {
        Self { bound: ACTIONS.iter().map(|action| (action.id, action.keys.to_vec())).collect() }
    }
}
