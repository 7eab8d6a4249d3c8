//! What a person can do, whether it is possible, and what it does.

mod hints;
mod id;
mod offered;
mod rules;
mod table;

pub use hints::hints;
pub use id::{ActionId, Class, Reason};
pub use rules::{can_roll_back_to, can_start};
pub use table::{ACTIONS, Action, find_action};
