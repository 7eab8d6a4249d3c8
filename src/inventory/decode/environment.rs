//! The rules of an environment.

use std::time::Duration;

use crate::inventory::fields::Fields;
use crate::inventory::scalar::Text;

/// The rules that `defaults` may set for every environment.
pub const KEYS: &[&str] =
    &["label", "protected", "read_only", "verify_required", "roll_back_countdown"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    pub label: Option<String>,
    pub protected: bool,
    pub read_only: bool,
    pub verify_required: bool,
    pub roll_back_countdown: Duration,
}

pub fn rules(fields: &Fields<'_, '_>) -> Option<Rules> {
    let protected = fields.need("protected", "true");
    let read_only = fields.need("read_only", "true");
    let verify_required = fields.need("verify_required", "true");
    let roll_back_countdown = fields.need("roll_back_countdown", "3s");
    Some(Rules {
        label: fields.get::<Text>("label").map(|label| label.0),
        protected: protected?,
        read_only: read_only?,
        verify_required: verify_required?,
        roll_back_countdown: roll_back_countdown?,
    })
}
