//! What the observations and the run say about the hosts, in the words of the screen.

mod agreement;
pub mod chips;
pub mod columns;
mod derive;
mod derived;
mod filter;
mod host;
mod known;
pub mod listing;
mod model;
mod order;
mod release_summary;
mod rows;
mod side;
mod status;
pub mod summary_line;
pub mod table;
mod unresolved;
pub mod update;

pub use agreement::{Agreed, ReleaseSummary, RollbackReadiness};
pub use derived::{Derived, ObservationAges, Widest};
pub use host::{Freshness, Host};
pub use model::Fleet;
pub use order::Trouble;
pub use side::{Letters, Side, named};
pub use status::Status;
