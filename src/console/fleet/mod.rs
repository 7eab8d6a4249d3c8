//! What the observations and the run say about the hosts, in the words of the screen.

mod agreement;
mod derive;
mod derived;
mod filter;
mod freeze;
mod host;
mod known;
mod model;
mod order;
mod release_summary;
mod rollback_progress;
mod rows;
mod side;
mod status;
mod unresolved;

pub use agreement::{Agreed, ReleaseSummary, RollbackReadiness};
pub use derived::{Derived, ObservationAges, Widest};
pub use host::{Freshness, Host};
pub use model::Fleet;
pub use order::Trouble;
pub use rollback_progress::{HostRollback, RollbackStage};
pub use side::{Letters, Side, named};
pub use status::Status;
