//! What a person can do, whether it is possible, and what it does.

mod hints;
mod id;
mod rules;
mod table;

pub use hints::hints;
pub use id::{Class, Reason, Verb};
pub use rules::{can_roll_back_to, can_start};
pub use table::{ACTIONS, Action, of_verb};
