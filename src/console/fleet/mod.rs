//! What the observations and the run say about the hosts, in the words of the screen.

mod deal;
mod derived;
mod filter;
mod freeze;
mod host;
mod known;
mod model;
mod order;
mod returning;
mod rows;
mod side;
mod status;
mod summary;
mod together;
mod undone;

pub use derived::{Derived, Looks, Widest};
pub use host::{Freshness, Host};
pub use model::Fleet;
pub use order::Trouble;
pub use returning::{Return, Standing};
pub use side::{Letters, Side, named};
pub use status::Status;
pub use summary::{Agreed, Deal, WayBack};
