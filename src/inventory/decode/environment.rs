//! Reads the rules of an environment.

use std::time::Duration;

use crate::domain::freeze::AfterRollback;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::Text;

/// The rules that `defaults` may set for every environment.
pub const KEYS: &[&str] = &[
    "label",
    "protected",
    "read_only",
    "verify_required",
    "roll_back_countdown",
    "freeze_after_roll_back",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    pub label: Option<String>,
    pub protected: bool,
    pub read_only: bool,
    pub verify_required: bool,
    pub rollback_countdown: Duration,
    pub after_rollback: AfterRollback,
}

pub fn rules(fields: &Fields<'_, '_>) -> Option<Rules> {
    let protected = fields.need("protected", "true");
    let read_only = fields.need("read_only", "true");
    let verify_required = fields.need("verify_required", "true");
    let rollback_countdown = fields.need("roll_back_countdown", "3s");
    // The default: a protected environment freezes after a rollback.
    let shown = if protected == Some(true) { "true" } else { "false" };
    let freeze = fields.or("freeze_after_roll_back", protected.unwrap_or_default(), shown);
    // Read every key before giving up, so that all mistakes are reported.
    let label = fields.get::<Text>("label").map(|label| label.0);
    Some(Rules {
        label,
        protected: protected?,
        read_only: read_only?,
        verify_required: verify_required?,
        rollback_countdown: rollback_countdown?,
        after_rollback: if freeze { AfterRollback::Frozen } else { AfterRollback::Open },
    })
}
