//! Whether this console may change servers, and the card that ends read-only.

mod access;
pub mod card;
mod dialog;

pub use access::{Access, Because};
pub use dialog::LiftCard;
