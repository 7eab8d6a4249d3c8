//! What a switch records.

use crate::domain::freeze::Freeze;
use crate::domain::observation::Change;

/// What a switch of users records.
#[derive(Debug)]
pub struct SwitchRecord<'a> {
    /// The target of the link that says what is deployed. `None`: the link stays.
    pub deploys: Option<&'a str>,
    pub change: Change,
    /// The mark that closes go-live from then on.
    pub freeze: Option<Freeze>,
}

impl SwitchRecord<'_> {
    /// Returns the link that says what is deployed, as the scripts are given it.
    pub fn deployed(&self, link: &str) -> String {
        self.deploys.map(|target| format!("{link}={target}")).unwrap_or_default()
    }
}
